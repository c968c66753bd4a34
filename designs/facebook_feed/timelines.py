"""Reading a timeline: what was written ahead, what is merged in now, what a page cache kept, and the texts."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import islice

from designs.facebook_feed.config import FEEDS, GRAPH, LISTS, SERVICE
from designs.facebook_feed.hotposts import HotPosts
from designs.facebook_feed.ledger import Parts
from designs.facebook_feed.lists import FEED_KEPT, TOP
from designs.facebook_feed.places import Entry, Place
from designs.facebook_feed.postrows import Post
from designs.facebook_feed.strategies import CURSORS, FANOUTS, PAGE_CACHES, REMOVALS, ByTimeAndId
from sdlab.blocks.k_way_merge import merge_ranked
from sdlab.blocks.lru import LruCache
from sdlab.lab.errors import LabError

READERS_CACHED = 500
MOST_ROUNDS = 12
_ID = 10**10


@dataclass(frozen=True, slots=True)
class Page:
    """Posts, newest first. `cached_s` is the age of the pages it came from, -1 when it was put together now."""

    posts: tuple[Post, ...]
    next: Place | None
    precomputed: int = 0
    merged: int = 0
    lists_read: int = 0
    cached_s: float = -1.0
    made_at: float = 0.0
    ahead: frozenset[int] = frozenset()
    held: int = 0


@dataclass(slots=True)
class Gathered:
    """Entries in order with where they came from; `more` when there may be others below."""

    entries: list[Entry]
    more: bool
    ahead: set[int] = field(default_factory=set)
    reads: int = 0
    held: int = 0


@dataclass(frozen=True, slots=True)
class CachedPages:
    """The entries of a reader's first pages, as they were at `made_at`."""

    gathered: Gathered
    made_at: float


@dataclass(slots=True)
class Staleness:
    """What the page cache kept from readers."""

    hits: int = 0
    misses: int = 0
    stale_views: int = 0
    unseen: int = 0
    oldest_s: float = 0.0


