"""Pages: by querying again, from what was kept for one reader, or from a list by time that is kept for all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from designs.tweet_search.config import Config
from designs.tweet_search.engine.analysis import Query
from designs.tweet_search.engine.found import Sort
from designs.tweet_search.engine.index import Index
from designs.tweet_search.engine.page_cache import PageCache, SharedList
from designs.tweet_search.engine.ranking import Ranked, Ranking
from sdlab.lab import EngineContext, Unavailable

MOST_PAGE = 100
MOST_RESULTS = 1_000  # so far one may page
PREFETCHED = 5  # pages
KEPT_AHEAD = 200  # ids of a shared list, when it begins or goes on
MOST_FRESH = 300  # newer ones that are added to a list; with more it begins anew


@dataclass(frozen=True, slots=True)
class PageCursor:
    """Where a page ends: `offset` results were given, the last was `last`. `kind` says who goes on from there.

    again: the same search, further on. kept: the list `key`. below: by time, what is older. `walk` tells
    apart who pages, for whoever checks.
    """

    kind: str
    offset: int
    last: int
    key: str = ""
    walk: str = ""


@dataclass(frozen=True, slots=True)
class Ask:
    """A page that is asked for: the first, or what follows a cursor."""

    query: Query
    sort: Sort
    size: int
    cursor: PageCursor | None = None


@dataclass(frozen=True, slots=True)
class PageOfIds:
    """A page: ids with the likes that ranked them, how many there are in all, and where it goes on."""

    ranked: Ranked
    next: PageCursor | None


class Paging:
    """The first page is made by the rule in force; the others by the kind of their cursor, whatever rule is in force then."""

    def __init__(
        self, context: EngineContext[Config], ranking: Ranking, cache: PageCache, index: Index
    ) -> None:
        self._context, self._ranking, self._cache, self._index = context, ranking, cache, index

    async def page(self, ask: Ask) -> PageOfIds:
        """That page. `Unavailable` when nobody finds anything."""
        if ask.cursor is None:
            return await self._first(ask)
        if ask.cursor.kind == "kept":
            return await self._kept(ask, ask.cursor)
        if ask.cursor.kind == "below":
            return await self._below(ask, ask.cursor.offset, ask.cursor.last)
        return await self._again(ask, ask.cursor.offset)

    async def _first(self, ask: Ask) -> PageOfIds:
        rule = self._context.config.pages
        if rule == "again":
            self._context.decide("nothing is kept: the next page will be a search of its own")
            return await self._again(ask, 0)
        if rule == "chronological" and ask.sort == "Time":
            return await self._below(ask, 0, 0)
        return await self._prefetched(ask)

    async def _again(self, ask: Ask, offset: int) -> PageOfIds:
        found = await self._ranking.ranked(ask.query, ask.sort, offset + ask.size + 1)
        return self._cut(ask, found.part(offset, ask.size + 1), PageCursor("again", offset, 0))

    def _cut(self, ask: Ask, found: Ranked, at: PageCursor) -> PageOfIds:
        """A page of what was found, one more of which says that there is another page."""
        shown = found.part(0, ask.size)
        offset = at.offset + len(shown.ids)
        goes_on = len(found.ids) > ask.size and offset < MOST_RESULTS
        return PageOfIds(shown, replace(at, offset=offset, last=shown.ids[-1]) if goes_on else None)

    # Kept for one reader

    async def _prefetched(self, ask: Ask) -> PageOfIds:
        found = await self._ranking.ranked(ask.query, ask.sort, min(PREFETCHED * ask.size, MOST_RESULTS))
        key = ""
        if len(found.ids) > ask.size:
            try:
                key = await self._cache.keep(ask.query, found.ids)
                self._context.decide(
                    f"{len(found.ids)} results are kept for this reader: the next pages are theirs"
                )
            except Unavailable:
                self._context.decide("the cache does not answer: the next page will be a search of its own")
        kind = "kept" if key else "again"
        return self._cut(ask, found.part(0, ask.size + 1), PageCursor(kind, 0, 0, key))

    async def _kept(self, ask: Ask, cursor: PageCursor) -> PageOfIds:
        ids = await self._quietly_kept(cursor, ask.size + 1)
        if ids is None:
            self._context.decide("what was kept is gone: the search is done again")
            if ask.sort == "Time":
                return await self._older(ask, cursor)
            return await self._again(ask, cursor.offset)
        self._context.decide("the page was kept when the first one was given")
        return self._cut(ask, Ranked(tuple(ids), (), None, ()), cursor)

    async def _quietly_kept(self, cursor: PageCursor, count: int) -> list[int] | None:
        try:
            return await self._cache.page(cursor.key, cursor.offset, count)
        except Unavailable:
            return None

    async def _older(self, ask: Ask, cursor: PageCursor) -> PageOfIds:
        found = await self._ranking.ranked(ask.query, "Time", ask.size + 1, below=cursor.last)
        return self._cut(ask, found, replace(cursor, kind="below", key=""))

    # Kept for all

    async def _below(self, ask: Ask, offset: int, below: int) -> PageOfIds:
        """The newest below an id: what is newer than the list is asked for, the rest is on it."""
        at = PageCursor("below", offset, below)
        name, upto, wanted = self._cache.key_of(ask.query), self._index.watermark, ask.size + 1
        kept = await self._quietly_shared(name, below, wanted)
        if kept is None:
            return self._cut(ask, await self._begun(ask.query, name, upto, wanted, below), at)
        fresh = Ranked((), (), 0, ())
        if not below or below > kept.upto + 1:
            fresh = await self._ranking.ranked(ask.query, "Time", MOST_FRESH, above=kept.upto, below=below)
            if (fresh.total or 0) > MOST_FRESH:
                self._context.decide("more has come than the list takes at once: it begins anew")
                return self._cut(ask, await self._begun(ask.query, name, upto, wanted, below), at)
            if not below and not fresh.missing:
                self._context.decide(f"{fresh.total} newer results join the list that all readers share")
                await self._put(name, ask.query, [id for id in fresh.ids if id <= upto], kept, upto)
        else:
            self._context.decide("the page is below an id on the list that all readers share")
        ids = (*fresh.ids, *kept.ids)
        if len(ids) < wanted and not kept.whole:
            last = ids[-1] if ids else below
            older = await self._ranking.ranked(ask.query, "Time", KEPT_AHEAD, below=last)
            ids, fresh = (*ids, *older.ids), replace(fresh, missing=(*fresh.missing, *older.missing))
            if kept.ids and not older.missing:
                await self._put(
                    name, ask.query, older.ids, kept, kept.upto, whole=(older.total or 0) <= KEPT_AHEAD
                )
        return self._cut(ask, Ranked(ids[:wanted], (), kept.total + (fresh.total or 0), fresh.missing), at)

    async def _quietly_shared(self, name: str, below: int, count: int) -> SharedList | None:
        try:
            return await self._cache.shared(name, below, count)
        except Unavailable:
            self._context.decide("the cache does not answer: the index is asked for everything")
            return None

    async def _begun(self, query: Query, name: str, upto: int, wanted: int, below: int) -> Ranked:
        found = await self._ranking.ranked(query, "Time", max(KEPT_AHEAD, wanted), below=below)
        if not below and not found.missing:
            ids = [id for id in found.ids if id <= upto]
            total = len(found.ids) if found.total is None else found.total
            about = {"whole": int(total <= len(found.ids)), "total": total - len(found.ids) + len(ids)}
            try:
                await self._cache.add(name, query, ids, upto=upto, **about)
                self._context.decide(f"a list by time begins with {len(ids)} results, for all readers")
            except Unavailable:
                self._context.decide("the list cannot be kept")
        return found.part(0, wanted)

    async def _put(
        self,
        name: str,
        query: Query,
        ids: Sequence[int],
        kept: SharedList,
        upto: int,
        *,
        whole: bool | None = None,
    ) -> None:
        total = kept.total + (len(ids) if upto > kept.upto else 0)
        about = {"upto": upto, "whole": int(kept.whole if whole is None else whole), "total": total}
        try:
            await self._cache.add(name, query, ids, **about)
        except Unavailable:
            self._context.decide("the list cannot be kept")
