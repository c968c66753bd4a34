"""Counts since opened."""

from __future__ import annotations

from collections import Counter

from sdlab.blocks.histogram import LogHistogram
from sdlab.blocks.windows import SlidingCounter, SlidingHistogram


class Counters:
    """`did` are what the chat servers counted, by name; `delays` from the send to a device, in ms."""

    def __init__(self) -> None:
        self.did: Counter[str] = Counter()
        self.sent = 0
        self.again = 0
        self.refused = 0
        self.delivered = SlidingCounter(seconds=60)
        self.delays = LogHistogram()
        self.delay = SlidingHistogram()
        self.ticks: Counter[str] = Counter()
        self.deaths = 0
        self.reconnects = 0
        self.known_again = 0
        self.caught_up = 0
        self.answered = 0
        self.denied = 0
        self.pictures = 0

    def arrived(self, now: float, ms: float) -> None:
        """A message is on one more device, so long after it was sent."""
        self.delivered.add(now)
        self.delays.add(ms)
        self.delay.add(now, ms)
