"""Rooms: unguessable, isolated, bounded; they close when idle, re-open as they were, and end after a day."""

from __future__ import annotations

import asyncio
import gc
import time
import weakref
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import orjson
import pytest

from sdlab.api.server import DataInUse, open_rooms
from sdlab.lab import Engine, Invalid, ManualClock, NotFound, TooMany, Unavailable
from sdlab.rooms import housekeeping
from sdlab.rooms import lab as lab_module
from sdlab.rooms import manager as manager_module
from sdlab.rooms import publisher as publisher_module
from sdlab.rooms.admission import LAST_SEEN
from sdlab.rooms.ids import RoomIds
from sdlab.rooms.lease import RedisLeases
from sdlab.rooms.manager import RoomManager
from sdlab.rooms.pace import LATE, Pace
from sdlab.rooms.publisher import SOONEST
from sdlab.settings import Settings
from tests.frame.toy import TOY


@pytest.fixture(autouse=True)
def _toy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(manager_module, "design", lambda slug: TOY)


@pytest.fixture
def clock(manager: RoomManager) -> ManualClock:
    manager.clock = ManualClock()
    return manager.clock


@pytest.fixture
async def room(manager: RoomManager, clock: ManualClock) -> str:
    return await manager.rooms.new_room("10.0.0.1")


def test_ids_are_recognised_only_with_the_secret() -> None:
    ids, others = RoomIds("one"), RoomIds("two")
    made = {ids.new() for _ in range(100)}
    assert len(made) == 100
    assert all(ids.known(one) for one in made)
    assert not any(others.known(one) for one in made)
    for bad in ("", "x", "a" * 24, "é" * 24, next(iter(made)).upper(), "../" * 8):
        assert not ids.known(bad)
    assert ids.known("public")


async def test_a_forged_room_is_not_found(manager: RoomManager) -> None:
    with pytest.raises(NotFound):
        await manager.rooms.enter("a" * 24, "10.0.0.1")


async def test_an_address_may_open_only_so_many_rooms(manager: RoomManager, clock: ManualClock) -> None:
    manager.settings.rooms_per_address = 3
    rooms = [await manager.rooms.new_room("10.0.0.2") for _ in range(3)]
    with pytest.raises(TooMany):
        await manager.rooms.new_room("10.0.0.2")
    with pytest.raises(TooMany):
        await manager.rooms.enter(manager.ids.new(), "10.0.0.2")
    assert await manager.rooms.enter(rooms[0], "10.0.0.2") == rooms[0]
    assert await manager.rooms.new_room("10.0.0.3")


async def test_rooms_never_see_each_other(manager: RoomManager, room: str) -> None:
    other = await manager.rooms.new_room("10.0.0.1")
    one, two = await manager.lab(room, "toy"), await manager.lab(other, "toy")
    await one.engine.add()
    assert one.snapshot().total == 1
    assert two.snapshot().total == 0
    assert await two.engine.add() == 1


async def test_an_idle_lab_closes_and_reopens_as_it_was(
    manager: RoomManager, clock: ManualClock, room: str
) -> None:
    lab = await manager.lab(room, "toy")
    await lab.configure(toggles={"step": "two"}, knobs={"limit": 50})
    await lab.restart(seed=9)
    await lab.engine.add()
    await clock.advance(manager.settings.idle_minutes * 60 + 1)
    await manager.housekeeping.sweep()
    assert manager.open_labs == 0
    again = await manager.lab(room, "toy")
    assert again is not lab
    assert (again.engine.config.step, again.engine.config.limit, again.room.seed) == ("two", 50, 9)
    assert again.snapshot().total == 2


async def test_a_lab_that_was_closed_leaves_the_memory_with_a_sweep(
    manager: RoomManager, clock: ManualClock, room: str
) -> None:
    engine = weakref.ref((await manager.lab(room, "toy")).engine)
    gc.disable()
    try:
        await clock.advance(manager.settings.idle_minutes * 60 + 1)
        await manager.housekeeping.sweep()
        assert engine() is None
    finally:
        gc.enable()


async def test_a_watched_lab_stays_open(manager: RoomManager, clock: ManualClock, room: str) -> None:
    lab = await manager.lab(room, "toy")
    lab.frames.join()
    await clock.advance(manager.settings.idle_minutes * 60 + 1)
    await manager.housekeeping.sweep()
    assert manager.open_labs == 1
    lab.frames.leave()


async def test_a_lab_that_nobody_uses_rests_until_somebody_does(
    manager: RoomManager, clock: ManualClock, room: str
) -> None:
    lab, turns = await manager.lab(room, "toy"), 0

    async def turn() -> None:
        nonlocal turns
        turns += 1

    async def pass_by(seconds: int) -> int:
        before = turns
        for _ in range(seconds):
            await clock.advance(1.0)
            await manager.housekeeping.rest()
        return turns - before

    lab.engine.every("turns", 1.0, turn)
    await asyncio.sleep(0)
    assert await pass_by(15) >= 14
    lab.frames.join()
    assert await pass_by(60) >= 59
    lab.frames.leave()
    await pass_by(30)
    assert await pass_by(60) <= 1
    await manager.lab(room, "toy")
    assert await pass_by(15) >= 14
    lab.start_workload("steady", rate=1, seed=1, seconds=0)
    assert await pass_by(60) >= 59
    assert lab.runner.running
    await pass_by(2)
    assert not lab.runner.running, "nobody has watched for a minute"
    assert await pass_by(60) <= 1


