"""A search index in shards: each a tantivy index on disk, written through commits, read by scatter and gather.

What was added is found after the next commit; a commit makes a segment, and segments are merged as
tantivy sees fit. Copies of a shard take over the segments of its primary after each commit (Lucene's
near-real-time replication). Everything that costs time happens in threads. J. Dean and L. A. Barroso,
"The Tail at Scale", CACM 2013, for what a slow shard does to all answers.
"""

from __future__ import annotations

import asyncio
import heapq
import os
import shutil
import threading
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cache, partial
from pathlib import Path
from typing import Any, Literal, TypeVar

import orjson
import tantivy

from sdlab.lab.clock import Clock
from sdlab.lab.errors import LabError, Unavailable

T = TypeVar("T")

ID = "id"
MOST_SHARDS = 8
MOST_REPLICAS = 2
WRITER_BYTES = 15_000_000  # the least that tantivy takes
BUILD_BYTES = 100_000_000
READERS = 4
WRITERS = 2
PATIENCE_S = 1.0
HEDGE_S = 0.03
COPY_TRIES = 5
META = "meta.json"
MANAGED = ".managed.json"
FIRST_SEGMENT = 8  # characters of a segment's id that tell it apart

Kind = Literal["words", "terms", "number"]


@dataclass(frozen=True, slots=True)
class IndexField:
    """A field of every entry. `number` is a whole number to sort by and to bound; `words` are terms parted
    by blanks, with positions for phrases; `terms` are the same without positions."""

    name: str
    kind: Kind


@dataclass(frozen=True, slots=True)
class Entry:
    """What is indexed under an id (>= 0): its numbers, and its words as terms parted by blanks."""

    id: int
    numbers: Mapping[str, int] = field(default_factory=dict)
    words: Mapping[str, str] = field(default_factory=dict)


Change = Entry | int  # an entry to be indexed, or the id of one to be taken out


@dataclass(frozen=True, slots=True)
class Has:
    """An entry has this term in that field; several terms stand one right after the other in it."""

    field: str
    terms: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Between:
    """A number of an entry, or its id, is from `low` to `high`, both included."""

    field: str
    low: int
    high: int


@dataclass(frozen=True, slots=True)
class Among:
    """The id of an entry is one of these."""

    ids: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Either:
    """An entry meets all conditions of at least one of these groups."""

    groups: tuple[tuple[Has | Between, ...], ...]


Condition = Has | Between | Among | Either


@dataclass(frozen=True, slots=True)
class IndexQuery:
    """Entries that meet every condition, those with the largest `by` first; a number's name, or the id.

    Equal numbers are in no order: who pages through them ranks by a number that no two share."""

    must: tuple[Condition, ...]
    by: str = ID
    limit: int = 20
    offset: int = 0


@dataclass(frozen=True, slots=True)
class Hit:
    """An entry that was found, and the number by which it was ranked."""

    id: int
    rank: int


@dataclass(frozen=True, slots=True)
class Found:
    """The best of one shard, and how many there are in it."""

    hits: tuple[Hit, ...] = ()
    total: int = 0


@dataclass(frozen=True, slots=True)
class Gathered:
    """The best of all shards that answered. Where one is `missing`, its entries are."""

    hits: tuple[Hit, ...]
    total: int
    missing: tuple[int, ...] = ()
    took_ms: tuple[float, ...] = ()

    @property
    def partial(self) -> bool:
        """Whether a shard did not answer."""
        return bool(self.missing)


@dataclass(frozen=True, slots=True)
class Segment:
    """A segment as it lies on disk: its entries, those of them that are deleted, and its bytes."""

    id: str
    entries: int
    deleted: int
    bytes: int


@dataclass(frozen=True, slots=True)
class Commit:
    """What a commit of one shard wrote, how long it took, and how many segments there were then, and before."""

    shard: int
    entries: int
    removed: int
    ms: float
    segments: int
    before: int


