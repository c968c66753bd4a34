"""Counts since opened."""

from __future__ import annotations

from collections import Counter

from sdlab.blocks.histogram import LogHistogram
from sdlab.blocks.windows import SlidingCounter, SlidingHistogram


class Counters:
    """What travelled, what was asked, what went wrong. Bytes are counted where they pass."""

    def __init__(self) -> None:
        self.edits = 0
        self.changed_bytes = 0  # of the files that were edited, each time whole
        self.sent_parts = 0
        self.sent_bytes = 0
        self.plain_bytes = 0  # of the same parts, before they were compressed
        self.fetched_parts = 0
        self.fetched_bytes = 0
        self.again = 0  # parts that the store had already
        self.rejected = 0
        self.damaged = 0  # parts with a flipped bit
        self.cuts = 0
        self.resumed = 0
        self.sealed = 0  # bytes that cipher and nonce add
        self.asked: Counter[str] = Counter()  # questions of devices for changes, by kind
        self.empty = 0
        self.listed = 0  # entries in answers to these questions
        self.told = 0
        self.untold = 0
        self.repaired = 0
        self.conflicts = 0
        self.copies = 0
        self.overwritten = 0
        self.dropped = 0
        self.completed = 0
        self.refused = 0  # completions with a part missing
        self.collected = 0
        self.collected_bytes = 0
        self.renamed = 0
        self.deleted = 0
        self.problems = 0
        self.by_place: Counter[str] = (
            Counter()
        )  # bytes sent for an insertion at the front, in the middle, at the end
        self.places: Counter[str] = Counter()
        self.by_kind: Counter[str] = Counter()
        self.plain_by_kind: Counter[str] = Counter()
        self.uploads = LogHistogram()
        self.delays = LogHistogram()
        self.delay = SlidingHistogram()
        self.asks = SlidingCounter(seconds=60)

    def arrived(self, now: float, ms: float) -> None:
        """A version is on another device, so long after it was edited."""
        self.delays.add(ms)
        self.delay.add(now, ms)
