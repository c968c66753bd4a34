"""Somebody opens a page: the tab's room, set up as the address says, and nobody else's disturbed."""

from __future__ import annotations

import pytest

from sdlab import registry
from sdlab.lab import NotFound
from sdlab.lab.scenario import Scenario
from sdlab.rooms import arrival, play
from sdlab.rooms import manager as manager_module
from sdlab.rooms.arrival import Visit, arrive
from sdlab.rooms.classroom import classes
from sdlab.rooms.manager import RoomManager
from tests.frame.toy import TOY

OTHER = "step=two&workload=steady&rate=5"


@pytest.fixture(autouse=True)
def _toy(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (manager_module, arrival, play, registry):
        monkeypatch.setattr(module, "design", lambda slug: TOY)


async def test_the_room_is_named_else_the_tabs_else_the_browsers_own(manager: RoomManager) -> None:
    named, tab, own = (manager.ids.new() for _ in range(3))
    visits = [
        (Visit("toy", query=f"room={named}", tab=tab, own=own), named),
        (Visit("toy", query="room=forged", tab=tab, own=own), tab),
        (Visit("toy", tab="forged", own=own), own),
    ]
    for visit, room in visits:
        assert (await arrive(manager, visit)).room == room
    assert manager.ids.known((await arrive(manager, Visit("toy"))).room)


async def test_the_name_own_leads_out_of_a_class(manager: RoomManager) -> None:
    taught = (await classes().open("toy", Scenario(lab="toy"), "10.0.0.1")).standing.room
    own = manager.ids.new()
    assert (await arrive(manager, Visit("toy", query="room=own", tab=taught, own=own))).room == own
    fresh = (await arrive(manager, Visit("toy", query="room=own", tab=taught, own=taught))).room
    assert fresh not in (taught, own)
    assert manager.ids.known(fresh)


async def test_an_address_sets_an_unused_room_up_and_leaves_a_used_one_alone(manager: RoomManager) -> None:
    own = manager.ids.new()
    first = await arrive(manager, Visit("toy", query=f"{OTHER}&odd=1", own=own))
    assert (first.room, first.notices) == (own, ["odd: unknown, ignored"])
    lab = await manager.lab(own, "toy")
    assert lab.runner.running
    assert (await arrive(manager, Visit("toy", query=OTHER, own=own))).room == own, "it is so already"
    await lab.engine.add()

    elsewhere = await arrive(manager, Visit("toy", query="step=two&seed=4", own=own))

    assert elsewhere.room != own
    assert (await manager.lab(elsewhere.room, "toy")).room.seed == 4
    assert lab.runner.running, "nobody disturbed it"


async def test_who_comes_back_to_the_very_address_gets_its_room_and_traffic_again(
    manager: RoomManager,
) -> None:
    room = await manager.rooms.new_room("10.0.0.1")
    await (await manager.lab(room, "toy")).engine.add()
    place = f"{room}~toy~{OTHER.replace('=', '%3D')}"

    again = await arrive(manager, Visit("toy", query=OTHER, own=manager.ids.new(), place=place))

    lab = await manager.lab(room, "toy")
    assert again.room == room
    assert lab.runner.running
    assert lab.snapshot().total >= 1


async def test_a_lab_that_does_not_exist_is_said(
    manager: RoomManager, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.undo()
    with pytest.raises(NotFound):
        await arrive(manager, Visit("nowhere"))
