"""Where a feed comes from: the profile database each time, a cached answer, or a queue that is prepared."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from functools import partial
from typing import Protocol

from designs.tinder.config import APP, FEEDS, INDEX, MOST_CARDS, USERS, Config
from designs.tinder.feeds import MOST_PREPARED, FeedCache, Prepared
from designs.tinder.index import LocationIndex, Looked
from designs.tinder.profiles import Profiles
from designs.tinder.ranking import MOST_RANKED, Viewer
from designs.tinder.seen import AGAIN, Memory, Told
from designs.tinder.strategies import CHANGES
from sdlab.lab import Clock, Node, Unavailable

PAGE = 128
MOST_PAGES = MOST_RANKED // PAGE

Filtered = Callable[[Viewer, list[int], Told, float], None]


class Kitchen:
    """Makes feeds out of the database or the index, and keeps them."""

    def __init__(
        self,
        *,
        clock: Clock,
        profiles: Profiles,
        memory: Memory,
        cache: FeedCache,
        nodes: Callable[[], Mapping[str, Node]],
        config: Callable[[], Config],
    ) -> None:
        self.clock = clock
        self.profiles = profiles
        self.memory = memory
        self.cache = cache
        self.nodes = nodes
        self.config = config
        self.index = LocationIndex(profiles.people.columns)
        self.looked: dict[int, Looked] = {}
        self.filtered: Filtered = lambda viewer, rows, told, began: None
        self.spawn: Callable[[Viewer], None] = lambda viewer: None

    async def from_database(self, viewer: Viewer, want: int) -> Prepared:
        """The first `want` people that the database finds and that were not swiped."""
        likers = sorted(await self.memory.swipes.likers(viewer.number))

        async def pages() -> AsyncIterator[list[int]]:
            for page in range(MOST_PAGES):
                query = partial(
                    self.profiles.query, viewer, likers, now=self.clock.time(), limit=PAGE, offset=page * PAGE
                )
                rows = await self.nodes()[USERS].call(
                    "query", query, source=APP, detail=lambda found: f"{len(found)} rows"
                )
                yield [number for number, _ in rows]
                if len(rows) < PAGE:
                    return

        return await self._prepared(viewer, want, pages(), "database")

    async def from_index(self, viewer: Viewer, want: int) -> Prepared:
        """The same from the location index; from the database when the index is down."""
        if self.nodes()[INDEX].down:
            return await self.from_database(viewer, want)
        likers = await self.memory.swipes.likers(viewer.number)

        async def search() -> Looked:
            return self.index.search(viewer, now=self.clock.time(), likers=likers)

        looked = await self.nodes()[INDEX].call(
            "search", search, source=APP, detail=lambda one: f"{one.examined} in {len(one.cells)} cells"
        )
        self._remember(viewer.number, looked)

        async def pages() -> AsyncIterator[list[int]]:
            for start in range(0, min(len(looked.found.numbers), PAGE * MOST_PAGES), PAGE):
                yield looked.found.numbers[start : start + PAGE].tolist()

        return await self._prepared(viewer, want, pages(), "index")

    async def load(self, viewer: Viewer) -> Prepared | None:
        """The kept feed, if it may still be served."""
        try:
            kept = await self.nodes()[FEEDS].call(
                "read",
                lambda: self.cache.load(viewer.number),
                source=APP,
                outcome=lambda one: "ok" if one else "miss",
            )
        except Unavailable:
            return None
        if kept is None or kept.until <= self.clock.time():
            return None
        evicts = CHANGES[self.config().change].evicts
        return None if evicts and kept.key != viewer.key else kept

    async def keep(self, viewer: Viewer, prepared: Prepared) -> None:
        """Keep a feed; without the cache it is simply made again next time.

        A feed that was being made while the number of people shrank is of people who are no more.
        """
        if max((viewer.number, *prepared.numbers)) >= self.profiles.people.total:
            return
        try:
            await self.nodes()[FEEDS].call(
                "write", lambda: self.cache.save(viewer.number, prepared), source=APP
            )
        except Unavailable:
            return

    def capacity(self) -> int:
        """How many cards a prepared queue holds."""
        return min(MOST_PREPARED, max(3 * self.config().batch, self.config().batch + MOST_CARDS))

    def low(self) -> int:
        """Fewer cards than this are left: the queue is made again beside."""
        return self.config().batch + self.config().refill_at

    async def _prepared(
        self, viewer: Viewer, want: int, pages: AsyncIterator[list[int]], source: str
    ) -> Prepared:
        now = self.clock.time()
        again = AGAIN[self.config().again]()
        found: list[int] = []
        complete = True
        async for page in pages:
            began = self.clock.monotonic()
            told = await again.told(self.memory, viewer.number, page)
            self.filtered(viewer, page, told, began)
            found += [one for one in page if one not in told.swiped]
            if len(found) >= want:
                complete = False
                break
        return Prepared(
            tuple(found[:want]), now, now + self.config().ttl_s, viewer.key, complete=complete, source=source
        )

    def _remember(self, number: int, looked: Looked) -> None:
        self.looked.pop(number, None)
        self.looked[number] = looked
        while len(self.looked) > 64:
            self.looked.pop(next(iter(self.looked)))


class Approach(Protocol):
    """A way to answer GET /feed: people in order, at least `want` if there are so many.

    `warms`: feeds of people who use the app are made again before their time is over.
    """

    label: str
    tradeoff: str
    warms: bool

    async def serve(self, kitchen: Kitchen, viewer: Viewer, want: int) -> Prepared:
        """The feed."""
        ...


class EveryTime:
    """The database is asked for every refill."""

    label = "database query"
    warms = False
    tradeoff = "Fresh to the second and nothing to keep; every refill scans and sorts everybody in reach."

    async def serve(self, kitchen: Kitchen, viewer: Viewer, want: int) -> Prepared:
        """Ask now."""
        return await kitchen.from_database(viewer, want)


class CachedResponse:
    """The database's last answer is served until its time is over or it runs short."""

    label = "cached response"
    warms = False
    tradeoff = "Most refills cost a cache read; the one after it waits for the database, and cards go stale."

    async def serve(self, kitchen: Kitchen, viewer: Viewer, want: int) -> Prepared:
        """The kept answer, or a new one."""
        kept = await kitchen.load(viewer)
        if kept is not None and (len(kept.numbers) >= want or kept.complete):
            return kept
        fresh = await kitchen.from_database(viewer, max(want, MOST_CARDS))
        await kitchen.keep(viewer, fresh)
        return fresh


