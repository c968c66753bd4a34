"""Virtual time passes while everybody waits, and never while a store or a thread is at work."""

from __future__ import annotations

import asyncio
import os
import time
from threading import Timer
from typing import Any

import pytest
import sqlalchemy as sa
from psycopg import waiting

from sdlab.lab import Clock
from sdlab.rooms.manager import RoomManager
from tests.conftest import MakeRoom
from tests.virtual_time import ANSWERED_AFTER, TURN

pytestmark = pytest.mark.virtual_time
TURNS = 100 * TURN


async def test_an_hour_passes_at_once_and_sleepers_wake_in_order(usual_clock: Clock) -> None:
    began, real, woken = usual_clock.monotonic(), time.monotonic(), []

    async def sleeper(seconds: float) -> None:
        await usual_clock.sleep(seconds)
        woken.append(round(usual_clock.monotonic() - began))

    await asyncio.gather(*(sleeper(one) for one in (3600, 1, 60)))
    assert woken == [1, 60, 3600]
    assert time.monotonic() - real < 3600


async def test_a_time_limit_holds_on_virtual_time(usual_clock: Clock) -> None:
    began = usual_clock.monotonic()
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(30):
            await asyncio.Event().wait()
    assert usual_clock.monotonic() - began == pytest.approx(30, abs=TURNS)


async def test_no_time_passes_while_a_thread_works(usual_clock: Clock) -> None:
    began = usual_clock.monotonic()
    sleeper = asyncio.ensure_future(usual_clock.sleep(0.001))
    await asyncio.to_thread(sum, range(1_000_000))
    assert usual_clock.monotonic() - began < 0.001
    await sleeper


async def test_an_answer_of_a_store_takes_its_moment_however_long_the_store_works(
    make_room: MakeRoom,
) -> None:
    room = await make_room("toy")
    began = room.clock.monotonic()
    await room.redis.eval("local n = 0; for i = 1, 1000000 do n = n + i end; return n", 0)
    assert room.clock.monotonic() - began == pytest.approx(ANSWERED_AFTER, abs=TURNS)
    began = room.clock.monotonic()
    await room.sql.read(lambda connection: connection.exec_driver_sql("SELECT 1").scalar())
    assert room.clock.monotonic() - began == pytest.approx(ANSWERED_AFTER, abs=TURNS)


async def test_what_a_store_tells_a_listener_comes_before_time_goes_on(make_room: MakeRoom) -> None:
    room = await make_room("toy")
    key, heard = room.key("log"), []

    async def listen() -> None:
        await room.redis.xread({key: "0-0"}, block=60_000)
        heard.append(room.clock.monotonic())

    listening = asyncio.ensure_future(listen())
    await room.clock.sleep(0.01)
    await room.redis.xadd(key, {"m": "1"})
    told = room.clock.monotonic()
    await room.clock.sleep(10)
    await listening
    assert heard[0] - told < 1


async def test_whoever_waits_by_turning_sees_time_pass(usual_clock: Clock) -> None:
    until = usual_clock.monotonic() + 50 * TURN
    while usual_clock.monotonic() < until:  # noqa: ASYNC110 - that is what is tested
        await asyncio.sleep(0)


async def test_no_time_passes_while_postgres_is_called(
    make_room: MakeRoom, usual_clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A connection that took a second would make rooms old that were made just now."""
    room = await make_room("ticketmaster", database="postgres")
    calls, reached = waiting.wait_conn_async, asyncio.Event()

    async def slowly(*arguments: Any, **options: Any) -> Any:
        loop = asyncio.get_running_loop()
        other_end, line = os.pipe()
        loop.add_reader(other_end, reached.set)
        sleeper = asyncio.ensure_future(usual_clock.sleep(0.05))
        Timer(0.2, os.write, (line, b".")).start()
        await reached.wait()
        loop.remove_reader(other_end)
        assert not sleeper.done()
        os.close(other_end)
        os.close(line)
        return await calls(*arguments, **options)

    monkeypatch.setattr(waiting, "wait_conn_async", slowly)
    async with room.sql.session() as session:
        assert await session.scalar(sa.text("SELECT 1")) == 1
    assert reached.is_set()


async def test_rooms_grow_old_by_the_clock_of_the_test(manager: RoomManager, usual_clock: Clock) -> None:
    assert manager.clock is manager.rooms.clock is usual_clock
