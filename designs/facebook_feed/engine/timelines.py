"""Reading a timeline: what was written ahead, what is merged in now, what a page cache kept, and the texts."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from designs.facebook_feed.config import Config
from designs.facebook_feed.engine.author_lists import TOP
from designs.facebook_feed.engine.entries import Entry, Position
from designs.facebook_feed.engine.feed_table import FEED_KEPT
from designs.facebook_feed.engine.hot_posts import HotPosts
from designs.facebook_feed.engine.nodes import FEEDS, GRAPH, LISTS, SERVICE
from designs.facebook_feed.engine.page_cache import CachedPages, Gathered, PageCache
from designs.facebook_feed.engine.post_store import Post
from designs.facebook_feed.engine.stores import Stores
from designs.facebook_feed.engine.strategies import CURSORS, FANOUTS, PAGE_CACHES, REMOVALS, ByTimeAndId
from designs.facebook_feed.engine.timeline_page import TimelinePage
from designs.facebook_feed.engine.visibility import Visibility
from sdlab.blocks.k_way_merge import merge_ranked
from sdlab.lab import EngineContext, amount

MOST_ROUNDS = 12
_ID = 10**10


class Gatherer:
    """Merges the entries of a reader's feed and of the lists of those whom the reader follows."""

    def __init__(self, context: EngineContext[Config], stores: Stores, visibility: Visibility) -> None:
        self._context = context
        self._stores = stores
        self._graph = visibility.graph

    async def gather(self, reader: int, bound: str, count: int) -> Gathered:
        """The newest entries below a bound, at most `count`."""
        self._context.node(GRAPH).touch("followees", "ok", source=SERVICE)
        followees = self._graph.followees(reader)
        (ahead, held), lists = await asyncio.gather(
            self._ahead(reader, bound, count), self._lists(self.to_merge(followees), bound, count)
        )
        reads = int(self._stores.posts.ever_pushed) + len(lists)
        if held >= FEED_KEPT and len(ahead) < count:
            self._context.decide("the feed was cut off here: every list is read instead")
            lists = await self._lists(sorted(followees), bound, count, all_of_them=True)
            ahead, reads = [], reads + len(lists)
        merged = _merge([ahead, *lists], count)
        written, read = amount(len(ahead), "entry", "entries"), amount(len(lists), "list")
        self._context.decide(f"{written} written ahead, {read} read now and merged")
        return Gathered(merged, len(merged) == count, {one.position.id for one in ahead}, reads, held)

    async def _ahead(self, reader: int, bound: str, count: int) -> tuple[list[Entry], int]:
        if not self._stores.posts.ever_pushed:
            return [], 0
        return await self._context.node(FEEDS).call(
            "ZRANGE", lambda: self._stores.feeds.read(reader, bound, count), source=SERVICE
        )

    def to_merge(self, followees: set[int]) -> list[int]:
        """Whose lists must be read: of those that are not written ahead now, or once were not."""
        config, popularity = self._context.config, self._graph.popularity
        pushes = FANOUTS[config.fanout].pushes
        return [
            one
            for one in sorted(followees)
            if one in self._stores.posts.pulled or not pushes(popularity(one), config.threshold)
        ]

    async def _lists(
        self, authors: Sequence[int], bound: str, count: int, *, all_of_them: bool = False
    ) -> list[list[Entry]]:
        if not authors:
            return []
        return await self._context.node(LISTS).call(
            f"ZRANGE × {len(authors)}",
            lambda: self._stores.authors.of_authors(authors, bound, count, all_of_them=all_of_them),
            source=SERVICE,
        )


