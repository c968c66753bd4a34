"""Builds feeds out of the profile database or the location index, and keeps them in the feed cache."""

from __future__ import annotations

from collections.abc import AsyncIterator
from functools import partial

from designs.tinder.config import Config
from designs.tinder.engine.feed_cache import FeedCache, PreparedFeed
from designs.tinder.engine.location_index import LocationIndex, SearchResult
from designs.tinder.engine.nodes import APP, FEEDS, INDEX, USERS
from designs.tinder.engine.profile_table import ProfileTable
from designs.tinder.engine.ranking import MOST_RANKED, Viewer
from designs.tinder.engine.screening import Screening
from designs.tinder.engine.strategies.change import CHANGES
from designs.tinder.engine.swipe_store import SwipeStore
from sdlab.lab import EngineContext, Unavailable, amount

PAGE = 128
MOST_PAGES = MOST_RANKED // PAGE

Scored = list[tuple[int, tuple[float, ...]]]


class FeedBuilder:
    """People who fit and were not swiped, best first."""

    def __init__(
        self,
        context: EngineContext[Config],
        table: ProfileTable,
        index: LocationIndex,
        swipes: SwipeStore,
        *,
        screening: Screening,
        cache: FeedCache,
    ) -> None:
        self._context = context
        self._table = table
        self._index = index
        self._swipes = swipes
        self._screening = screening
        self._cache = cache

    async def from_database(self, viewer: Viewer, want: int) -> PreparedFeed:
        """The first `want` people that the database finds and that were not swiped."""
        likers = sorted(await self._swipes.likers(viewer.number))

        async def pages() -> AsyncIterator[Scored]:
            for page in range(MOST_PAGES):
                now = self._context.clock.time()
                query = partial(self._table.query, viewer, likers, now=now, limit=PAGE, offset=page * PAGE)
                rows = await self._context.node(USERS).call(
                    "query", query, source=APP, detail=lambda found: amount(len(found), "row")
                )
                yield rows
                if len(rows) < PAGE:
                    return

        return await self._not_swiped(viewer, want, pages(), "database")

    async def from_index(self, viewer: Viewer, want: int) -> PreparedFeed:
        """The same from the location index; from the database when the index is down."""
        if self._context.node(INDEX).down:
            self._context.decide("the location index is down: the database is asked instead")
            return await self.from_database(viewer, want)
        likers = await self._swipes.likers(viewer.number)

        async def search() -> SearchResult:
            return self._index.search(viewer, now=self._context.clock.time(), likers=likers)

        result = await self._context.node(INDEX).call(
            "search",
            search,
            source=APP,
            detail=lambda one: f"{one.examined} in {amount(len(one.cells), 'cell')}",
        )
        ranked = result.found

        async def pages() -> AsyncIterator[Scored]:
            for start in range(0, min(len(ranked.numbers), PAGE * MOST_PAGES), PAGE):
                numbers, points = (
                    one[start : start + PAGE].tolist() for one in (ranked.numbers, ranked.points)
                )
                yield [(number, tuple(got)) for number, got in zip(numbers, points, strict=True)]

        return await self._not_swiped(viewer, want, pages(), "index")

    async def load(self, viewer: Viewer) -> PreparedFeed | None:
        """The kept feed, if it may still be served."""
        try:
            kept = await self._context.node(FEEDS).call(
                "read",
                lambda: self._cache.load(viewer.number),
                source=APP,
                outcome=lambda one: "ok" if one else "miss",
            )
        except Unavailable:
            return None
        if kept is None or kept.until <= self._context.clock.time():
            return None
        evicts = CHANGES[self._context.config.change].evicts
        return None if evicts and kept.key != viewer.key else kept

    async def keep(self, viewer: Viewer, prepared: PreparedFeed) -> None:
        """Keep a feed; without the cache it is simply built again next time."""
        try:
            await self._context.node(FEEDS).call(
                "write", lambda: self._cache.save(viewer.number, prepared), source=APP
            )
        except Unavailable:
            return

    async def _not_swiped(
        self, viewer: Viewer, want: int, pages: AsyncIterator[Scored], source: str
    ) -> PreparedFeed:
        now = self._context.clock.time()
        until = now + self._context.config.ttl_s
        found: Scored = []
        complete = True
        async for page in pages:
            verdict = await self._screening.screen(viewer.number, [number for number, _ in page])
            found += [one for one in page if one[0] not in verdict.swiped]
            if len(found) >= want:
                complete = False
                break
        points = dict(found[:want])
        return PreparedFeed(
            tuple(points), now, until, viewer.key, complete=complete, source=source, points=points
        )
