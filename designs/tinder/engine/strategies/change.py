"""What happens to prepared cards when a filter, a location or a profile changes."""

from __future__ import annotations

from typing import Protocol

import numpy as np

from designs.tinder.config import Config
from designs.tinder.engine.feed_cache import FeedCache
from designs.tinder.engine.people import People
from designs.tinder.engine.ranking import fits, viewer_of
from sdlab.lab import EngineContext


class ChangePolicy(Protocol):
    """`evicts`: cards made for other filters are never served; phones throw theirs away."""

    label: str
    tradeoff: str
    evicts: bool

    async def own_change(self, number: int) -> int:
        """Somebody's own filters are others; how many of their cards were dropped."""

    async def others_change(self, number: int) -> int:
        """Somebody is another now; out of how many feeds their card was taken."""


class Evict:
    """Cards that no longer fit are taken out as soon as the change is known."""

    label = "evict at once"
    tradeoff = "Right after a change the cards fit; every change costs a look at who holds the card."
    evicts = True

    def __init__(self, context: EngineContext[Config], people: People, cache: FeedCache) -> None:
        self._context = context
        self._people = people
        self._cache = cache

    async def own_change(self, number: int) -> int:
        """The whole feed."""
        dropped = await self._cache.drop(number)
        self._context.decide(f"{dropped} prepared cards were for other filters: they are dropped")
        return dropped

    async def others_change(self, number: int) -> int:
        """Out of every queue whose owner's filters this person does not pass any more."""
        row = np.array([number])
        columns = self._people.columns
        gone = [
            holder
            for holder in self._cache.holders.get(number, ())
            if not fits(columns, row, viewer_of(self._people.profile(holder)))[0]
        ]
        return await self._cache.evict(number, gone) if gone else 0


class Expire(Evict):
    """Cards stay until the feed's time is over."""

    label = "wait for TTL"
    tradeoff = "No work at a change; cards that no longer fit are shown until the feed expires."
    evicts = False

    async def own_change(self, number: int) -> int:
        """Nothing."""
        self._context.decide("prepared cards stay until their TTL is over, whether they fit or not")
        return 0

    async def others_change(self, number: int) -> int:
        """Nothing."""
        return 0


CHANGES: dict[str, type[Evict]] = {"evict": Evict, "ttl": Expire}