class Timelines:
    """Puts pages together."""

    def __init__(
        self,
        context: EngineContext[Config],
        gatherer: Gatherer,
        cache: PageCache,
        hot: HotPosts,
        visibility: Visibility,
    ) -> None:
        self.filtered = 0
        self._context = context
        self._gatherer = gatherer
        self._cache = cache
        self._hot = hot
        self._visibility = visibility

    async def read(self, reader: int, after: Position | None, size: int) -> TimelinePage:
        """The next `size` posts behind a position, or the newest."""
        bound = TOP if after is None else self._below(after)
        began = self._context.clock.monotonic()
        cached = await self._cached(reader, size)
        shown: list[Post] = []
        ahead: set[int] = set()
        reads, held, more = 0, 0, True
        for _ in range(MOST_ROUNDS):
            wanted = size + 1 - len(shown)
            gathered = cached.gathered.below(bound, wanted) if cached else None
            if gathered is None:
                gathered = await self._gatherer.gather(reader, bound, wanted)
            reads += gathered.reads
            held = max(held, gathered.held)
            ahead |= gathered.ahead
            shown += await self._visible(reader, gathered.entries)
            more = gathered.more
            if len(shown) > size or not more or not gathered.entries:
                break
            bound = ByTimeAndId.below(gathered.entries[-1].position)
        posts = shown[:size]
        precomputed = sum(post.id in ahead for post in posts)
        return TimelinePage(
            posts=tuple(posts),
            next=posts[-1].entry.position if posts and (len(shown) > size or more) else None,
            precomputed=precomputed,
            merged=len(posts) - precomputed,
            lists_read=reads,
            cached_s=round(began - cached.made_at, 1) if cached else -1.0,
            made_at=cached.made_at if cached else began,
            asked_at=began,
            given_at=self._context.clock.monotonic(),
            ahead=frozenset(ahead),
            held=held,
            cached=cached,
        )

    def _below(self, after: Position) -> str:
        cursor = CURSORS[self._context.config.cursor]
        cursor.explain(self._context.decide, after)
        return cursor.below(after)

    async def count_staleness(self, reader: int, page: TimelinePage) -> None:
        """Count what a first page of kept ones lacks; done after the reader has it, since it only measures."""
        if page.cached is not None:
            await self._cache.count_staleness(
                reader, page.cached, self._visibility.graph.followees(reader), self._visibility.may_see
            )

    async def _cached(self, reader: int, size: int) -> CachedPages | None:
        """The reader's kept pages, made now if need be; None where pages are not kept."""
        choice = PAGE_CACHES[self._context.config.page_cache]
        choice.explain(self._context.decide)
        kept = choice.kept
        if not kept:
            return None
        pages = self._cache.find(reader)
        if pages is None:
            made_at = self._context.clock.monotonic()
            pages = CachedPages(await self._gatherer.gather(reader, TOP, size * kept), made_at)
            self._cache.keep(reader, pages)
        return pages

    async def _visible(self, reader: int, entries: Sequence[Entry]) -> list[Post]:
        """The posts of these entries, without those that the approach keeps from the reader."""
        rule, may_see = REMOVALS[self._context.config.removal], self._visibility.may_see
        filters = rule.filters
        wanted = [one for one in entries if not filters or may_see(reader, one)]
        posts = await self._hot.read([one.position.id for one in wanted]) if wanted else {}
        found = [posts[one.position.id] for one in wanted if one.position.id in posts]
        # Asked again: while the texts were read, somebody may have unfollowed or deleted.
        shown = [post for post in found if not filters or (not post.deleted and may_see(reader, post.entry))]
        gone = len(entries) - len(shown)
        self.filtered += gone
        rule.explain_page(self._context.decide, len(entries), gone)
        return shown


def _merge(lists: Sequence[Sequence[Entry]], count: int) -> list[Entry]:
    """The newest `count` of lists that are each newest first and share no entry."""
    ranked = [
        [(one.written, one.position.at * _ID + one.position.id) for one in some] for some in lists if some
    ]
    if len(ranked) == 1:
        return list(next(some for some in lists if some)[:count])
    known = {one.written: one for some in lists for one in some}
    return [known[written] for written, _ in merge_ranked(ranked, count).first]