async def test_traffic_goes_on_while_somebody_watches_or_until_its_own_end(
    manager: RoomManager, clock: ManualClock, room: str
) -> None:
    lab = await manager.lab(room, "toy")
    for seconds, watched in ((0, True), (300, False)):
        lab.start_workload("steady", rate=1, seed=1, seconds=seconds)
        if watched:
            lab.frames.join()
        for _ in range(20):
            await clock.advance(5.0)
            await manager.housekeeping.rest()
        assert lab.runner.running
        if watched:
            lab.frames.leave()
    await lab.stop_workload()


async def test_many_rooms_are_removed_in_one_sweep_with_their_names(
    manager: RoomManager, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(housekeeping, "REMOVED_AT_ONCE", 10)
    rooms = [await manager.rooms.new_room("10.0.0.1") for _ in range(25)]
    for room in rooms[:3]:
        await (await manager.lab(room, "toy")).engine.add()
    assert await manager.names.claim("link", "abc", rooms[0])
    await clock.advance(manager.settings.keep_hours * 3600 + 1)
    young = await manager.rooms.new_room("10.0.0.1")
    await (await manager.lab(young, "toy")).engine.add()
    assert await manager.names.claim("link", "xyz", young)
    await manager.housekeeping.sweep()
    assert {room for room, _ in manager.running()} == {young}
    assert await manager.names.owner("link", "abc") is None
    assert await manager.names.owner("link", "xyz") == young
    keys = [key async for key in manager.stores.redis.scan_iter() if any(room in key for room in rooms)]
    assert keys == []
    assert await manager.stores.redis.zrange(LAST_SEEN, 0, -1) == [young]


async def test_a_room_is_removed_after_a_day(manager: RoomManager, clock: ManualClock, room: str) -> None:
    lab = await manager.lab(room, "toy")
    await lab.engine.add()
    await lab.configure(toggles={"step": "two"}, knobs={})
    await clock.advance(manager.settings.keep_hours * 3600 + 1)
    await manager.housekeeping.sweep()
    left = [key async for key in manager.stores.redis.scan_iter(match=f"*{room}*")]
    assert left == []
    assert (await manager.lab(room, "toy")).snapshot().total == 0


async def test_the_least_used_lab_makes_place(manager: RoomManager, clock: ManualClock, room: str) -> None:
    manager.settings.open_labs = 1
    first = await manager.lab(room, "toy")
    other = await manager.rooms.new_room("10.0.0.1")
    await manager.lab(other, "toy")
    assert manager.open_labs == 1
    (await manager.lab(room, "toy")).frames.join()
    with pytest.raises(Unavailable):
        await manager.lab(other, "toy")
    assert first.runner is not None


async def test_two_servers_cannot_share_a_data_folder(manager: RoomManager) -> None:
    with pytest.raises(DataInUse):
        async with open_rooms(manager.settings):
            pass


async def test_a_lease_has_one_holder_and_a_growing_token(manager: RoomManager) -> None:
    one, two = RedisLeases(manager.stores.redis), RedisLeases(manager.stores.redis)
    first = await one.take("r")
    assert first > 0
    assert await one.take("r") == first
    assert await two.take("r") == 0
    await two.give("r")
    assert await two.take("r") == 0
    await one.give("r")
    assert await two.take("r") > first


async def test_a_lab_whose_lease_is_lost_is_closed(manager: RoomManager, room: str) -> None:
    mine, theirs = RedisLeases(manager.stores.redis), RedisLeases(manager.stores.redis)
    manager.stores.leases = mine
    await manager.lab(room, "toy")
    await mine.give(room)
    await theirs.take(room)
    await manager.housekeeping.renew()
    assert manager.open_labs == 0
    with pytest.raises(Unavailable):
        await manager.lab(room, "toy")


async def test_a_viewer_gets_frames_that_follow_what_happens(manager: RoomManager, room: str) -> None:
    lab = await manager.lab(room, "toy")
    lab.frames.join()
    first = orjson.loads(await lab.frames.next_payload())
    await lab.engine.add()
    second = orjson.loads(await lab.frames.next_payload())
    while second["snapshot"]["total"] == 0:
        second = orjson.loads(await lab.frames.next_payload())
    assert second["seq"] > first["seq"]
    assert second["events"][0]["text"] == "POST add: the total is 1"
    lab.frames.leave()


async def test_many_viewers_share_one_serialisation(manager: RoomManager, room: str) -> None:
    lab = await manager.lab(room, "toy")
    for _ in range(20):
        lab.frames.join()
    got = await asyncio.gather(*[lab.frames.next_payload() for _ in range(20)])
    assert len({id(one) for one in got}) == 1
    for _ in range(20):
        lab.frames.leave()
    assert not lab.frames.watched


@pytest.mark.parametrize("steps", range(6))
async def test_the_publisher_ends_with_its_last_viewer_even_when_something_happens_just_then(
    manager: RoomManager, room: str, steps: int
) -> None:
    lab = await manager.lab(room, "toy")
    lab.frames.join()
    await lab.frames.next_payload()
    await asyncio.sleep(SOONEST * 1.5)  # from here on it waits for something to happen
    publisher = next(one for one in asyncio.all_tasks() if one.get_name() == "publisher of frames")
    lab.engine.changed()
    for _ in range(steps):
        await asyncio.sleep(0)
    lab.frames.leave()
    done, _ = await asyncio.wait({publisher}, timeout=2)
    assert done


async def test_frames_are_made_less_often_before_anybody_waits(
    manager: RoomManager, room: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    pace = Pace(late=10 * LATE)
    monkeypatch.setattr(publisher_module, "PACE", pace)
    lab = await manager.lab(room, "toy")
    lab.frames.join()
    await lab.frames.next_payload()
    first, began = lab.frames.seq, time.monotonic()
    lab._nudge()
    await lab.frames.next_payload()
    assert lab.frames.seq == first + 1
    assert time.monotonic() - began > 0.9
    for _ in range(200):
        pace.slept(0.03, 0.03)
    assert pace.interval == pytest.approx(0.2)
    lab.frames.leave()


async def test_audits_give_way_before_frames_do(
    manager: RoomManager, clock: ManualClock, room: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    pace = Pace(late=3 * LATE)
    monkeypatch.setattr(lab_module, "PACE", pace)
    monkeypatch.setattr(publisher_module, "PACE", pace)
    lab, done = await manager.lab(room, "toy"), {"audit": 0, "work": 0}

    def counting(what: str) -> Callable[[], Awaitable[None]]:
        async def turn() -> None:
            done[what] += 1

        return turn

    lab.engine.every("audit", 1.0, counting("audit"), yields=True)
    lab.engine.every("work", 1.0, counting("work"))
    for _ in range(18):
        await clock.advance(1.0)
        lab.touch()
    assert done == {"audit": 2, "work": 18}


async def test_a_full_lab_refuses_one_more_viewer(manager: RoomManager, room: str) -> None:
    manager.settings.viewers_per_lab = 2
    lab = await manager.lab(room, "toy")
    lab.frames.join()
    lab.frames.join()
    with pytest.raises(TooMany):
        lab.frames.join()
    lab.frames.leave()
    lab.frames.leave()


async def test_nobody_sees_an_engine_that_has_not_started(
    manager: RoomManager, room: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    lab = await manager.lab(room, "toy")
    before, kind = lab.engine, type(lab.engine)
    start, seen_before = kind.start, []

    async def watched(self: Engine[Any]) -> None:
        seen_before.append(lab.engine is self)
        await start(self)

    monkeypatch.setattr(kind, "start", watched)
    await lab.restart(seed=None)
    assert seen_before == [False]
    assert lab.engine is not before


async def test_a_restart_forgets_the_data_and_keeps_the_answers(manager: RoomManager, room: str) -> None:
    lab = await manager.lab(room, "toy")
    await lab.configure(toggles={"step": "two"}, knobs={})
    await lab.engine.add()
    await lab.restart(seed=4)
    assert lab.snapshot().total == 0
    assert lab.engine.config.step == "two"
    assert lab.snapshot().seed == 4
    with pytest.raises(Invalid):
        await lab.restart(seed=-1)


async def test_the_workload_quota_of_a_room_holds(manager: RoomManager, room: str) -> None:
    manager.settings.workload_rate = 10
    lab = await manager.lab(room, "toy")
    with pytest.raises(Invalid):
        lab.start_workload("steady", rate=11, seed=1, seconds=0)
    lab.start_workload("steady", rate=10, seed=1, seconds=0)
    assert lab.snapshot().workload.running
    await lab.stop_workload()


async def test_all_labs_together_play_only_so_much(manager: RoomManager, room: str) -> None:
    manager.settings.total_workload_rate = 100
    one, two = (
        await manager.lab(room, "toy"),
        await manager.lab(await manager.rooms.new_room("10.0.0.1"), "toy"),
    )
    one.start_workload("steady", rate=70, seed=1, seconds=0)
    with pytest.raises(TooMany, match="70 are taken"):
        two.start_workload("steady", rate=40, seed=1, seconds=0)
    one.start_workload("steady", rate=95, seed=1, seconds=0)
    await one.stop_workload()
    two.start_workload("steady", rate=40, seed=1, seconds=0)
    await two.stop_workload()


async def test_the_secret_stays_the_same_with_the_data(tmp_path: Path) -> None:
    settings = Settings(SDLAB_DATA=tmp_path / "data")  # type: ignore[call-arg]
    async with open_rooms(settings) as one:
        room = one.ids.new()
    async with open_rooms(settings) as two:
        assert two.ids.known(room)
