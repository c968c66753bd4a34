"""The search engine: tantivy shards of this room, whose archive is the same files for all rooms of the machine."""

from __future__ import annotations

import shutil
from collections.abc import Awaitable, Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import orjson

from designs.tweet_search.config import Config
from designs.tweet_search.engine.analysis import Reading, pairs_of
from designs.tweet_search.engine.found import SHIFT, Committed, IndexEntry, Matches, Wanted, rank_of
from designs.tweet_search.engine.nodes import INDEXER, SERVICE
from designs.tweet_search.engine.postings import terms_of
from designs.tweet_search.engine.strategies import PHRASE_RULES, floor_of
from sdlab.lab import EngineContext
from sdlab.parts.search_index import (
    ID,
    Among,
    Between,
    Commit,
    Copy,
    Either,
    Entry,
    Has,
    IndexField,
    IndexQuery,
    SearchIndex,
    build_index,
    writing,
)

FIELDS = (
    IndexField("likes", "number"),
    IndexField("floor", "number"),
    IndexField("body", "words"),
    IndexField("pairs", "terms"),
)
VERSION = 1  # of what lies in the shared folder; goes up with the archive's words, the rules, the fields
LAYOUT = "layout.json"
LARGEST = 1 << 62

_bases: dict[tuple[int, str, int], Path] = {}


def entry_of(id: int, terms: Sequence[str], likes: int) -> Entry:
    """What the index is told of a tweet."""
    ranks = {"likes": rank_of(likes, id), "floor": rank_of(floor_of(likes), id)}
    return Entry(id, ranks, {"body": " ".join(terms), "pairs": " ".join(pairs_of(terms))})


def archived_entries(size: int, rule: str) -> Iterator[Entry]:
    """The entries of the archive."""
    terms = terms_of(size, rule)
    likes = terms.source.columns.likes.tolist()
    end = 0
    names = [terms.names[one] for one in terms.numbers.tolist()]
    for id, length in enumerate(terms.lengths.tolist()):
        start, end = end, end + length
        if id:
            yield entry_of(id, names[start:end], likes[id - 1])


class ShardGate:
    """Every call of a copy goes through its node."""

    def __init__(self, context: EngineContext[Config]) -> None:
        self._context = context

    async def reach(self, copy: Copy, operation: str, work: Callable[[], Awaitable[Any]]) -> Any:
        """Make the call on behalf of whoever makes calls of that kind."""
        source = SERVICE if operation == "search" else INDEXER
        if operation == "take over segments":
            source = Copy(copy.shard).name
        return await self._context.node(copy.name).call(operation, work, source=source)


class SearchEngine:
    """Shards with replicas in a folder of the room; the archive's segments are links to shared ones."""

    def __init__(self, context: EngineContext[Config]) -> None:
        self._context = context
        config, room = context.config, context.room
        self._layout = (room.quota.corpus, config.words, config.shards)
        self.index = SearchIndex(
            room.blobs.folder(f"{room.id}/{room.slug}/index"),
            FIELDS,
            shards=config.shards,
            replicas=config.replicas,
            clock=context.clock,
            reach=ShardGate(context).reach,
        )
        self.last: tuple[Commit, ...] = ()
        self.took_ms: tuple[float, ...] = ()
        self._base = Path()

    @property
    def prepared(self) -> bool:
        """Whether this machine has the shared segments already."""
        return self._shared().exists()

    def _shared(self) -> Path:
        size, rule, shards = self._layout
        known = _bases.get(self._layout)
        if known is not None and known.exists():
            return known
        folder = self._context.room.blobs.folder(f"shared/{self._context.room.slug}")
        return folder / f"v{VERSION}-{size}-{rule}-{shards}"

    async def open(self) -> None:
        self._base = await writing(self._prepare)
        await self.index.open(self._base)

    def _prepare(self) -> Path:
        """The shared segments, written when nobody did before; a folder of another layout begins anew."""
        written = self.index.folder / LAYOUT
        layout = orjson.dumps([VERSION, *self._layout])
        if not written.exists() or written.read_bytes() != layout:
            shutil.rmtree(self.index.folder, ignore_errors=True)
            self.index.folder.mkdir(parents=True)
            written.write_bytes(layout)
        base, (size, rule, shards) = self._shared(), self._layout
        if not base.exists():
            build_index(base, FIELDS, shards, archived_entries(size, rule))
        _bases[self._layout] = base
        return base

    async def close(self) -> None:
        await self.index.close()

    def put(self, entries: list[IndexEntry]) -> None:
        self.index.put(entry_of(one.id, one.terms, one.likes) for one in entries)

    async def commit(self) -> Committed:
        done = await self.index.commit()
        if done:
            self.last = done
        return Committed(
            sum(one.entries for one in done),
            whole=not self.index.waiting,
            segments_before=sum(one.before for one in done),
            segments=sum(one.segments for one in done),
        )

    async def find(self, wanted: Wanted) -> Matches:
        bounds = (Between(ID, wanted.above + 1, wanted.below - 1 if wanted.below else LARGEST),)
        readings = Either(tuple(self._conditions(one) for one in wanted.query.readings))
        must = (readings, *(bounds if wanted.above or wanted.below else ()))
        found = await self.index.search(IndexQuery(must, wanted.by, wanted.limit))
        self.took_ms = found.took_ms
        likes = () if wanted.by == ID else tuple(hit.rank >> SHIFT for hit in found.hits)
        ids = tuple(hit.id for hit in found.hits)
        return Matches(ids, likes, found.total, found.total, found.missing)

    def _conditions(self, reading: Reading) -> tuple[Has, ...]:
        bigrams = PHRASE_RULES[self._context.config.phrases].bigrams
        conditions = [Has("body", (term,)) for term in reading.terms]
        for phrase in reading.phrases:
            if bigrams:
                conditions += [Has("pairs", (pair,)) for pair in pairs_of(phrase)]
            if not bigrams or len(phrase) > 2:
                conditions.append(Has("body", phrase))
        return tuple(conditions)

    async def known(self, ids: Sequence[int], by: str) -> dict[int, int]:
        if not ids:
            return {}
        found = await self.index.peek(IndexQuery((Among(tuple(ids)),), by, len(ids)))
        return {hit.id: hit.rank >> SHIFT for hit in found}

    async def size(self) -> int:
        return await self.index.size()

    async def frequency(self, term: str, *, pair: bool = False) -> int:
        return await self.index.frequency("pairs" if pair else "body", term)

    async def first(self, term: str, count: int, *, pair: bool = False) -> list[int]:
        found = await self.index.peek(
            IndexQuery((Has("pairs" if pair else "body", (term,)),), ID, count), ascending=True
        )
        return [hit.id for hit in found]

    async def wipe(self, node_id: str) -> str:
        shard = next(copy.shard for copy in self.index.copies if copy.name == node_id)
        await self.index.lose(shard, self._base)
        return "the archive's segments are back"