class IndexShard:
    """One tantivy index, in a folder or in memory; every method takes its time, so call it in a thread.

    One thread at a time writes. Searches see what the last `commit` (or `refresh`) left.
    """

    def __init__(self, fields: Sequence[IndexField], folder: Path | None = None) -> None:
        self._fields, self.folder = tuple(fields), folder
        if folder is not None:
            folder.mkdir(parents=True, exist_ok=True)
        self.schema = _schema(self._fields)
        self._index = tantivy.Index(self.schema, path=None if folder is None else str(folder))
        self._index.config_reader("manual")
        blanks = tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.whitespace()).build()
        self._index.register_tokenizer("blanks", blanks)

    def write(self, changes: Iterable[Change], *, new: bool = False, heap: int = WRITER_BYTES) -> int:
        """Commit these in order, each instead of what was there under its id, and merge what tantivy wants merged.

        `new` entries were not there. Found from now on; returns how many entries were written.
        """
        writer = self._index.writer(heap, 1)
        written = 0
        for one in changes:
            if not new:
                writer.delete_documents_by_term(ID, one if isinstance(one, int) else one.id)
            if not isinstance(one, int):
                writer.add_document(tantivy.Document(id=one.id, **one.numbers, **one.words))
                written += 1
        writer.commit()
        self.refresh()
        writer.wait_merging_threads()
        self.refresh()
        return written

    def refresh(self) -> None:
        """Search what is in the folder now."""
        self._index.reload()

    @property
    def size(self) -> int:
        """How many entries are found."""
        return int(self._index.searcher().num_docs)

    def search(self, query: IndexQuery, *, ascending: bool = False) -> Found:
        """The best entries, largest number first (or smallest), and how many there are."""
        searcher: Any = self._index.searcher()  # its stub leaves `count` of an answer out
        found = searcher.search(
            self._query(query),
            query.limit,
            count=True,
            order_by_field=query.by,
            offset=query.offset,
            order=tantivy.Order.Asc if ascending else tantivy.Order.Desc,
        )
        if not found.hits:
            return Found((), found.count)
        ids = searcher.fast_field_values(ID, [address for _, address in found.hits])
        hits = (Hit(int(id), int(rank)) for (rank, _), id in zip(found.hits, ids, strict=True))
        return Found(tuple(hits), found.count)

    def scored(
        self, query: tantivy.Query, columns: Sequence[str], *, limit: int
    ) -> tuple[list[float], list[list[int]]]:
        """What matches, best score first, at most `limit`: the scores, and for each column the numbers of these entries."""
        searcher: Any = self._index.searcher()
        most = max(1, min(limit, searcher.num_docs))  # room is made for as many as are wanted
        hits = searcher.search(query, most, count=False).hits
        addresses = [address for _, address in hits]
        return [float(score) for score, _ in hits], [
            [int(one) for one in searcher.fast_field_values(name, addresses)] for name in columns
        ]

    def frequency(self, name: str, term: str) -> int:
        """In how many entries a term is, deleted ones of unmerged segments too."""
        return int(self._index.searcher().doc_freq(name, term))

    def segments(self) -> tuple[Segment, ...]:
        """The segments in force, largest first, as the folder says; none of an index in memory."""
        if self.folder is None or not (self.folder / META).exists():
            return ()
        listed = orjson.loads((self.folder / META).read_bytes())["segments"]
        sizes: dict[str, int] = {}
        with os.scandir(self.folder) as files:
            for one in files:
                with suppress(FileNotFoundError):  # merged away just now
                    name = one.name.partition(".")[0]
                    sizes[name] = sizes.get(name, 0) + one.stat().st_size
        return tuple(
            Segment(
                id=one["segment_id"][:FIRST_SEGMENT],
                entries=one["max_doc"],
                deleted=(one["deletes"] or {}).get("num_deleted_docs", 0),
                bytes=sizes.get(one["segment_id"].replace("-", ""), 0),
            )
            for one in sorted(listed, key=lambda one: -one["max_doc"])
        )

    def _query(self, query: IndexQuery) -> tantivy.Query:
        return self._all(query.must) if query.must else tantivy.Query.all_query()

    def _all(self, must: Sequence[Condition]) -> tantivy.Query:
        return tantivy.Query.boolean_query([(tantivy.Occur.Must, self._condition(one)) for one in must])

    def _condition(self, one: Condition) -> tantivy.Query:
        if isinstance(one, Either):
            groups = [self._all(group) for group in one.groups]
            should = [(tantivy.Occur.Should, group) for group in groups]
            return groups[0] if len(groups) == 1 else tantivy.Query.boolean_query(should)
        if isinstance(one, Among):
            return tantivy.Query.term_set_query(self.schema, ID, list(one.ids))
        if isinstance(one, Between):
            return tantivy.Query.range_query(
                self.schema, one.field, tantivy.FieldType.Integer, one.low, one.high
            )
        if len(one.terms) == 1:
            return tantivy.Query.term_query(self.schema, one.field, one.terms[0])
        return tantivy.Query.phrase_query(self.schema, one.field, list(one.terms))


