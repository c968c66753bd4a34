"""Counts since opened."""

from __future__ import annotations

from collections import Counter, deque
from dataclasses import dataclass, field

from sdlab.blocks.histogram import LogHistogram
from sdlab.blocks.windows import SlidingCounter, SlidingHistogram

SHOWN = 240


@dataclass(slots=True)
class Counters:
    """What has happened. `delays` are ms from the time that a run was due to its first callback."""

    accepted: int = 0
    scans: int = 0
    rows_read: int = 0
    published: int = 0
    skipped: int = 0
    held_back: int = 0
    refused: int = 0
    stale: int = 0
    moves: int = 0
    fired: int = 0
    failed: int = 0
    retried: int = 0
    dead: int = 0
    dropped: int = 0
    prevented: int = 0
    again: int = 0
    worker_deaths: int = 0
    extractor_deaths: int = 0
    deepest: int = 0
    delays: LogHistogram = field(default_factory=LogHistogram)
    delay: SlidingHistogram = field(default_factory=lambda: SlidingHistogram(slices=15))
    due_rate: SlidingCounter = field(default_factory=SlidingCounter)
    fired_rate: SlidingCounter = field(default_factory=SlidingCounter)
    seconds: Counter[int] = field(default_factory=Counter)
    points: deque[tuple[int, int]] = field(default_factory=lambda: deque(maxlen=SHOWN))

    def first_call(self, due_ms: int, at_ms: int, now: float) -> None:
        """A run was called for the first time."""
        delay = max(0, at_ms - due_ms)
        self.delays.add(max(delay, 0.5))
        self.delay.add(now, max(delay, 0.5))
        self.points.append((due_ms, at_ms))

    def became_due(self, due_ms: int, now: float) -> None:
        """A run is due from now on; counted by the second in which it was due."""
        self.due_rate.add(now)
        self.seconds[due_ms // 1000] += 1
        while len(self.seconds) > 120:
            del self.seconds[min(self.seconds)]

    @property
    def most_due(self) -> int:
        """The largest number of runs that were due within one second, of the last two minutes."""
        return max(self.seconds.values(), default=0)