class PreparedFeed:
    """A queue made from the location index, filled again beside before it runs dry."""

    label = "prepared feed"
    warms = True
    tradeoff = "A refill is one cache read; an index, change capture and background work must be kept going."

    async def serve(self, kitchen: Kitchen, viewer: Viewer, want: int) -> Prepared:
        """The queue; made now when there is none, and later when it gets low."""
        kept = await kitchen.load(viewer)
        if kept is None or (len(kept.numbers) < want and not kept.complete):
            kept = await kitchen.from_index(viewer, max(want, kitchen.capacity()))
            await kitchen.keep(viewer, kept)
        elif len(kept.numbers) - want < kitchen.low() and not kept.complete:
            kitchen.spawn(viewer)
        return kept


FEED_WAYS: dict[str, type[EveryTime] | type[CachedResponse] | type[PreparedFeed]] = {
    "query": EveryTime,
    "cached": CachedResponse,
    "precomputed": PreparedFeed,
}


class Refills:
    """Feeds that are being made beside, one at a time for each person."""

    def __init__(self, kitchen: Kitchen, failed: Callable[[str, BaseException], None]) -> None:
        self._kitchen = kitchen
        self._failed = failed
        self._tasks: dict[int, asyncio.Task[None]] = {}
        self.done = 0
        self.last_ms = 0.0

    def __contains__(self, number: int) -> bool:
        return number in self._tasks

    def begin(self, viewer: Viewer) -> None:
        """Make that feed again, unless it is being made."""
        if viewer.number not in self._tasks:
            task = asyncio.create_task(self._make(viewer), name=f"refill {viewer.number}")
            self._tasks[viewer.number] = task

    async def close(self) -> None:
        """Stop all of them."""
        tasks = list(self._tasks.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _make(self, viewer: Viewer) -> None:
        began = self._kitchen.clock.monotonic()
        try:
            prepared = await self._kitchen.from_index(viewer, self._kitchen.capacity())
            await self._kitchen.keep(viewer, prepared)
            self.done += 1
            self.last_ms = (self._kitchen.clock.monotonic() - began) * 1000
        except Unavailable:
            return  # a part is down; the next request makes the feed itself
        except Exception as error:
            self._failed("refill", error)
        finally:
            self._tasks.pop(viewer.number, None)
