"""How often frames are made: less often as soon as the process is late, so that nobody else waits for them."""

from __future__ import annotations

from dataclasses import dataclass

FRAMES_PER_SECOND = 5
FEWEST_PER_SECOND = 1
SLOWEST = 20.0  # times less often than usual, for what nobody waits for
LATE = 0.03  # seconds by which a short sleep may overrun without anything being slowed down
WEIGHT = 0.2


@dataclass(slots=True)
class Pace:
    """Of all labs of a process: they share the processor. Seconds throughout.

    A sleep that overruns tells that others wait for the processor as well; a verb waits as long.
    """

    late: float = 0.0

    def slept(self, wanted: float, took: float) -> None:
        """A sleep of `wanted` took so long."""
        self.late += WEIGHT * (max(0.0, took - wanted) - self.late)

    @property
    def interval(self) -> float:
        """Between two frames: a fifth of a second, up to one when everything is late.

        >>> Pace().interval, Pace(late=0.06).interval, Pace(late=9).interval
        (0.2, 0.4, 1.0)
        """
        return min(self._slower / FRAMES_PER_SECOND, 1 / FEWEST_PER_SECOND)

    def audits(self) -> float:
        """How many times less often than usual audits are done: they give way before frames do.

        >>> Pace().audits(), Pace(late=0.06).audits(), Pace(late=9).audits()
        (1.0, 4.0, 20.0)
        """
        return min(self._slower**2, SLOWEST)

    @property
    def _slower(self) -> float:
        return max(1.0, self.late / LATE)


PACE = Pace()  # of this process
