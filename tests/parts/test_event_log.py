"""A log is read in order from any position, as often as one likes, until it is trimmed."""

from __future__ import annotations

import asyncio

import pytest
from redis.exceptions import ResponseError

from sdlab.parts.event_log import START, Entry, EventLog, NewEntry, order_of
from tests.conftest import MakeRoom


@pytest.fixture
async def log(make_room: MakeRoom) -> EventLog:
    room = await make_room("top-k")
    return EventLog(room.redis, room.key("events"), partitions=2)


def entries(*texts: str, partition: int = 0) -> list[NewEntry]:
    return [NewEntry({"text": text}, partition) for text in texts]


def texts(found: list[Entry]) -> list[str]:
    return [one.fields["text"] for one in found]


async def test_what_was_appended_is_read_in_order(log: EventLog) -> None:
    ids = await log.append(entries("a", "b", "c"))
    found = await log.read(limit=10)
    assert texts(found) == ["a", "b", "c"]
    assert [one.id for one in found] == ids
    assert ids == sorted(ids, key=order_of)


async def test_reading_goes_on_from_a_position(log: EventLog) -> None:
    first, second, _ = await log.append(entries("a", "b", "c"))
    assert texts(await log.read(after=first, limit=1)) == ["b"]
    assert texts(await log.read(after=second, limit=10)) == ["c"]
    assert texts(await log.read(after=second, limit=10)) == ["c"], "reading takes nothing away"


async def test_partitions_are_apart(log: EventLog) -> None:
    await log.append([*entries("a"), *entries("b", partition=1), *entries("c")])
    assert texts(await log.read(limit=10)) == ["a", "c"]
    assert texts(await log.read(partition=1, limit=10)) == ["b"]
    assert [await log.length(0), await log.length(1)] == [2, 1]
    with pytest.raises(ValueError, match="no partition 2"):
        log.key_of(2)


async def test_the_end_of_the_log(log: EventLog) -> None:
    assert await log.tail() == START
    assert await log.newest(3) == []
    ids = await log.append(entries("a", "b", "c"))
    assert await log.tail() == ids[-1]
    assert texts(await log.newest(2)) == ["b", "c"]
    assert await log.read(after=ids[-1], limit=10) == []


async def test_trimming_keeps_the_entry_at_the_position(log: EventLog) -> None:
    first, second, third = await log.append(entries("a", "b", "c"))
    await log.trim(second)
    assert texts(await log.read(limit=10)) == ["b", "c"]
    assert [await log.has(one) for one in (first, second, third)] == [False, True, True]


async def test_trimming_within_a_transaction_waits_for_it(log: EventLog, make_room: MakeRoom) -> None:
    redis = (await make_room("top-k")).redis
    ids = await log.append(entries("a", "b"))
    pipe = redis.pipeline(transaction=True)
    await log.trim(ids[-1], within=pipe)
    assert await log.length() == 2
    await pipe.execute()
    assert texts(await log.read(limit=10)) == ["b"]


async def test_a_writer_that_does_not_know_whether_it_has_written_writes_again(log: EventLog) -> None:
    numbered = [NewEntry({"text": text}, "chess", at=f"{number}-0") for number, text in enumerate("abc", 1)]
    assert await log.append(numbered[:2]) == ["1-0", "2-0"]
    assert await log.append(numbered) == ["1-0", "2-0", "3-0"]
    assert texts(await log.read(partition="chess", limit=10)) == ["a", "b", "c"]
    assert await log.tail("chess") == "3-0"
    assert await log.length() == 0, "a named partition is none of the numbered ones"


async def test_an_entry_that_is_no_entry_fails_aloud(log: EventLog) -> None:
    with pytest.raises(ResponseError, match="Invalid stream ID"):
        await log.append([*entries("a"), NewEntry({"text": "b"}, at="not a position")])
    assert texts(await log.read(limit=10)) == ["a"], "some may be in the log nevertheless"


async def test_a_partition_keeps_its_newest_entries(log: EventLog) -> None:
    await log.append([*entries(*"abcd"), *entries("z", partition=1)], kept=2)
    assert texts(await log.read(limit=10)) == ["c", "d"]
    assert texts(await log.read(partition=1, limit=10)) == ["z"]


async def test_whoever_waits_gets_what_comes_to_any_of_its_partitions(log: EventLog) -> None:
    first, second = await log.append(entries("a", "b"))
    after = {0: first, 1: START}
    found = await log.wait(after, limit=10, seconds=5)
    assert {partition: texts(some) for partition, some in found.items()} == {0: ["b"]}

    after[0] = second
    waiting = asyncio.create_task(log.wait(after, limit=10, seconds=5))
    await asyncio.sleep(0)
    assert not waiting.done()
    await log.append(entries("c", partition=1))
    assert {partition: texts(some) for partition, some in (await waiting).items()} == {1: ["c"]}
    assert await log.wait({0: second}, limit=10, seconds=0.01) == {}


async def test_two_logs_under_one_key_are_the_same_log(log: EventLog, make_room: MakeRoom) -> None:
    room = await make_room("top-k")
    one, other = (EventLog(room.redis, room.key("shared")) for _ in range(2))
    await one.append(entries("a"))
    assert texts(await other.read(limit=10)) == ["a"]
    assert await log.length() == 0


def test_positions_are_numbers_and_not_texts() -> None:
    assert order_of("9-5") < order_of("10-0") < order_of("10-12")
    assert order_of(START) < order_of("1")
