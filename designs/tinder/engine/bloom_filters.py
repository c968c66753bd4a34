"""A Bloom filter for each person with a long history, built from their swipes when it is needed."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Sequence
from dataclasses import dataclass, field

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


@dataclass(slots=True)
class Building:
    """A filter on its way: swipes that it must have besides those that are read, and when it is `over`."""

    coming: set[int]
    over: asyncio.Event = field(default_factory=asyncio.Event)


class BloomFilters:
    """Filters in memory. Whoever asks while one is being built waits for it.

    A filter has every swipe that was written before it was asked for, and those that were on their
    way: the swipes are read after the list of these was taken.
    """

    def __init__(self, context: EngineContext[Config], swipes: SwipeStore) -> None:
        self._context = context
        self._swipes = swipes
        self._building: dict[int, Building] = {}
        self.filters: Recent[int, BloomFilter] = Recent(MOST_FILTERS)
        self.built = self.reread = 0
        self.last_ms = 0.0

    def add(self, me: int, them: int) -> None:
        """A swipe is on its way: from now on the filter says yes to it."""
        if (known := self.filters.get(me)) is not None:
            known.add(str(them))
        if (building := self._building.get(me)) is not None:
            building.coming.add(them)

    async def ready(self, me: int) -> BloomFilter:
        """The filter of a person, built now if there is none."""
        while (known := self.filters.get(me)) is None:
            if (building := self._building.get(me)) is None:
                return await self._build(me)
            await building.over.wait()
        self.filters.move_to_end(me)
        return known

    async def _build(self, me: int) -> BloomFilter:
        building = self._building[me] = Building(set(self._swipes.under_way(me)))
        began = self._context.clock.monotonic()
        try:
            fresh = filter_of(self._context.config.bloom_bits)
            stored = await self._swipes.everyone(me)
            for them in {*stored, *building.coming}:
                fresh.add(str(them))
        finally:
            del self._building[me]
            building.over.set()
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
