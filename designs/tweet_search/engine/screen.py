"""The search on the page: its query and order, the tweets that it shows, and the posting lists of its words."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace

from designs.tweet_search.config import Config
from designs.tweet_search.engine.found import Sort
from designs.tweet_search.engine.page_cache import PageCache
from designs.tweet_search.engine.paging import PageCursor
from designs.tweet_search.engine.searching import FoundTweet, Searching, SearchResult
from sdlab.lab import EngineContext, LabError

FIRST_QUERY = '"good coffee"'
PAGE = 10
MOST_SHOWN = 60


@dataclass(frozen=True, slots=True)
class Mine:
    """A tweet that was posted by hand from the page: when, and when it was found."""

    id: int
    text: str
    at: float
    found_at: float | None = None


class Screen:
    """`items` are shown; they are asked for anew after `stale()`, as often as somebody looks.

    Only one of those who take a page holds `turn`: what was kept for the further pages of the one before goes then.
    """

    def __init__(self, context: EngineContext[Config], searching: Searching, cache: PageCache) -> None:
        self._context, self._searching, self._cache = context, searching, cache
        self.turn = asyncio.Lock()
        self.query = FIRST_QUERY
        self.sort: Sort = "Likes"
        self.result: SearchResult | None = None
        self.items: tuple[FoundTweet, ...] = ()
        self.next: PageCursor | None = None
        self.problem = ""
        self.mine: Mine | None = None
        self.version = 0
        self._stale = False

    @property
    def ids(self) -> list[int]:
        """The tweets that are shown."""
        return [one.tweet.id for one in self.items]

    def show(self, query: str, sort: Sort, result: SearchResult) -> None:
        """Another search is on the page from now on."""
        self.query, self.sort = query, sort
        self._take(result)

    def add(self, result: SearchResult) -> None:
        """A further page of it."""
        self.items = (*self.items, *result.items)[:MOST_SHOWN]
        self.next = result.next if len(self.items) < MOST_SHOWN else None
        self.version += 1

    def _take(self, result: SearchResult) -> None:
        self.result, self.items, self.next = result, result.items, result.next
        self.problem = ""
        self.version += 1

    def stale(self) -> None:
        """The index or the likes have changed."""
        self._stale = True

    async def refresh(self) -> None:
        """Search again, if something has changed: the first page, or as many as are shown."""
        if not self._stale:
            return
        self._stale = False
        size = min(MOST_SHOWN, max(PAGE, len(self.items)))
        async with self.turn:
            before = self.next
            try:
                self._take(await self._searching.search(self.query, self.sort, size, None, again=True))
            except LabError as error:
                self.problem = error.detail
                return
            if before is not None and before.key:
                await self._cache.leave(before.key)
        await self._look_for_mine()

    def posted(self, id: int, text: str) -> None:
        """The visitor has posted something."""
        self.mine = Mine(id, text, self._context.clock.time())

    async def _look_for_mine(self) -> None:
        if self.mine is None or self.mine.found_at is not None:
            return
        found = await self._searching.is_found(self.mine.id)
        if found:
            self.mine = replace(self.mine, found_at=self._context.clock.time())
