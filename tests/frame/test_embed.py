"""Rooms of what is shown in frames: one for all who only look, a fresh one for a scenario."""

from __future__ import annotations

import pytest

from sdlab.rooms import embed as module
from sdlab.rooms.embed import SHOWN_RATE, embed_room
from sdlab.rooms.manager import RoomManager

SLUG = "url-shortener"
pytestmark = pytest.mark.virtual_time


@pytest.fixture(autouse=True)
def _nobody_looked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_shown", {})


async def test_all_who_only_look_share_a_room_with_a_little_traffic(manager: RoomManager) -> None:
    first, notices = await embed_room(SLUG, "panel=bloom", "1.2.3.4")
    assert notices == []
    assert (await embed_room(SLUG, "", "5.6.7.8"))[0] == first
    lab = await manager.lab(first, SLUG)
    assert lab.runner.running
    assert lab.runner.rate <= SHOWN_RATE
    await manager.remove(first)
    assert (await embed_room(SLUG, "", "1.2.3.4"))[0] != first


async def test_a_scenario_has_a_fresh_room_for_each(manager: RoomManager) -> None:
    query = "panel=bloom&one_to_one=off&workload=read_heavy&rate=20&nonsense=1"
    one, notices = await embed_room(SLUG, query, "1.2.3.4")
    other, _ = await embed_room(SLUG, query, "1.2.3.4")
    assert one != other
    assert [said.partition(":")[0] for said in notices] == ["nonsense"]
    lab = await manager.lab(one, SLUG)
    assert lab.engine.config.one_to_one == "off"
    assert lab.runner.rate == 20
