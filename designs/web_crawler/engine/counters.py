"""Counts since opened."""

from __future__ import annotations

from collections import Counter, deque
from dataclasses import dataclass, field

from sdlab.blocks.windows import SlidingCounter

SLOT_MS = 100
SLOTS_KEPT = 600


@dataclass(slots=True)
class Counters:
    """What has happened. `outcomes` are of fetches; `rate` of pages, `bytes` of answers."""

    offered: int = 0
    accepted: int = 0
    met_again: int = 0
    trapped: int = 0
    outside: int = 0
    too_deep: int = 0
    over_limit: int = 0
    lookups: int = 0
    fetches: int = 0
    fetched_bytes: int = 0
    cut: int = 0
    unchanged: int = 0
    refetched: int = 0
    read: int = 0
    read_again: int = 0
    exact: int = 0
    near: int = 0
    compared: int = 0
    retried: int = 0
    dead: int = 0
    expired: int = 0
    stale: int = 0
    deaths: int = 0
    name_hits: int = 0
    name_lookups: int = 0
    names_again: int = 0
    robots_fetched: int = 0
    robots_kept_away: int = 0
    outcomes: Counter[str] = field(default_factory=Counter)
    rate: SlidingCounter = field(default_factory=SlidingCounter)
    bytes: SlidingCounter = field(default_factory=SlidingCounter)
    slots: Counter[int] = field(default_factory=Counter)
    waits: deque[tuple[str, int, int]] = field(default_factory=lambda: deque(maxlen=24))
    retry_peak: int = 0

    def retry_at(self, ms: int) -> None:
        """Another try is to be made then; counted by tenth of a second."""
        slot = ms // SLOT_MS
        self.slots[slot] += 1
        self.retry_peak = max(self.retry_peak, self.slots[slot])
        while len(self.slots) > SLOTS_KEPT:
            del self.slots[min(self.slots)]
