"""Where a feed comes from: the profile database each time, a cached answer, or a queue that is ready."""

from __future__ import annotations

from typing import Protocol

from designs.tinder.config import Config
from designs.tinder.engine.feed_builder import FeedBuilder
from designs.tinder.engine.feed_cache import MOST_CARDS, PreparedFeed, queue_capacity, refill_below
from designs.tinder.engine.feed_refiller import FeedRefiller
from designs.tinder.engine.ranking import Viewer
from sdlab.lab import EngineContext, amount


class FeedSource(Protocol):
    """Answers GET /feed: people in order, at least `want` if there are so many.

    `warms`: feeds of people who use the app are built again before their time is over.
    """

    label: str
    tradeoff: str
    warms: bool

    async def serve(self, viewer: Viewer, want: int) -> PreparedFeed: ...


class _FeedSource:
    def __init__(self, context: EngineContext[Config], builder: FeedBuilder, refiller: FeedRefiller) -> None:
        self._context = context
        self._builder = builder
        self._refiller = refiller


class EveryTime(_FeedSource):
    """The database is asked for every refill."""

    label = "database query"
    warms = False
    tradeoff = "Fresh to the second and nothing to keep; every refill scans and sorts everybody in reach."

    async def serve(self, viewer: Viewer, want: int) -> PreparedFeed:
        """Ask now."""
        self._context.decide("nothing is kept: the database is asked for every refill")
        return await self._builder.from_database(viewer, want)


class CachedResponse(_FeedSource):
    """The database's last answer is served until its time is over or it runs short."""

    label = "cached response"
    warms = False
    tradeoff = "Most refills cost a cache read; the one after it waits for the database, and cards go stale."

    async def serve(self, viewer: Viewer, want: int) -> PreparedFeed:
        """The kept answer, or a new one."""
        kept = await self._builder.load(viewer)
        if kept is not None and (len(kept.numbers) >= want or kept.complete):
            self._context.decide(
                f"the kept answer still has {amount(len(kept.numbers), 'card')}: it is served again"
            )
            return kept
        self._context.decide("no kept answer will do: this refill waits for the database")
        fresh = await self._builder.from_database(viewer, max(want, MOST_CARDS))
        await self._builder.keep(viewer, fresh)
        return fresh


class PrecomputedFeed(_FeedSource):
    """A queue built from the location index, filled again in the background before it runs dry."""

    label = "prepared feed"
    warms = True
    tradeoff = "A refill is one cache read; an index, change capture and background work must be kept going."

    async def serve(self, viewer: Viewer, want: int) -> PreparedFeed:
        """The queue; built now when there is none, and later when it gets low."""
        config = self._context.config
        kept = await self._builder.load(viewer)
        if kept is None or (len(kept.numbers) < want and not kept.complete):
            self._context.decide("no queue is ready: this refill waits until it is built from the index")
            kept = await self._builder.from_index(viewer, max(want, queue_capacity(config)))
            await self._builder.keep(viewer, kept)
        elif len(kept.numbers) - want < refill_below(config) and not kept.complete:
            self._context.decide(f"{len(kept.numbers)} cards are ready, and more are built in the background")
            self._refiller.begin(viewer)
        else:
            self._context.decide(f"{len(kept.numbers)} cards are ready: nothing is searched")
        return kept


FEEDS: dict[str, type[EveryTime | CachedResponse | PrecomputedFeed]] = {
    "query": EveryTime,
    "cached": CachedResponse,
    "precomputed": PrecomputedFeed,
}
