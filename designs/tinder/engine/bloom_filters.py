"""A Bloom filter for each person with a long history, built from their swipes when it is needed."""

from __future__ import annotations

import math
from collections.abc import Sequence

from designs.tinder.config import Config
from designs.tinder.engine.recent import Recent
from designs.tinder.engine.swipe_store import SwipeStore
from sdlab.blocks.bloom import BloomFilter
from sdlab.lab import EngineContext

MEANT_FOR = 400
MOST_FILTERS = 2000
SMALLEST_ERROR = 1e-9


def filter_of(bits: int) -> BloomFilter:
    """A filter of about so many bits, with as many probes as suit `MEANT_FOR` swipes."""
    error = math.exp(-bits / MEANT_FOR * math.log(2) ** 2)
    return BloomFilter(capacity=MEANT_FOR, error=max(SMALLEST_ERROR, error))


class BloomFilters:
    """Filters in memory. Whoever asks while one is being built is told that there is none."""

    def __init__(self, context: EngineContext[Config], swipes: SwipeStore) -> None:
        self._context = context
        self._swipes = swipes
        self._building: dict[int, list[int]] = {}
        self.filters: Recent[int, BloomFilter] = Recent(MOST_FILTERS)
        self.built = self.reread = 0
        self.last_ms = 0.0

    def add(self, me: int, them: int) -> None:
        """A swipe is on its way: from now on the filter says yes to it."""
        if (known := self.filters.get(me)) is not None:
            known.add(str(them))
        if (coming := self._building.get(me)) is not None:
            coming.append(them)

    async def ready(self, me: int) -> BloomFilter | None:
        """The filter of a person, built now if there is none; None while it is being built."""
        if (known := self.filters.get(me)) is not None:
            self.filters.move_to_end(me)
            return known
        if me in self._building:
            return None
        coming = self._building[me] = []
        began = self._context.clock.monotonic()
        try:
            fresh = filter_of(self._context.config.bloom_bits)
            stored = await self._swipes.everyone(me)
            for them in {*stored, *coming}:
                fresh.add(str(them))
        finally:
            del self._building[me]
        self.built += 1
        self.reread += len(stored)
        self.last_ms = (self._context.clock.monotonic() - began) * 1000
        self.filters[me] = fresh
        return fresh

    async def rebuild(self, whose: Sequence[int]) -> None:
        """Build the filters of these people again."""
        for number in whose:
            await self.ready(number)

    def forget(self) -> list[int]:
        """Lose every filter; whose they were."""
        whose = list(self.filters)
        self.filters.clear()
        return whose
