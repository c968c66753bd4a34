"""Parts that die come back on the same data, and while one is silent nobody hangs."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import shutil
import signal
import time
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import psutil
import pytest
import sqlalchemy as sa

from sdlab.api.server import open_rooms
from sdlab.lab import Unavailable
from sdlab.rooms import manager as manager_module
from sdlab.rooms.health import Health
from sdlab.rooms.manager import RoomManager
from sdlab.rooms.publisher import Closed
from sdlab.settings import Settings
from sdlab.stores import limited, sql
from sdlab.stores.keeper import Kept, keep
from sdlab.stores.limited import StoreSilent
from sdlab.stores.redis import EmbeddedRedis, connect
from sdlab.stores.sql import Overloaded, Sql
from tests.frame.toy import TOY
from tests.machine import budget


@pytest.fixture
async def manager(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[RoomManager]:
    """Rooms over servers of the test's own, which may be hurt."""
    monkeypatch.setattr(manager_module, "design", lambda slug: TOY)
    async with open_rooms(Settings(SDLAB_DATA=tmp_path)) as one:
        yield one


def started_here(name: str) -> psutil.Process:
    """The server that the test started last."""
    found = [one for one in psutil.Process().children(recursive=True) if name in one.name()]
    return max(found, key=lambda one: one.create_time())


async def test_a_killed_valkey_comes_back_and_labs_go_on_where_they_were(manager: RoomManager) -> None:
    room = await manager.rooms.new_room("10.0.0.1")
    lab = await manager.lab(room, "toy")
    assert [await lab.engine.add() for _ in range(3)] == [1, 2, 3]
    lab.frames.join()
    lab.start_workload(TOY.workloads[0].id, rate=1, seed=1, seconds=0)
    killed = started_here("valkey")
    began = time.monotonic()
    killed.kill()
    with contextlib.suppress(Closed):
        while await lab.frames.next_payload():
            pass
    assert lab.frames.closed.is_set()
    while manager.running().get((room, "toy")) in (None, lab):
        assert time.monotonic() - began < budget(2)
        await asyncio.sleep(0.01)
    again = await manager.lab(room, "toy")
    assert again is not lab
    assert again.runner.running
    assert await again.engine.add() >= 4
    assert started_here("valkey").pid != killed.pid


async def test_a_killed_postgres_comes_back_with_what_was_committed(
    manager: RoomManager, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(manager_module, "design", lambda slug: replace(TOY, database="postgres"))
    lab = await manager.lab(await manager.rooms.new_room("10.0.0.1"), "toy")
    await lab.room.sql.write(lambda c: c.exec_driver_sql("CREATE TABLE kept AS SELECT 7 AS n") and None)
    found = started_here("postgres")
    head = found if found.parent() == psutil.Process() else found.parent()
    assert head is not None
    began = time.monotonic()
    head.kill()
    while True:
        try:
            async with lab.room.sql.session() as session:
                assert await session.scalar(sa.text("SELECT n FROM kept")) == 7
            break
        except (sa.exc.OperationalError, sa.exc.InterfaceError):
            assert time.monotonic() - began < budget(3)
            await asyncio.sleep(0.02)
    assert await lab.room.sql.read(lambda c: c.exec_driver_sql("SELECT n FROM kept").scalar()) == 7


async def test_a_server_that_does_not_start_is_tried_again_and_said_once_each_time(
    caplog: pytest.LogCaptureFixture,
) -> None:
    tries, back = iter([OSError("no space"), None]), asyncio.Event()
    state = {"alive": False}

    async def revive() -> None:
        if error := next(tries):
            raise error
        state["alive"] = True

    async def revived() -> None:
        back.set()

    with caplog.at_level(logging.WARNING, "sdlab.stores"):
        keeper = asyncio.create_task(keep(Kept("It", lambda: state["alive"], revive), revived=revived))
        async with asyncio.timeout(budget(5)):
            await back.wait()
        keeper.cancel()
    assert "It does not start: no space" in caplog.text
    assert "It is back" in caplog.text


# Silence


async def test_a_silent_server_is_waited_for_once_and_then_nobody_waits(
    valkey: EmbeddedRedis, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limited, "ANSWERS_AFTER", 0.2)
    client = connect(valkey.url)
    client.patience._seconds = 0.3
    await client.set("kept", "1")
    valkey.process.send_signal(signal.SIGSTOP)
    try:
        began = time.monotonic()
        answers = await asyncio.gather(*[client.get("kept") for _ in range(40)], return_exceptions=True)
        assert {type(one) for one in answers} == {StoreSilent}
        assert time.monotonic() - began < budget(1)
        began = time.monotonic()
        for _ in range(50):
            async with client.pipeline() as pipe:
                pipe.get("kept")
                with pytest.raises(StoreSilent):
                    await pipe.execute()
        assert time.monotonic() - began < 0.3
    finally:
        valkey.process.send_signal(signal.SIGCONT)
    async with asyncio.timeout(budget(5)):
        while client.patience.silent:  # noqa: ASYNC110 - nobody tells when it answers again
            await asyncio.sleep(0.02)
    assert await client.get("kept") == "1"
    await client.aclose()


async def test_a_command_that_means_to_wait_is_not_silence(valkey: EmbeddedRedis) -> None:
    client = connect(valkey.url)
    client.patience._seconds = 0.2
    assert not await client.xread({"nothing": "0"}, block=600)
    assert await client.blpop(["nothing"], timeout=1) is None
    assert not client.patience.silent
    await client.aclose()


async def test_a_database_that_does_not_answer_is_given_up_and_nothing_is_done_later(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sql, "ANSWER_WITHIN", 0.2)
    database = Sql(f"sqlite:///{tmp_path / 'one.db'}")
    await database.create()
    done: list[int] = []
    slow = asyncio.create_task(database.write(lambda c: time.sleep(0.6)))
    await asyncio.sleep(0.05)
    with pytest.raises(Overloaded, match="did not answer"):
        await database.write(lambda c: done.append(1))
    with pytest.raises(Overloaded):
        await slow
    monkeypatch.setattr(sql, "ANSWER_WITHIN", 10)
    await database.write(lambda c: done.append(2))
    assert done == [2]
    await database.close()


# Health


async def test_health_names_the_store_that_would_not_keep(manager: RoomManager) -> None:
    assert (await Health(manager).report())["status"] == "ok"
    blobs = Path(manager.settings.blob_place)
    shutil.rmtree(blobs)
    blobs.write_text("no folder")
    report = await Health(manager).report()
    assert report["status"] == "failing"
    assert "problem" in report["blobs"]
    assert "problem" not in report["store"] | report["database"]


async def test_health_asks_the_stores_once_a_second_however_many_ask(
    manager: RoomManager, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[Any] = []
    put = manager.stores.blobs.put

    async def counted(name: str, content: bytes) -> None:
        asked.append(name)
        await put(name, content)

    monkeypatch.setattr(manager.stores.blobs, "put", counted)
    health = Health(manager)
    await asyncio.gather(*[health.report() for _ in range(50)])
    assert len(asked) == 1


async def test_a_stopping_server_opens_nothing(manager: RoomManager) -> None:
    room = await manager.rooms.new_room("10.0.0.1")
    manager.hang_up()
    with pytest.raises(Unavailable, match="stopping"):
        await manager.lab(room, "toy")