def _schema(fields: Sequence[IndexField]) -> tantivy.Schema:
    builder = tantivy.SchemaBuilder().add_integer_field(ID, indexed=True, fast=True)
    for one in fields:
        if one.kind == "number":
            builder.add_integer_field(one.name, indexed=True, fast=True)
        else:
            option = "position" if one.kind == "words" else "basic"
            builder.add_text_field(one.name, tokenizer_name="blanks", index_option=option)
    return builder.build()


def copy_segments(source: Path, target: Path) -> None:
    """Make `target` the index that `source` is, by links to the same files where the disk can.

    Segments never change, so that both may go on by themselves. The list of segments comes last and at
    once, so that whoever reads `target` meanwhile sees one state or the other.
    """
    target.mkdir(parents=True, exist_ok=True)
    for attempt in range(COPY_TRIES):
        try:
            _copy_segments(source, target)
            return
        except FileNotFoundError:  # merged away between the list and the link
            if attempt == COPY_TRIES - 1:
                raise


def _copy_segments(source: Path, target: Path) -> None:
    listed = (source / META).read_bytes()
    alive = {one["segment_id"].replace("-", "") for one in orjson.loads(listed)["segments"]}
    managed = []
    for name in sorted(os.listdir(source)):
        if name.partition(".")[0] in alive and not (target / name).exists():
            _link(source / name, target / name)
    for name in os.listdir(target):
        if name.partition(".")[0] in alive:
            managed.append(name)
    for name, content in ((MANAGED, orjson.dumps([*managed, META])), (META, listed)):
        fresh = target / f"{name}.new"
        fresh.write_bytes(content)
        fresh.replace(target / name)
    for name in os.listdir(target):
        if not name.startswith((".", META)) and name.partition(".")[0] not in alive:
            with suppress(FileNotFoundError):
                (target / name).unlink()


def _link(source: Path, target: Path) -> None:
    try:
        target.hardlink_to(source)
    except FileNotFoundError:
        raise
    except OSError:  # another disk, or one without links
        shutil.copyfile(source, target)


def shard_of(id: int, shards: int) -> int:
    """Which shard has an entry."""
    return id % shards


def build_index(folder: Path, fields: Sequence[IndexField], shards: int, entries: Iterable[Entry]) -> None:
    """Write an index of new entries into a folder that is not there yet, whole or not at all; takes its time."""
    making = folder.with_name(f"{folder.name}.{os.getpid()}.{threading.get_ident()}.new")
    parted: list[list[Entry]] = [[] for _ in range(shards)]
    for entry in entries:
        parted[shard_of(entry.id, shards)].append(entry)
    for number, part in enumerate(parted):
        IndexShard(fields, making / name_of(number, 0)).write(part, new=True, heap=BUILD_BYTES)
    try:
        making.rename(folder)
    except OSError:  # somebody else was faster
        shutil.rmtree(making)
        if not folder.exists():
            raise


def id_of(change: Change) -> int:
    """The id that a change is about."""
    return change if isinstance(change, int) else change.id


def name_of(shard: int, copy: int) -> str:
    """The folder of a copy of a shard; copy 0 is the primary."""
    return f"shard-{shard + 1}" if not copy else f"shard-{shard + 1}-replica-{copy}"


@dataclass(frozen=True, slots=True)
class Copy:
    """A shard's primary (0) or one of its replicas."""

    shard: int
    copy: int = 0

    @property
    def name(self) -> str:
        """Its name, as a node and as a folder."""
        return name_of(self.shard, self.copy)


Reach = Callable[[Copy, str, Callable[[], Awaitable[Any]]], Awaitable[Any]]


async def _straight(copy: Copy, operation: str, work: Callable[[], Awaitable[T]]) -> T:
    return await work()


@cache
def _readers() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(READERS, thread_name_prefix="index reader")


@cache
def _writers() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(WRITERS, thread_name_prefix="index writer")


async def _reading(work: Callable[[], T]) -> T:
    return await asyncio.get_running_loop().run_in_executor(_readers(), work)


async def writing(work: Callable[[], T]) -> T:
    """Do something long with files in a thread of the writers, where no search waits behind it."""
    return await asyncio.get_running_loop().run_in_executor(_writers(), work)


