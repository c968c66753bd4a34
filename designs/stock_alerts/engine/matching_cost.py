"""What finding the alerts of a tick costs: measured around the search and nothing else."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

from sdlab.blocks.histogram import LogHistogram


class MatchingCost:
    """Since the approach in force was chosen: ticks, alerts looked at, and milliseconds of the machine per tick."""

    def __init__(self) -> None:
        self.begin()

    def begin(self) -> None:
        """Forget what another approach took."""
        self.ticks = self.looked = self.found = 0
        self.seconds = 0.0
        self.per_tick = LogHistogram()

    @contextmanager
    def measured(self, ticks: int) -> Iterator[None]:
        """Around one search for so many ticks. Whatever the room's clock: this is work of the machine."""
        began = time.perf_counter()
        yield
        took = time.perf_counter() - began
        self.ticks += ticks
        self.seconds += took
        self.per_tick.add(took * 1000 / ticks)

    @property
    def mean_ms(self) -> float:
        """Milliseconds per tick; 0 before the first."""
        return self.seconds * 1000 / self.ticks if self.ticks else 0.0

    @property
    def mean_looked(self) -> float:
        """Alerts looked at per tick."""
        return self.looked / self.ticks if self.ticks else 0.0
