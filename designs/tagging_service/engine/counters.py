"""What happened since the engine was opened, and what writing to each copy takes."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field

KEPT = 200
COPIES = ("pairs", "arrays", "bitmaps", "sets")


class Meter:
    """How long something takes: the mean of the latest, in ms."""

    __slots__ = ("_latest", "number")

    def __init__(self) -> None:
        self.number = 0
        self._latest: deque[float] = deque(maxlen=KEPT)

    def add(self, ms: float) -> None:
        """It took that long this time."""
        self.number += 1
        self._latest.append(ms)

    @property
    def known(self) -> float | None:
        """The mean, or nothing before the first."""
        return self.mean if self.number else None

    @property
    def mean(self) -> float:
        """Milliseconds; 0 before the first."""
        return sum(self._latest) / len(self._latest) if self._latest else 0.0


@dataclass(slots=True)
class Counters:
    """Numbers only grow. `missed` changes of pairs never reached bitmaps and sets; `moved` pairs in merges.

    `finds` and `finds3` are queries and those for three tags or more, `looked_at` the rows and `pages` the pages
    that the database says it looked at for one, of those that were explained.
    """

    added: int = 0
    removed: int = 0
    merges: int = 0
    renames: int = 0
    moved: int = 0
    missed: int = 0
    applied: int = 0
    queries: int = 0
    answered: dict[str, int] = field(default_factory=lambda: dict.fromkeys(COPIES, 0))
    looked_at: Meter = field(default_factory=Meter)
    pages: Meter = field(default_factory=Meter)
    finds3: Meter = field(default_factory=Meter)
    writes: dict[str, Meter] = field(default_factory=lambda: {one: Meter() for one in COPIES})
    finds: Meter = field(default_factory=Meter)
