"""Leases: one holder, the same token while it is renewed, a higher one for whoever is next."""

from __future__ import annotations

import asyncio

from sdlab.parts.lease import FencedLeases
from tests.conftest import MakeRoom


async def test_one_holder_and_a_growing_token(make_room: MakeRoom) -> None:
    room = await make_room("lease-test")
    key = room.key("lease")
    one, two = (FencedLeases(room.redis, lasts_ms=30_000) for _ in range(2))
    first = await one.take(key)
    assert first > 0
    assert await one.take(key) == first
    assert await two.take(key) == 0
    assert not await two.give(key)
    assert await one.give(key)
    assert await two.take(key) == first + 1


async def test_of_many_who_want_it_at_once_one_has_it(make_room: MakeRoom) -> None:
    room = await make_room("lease-test")
    many = [FencedLeases(room.redis, lasts_ms=30_000) for _ in range(20)]
    tokens = await asyncio.gather(*(one.take(room.key("lease")) for one in many))
    assert sorted(tokens) == [0] * 19 + [1]


async def test_a_lease_that_has_ended_is_followed_by_a_higher_token(make_room: MakeRoom) -> None:
    room = await make_room("lease-test")
    dead, next_one = FencedLeases(room.redis, lasts_ms=1), FencedLeases(room.redis, lasts_ms=30_000)
    old = await dead.take(room.key("lease"))
    while not (new := await next_one.take(room.key("lease"))):  # noqa: ASYNC110 - the store ends it
        await asyncio.sleep(0)
    assert new > old
    assert await dead.take(room.key("lease")) == 0
