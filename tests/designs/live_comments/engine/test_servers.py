"""A server that begins with a stream misses nothing of it."""

from __future__ import annotations

import asyncio

import pytest

from designs.live_comments.engine.bus import LogReader
from designs.live_comments.engine.comments import Event
from designs.live_comments.engine.streams import MAIN
from sdlab.parts.event_log import Partition
from tests.designs.live_comments.helpers import MakeLive, say


async def test_a_server_that_begins_to_follow_while_the_reader_starts_misses_nothing(live: MakeLive) -> None:
    engine = await live()
    await say(engine, 3)
    await engine.settled()
    followed: dict[str, int] = {}
    reader = LogReader(engine.bus, "one-more")
    begin, tail = engine.bus.log.tail, iter((0,))

    async def slow_tail(channel: Partition) -> str:
        end = await begin(channel)
        followed[MAIN] = next(tail)  # it has joined meanwhile, at a place before that end
        return end

    engine.bus.log.tail = slow_tail  # type: ignore[method-assign]
    assert [event.seq for event in await reader.read({MAIN}, lambda: followed)] == [1, 2, 3]


async def test_who_comes_while_a_server_begins_with_a_stream_waits_for_its_place(live: MakeLive) -> None:
    engine = await live(distribution="everything")
    server = engine.pool.route("chess")
    await say(engine, 3, stream="chess")
    while "chess" not in server.reader.channels:  # noqa: ASYNC110 - it reads every stream, as soon as it reads
        await asyncio.sleep(0)
    newest, go_on = engine.bus.newest, asyncio.Event()

    async def slow_newest(stream: str, count: int) -> list[Event]:
        found = await newest(stream, count)
        await go_on.wait()
        return found

    engine.bus.newest = slow_newest  # type: ignore[method-assign]
    coming = [asyncio.create_task(server.feed("chess")) for _ in range(2)]
    await say(engine, 2, stream="chess")
    await engine.publisher.settled()
    while server.feeds["chess"].passed < 5:  # noqa: ASYNC110 - nobody announces what is passed by
        await asyncio.sleep(0)
    assert not any(one.done() for one in coming)
    go_on.set()
    first, second = await asyncio.gather(*coming)
    assert first is second
    assert (first.last, [one.seq for one in first.ring]) == (5, [1, 2, 3, 4, 5])


async def test_what_comes_between_the_beginning_of_a_feed_and_of_its_reading_is_in_it(live: MakeLive) -> None:
    engine = await live()
    server = engine.pool.route("chess")
    await say(engine, 3, stream="chess")
    newest, asked, go_on = engine.bus.newest, asyncio.Event(), asyncio.Event()

    async def slow_newest(stream: str, count: int) -> list[Event]:
        found = await newest(stream, count)
        asked.set()
        await go_on.wait()
        return found

    engine.bus.newest = slow_newest  # type: ignore[method-assign]
    coming = asyncio.create_task(server.feed("chess"))
    await asked.wait()
    await say(engine, 2, stream="chess")
    await engine.publisher.settled()
    while "chess" not in server.reader.channels:
        await server.reader.wake()
        await asyncio.sleep(0)
    go_on.set()
    feed = await coming
    assert (feed.last, [one.seq for one in feed.ring]) == (5, [1, 2, 3, 4, 5])


async def test_a_stream_that_could_not_be_begun_is_begun_by_the_next(live: MakeLive) -> None:
    engine = await live()
    server, newest = engine.pool.route("chess"), engine.bus.newest

    async def broken(stream: str, count: int) -> list[Event]:
        raise ConnectionError

    engine.bus.newest = broken  # type: ignore[method-assign]
    with pytest.raises(ConnectionError):
        await server.feed("chess")
    engine.bus.newest = newest  # type: ignore[method-assign]
    assert (await server.feed("chess")).last == 0
