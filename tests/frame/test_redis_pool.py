"""Connections to Redis: ready at once, never with what is somebody else's, and no more than there may be."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from redis import Redis as SyncRedis
from redis.asyncio import Redis
from redis.asyncio.connection import Connection
from redis.exceptions import DataError

from sdlab.stores.redis import EmbeddedRedis, connect
from sdlab.stores.redis_pool import quick

CALLERS = 40


@pytest.fixture
async def redis(valkey: EmbeddedRedis) -> AsyncIterator[Redis]:
    client = connect(valkey.url)
    yield client
    await client.aclose()


async def test_an_answer_that_nobody_read_is_given_to_nobody_else(redis: Redis) -> None:
    await redis.set("mine", "1")
    pool = redis.connection_pool
    connection = await pool.get_connection()
    await connection.send_command("PING")
    await redis.get("mine")  # by now the loop has read the answer to the ping
    await pool.release(connection)

    assert pool._available_connections[-1] is connection
    assert await redis.get("mine") == "1"


@pytest.mark.parametrize("transaction", [False, True])
async def test_a_connection_that_the_server_has_ended_is_replaced(
    redis: Redis, valkey: EmbeddedRedis, transaction: bool
) -> None:
    await redis.set("mine", "1")
    (mine,) = redis.connection_pool._available_connections
    with SyncRedis(unix_socket_path=str(valkey.socket_path)) as other:
        other.client_kill_filter(_type="normal", skipme=True)
    assert mine in redis.connection_pool._available_connections

    async with redis.pipeline(transaction=transaction) as pipeline:
        pipeline.get("mine")
        assert await pipeline.execute() == ["1"]
    assert await asyncio.gather(*(redis.get("mine") for _ in range(3))) == ["1"] * 3


async def test_a_free_connection_is_taken_without_giving_way(redis: Redis) -> None:
    await redis.set("mine", "1")
    pool = redis.connection_pool
    getting = pool.get_connection()

    with pytest.raises(StopIteration) as ready:
        getting.send(None)

    await pool.release(ready.value.value)


async def test_who_comes_beyond_the_most_waits_in_order(redis: Redis) -> None:
    pool = redis.connection_pool
    pool.max_connections = 1
    held = await pool.get_connection()
    served: list[int] = []

    async def call(number: int) -> None:
        await redis.incr("calls")
        served.append(number)

    waiting = [asyncio.create_task(call(number)) for number in range(CALLERS)]
    await asyncio.sleep(0)
    assert served == []

    await pool.release(held)
    await asyncio.gather(*waiting)

    assert served == list(range(CALLERS))
    assert len(pool._available_connections) == 1


@pytest.mark.parametrize(
    "command",
    [
        ("GET", "mine"),
        ("SET", "größe", "naïve 🎟️", "EX", 5),
        ("ZADD", b"raw\x00\xff", 1.5, "a", -0.1, "b", 1e300, "c", float("inf"), "d"),
        ("SET", "", 12345678901234567890),
        ("CLIENT SETNAME", "of two words"),
        ("SET", "bytes", memoryview(b"seen")),
    ],
)
def test_a_command_travels_as_redis_py_sends_it(command: tuple[Any, ...]) -> None:
    mine, plain = quick(Connection)(), Connection()
    wanted = b"".join(plain.pack_command(*command))

    assert b"".join(mine.pack_command(*command)) == wanted
    assert mine.pack_commands([command] * 3) == [wanted * 3]


@pytest.mark.parametrize("value", [True, None, ["a"]])
def test_what_redis_py_does_not_send_is_not_sent(value: Any) -> None:
    with pytest.raises(DataError):
        quick(Connection)().pack_command("SET", "mine", value)