class SearchIndex:
    """Entries in 1 to 8 shards below `folder`, each with 0 to 2 replicas that answer, too.

    `put` and `remove` are found after `commit`, which writes all shards that can be reached; what an
    unreachable one is to have waits for it. An answer lacks the shards none of whose copies answered
    within `patience` seconds, and says so; a copy that takes longer than `hedge` seconds is not waited
    for alone. Everything uncommitted is lost with the process: whoever
    writes keeps it elsewhere until `commit` returns. `reach` calls the node of a copy, for faults.
    """

    def __init__(
        self,
        folder: Path,
        fields: Sequence[IndexField],
        *,
        shards: int = 1,
        replicas: int = 0,
        clock: Clock,
        reach: Reach = _straight,
        patience: float = PATIENCE_S,
        hedge: float = HEDGE_S,
    ) -> None:
        if not 1 <= shards <= MOST_SHARDS or not 0 <= replicas <= MOST_REPLICAS:
            raise ValueError(f"1 to {MOST_SHARDS} shards, 0 to {MOST_REPLICAS} replicas")
        self.folder, self.fields = folder, tuple(fields)
        self.shards, self.replicas, self.patience, self.hedge = shards, replicas, patience, hedge
        self.written = self.commits = 0
        self._clock, self._reach = clock, reach
        self._open: dict[Copy, IndexShard] = {}
        self._waiting: list[list[Change]] = [[] for _ in range(shards)]
        self._turn = 0
        self._lock = asyncio.Lock()

    @property
    def copies(self) -> list[Copy]:
        """All copies of all shards."""
        return [Copy(shard, copy) for shard in range(self.shards) for copy in range(self.replicas + 1)]

    async def open(self, base: Path | None = None) -> None:
        """Open what lies in the folder; an empty one begins as a copy of `base`, if there is one."""
        await writing(partial(self._open_all, base))

    async def close(self) -> None:
        """Let go of the files. What was not committed is gone."""
        async with self._lock:
            self._open = {}

    async def drop(self) -> None:
        """Close, and delete the folder."""
        await self.close()
        await writing(partial(shutil.rmtree, self.folder, ignore_errors=True))

    # Writing

    def put(self, changes: Iterable[Change]) -> None:
        """Index these entries at the next commit, instead of what they were before; of an id alone, take it out."""
        for one in changes:
            self._waiting[shard_of(id_of(one), self.shards)].append(one)

    @property
    def waiting(self) -> int:
        """How many changes wait for a commit."""
        return sum(map(len, self._waiting))

    async def commit(self) -> tuple[Commit, ...]:
        """Write what waits, a segment for each shard that has any, and let the replicas have it.

        A shard that cannot be reached keeps what it is to have until the next commit.
        """
        async with self._lock:
            numbers = [number for number, waiting in enumerate(self._waiting) if waiting]
            done = await asyncio.gather(*(self._commit(number) for number in numbers))
        self.commits += any(done)
        return tuple(one for one in done if one is not None)

    async def _commit(self, number: int) -> Commit | None:
        changes, self._waiting[number] = self._waiting[number], []
        began = self._clock.monotonic()
        try:
            work = partial(writing, partial(self._write, number, changes))
            before, written, after = await self._reach(Copy(number), "commit", work)
        except BaseException as error:
            latest = {id_of(one): one for one in changes}  # of what waits for long, the last word
            self._waiting[number] = [*latest.values(), *self._waiting[number]]
            if isinstance(error, LabError):
                return None
            raise
        self.written += written
        await self._replicate(number)
        ms = (self._clock.monotonic() - began) * 1000
        return Commit(number, written, len(changes) - written, ms, after, before)

    def _write(self, number: int, changes: Sequence[Change]) -> tuple[int, int, int]:
        shard = self._shard(Copy(number))
        before = len(shard.segments())
        return before, shard.write(changes), len(shard.segments())

    def _shard(self, copy: Copy) -> IndexShard:
        shard = self._open.get(copy)
        if shard is None:
            raise Unavailable(f"{copy.name} is being built")
        return shard

    async def _replicate(self, number: int) -> None:
        for copy in range(1, self.replicas + 1):
            one = Copy(number, copy)
            with suppress(LabError):  # it takes over what it missed after the next commit
                await self._reach(one, "take over segments", partial(writing, partial(self._take_over, one)))

    def _take_over(self, copy: Copy) -> None:
        copy_segments(self.folder / name_of(copy.shard, 0), self.folder / copy.name)
        self._shard(copy).refresh()

    async def lose(self, number: int, base: Path | None = None) -> None:
        """The disk of a shard is lost, with its replicas; it begins anew as a copy of `base`, or empty."""
        async with self._lock:
            copies = [Copy(number, copy) for copy in range(self.replicas + 1)]
            for one in copies:
                self._open.pop(one, None)
            await writing(partial(self._lose, copies, base))

    def _lose(self, copies: Sequence[Copy], base: Path | None) -> None:
        for one in copies:
            shutil.rmtree(self.folder / one.name, ignore_errors=True)
        for one in copies:
            self._open_one(one, base)

    # Reading

    async def search(self, query: IndexQuery) -> Gathered:
        """Ask every shard, and merge what comes: each gives as many as are wanted of all."""
        wide = IndexQuery(query.must, query.by, query.limit + query.offset)
        asked = [self._ask(number, wide) for number in range(self.shards)]
        answers = await asyncio.gather(*asked)
        got = [found for found, _ in answers if found is not None]
        merged = heapq.merge(*(found.hits for found in got), key=lambda hit: -hit.rank)
        return Gathered(
            hits=tuple(merged)[query.offset : query.offset + query.limit],
            total=sum(found.total for found in got),
            missing=tuple(number for number, (found, _) in enumerate(answers) if found is None),
            took_ms=tuple(round(ms, 3) for _, ms in answers),
        )

    async def _ask(self, number: int, query: IndexQuery) -> tuple[Found | None, float]:
        """What a shard answers: the copies by turns, and another one when the first is late, or does not."""
        began = self._clock.monotonic()
        self._turn += 1
        copies = self.replicas + 1
        order = [Copy(number, (self._turn + step) % copies) for step in range(copies)]
        found = await self._first(order, query)
        return found, (self._clock.monotonic() - began) * 1000

    async def _first(self, order: Sequence[Copy], query: IndexQuery) -> Found | None:
        """The first answer of these copies, each of which is asked when the one before it is late or has failed."""
        asked: set[asyncio.Task[Found]] = set()
        waiting = list(order)
        try:
            async with asyncio.timeout(self.patience):
                while waiting or asked:
                    if waiting:
                        asked.add(asyncio.create_task(self._ask_copy(waiting.pop(0), query)))
                    late = self.hedge if waiting else None
                    done, asked = await asyncio.wait(asked, timeout=late, return_when=asyncio.FIRST_COMPLETED)
                    for one in done:
                        with suppress(LabError):
                            return one.result()
        except TimeoutError:
            return None
        finally:
            for one in asked:
                one.cancel()
            await asyncio.gather(*asked, return_exceptions=True)
        return None

    async def _ask_copy(self, copy: Copy, query: IndexQuery) -> Found:
        found: Found = await self._reach(
            copy, "search", partial(_reading, partial(self._search, copy, query))
        )
        return found

    def _search(self, copy: Copy, query: IndexQuery) -> Found:
        return self._shard(copy).search(query)

    async def peek(self, query: IndexQuery, *, ascending: bool = False) -> list[Hit]:
        """What the primaries have, past their nodes: for whoever looks in, not for who searches."""

        def work() -> list[Hit]:
            shards = [one for copy, one in list(self._open.items()) if not copy.copy]
            hits = [hit for one in shards for hit in one.search(query, ascending=ascending).hits]
            return sorted(hits, key=lambda hit: hit.rank, reverse=not ascending)[: query.limit]

        return await _reading(work)

    async def segments(self) -> tuple[tuple[Segment, ...], ...]:
        """The segments of each primary, as they lie on disk."""
        return await _reading(self._segments)

    def _segments(self) -> tuple[tuple[Segment, ...], ...]:
        opened = [self._open.get(Copy(number)) for number in range(self.shards)]
        return tuple(one.segments() if one is not None else () for one in opened)

    async def size(self) -> int:
        """How many entries are found, in the primaries."""
        return await _reading(
            lambda: sum(one.size for copy, one in list(self._open.items()) if not copy.copy)
        )

    async def frequency(self, name: str, term: str) -> int:
        """In how many entries of all primaries a term is."""
        return await _reading(
            lambda: sum(one.frequency(name, term) for copy, one in list(self._open.items()) if not copy.copy)
        )

    def _open_all(self, base: Path | None) -> None:
        for number in range(self.shards):
            for copy in range(self.replicas + 1):
                self._open_one(Copy(number, copy), base)

    def _open_one(self, copy: Copy, base: Path | None) -> None:
        folder = self.folder / copy.name
        source = self.folder / name_of(copy.shard, 0) if copy.copy else base and base / copy.name
        if copy.copy or not (folder / META).exists():
            shutil.rmtree(folder, ignore_errors=True)
            if source and (source / META).exists():
                copy_segments(source, folder)
        self._open[copy] = IndexShard(self.fields, folder)
