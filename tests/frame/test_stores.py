"""The stores keep what they acknowledged, whatever happens to the process."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy.exc import IntegrityError

from sdlab.lab import Room
from sdlab.stores.blobs import Blobs
from sdlab.stores.redis import EmbeddedRedis, RedisSilent, check, connect
from sdlab.stores.sql import Sql


@pytest.fixture
async def table(make_room: Callable) -> Sql:
    room: Room = await make_room("toy")
    await room.sql.write(lambda c: c.exec_driver_sql("CREATE TABLE t (a INTEGER PRIMARY KEY)") and None)
    return room.sql


def insert(number: int) -> Callable:
    return lambda c: c.exec_driver_sql("INSERT INTO t VALUES (?)", (number,)).rowcount


async def test_many_writers_are_all_committed(table: Sql) -> None:
    assert await asyncio.gather(*[table.write(insert(n)) for n in range(500)]) == [1] * 500
    assert await table.read(lambda c: c.exec_driver_sql("SELECT count(*) FROM t").scalar()) == 500


async def test_a_failing_writer_undoes_only_its_own_work(table: Sql) -> None:
    def two(c) -> None:
        c.exec_driver_sql("INSERT INTO t VALUES (50)")
        c.exec_driver_sql("INSERT INTO t VALUES (1)")

    await table.write(insert(1))
    results = await asyncio.gather(
        table.write(insert(2)), table.write(two), table.write(insert(3)), return_exceptions=True
    )
    assert [type(one) for one in results] == [int, IntegrityError, int]
    found = await table.read(lambda c: [row[0] for row in c.exec_driver_sql("SELECT a FROM t ORDER BY a")])
    assert found == [1, 2, 3]


async def test_valkey_killed_with_its_owner_keeps_what_it_acknowledged(tmp_path: Path) -> None:
    server = EmbeddedRedis.start(tmp_path)
    client = connect(server.url)
    await asyncio.gather(*[client.set(f"k{n}", n) for n in range(300)])
    os.kill(server.process.pid, signal.SIGKILL)
    server.process.wait()
    await client.aclose()
    again = EmbeddedRedis.start(tmp_path)
    client = connect(again.url)
    assert await client.dbsize() == 300
    assert (await check(client)).startswith("valkey")
    await client.aclose()
    again.stop()


async def test_a_server_that_does_not_answer_is_named_quickly(tmp_path: Path) -> None:
    client = connect(f"unix://{tmp_path / 'nobody.sock'}")
    with pytest.raises(RedisSilent):
        await check(client, seconds=1.0)
    await client.aclose()


async def test_a_name_belongs_to_the_first_room(make_room: Callable) -> None:
    room: Room = await make_room("toy")
    name = f"name-{room.id}"
    assert await room.names.claim("link", name, "a")
    assert await room.names.claim("link", name, "a")
    assert not await room.names.claim("link", name, "b")
    await room.names.release("link", name, "b")
    assert await room.names.owner("link", name) == "a"
    await room.names.release("link", name, "a")
    assert await room.names.owner("link", name) is None


async def test_blobs(tmp_path: Path) -> None:
    blobs = Blobs(str(tmp_path / "blobs"))
    await blobs.put("r1/toy/a", b"one")
    await blobs.put("r1/toy/b", b"two")
    await blobs.put("r2/toy/a", b"other")
    assert await blobs.get("r1/toy/b") == b"two"
    assert await blobs.names("r1/") == ["r1/toy/a", "r1/toy/b"]
    (blobs.folder("r1/toy/index") / "segment").write_bytes(b"x")
    await blobs.forget("r1/")
    assert not (tmp_path / "blobs" / "r1").exists()
    assert await blobs.names("r1/") == []
    assert await blobs.get("r2/toy/a") == b"other"
    with pytest.raises(FileNotFoundError):
        await blobs.get("r1/toy/a")
    for bad in ("", "/etc/passwd", "a/../../b"):
        with pytest.raises(ValueError, match="not a blob name"):
            await blobs.put(bad, b"")
    assert Blobs("memory://", files=tmp_path / "files").folder("r1/x") == tmp_path / "files" / "r1" / "x"
