"""The search index in shards: commits, segments, copies, and shards that do not answer."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
import tantivy

from sdlab.lab import SystemClock, Unavailable
from sdlab.parts.search_index import (
    Between,
    Copy,
    Entry,
    Has,
    Hit,
    IndexField,
    IndexQuery,
    IndexShard,
    SearchIndex,
    build_index,
    copy_segments,
)

FIELDS = (IndexField("likes", "number"), IndexField("body", "words"), IndexField("pairs", "terms"))
CLOCK = SystemClock()


def entry(id: int, body: str, likes: int = 0) -> Entry:
    words = body.split()
    pairs = " ".join(f"{a}_{b}" for a, b in zip(words, words[1:], strict=False))
    return Entry(id, {"likes": likes}, {"body": body, "pairs": pairs})


def has(*terms: str, field: str = "body") -> tuple[Has, ...]:
    return tuple(Has(field, (term,)) for term in terms)


async def ids(index: SearchIndex, query: IndexQuery) -> list[int]:
    return [hit.id for hit in (await index.search(query)).hits]


class Faults:
    """Copies that refuse."""

    def __init__(self) -> None:
        self.down: set[Copy] = set()
        self.asked: list[tuple[str, str]] = []

    async def reach(self, copy: Copy, operation: str, work: Callable[[], Awaitable[Any]]) -> Any:
        self.asked.append((copy.name, operation))
        if copy in self.down:
            raise Unavailable(f"{copy.name} is down")
        return await work()


async def test_what_is_added_is_found_after_the_commit(tmp_path: Path) -> None:
    index = SearchIndex(tmp_path, FIELDS, shards=3, clock=CLOCK)
    await index.open()
    index.put([entry(n, "rain today" if n % 2 else "rain in the north", likes=n * 7 % 20) for n in range(20)])

    assert await ids(index, IndexQuery(has("rain"))) == []
    assert index.waiting == 20
    done = await index.commit()

    assert sum(one.entries for one in done) == 20
    assert await ids(index, IndexQuery(has("rain", "today"), limit=3)) == [19, 17, 15]
    gathered = await index.search(IndexQuery(has("rain"), by="likes", limit=4, offset=2))
    assert gathered.hits == (Hit(11, 17), Hit(8, 16), Hit(5, 15), Hit(2, 14))
    assert (gathered.total, gathered.missing) == (20, ())
    assert await ids(index, IndexQuery((Has("body", ("the", "north")),), limit=1)) == [18]
    assert await ids(index, IndexQuery(has("the_north", field="pairs"), limit=1)) == [18]
    assert await ids(index, IndexQuery((Has("body", ("north", "the")),))) == []
    assert await ids(index, IndexQuery((*has("rain"), Between("id", 3, 5)))) == [5, 4, 3]
    assert (await index.size(), await index.frequency("body", "today")) == (20, 10)
    await index.close()


async def test_a_change_replaces_and_a_removal_removes(tmp_path: Path) -> None:
    index = SearchIndex(tmp_path, FIELDS, shards=2, clock=CLOCK)
    await index.open()
    index.put([entry(1, "old"), entry(1, "older"), entry(2, "gone"), entry(1, "new", likes=7)])
    await index.commit()
    index.put([2])
    await index.commit()

    assert await ids(index, IndexQuery(has("old"))) == await ids(index, IndexQuery(has("gone"))) == []
    assert (await index.search(IndexQuery(has("new"), by="likes"))).hits == (Hit(1, 7),)
    assert index.written == 4
    await index.close()


async def test_it_finds_again_what_was_committed_and_drops_all(tmp_path: Path) -> None:
    folder = tmp_path / "index"
    index = SearchIndex(folder, FIELDS, clock=CLOCK)
    await index.open()
    index.put([entry(1, "kept")])
    await index.commit()
    index.put([entry(2, "kept")])
    await index.close()
    again = SearchIndex(folder, FIELDS, clock=CLOCK)
    await again.open()

    assert await ids(again, IndexQuery(has("kept"))) == [1]
    await again.drop()
    assert not folder.exists()


async def test_commits_make_segments_and_merges_make_fewer(tmp_path: Path) -> None:
    index = SearchIndex(tmp_path, FIELDS, clock=CLOCK)
    await index.open()
    counts = []
    for n in range(9):
        index.put([entry(n, "again")])
        (done,) = await index.commit()
        assert done.before == (counts[-1] if counts else 0)
        counts.append(done.segments)
    (segments,) = await index.segments()

    assert counts[:3] == [1, 2, 3]
    assert max(counts) < 9
    assert sum(one.entries - one.deleted for one in segments) == 9
    assert all(one.bytes > 0 for one in segments)


async def test_copies_answer_with_what_the_primary_committed(tmp_path: Path) -> None:
    faults = Faults()
    index = SearchIndex(tmp_path, FIELDS, shards=2, replicas=1, clock=CLOCK, reach=faults.reach)
    await index.open()
    index.put([entry(n, "word") for n in range(6)])
    await index.commit()
    faults.down = {Copy(0), Copy(1)}

    for _ in range(4):
        gathered = await index.search(IndexQuery(has("word")))
        assert (len(gathered.hits), gathered.partial) == (6, False)
    faults.down.add(Copy(1, 1))
    gathered = await index.search(IndexQuery(has("word")))
    assert [hit.id for hit in gathered.hits] == [4, 2, 0]
    assert (gathered.total, gathered.missing, gathered.partial) == (3, (1,), True)
    assert ("shard-1-replica-1", "take over segments") in faults.asked


async def test_what_an_unreachable_shard_is_to_have_waits(tmp_path: Path) -> None:
    faults = Faults()
    index = SearchIndex(tmp_path, FIELDS, shards=2, clock=CLOCK, reach=faults.reach)
    await index.open()
    faults.down = {Copy(0)}
    index.put([entry(0, "first"), entry(1, "first"), entry(0, "last")])

    assert [one.shard for one in await index.commit()] == [1]
    assert index.waiting == 1
    faults.down.clear()
    await index.commit()
    assert await ids(index, IndexQuery(has("last"))) == [0]
    assert await ids(index, IndexQuery(has("first"))) == [1]


async def test_a_slow_shard_is_not_waited_for_longer_than_the_patience(tmp_path: Path) -> None:
    async def slow(copy: Copy, operation: str, work: Callable[[], Awaitable[Any]]) -> Any:
        if copy.shard == 1 and operation == "search":
            await CLOCK.sleep(60)
        return await work()

    index = SearchIndex(tmp_path, FIELDS, shards=2, clock=CLOCK, reach=slow, patience=0.05)
    await index.open()
    index.put([entry(0, "word"), entry(1, "word")])
    await index.commit()

    assert (await index.search(IndexQuery(has("word")))).missing == (1,)


async def test_a_late_copy_is_not_waited_for_alone(tmp_path: Path) -> None:
    async def late(copy: Copy, operation: str, work: Callable[[], Awaitable[Any]]) -> Any:
        if not copy.copy and operation == "search":
            await CLOCK.sleep(60)
        return await work()

    index = SearchIndex(tmp_path, FIELDS, replicas=1, clock=CLOCK, reach=late, patience=30, hedge=0.01)
    await index.open()
    index.put([entry(0, "word")])
    await index.commit()

    for _ in range(2):
        assert await ids(index, IndexQuery(has("word"))) == [0]


async def test_a_room_begins_with_the_segments_of_a_base_and_leaves_it_as_it_is(tmp_path: Path) -> None:
    base = tmp_path / "base"
    build_index(base, FIELDS, 2, (entry(n, "base", likes=n) for n in range(10)))
    build_index(base, FIELDS, 2, [])  # somebody else was later
    index = SearchIndex(tmp_path / "room", FIELDS, shards=2, replicas=1, clock=CLOCK)
    await index.open(base)
    index.put([entry(3, "mine", likes=99), entry(10, "base")])
    await index.commit()

    assert await ids(index, IndexQuery(has("base"))) == [10, 9, 8, 7, 6, 5, 4, 2, 1, 0]
    untouched = IndexShard(FIELDS, base / "shard-2")
    untouched.refresh()
    assert (untouched.size, len(untouched.segments())) == (5, 1)

    await index.lose(1, base)
    assert await ids(index, IndexQuery(has("mine"))) == []
    assert len(await ids(index, IndexQuery(has("base")))) == 11
    await index.lose(0)
    assert (await index.search(IndexQuery(has("base")))).total == 5


def test_a_copy_of_segments_has_those_in_force_and_no_others(tmp_path: Path) -> None:
    source, target = tmp_path / "a", tmp_path / "b"
    shard = IndexShard(FIELDS, source)
    for n in range(9):
        shard.write([entry(n, "x")])
        copy_segments(source, target)
    copied = IndexShard(FIELDS, target)
    copied.refresh()

    assert copied.size == 9
    assert copied.segments() == shard.segments()
    assert IndexShard(FIELDS).segments() == ()


def test_shards_and_replicas_are_bounded(tmp_path: Path) -> None:
    for shards, replicas in ((0, 0), (9, 0), (1, 3)):
        with pytest.raises(ValueError):
            SearchIndex(tmp_path, FIELDS, shards=shards, replicas=replicas, clock=CLOCK)


def test_what_matches_comes_with_its_score_and_its_numbers() -> None:
    shard = IndexShard(FIELDS)
    shard.write([entry(1, "rain rain", 7), entry(2, "rain and sun", 5), entry(3, "sun", 3)], new=True)
    rain = tantivy.Query.term_query(shard.schema, "body", "rain")
    scores, (found, likes) = shard.scored(rain, ("id", "likes"), limit=10)
    assert (found, likes) == ([1, 2], [7, 5])
    assert scores[0] > scores[1] > 0
    assert shard.scored(rain, ("id",), limit=1)[1] == [[1]]