class Timelines:
    """Puts pages together."""

    def __init__(self, parts: Parts, hot: HotPosts) -> None:
        self._parts = parts
        self._hot = hot
        self._pages: LruCache[int, CachedPages] = LruCache(READERS_CACHED)
        self.staleness = Staleness()
        self.filtered = 0

    def forget(self, member: int) -> None:
        """What is kept for this reader is no longer right."""
        self._pages.discard(member)

    def clear(self) -> None:
        """Keep nothing."""
        self._pages.clear()

    @property
    def readers_cached(self) -> int:
        """For how many readers pages are kept."""
        return len(self._pages)

    async def read(self, member: int, place: Place | None, size: int) -> Page:
        """The next `size` posts behind a place, or the newest."""
        bound = TOP if place is None else CURSORS[self._parts.config().cursor].below(place)
        cached = (
            await self._cached(member, size) if PAGE_CACHES[self._parts.config().page_cache].kept else None
        )
        now = self._parts.clock.monotonic()
        shown: list[Post] = []
        ahead: set[int] = set()
        reads, held, more = 0, 0, True
        for _ in range(MOST_ROUNDS):
            gathered = _below(cached.gathered, bound, size + 1 - len(shown)) if cached else None
            if gathered is None:
                gathered = await self._gather(member, bound, size + 1 - len(shown))
            reads += gathered.reads
            held = max(held, gathered.held)
            ahead |= gathered.ahead
            shown += await self._texts(member, gathered.entries)
            more = gathered.more
            if len(shown) > size or not more or not gathered.entries:
                break
            bound = ByTimeAndId.below(gathered.entries[-1].place)
        posts = shown[:size]
        if cached and place is None:
            await self._count_staleness(member, cached, now)
        behind = posts[-1].entry.place if posts and (len(shown) > size or more) else None
        from_ahead = sum(post.id in ahead for post in posts)
        return Page(
            posts=tuple(posts),
            next=behind,
            precomputed=from_ahead,
            merged=len(posts) - from_ahead,
            lists_read=reads,
            cached_s=round(now - cached.made_at, 1) if cached else -1.0,
            made_at=cached.made_at if cached else now,
            ahead=frozenset(ahead),
            held=held,
        )

    async def _cached(self, member: int, size: int) -> CachedPages:
        now = self._parts.clock.monotonic()
        found = self._pages.get(member, now=now)
        if found is not None and now - found.made_at < self._parts.config().cache_ttl:
            self.staleness.hits += 1
            self._parts.decide(f"pages {now - found.made_at:.1f} s old are kept for this reader")
            return found
        self.staleness.misses += 1
        kept = PAGE_CACHES[self._parts.config().page_cache].kept
        gathered = await self._gather(member, TOP, size * kept)
        pages = CachedPages(gathered, now)
        self._pages.put(member, pages, now=now)
        return pages

    async def _gather(self, member: int, bound: str, count: int) -> Gathered:
        """Entries below a bound, merged from the reader's feed and the lists of whom it follows."""
        graph, ledger = self._parts.graph, self._parts.ledger
        self._parts.node(GRAPH).touch("followees", "ok", source=SERVICE)
        followees = graph.followees(member)
        authors = self._to_merge(followees)
        (ahead, held), lists = await asyncio.gather(
            self._ahead(member, bound, count), self._lists(authors, bound, count, all_of_them=False)
        )
        reads = int(ledger.ever_pushed) + len(lists)
        if held >= FEED_KEPT and len(ahead) < count:
            self._parts.decide("the feed was cut off here: every list is read instead")
            lists = await self._lists(sorted(followees), bound, count, all_of_them=True)
            ahead, reads = [], reads + len(lists)
        merged = _merge([ahead, *lists], count)
        self._parts.decide(f"{len(ahead)} entries written ahead, {len(lists)} lists read now and merged")
        return Gathered(merged, len(merged) == count, {one.place.id for one in ahead}, reads, held)

    async def _ahead(self, member: int, bound: str, count: int) -> tuple[list[Entry], int]:
        if not self._parts.ledger.ever_pushed:
            return [], 0
        return await self._parts.node(FEEDS).call(
            "ZRANGE", lambda: self._parts.lists.feed(member, bound, count), source=SERVICE
        )

    def _to_merge(self, followees: set[int]) -> list[int]:
        """Whose lists must be read: of those that are not written ahead now, or once were not."""
        config, graph = self._parts.config(), self._parts.graph
        rule = FANOUTS[config.fanout]
        return [
            one
            for one in sorted(followees)
            if one in self._parts.ledger.pulled or not rule.pushes(graph.popularity(one), config.threshold)
        ]

    async def _lists(
        self, authors: Sequence[int], bound: str, count: int, *, all_of_them: bool
    ) -> list[list[Entry]]:
        if not authors:
            return []
        return await self._parts.node(LISTS).call(
            f"ZRANGE × {len(authors)}",
            lambda: self._parts.lists.of_authors(authors, bound, count, all_of_them=all_of_them),
            source=SERVICE,
        )

    async def _texts(self, member: int, entries: Sequence[Entry]) -> list[Post]:
        filters = REMOVALS[self._parts.config().removal].filters
        wanted = [one for one in entries if not filters or self._may_see(member, one)]
        posts = await self._hot.read([one.place.id for one in wanted]) if wanted else {}
        found = [posts[one.place.id] for one in wanted if one.place.id in posts]
        shown = [
            post
            for post in found
            if not filters or not (post.deleted or not self._may_see(member, post.entry))
        ]
        if gone := len(entries) - len(shown):
            self.filtered += gone
            self._parts.decide(f"{gone} entries were of unfollowed authors or deleted")
        return shown

    def _may_see(self, member: int, entry: Entry) -> bool:
        return (
            self._parts.graph.follows(member, entry.author)
            and entry.place.id not in self._parts.ledger.deleted
        )

    async def _count_staleness(self, member: int, cached: CachedPages, now: float) -> None:
        """How many posts were ready, and not on the pages that were kept. Looks past the nodes: it measures."""
        entries = cached.gathered.entries
        newest = entries[0] if entries else Entry(Place(0, 0), 0)
        pulled = self._parts.graph.followees(member) & self._parts.ledger.pulled
        try:
            unseen = await self._parts.lists.newer(member, pulled, newest)
        except LabError:
            return
        if unseen:
            self.staleness.stale_views += 1
            self.staleness.unseen += unseen
            self.staleness.oldest_s = max(self.staleness.oldest_s, round(now - cached.made_at, 1))


def _merge(lists: Sequence[Sequence[Entry]], count: int) -> list[Entry]:
    """The newest `count` of lists that are each newest first and share no entry."""
    ranked = [[(one.written, one.place.at * _ID + one.place.id) for one in some] for some in lists if some]
    if len(ranked) == 1:
        return list(next(some for some in lists if some)[:count])
    known = {one.written: one for some in lists for one in some}
    return [known[written] for written, _ in merge_ranked(ranked, count).first]


def _below(kept: Gathered, bound: str, count: int) -> Gathered | None:
    """So many kept entries below a bound; None when the kept ones do not reach that far."""
    found = list(islice((one for one in kept.entries if bound == TOP or one.written < bound[1:]), count))
    if len(found) < count and kept.more:
        return None
    return Gathered(found, len(found) == count, kept.ahead, held=kept.held)
