"""Locks that end by themselves: all or none, one owner, nothing given back that is another's."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from sdlab.lab import ManualClock, Room, SystemClock, Unavailable
from sdlab.parts.ttl_locks import NamedLocks, TtlLocks, TtlMutex
from tests.conftest import MakeRoom


@pytest.fixture
async def room(make_room: MakeRoom) -> Room:
    return await make_room("locks-test")


@pytest.fixture
async def locks(room: Room) -> TtlLocks:
    return TtlLocks(room.redis)


def keys(room: Room, *names: str) -> list[str]:
    return [room.key("lock", name) for name in names]


def at_once(work: Callable[[], Awaitable[str]]) -> Awaitable[str]:
    return work()


async def owners(locks: TtlLocks, room: Room, *names: str) -> list[str]:
    found = await locks.holders(keys(room, *names))
    return [found[key].owner if key in found else "" for key in keys(room, *names)]


async def test_several_keys_are_taken_all_or_none(locks: TtlLocks, room: Room) -> None:
    assert await locks.acquire(keys(room, "b"), "ann", seconds=30) is None
    assert await locks.acquire(keys(room, "a", "b", "c"), "bob", seconds=30) == room.key("lock", "b")
    assert await owners(locks, room, "a", "b", "c") == ["", "ann", ""]


async def test_of_many_who_want_overlapping_keys_none_share_one(locks: TtlLocks, room: Room) -> None:
    wanted = {f"p{n}": keys(room, f"k{n % 5}", f"k{(n * 3 + 1) % 5}") for n in range(40)}
    taken = await asyncio.gather(*(locks.acquire(some, who, seconds=30) for who, some in wanted.items()))
    winners = [some for some, first in zip(wanted.values(), taken, strict=True) if first is None]
    held = [key for some in winners for key in set(some)]
    assert winners
    assert len(held) == len(set(held))


async def test_only_the_owner_gives_back(locks: TtlLocks, room: Room) -> None:
    await locks.acquire(keys(room, "a", "b"), "ann", seconds=30)
    assert await locks.release(keys(room, "a", "b"), "bob") == 0
    assert await owners(locks, room, "a", "b") == ["ann", "ann"]
    assert await locks.release(keys(room, "a", "b"), "ann") == 2


async def test_a_lock_ends_by_itself_and_its_late_owner_frees_nothing(locks: TtlLocks, room: Room) -> None:
    await locks.acquire(keys(room, "a"), "ann", seconds=0.001)
    while await locks.acquire(keys(room, "a"), "bob", seconds=30):  # noqa: ASYNC110 - the store ends it, and nobody announces it
        await asyncio.sleep(0)
    assert await locks.release(keys(room, "a"), "ann") == 0
    assert await owners(locks, room, "a") == ["bob"]


async def test_the_time_left_is_that_of_the_key(locks: TtlLocks, room: Room) -> None:
    await locks.acquire(keys(room, "a"), "ann", seconds=30)
    assert 20 < (await locks.holders(keys(room, "a")))[room.key("lock", "a")].left_s <= 30


async def test_a_crash_loses_the_newest_only_and_a_restart_all(locks: TtlLocks, room: Room) -> None:
    await locks.acquire(keys(room, "old"), "ann", seconds=20)
    await locks.acquire(keys(room, "new"), "bob", seconds=30)
    assert await locks.lose_newest(keys(room, "old", "new"), held_s=30, unsynced_s=5) == 1
    assert await owners(locks, room, "old", "new") == ["ann", ""]
    assert await locks.lose(keys(room, "old", "new")) == 1
    assert await owners(locks, room, "old", "new") == ["", ""]


async def test_one_after_the_other_in_the_order_they_came() -> None:
    locks, order = NamedLocks(), []

    async def one(number: int) -> None:
        async with locks.hold("x"):
            await asyncio.sleep(0)
            order.append(number)

    await asyncio.gather(*(one(number) for number in range(5)))
    assert order == [0, 1, 2, 3, 4]
    assert locks.waited == 4


async def test_two_processes_exclude_each_other(room: Room) -> None:
    mine, theirs = (TtlMutex(room.redis, clock=SystemClock()) for _ in range(2))
    inside = most = 0

    async def work(mutex: TtlMutex) -> None:
        nonlocal inside, most
        async with mutex.hold(room.key("x"), reach=at_once):
            inside += 1
            most = max(most, inside)
            await asyncio.sleep(0)
            inside -= 1

    await asyncio.gather(*(work(mutex) for mutex in (mine, theirs) * 4))
    assert most == 1
    assert (mine.taken, theirs.taken, mine.lapsed + theirs.lapsed) == (4, 4, 0)


async def test_who_waits_too_long_is_told_so(room: Room) -> None:
    clock = ManualClock()
    await TtlLocks(room.redis).acquire(keys(room, "x"), "somebody else", seconds=300)

    async def wait() -> None:
        async with TtlMutex(room.redis, clock=clock).hold(room.key("lock", "x"), reach=at_once):
            raise AssertionError

    waiting = asyncio.create_task(wait())
    while not waiting.done():
        await clock.advance(1)
    with pytest.raises(Unavailable):
        await waiting


async def test_a_lease_that_ended_before_it_was_given_back_is_counted(room: Room) -> None:
    mutex = TtlMutex(room.redis, clock=SystemClock())
    async with mutex.hold(room.key("x"), reach=at_once):
        await room.redis.delete(room.key("x"))
    assert mutex.lapsed == 1
