"""Those who only look: as many as wanted, at the event shown, by the way in force, and their map is the stores'."""

from __future__ import annotations

import asyncio

import pytest

from designs.ticketmaster.engine.engine import Ticketmaster
from designs.ticketmaster.engine.strategies import DELIVERIES
from designs.ticketmaster.engine.watchers import MAX_WATCHERS
from designs.ticketmaster.toggles import KNOBS
from sdlab.lab.toggle import as_mapping, configured
from tests.designs.ticketmaster.conftest import Make
from tests.virtual_time import VirtualClock

pytestmark = pytest.mark.virtual_time
STAYING = [way for way, one in DELIVERIES.items() if one.stays]


async def switch(engine: Ticketmaster, **changes: str | int) -> None:
    await engine.configure(configured(type(engine.config), {**as_mapping(engine.config), **changes}))


def known(engine: Ticketmaster) -> list[dict[str, str]]:
    return [{seat: seen.state for seat, seen in one.seats.items()} for one in engine.watchers.here]


@pytest.mark.parametrize("way", DELIVERIES)
async def test_everybody_sees_what_is_held_by_the_way_in_force(office: Make, way: str) -> None:
    engine = await office(clock=VirtualClock(), delivery=way, watchers=4, poll_s=2)
    await engine.clock.sleep(3)
    meter = engine.watchers.meters[way]
    assert (meter.requests, meter.updates, meter.open) >= (4, 4, 4 if DELIVERIES[way].stays else 0)
    before = meter.updates
    await engine.hold("e2", ["A1"])
    await engine.clock.sleep(3)
    stores = {seat: one.state for seat, one in (await engine.seat_maps.refresh("e2")).seats.items()}
    assert stores["A1"] == "held"
    assert known(engine) == [stores] * 4
    assert meter.updates == before + 4
    others = [one for name, one in engine.watchers.meters.items() if name != way]
    assert all((one.requests, one.bytes) == (0, 0) for one in others)
    assert all(one.bytes == 0 for one in engine.seat_maps.meters.values())


async def test_bytes_are_those_of_the_updates(office: Make) -> None:
    engine = await office(clock=VirtualClock(), delivery="websocket", watchers=1)
    await engine.clock.sleep(1)
    whole = await engine.seat_maps.now("e2", "")
    assert engine.watchers.meters["websocket"].bytes == len(whole.body(engine.clock.time()))


@pytest.mark.parametrize("way", DELIVERIES)
async def test_a_thrown_switch_moves_all_of_them_at_once_and_is_decided(office: Make, way: str) -> None:
    engine = await office(clock=VirtualClock(), delivery="polling" if way != "polling" else "sse")
    await engine.clock.sleep(1)
    await switch(engine, delivery=way)
    await engine.clock.sleep(0.1)
    opened = {name: one.open for name, one in engine.watchers.meters.items()}
    assert opened == {name: 8 if name == way and way in STAYING else 0 for name in DELIVERIES}
    decided = engine.traces.kinds()["GET seats"]
    assert decided
