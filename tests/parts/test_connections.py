"""Who comes back gets what it missed, once and in order, or learns that it must begin anew; nobody fills the memory."""

from __future__ import annotations

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sdlab.parts.connections import BoundedBuffer, ResumableLog


def log_of(*entries: str, kept: int = 10) -> ResumableLog[str]:
    log: ResumableLog[str] = ResumableLog(kept)
    for one in entries:
        log.append(one)
    return log


# What one missed


@given(
    gaps=st.lists(st.integers(1, 4), max_size=40),
    kept=st.integers(1, 12),
    first=st.integers(-1, 5),
    asked=st.integers(-3, 180),
)
def test_a_position_that_is_reached_misses_nothing(
    gaps: list[int], kept: int, first: int, asked: int
) -> None:
    log: ResumableLog[int] = ResumableLog(kept, last=first)
    everything: list[int] = []
    for gap in gaps:
        position = log.last + gap
        log.put(position, position)
        everything.append(position)
    behind = [one for one in everything if one > asked]

    if log.reaches(asked):
        assert log.since(asked) == behind
    assert log.since(asked) == behind[-kept:]
    assert log.reaches(log.last)
    assert not log.reaches(log.last + 1), "it is not there yet"
    assert list(log) == everything[-kept:]


def test_what_is_kept_is_bounded_and_older_positions_are_not_reached() -> None:
    log = log_of("a", "b", "c", "d", kept=2)
    assert (len(log), list(log)) == (2, ["c", "d"])
    assert [log.reaches(one) for one in range(6)] == [False, False, True, True, True, False]
    assert log.since(2) == ["c", "d"]


def test_positions_only_grow() -> None:
    log = log_of("a", "b")
    with pytest.raises(ValueError, match="position 2 is not behind 2"):
        log.put(2, "again")
    log.put(7, "later")
    assert log.append("next") == 8


def test_a_log_may_begin_where_its_source_stands() -> None:
    log = log_of("a")
    log.begin(40)
    assert (log.last, list(log)) == (40, [])
    assert [log.reaches(39), log.reaches(40)] == [False, True]
    assert log.append("b") == 41
    assert log.since(40) == ["b"]


def test_a_mark_names_a_position_of_this_log_alone() -> None:
    log, other = log_of("a", "b"), log_of("a", "b")
    assert log.position_of(log.mark) == 2
    foreign = [other.mark, "", "x", "-", f"{log.epoch}-", f"{log.epoch}--1", f"{log.epoch}-²", "9" * 5000]
    assert [log.position_of(one) for one in foreign] == [None] * len(foreign)
    assert log.position_of(f"{log.epoch}-{'9' * 5000}") is None


async def test_whoever_waits_wakes_for_what_comes_and_not_before() -> None:
    log = log_of("a")
    assert await log.beyond(0)
    waiting = [asyncio.create_task(log.beyond(position)) for position in (1, 2)]
    log.append("b")
    assert await waiting[0]
    await asyncio.sleep(0)
    assert not waiting[1].done()
    log.append("c")
    assert await waiting[1]


async def test_whoever_waits_is_let_go_when_the_log_is_closed() -> None:
    log = log_of("a")
    waiting = asyncio.create_task(log.beyond(1))
    await asyncio.sleep(0)
    log.close()
    assert not await waiting
    assert await log.beyond(0), "what there is can still be had"


# What waits for one


def test_a_full_buffer_refuses_and_keeps_what_it_has() -> None:
    buffer: BoundedBuffer[int] = BoundedBuffer(2)
    assert [buffer.push(one) for one in range(3)] == [True, True, False]
    assert buffer.take() == [0, 1]
    assert len(buffer) == 0
    assert buffer.push(3)


def test_room_for_more_than_fits_is_an_empty_buffer() -> None:
    buffer: BoundedBuffer[int] = BoundedBuffer(3)
    assert buffer.has_room(9)
    buffer.push(1)
    assert [buffer.has_room(2), buffer.has_room(3), buffer.has_room(9)] == [True, False, False]


async def test_a_reader_gets_all_that_waits_in_one_batch() -> None:
    buffer: BoundedBuffer[int] = BoundedBuffer(5)
    reading = asyncio.create_task(buffer.batch())
    await asyncio.sleep(0)
    assert not reading.done()
    for one in range(3):
        buffer.push(one)
    assert await reading == [0, 1, 2]


async def test_a_reader_is_told_that_it_is_over_and_what_waited_is_gone() -> None:
    buffer: BoundedBuffer[int] = BoundedBuffer(5)
    buffer.push(1)
    buffer.end("too slow")
    assert (await buffer.batch(), buffer.ended) == ([], "too slow")
    late: BoundedBuffer[int] = BoundedBuffer(5)
    reading = asyncio.create_task(late.batch())
    await asyncio.sleep(0)
    late.end("closed")
    assert await reading == []


async def test_a_writer_may_wait_for_room() -> None:
    buffer: BoundedBuffer[int] = BoundedBuffer(1)
    buffer.push(1)
    waiting = asyncio.create_task(buffer.room_made())
    await asyncio.sleep(0)
    assert (waiting.done(), buffer.awaited) == (False, True)
    assert buffer.pop() == 1
    await waiting
    assert not buffer.awaited
