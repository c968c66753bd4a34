"""A Bloom filter for each person with a long history, read together from their swipes when it is needed."""

from __future__ import annotations

import math
from collections import OrderedDict
from collections.abc import Callable

from designs.tinder.engine.swipe_store import Swipes
from sdlab.blocks.bloom import BloomFilter
from sdlab.lab import Clock

MEANT_FOR = 400
MOST_FILTERS = 2000
SMALLEST_ERROR = 1e-9


def filter_of(bits: int) -> BloomFilter:
    """A filter of about so many bits, with as many probes as suit `MEANT_FOR` swipes."""
    error = math.exp(-bits / MEANT_FOR * math.log(2) ** 2)
    return BloomFilter(capacity=MEANT_FOR, error=max(SMALLEST_ERROR, error))


class Blooms:
    """Filters in memory. Whoever asks while one is being made is told that there is none."""

    def __init__(self, swipes: Swipes, clock: Clock, bits: Callable[[], int]) -> None:
        self._swipes = swipes
        self._clock = clock
        self._bits = bits
        self._making: dict[int, list[int]] = {}
        self.filters: OrderedDict[int, BloomFilter] = OrderedDict()
        self.made = self.read = 0
        self.last_ms = 0.0

    def note(self, me: int, them: int) -> None:
        """A swipe is on its way: from now on the filter says yes to it."""
        if (known := self.filters.get(me)) is not None:
            known.add(str(them))
        if (coming := self._making.get(me)) is not None:
            coming.append(them)

    async def ready(self, me: int) -> BloomFilter | None:
        """The filter of a person, made now if there is none; None while it is being made."""
        if (known := self.filters.get(me)) is not None:
            self.filters.move_to_end(me)
            return known
        if me in self._making:
            return None
        coming = self._making[me] = []
        began = self._clock.monotonic()
        try:
            fresh = filter_of(self._bits())
            told = await self._swipes.everyone(me)
            for them in {*told, *coming}:
                fresh.add(str(them))
        finally:
            del self._making[me]
        self.made += 1
        self.read += len(told)
        self.last_ms = (self._clock.monotonic() - began) * 1000
        self.filters[me] = fresh
        while len(self.filters) > MOST_FILTERS:
            self.filters.popitem(last=False)
        return fresh

    def forget(self) -> list[int]:
        """Lose every filter; whose they were."""
        whose = list(self.filters)
        self.filters.clear()
        return whose
