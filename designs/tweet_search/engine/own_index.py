"""The own index: the archive's posting lists, shared, and lists of this room's tweets behind them."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from functools import cache, partial
from itertools import islice
from typing import Any

import numpy as np
from numpy.typing import NDArray

from designs.tweet_search.config import Config
from designs.tweet_search.engine.analysis import Query, pairs_of
from designs.tweet_search.engine.archive import archive
from designs.tweet_search.engine.found import SHIFT, Committed, IndexEntry, Matches, Wanted, rank_of
from designs.tweet_search.engine.nodes import INDEXER, OWN, SERVICE
from designs.tweet_search.engine.postings import Postings, postings_of
from designs.tweet_search.engine.strategies import PHRASE_RULES, floor_of
from sdlab.blocks.inverted_index import InvertedIndex
from sdlab.lab import EngineContext

Ranks = NDArray[np.int64]


@cache
def archived_ranks(size: int, *, floors: bool) -> Ranks:
    """The ranks of the archive's tweets, by their likes or the powers of two below them; shared by all rooms."""
    likes = archive(size).columns.likes.astype(np.int64)
    if floors:
        likes = np.where(likes > 0, 1 << np.log2(np.maximum(likes, 1)).astype(np.int64), 0)
    return (likes << SHIFT) | np.arange(1, size + 1)


class OwnIndex:
    """Tweets of the room are in memory alone; whoever opens it puts them again."""

    def __init__(self, context: EngineContext[Config]) -> None:
        self._context = context
        self._size = context.room.quota.corpus
        self.fresh = InvertedIndex()
        self.pairs = InvertedIndex()
        self._ranks: dict[int, tuple[int, int]] = {}
        self._changed: dict[str, tuple[Ranks, Ranks]] = {}
        self._waiting: list[IndexEntry] = []

    @property
    def postings(self) -> Postings:
        """The archive's lists."""
        return postings_of(self._size, self._context.config.words)

    async def open(self) -> None:
        await asyncio.to_thread(lambda: self.postings)

    async def close(self) -> None:
        return None

    def put(self, entries: list[IndexEntry]) -> None:
        self._waiting += entries

    async def commit(self) -> Committed:
        """Nobody reads between two of its steps: they are done in one."""

        async def work() -> int:
            entries, self._waiting = self._waiting, []
            for one in entries:
                self._take(one)
            self._changed.clear()
            return len(entries)

        written: int = await self._context.node(OWN).call("write", work, source=INDEXER)
        return Committed(written)

    def _take(self, one: IndexEntry) -> None:
        if one.id > self._size and one.id not in self.fresh:
            self.fresh.add(one.id, one.terms)
            self.pairs.add(one.id, pairs_of(one.terms))
        self._ranks[one.id] = rank_of(one.likes, one.id), rank_of(floor_of(one.likes), one.id)

    async def find(self, wanted: Wanted) -> Matches:
        work = partial(asyncio.to_thread, self._find, wanted)
        found: Matches = await self._context.node(OWN).call("search", work, source=SERVICE)
        return found

    def _find(self, wanted: Wanted) -> Matches:
        bigrams = PHRASE_RULES[self._context.config.phrases].bigrams
        archived = self.postings.find(wanted.query, bigrams=bigrams)
        mine, looked = self._mine(wanted.query, bigrams=bigrams)
        ids = np.concatenate([archived.ids, np.array(mine, np.int64)])
        ids = ids[ids > wanted.above]
        if wanted.below:
            ids = ids[ids < wanted.below]
        order = ids if wanted.by == "id" else self._rank(ids, wanted.by)
        best = np.argpartition(order, -wanted.limit)[-wanted.limit :] if len(ids) > wanted.limit else ...
        chosen = ids[best][np.argsort(order[best])[::-1]]
        likes = () if wanted.by == "id" else tuple((np.sort(order[best])[::-1] >> SHIFT).tolist())
        return Matches(tuple(chosen.tolist()), likes, len(ids), archived.looked + looked)

    def _mine(self, query: Query, *, bigrams: bool) -> tuple[list[int], int]:
        found: set[int] = set()
        looked = 0
        for reading in query.readings:
            walk = self.fresh.all_of(reading.terms)
            looked += walk.visited
            ids = walk.found
            for phrase in reading.phrases:
                ids = self._with(phrase, ids, bigrams=bigrams)
            found.update(ids)
        return sorted(found), looked

    def _with(self, phrase: Sequence[str], ids: Sequence[int], *, bigrams: bool) -> list[int]:
        if bigrams and len(phrase) == 2:
            in_list = set(self.pairs.postings(pairs_of(phrase)[0]).ids.ids)
            return [id for id in ids if id in in_list]
        return [id for id in ids if self.fresh.has_phrase(id, phrase)]

    def _rank(self, ids: NDArray[Any], by: str) -> Ranks:
        """The ranks of these: the archive's, and in their place what the index has heard since."""
        ranks = np.zeros(len(ids), np.int64)
        old = ids <= self._size
        ranks[old] = archived_ranks(self._size, floors=by == "floor")[ids[old] - 1]
        changed, newer = self._heard(by)
        at = np.searchsorted(ids, changed)
        there = at < len(ids)
        there[there] = ids[at[there]] == changed[there]
        ranks[at[there]] = newer[there]
        return ranks

    def _heard(self, by: str) -> tuple[Ranks, Ranks]:
        if by not in self._changed:
            ids = np.array(sorted(self._ranks), np.int64)
            ranks = np.array([self._ranks[int(id)][by == "floor"] for id in ids], np.int64)
            self._changed[by] = ids, ranks
        return self._changed[by]

    async def known(self, ids: Sequence[int], by: str) -> dict[int, int]:
        archived = archived_ranks(self._size, floors=by == "floor")
        heard = {id: self._ranks[id][by == "floor"] for id in ids if id in self._ranks}
        old = {id: int(archived[id - 1]) for id in ids if id <= self._size}
        return {id: rank >> SHIFT for id, rank in {**old, **heard}.items()}

    async def size(self) -> int:
        return self._size + len(self.fresh)

    async def frequency(self, term: str, *, pair: bool = False) -> int:
        return len(self._archived(term, pair=pair)) + (self.pairs if pair else self.fresh).frequency(term)

    async def first(self, term: str, count: int, *, pair: bool = False) -> list[int]:
        ids = self._archived(term, pair=pair)[:count].tolist()
        mine = (self.pairs if pair else self.fresh).postings(term).ids.ids
        return [*ids, *islice(mine, max(0, count - len(ids)))]

    def _archived(self, term: str, *, pair: bool) -> NDArray[Any]:
        return self.postings.pair(*term.split("_", 1)) if pair else self.postings.ids(term)

    async def wipe(self, node_id: str) -> str:
        self.fresh, self.pairs = InvertedIndex(), InvertedIndex()
        self._ranks.clear()
        self._changed.clear()
        self._waiting.clear()
        return "its memory was empty, and the archive's lists are back"
