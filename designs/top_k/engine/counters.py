"""What has happened since the lab was opened, and rates of the last seconds."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sdlab.blocks.windows import SlidingCounter, SlidingHistogram
from sdlab.lab import TooMany, Unavailable


class Counters:
    """Counts of requests. `now` is monotonic seconds."""

    def __init__(self) -> None:
        self.views = self.queries = self.refused = self.read = self.replayed = 0
        self.views_in, self.answers = SlidingCounter(seconds=10), SlidingCounter(seconds=10)
        self.query_ms = SlidingHistogram()

    def viewed(self, now: float) -> None:
        """A view was acknowledged."""
        self.views += 1
        self.views_in.add(now)

    def answered(self, began: float, now: float, *, read: int) -> None:
        """A ranking was given; `read` entries were merged for it."""
        self.queries += 1
        self.read += read
        self.answers.add(now)
        self.query_ms.add(now, (now - began) * 1000)

    @contextmanager
    def refusals(self) -> Iterator[None]:
        """Counts what is refused in the block because of the room's or the system's state."""
        try:
            yield
        except (TooMany, Unavailable):
            self.refused += 1
            raise
