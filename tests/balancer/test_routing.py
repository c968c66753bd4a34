"""Where a call goes: by the room that it names, to the process that has that room."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from redis.asyncio import Redis

from sdlab.balancer.holders import MOST_REMEMBERED, REMEMBERED_S, Holders
from sdlab.balancer.routing import place_of, room_named
from sdlab.rooms.fork_rooms import ForkRooms
from sdlab.rooms.lease import RedisLeases
from sdlab.stores.redis import EmbeddedRedis, connect

ROOM, OTHER, CLASS = "a" * 24, "b" * 24, "c" * 24
COOKIE = {"cookie": f"other=1; sdlab_room={OTHER}"}


@pytest.fixture
async def redis(valkey: EmbeddedRedis) -> AsyncIterator[Redis]:
    client = connect(valkey.url)
    await client.flushall()
    yield client
    await client.aclose()


@pytest.mark.parametrize(
    ("path", "query", "headers", "named"),
    [
        (f"/teach/{CLASS}", "", COOKIE, CLASS),
        (f"/api/classes/{CLASS}/beat", f"room={ROOM}", COOKIE, CLASS),
        ("/api/classes/join", "", COOKIE, OTHER),
        ("/api/top-k/top", "", {"x-sdlab-room": ROOM}, ROOM),
        ("/api/top-k/top", f"room={ROOM}", COOKIE, ROOM),
        ("/labs/top-k", "room=own", COOKIE, OTHER),
        ("/api/live", f"lab=top-k&room={ROOM}&visit=seed%3D1", COOKIE, ROOM),
        ("/api/live", f"lab=top-k&room={ROOM}&visit=room%3D{CLASS}", COOKIE, CLASS),
        ("/api/live", f"lab=top-k&room={ROOM}&visit=room%3Down", COOKIE, OTHER),
        ("/_event/", f"token={ROOM}.5f-3a&EIO=4", COOKIE, ROOM),
        ("/_event/", "token=5f6c-3a&EIO=4", COOKIE, OTHER),
        ("/api/top-k/top", "", {}, "public"),
        ("/labs/top-k", "", {}, "10.0.0.1"),
        ("/api/top-k/top", "", {"cookie": "\x00;=;=\x00"}, "public"),
    ],
)
def test_a_call_names_its_room(path: str, query: str, headers: dict[str, str], named: str) -> None:
    assert room_named(path, query, headers, peer="10.0.0.1") == named


def test_rooms_spread_and_few_move_when_a_process_is_added() -> None:
    rooms = [f"room-{n}" for n in range(3_000)]
    three, four = [[place_of(one, places) for one in rooms] for places in (3, 4)]
    assert all(900 < three.count(place) < 1_100 for place in range(3))
    moved = [after for before, after in zip(three, four, strict=True) if before != after]
    assert set(moved) == {3}
    assert 650 < len(moved) < 850


async def test_a_room_is_where_its_lease_says(redis: Redis) -> None:
    now = 0.0
    holders = Holders(redis, 4, now=lambda: now)
    falls_to = place_of(ROOM, 4)
    assert await holders.place(ROOM) == falls_to

    held = (falls_to + 1) % 4
    lease = RedisLeases(redis, place=held)
    assert await lease.take(ROOM)
    assert await holders.place(ROOM) == held
    await lease.give(ROOM)
    assert await holders.place(ROOM) == held  # remembered
    now += 2 * REMEMBERED_S
    assert await holders.place(ROOM) == falls_to


async def test_a_fork_is_where_its_class_is(redis: Redis) -> None:
    forks = [f"{n:024}" for n in range(8)]
    for one in forks:
        await ForkRooms(redis).add(one, CLASS, 1.0)
    at = (place_of(CLASS, 4) + 1) % 4
    await RedisLeases(redis, place=at).take(CLASS)
    holders = Holders(redis, 4)
    assert {await holders.place(one) for one in forks} == {at}


async def test_a_lease_of_another_server_says_nothing_of_places(redis: Redis) -> None:
    await RedisLeases(redis).take(ROOM)
    assert await Holders(redis, 4).place(ROOM) == place_of(ROOM, 4)
    await RedisLeases(redis, place=9).take(OTHER)
    assert await Holders(redis, 4).place(OTHER) == place_of(OTHER, 4)


async def test_who_replaces_a_dead_process_has_its_rooms_at_once(redis: Redis) -> None:
    assert await RedisLeases(redis, place=1).take(ROOM)
    assert await RedisLeases(redis, place=0).take(ROOM) == 0
    assert await RedisLeases(redis, place=1).take(ROOM)


async def test_no_more_is_remembered_than_fits(redis: Redis) -> None:
    holders = Holders(redis, 2)
    await RedisLeases(redis, place=1).take(ROOM)
    holders._known = {str(n): (1, 0.0) for n in range(MOST_REMEMBERED)}
    assert await holders.place(ROOM) == 1
    assert list(holders._known) == [ROOM]


async def test_without_stores_rooms_go_where_they_fall() -> None:
    redis = Redis.from_url("unix:///nowhere/at/all", retry=None)
    assert await Holders(redis, 3).place(ROOM) == place_of(ROOM, 3)
    await redis.aclose()
