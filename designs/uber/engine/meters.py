"""How long riders wait: until somebody takes the ride, and until the car is there."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from statistics import median

from sdlab.blocks.windows import SlidingHistogram

KEPT = 2000


@dataclass(slots=True)
class MatchMeter:
    """Rides that were matched since the engine was opened; of the newest `KEPT` the times of each, seconds."""

    matched: int = 0
    failed: int = 0
    refused: int = 0
    rounds: int = 0
    double: int = 0
    match_s: deque[float] = field(default_factory=lambda: deque(maxlen=KEPT))
    pickup_s: deque[float] = field(default_factory=lambda: deque(maxlen=KEPT))
    recent: SlidingHistogram = field(default_factory=lambda: SlidingHistogram(slices=10, width=3.0))

    def add(self, now: float, match_s: float, pickup_s: float, rounds: int) -> None:
        """A ride was matched at `now` (monotonic), after so many seconds and offers."""
        self.matched += 1
        self.rounds += rounds
        self.match_s.append(match_s)
        self.pickup_s.append(pickup_s)
        self.recent.add(now, match_s * 1000)

    @property
    def mean_pickup_s(self) -> float:
        """From being taken to the car's arrival along the streets; -1 before the first."""
        return sum(self.pickup_s) / len(self.pickup_s) if self.pickup_s else -1.0

    @property
    def worst_pickup_s(self) -> float:
        """The longest of them; -1 before the first."""
        return max(self.pickup_s, default=-1.0)

    @property
    def mean_match_s(self) -> float:
        """From the request to the driver's yes; -1 before the first."""
        return sum(self.match_s) / len(self.match_s) if self.match_s else -1.0

    @property
    def median_wait_s(self) -> float:
        """From the request until the car is there: half of the riders wait less; -1 before the first."""
        waits = [a + b for a, b in zip(self.match_s, self.pickup_s, strict=True)]
        return median(waits) if waits else -1.0
