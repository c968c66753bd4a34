"""Pages that are put together ahead and served until they are too old, and what they keep from readers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import islice

from designs.facebook_feed.config import Config
from designs.facebook_feed.engine.author_lists import TOP
from designs.facebook_feed.engine.entries import Entry, Position
from designs.facebook_feed.engine.stores import Stores
from sdlab.blocks.lru import LruCache
from sdlab.lab import EngineContext, LabError

READERS_CACHED = 500
BELOW_ALL = Entry(Position(0, 0), 0)


@dataclass(slots=True)
class Gathered:
    """Entries in order with where they came from; `more` when there may be others below."""

    entries: list[Entry]
    more: bool
    ahead: set[int] = field(default_factory=set)
    reads: int = 0
    held: int = 0

    def below(self, bound: str, count: int) -> Gathered | None:
        """So many of these below a bound; None when they do not reach that far."""
        found = list(islice((one for one in self.entries if bound == TOP or one.written < bound[1:]), count))
        if len(found) < count and self.more:
            return None
        return Gathered(found, len(found) == count, self.ahead, held=self.held)


@dataclass(frozen=True, slots=True)
class CachedPages:
    """The entries of a reader's first pages, as they were at `made_at` (monotonic clock)."""

    gathered: Gathered
    made_at: float


class PageCache:
    """Keeps pages for the readers that looked last.

    `stale_views` are first pages that lacked posts which were ready, `unseen` how many those were,
    `oldest_s` the greatest age of such a page in seconds.
    """

    def __init__(self, context: EngineContext[Config], stores: Stores) -> None:
        self.hits = 0
        self.misses = 0
        self.stale_views = 0
        self.unseen = 0
        self.oldest_s = 0.0
        self._context = context
        self._stores = stores
        self._pages: LruCache[int, CachedPages] = LruCache(READERS_CACHED)

    @property
    def readers(self) -> int:
        """For how many readers pages are kept."""
        return len(self._pages)

    def find(self, reader: int) -> CachedPages | None:
        """The pages of that reader, while they are young enough."""
        now = self._context.clock.monotonic()
        found = self._pages.get(reader, now=now)
        if found is not None and now - found.made_at < self._context.config.cache_ttl:
            self.hits += 1
            self._context.decide(f"pages {now - found.made_at:.1f} s old are kept for this reader")
            return found
        self.misses += 1
        self._context.decide("no pages young enough are kept for this reader: they are put together now")
        return None

    def keep(self, reader: int, pages: CachedPages) -> None:
        """Have these for the next scroll."""
        self._pages.put(reader, pages, now=pages.made_at)

    def forget(self, reader: int) -> None:
        """What is kept for this reader is no longer right."""
        self._pages.discard(reader)

    def clear(self) -> None:
        """Keep nothing."""
        self._pages.clear()

    async def count_staleness(
        self, reader: int, pages: CachedPages, followees: set[int], may_see: Callable[[int, Entry], bool]
    ) -> None:
        """Count posts that are ready, may be seen and are not on these pages. Looks past the nodes: it only measures."""
        entries = pages.gathered.entries
        newest = entries[0] if entries else BELOW_ALL
        age = self._context.clock.monotonic() - pages.made_at
        pulled = followees & self._stores.posts.pulled
        try:
            ready = await self._stores.feeds.newer(reader, newest)
            ready += await self._stores.authors.newer(pulled, newest)
        except LabError:
            return
        unseen = sum(may_see(reader, one) for one in ready)
        if unseen:
            self.stale_views += 1
            self.unseen += unseen
            self.oldest_s = max(self.oldest_s, round(age, 1))
