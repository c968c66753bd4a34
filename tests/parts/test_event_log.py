"""A log is read in order from any position, as often as one likes, until it is trimmed."""

from __future__ import annotations

import pytest

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


async def test_two_logs_under_one_key_are_the_same_log(log: EventLog, make_room: MakeRoom) -> None:
    room = await make_room("top-k")
    one, other = (EventLog(room.redis, room.key("shared")) for _ in range(2))
    await one.append(entries("a"))
    assert texts(await other.read(limit=10)) == ["a"]
    assert await log.length() == 0


def test_positions_are_numbers_and_not_texts() -> None:
    assert order_of("9-5") < order_of("10-0") < order_of("10-12")
    assert order_of(START) < order_of("1")
