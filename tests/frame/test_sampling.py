"""Sample traffic: in a fresh room, for a minute, and never in anybody's way."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from sdlab.lab import Invalid, Sample, Workload
from sdlab.rooms import arrival, play
from sdlab.rooms import lab as lab_module
from sdlab.rooms import manager as manager_module
from sdlab.rooms.arrival import Visit, arrive
from sdlab.rooms.lab import RunningLab
from sdlab.rooms.manager import RoomManager
from tests.frame.toy import TOY

pytestmark = pytest.mark.virtual_time


@pytest.fixture(autouse=True)
def _toy(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (manager_module, arrival, play):
        monkeypatch.setattr(module, "design", lambda slug: TOY)


async def arrived(manager: RoomManager, query: str = "", *, room: str = "") -> RunningLab:
    at = await arrive(manager, Visit("toy", query=query, own=room or manager.ids.new()))
    return await manager.lab(at.room, "toy")


def test_it_is_slow() -> None:
    with pytest.raises(Invalid):
        Sample(Workload("fast", "Fast", "too much", lambda rng: iter(()), rate=6), lambda snapshot: None)


async def test_a_fresh_room_plays_for_a_minute(manager: RoomManager) -> None:
    lab = await arrived(manager)
    assert lab.snapshot().sample.running
    await asyncio.sleep(10)
    assert 40 <= lab.snapshot().total <= 55
    await asyncio.sleep(51)
    assert not lab.snapshot().sample.running
    assert not lab.runner.running
    total = lab.snapshot().total
    await arrive(manager, Visit("toy", own=lab.room.id))
    await asyncio.sleep(5)
    assert lab.snapshot().total == total, "once is enough"


@pytest.mark.parametrize("query", ["seed=1", "step=two", "beat=1", "class=a", "workload=steady&rate=1"])
async def test_an_address_that_says_more_than_where_to_look_starts_none(
    manager: RoomManager, query: str
) -> None:
    assert not (await arrived(manager, query)).snapshot().sample.running


async def test_a_room_that_was_used_starts_none(manager: RoomManager) -> None:
    room = await manager.rooms.new_room("10.0.0.1")
    await (await manager.lab(room, "toy")).engine.add()
    assert not (await arrived(manager, room=room)).snapshot().sample.running
    await manager.close_lab(room, "toy")
    assert not (await arrived(manager, room=room)).snapshot().sample.running
    assert not (await arrived(manager, f"room={manager.ids.new()}")).snapshot().sample.running


Touch = Callable[[RunningLab], Awaitable[object]]


async def _starts_traffic(lab: RunningLab) -> None:
    lab.start_workload("steady", rate=1, seed=1, seconds=1)
    await lab.runner.wait()


@pytest.mark.parametrize(
    "touch",
    [
        lambda lab: lab.configure(toggles={}, knobs={"limit": 50}),
        lambda lab: lab.engine.set_fault("store", "slow"),
        lambda lab: lab.sample.end(),
        lambda lab: lab.restart(seed=2),
        _starts_traffic,
    ],
    ids=["switch", "fault", "stop", "restart", "traffic"],
)
async def test_it_ends_when_somebody_takes_over(manager: RoomManager, touch: Touch) -> None:
    lab = await arrived(manager)
    await asyncio.sleep(1)
    await touch(lab)
    assert not lab.snapshot().sample.running
    total = lab.snapshot().total
    await asyncio.sleep(5)
    assert lab.snapshot().total == total


async def test_it_rests_while_nobody_watches_and_goes_on_for_whoever_comes_back(manager: RoomManager) -> None:
    lab = await arrived(manager)
    lab.frames.join()
    await asyncio.sleep(1)
    lab.frames.leave()
    total = lab.snapshot().total
    await asyncio.sleep(5)
    assert lab.snapshot().total == total
    lab.frames.join()
    await asyncio.sleep(5)
    assert lab.snapshot().sample.running
    assert lab.snapshot().total > total
    lab.frames.leave()
    await asyncio.sleep(60)
    assert not lab.snapshot().sample.running, "its minute goes by all the same"


async def test_a_busy_machine_does_nothing_more(
    manager: RoomManager, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lab_module.PACE, "late", 1.0)
    lab = await arrived(manager)
    await asyncio.sleep(5)
    assert lab.snapshot().total == 0


async def test_a_full_process_starts_none(manager: RoomManager) -> None:
    manager.settings.total_workload_rate = 3
    assert not (await arrived(manager)).snapshot().sample.running
