"""Those who only look: as many as wanted, at the event shown, by the way in force, and they know what the stores do."""

from __future__ import annotations

from dataclasses import replace

import pytest

from designs.ticketmaster.engine.engine import Ticketmaster
from designs.ticketmaster.engine.seat_maps import SeatMap
from designs.ticketmaster.engine.strategies import DELIVERIES
from designs.ticketmaster.engine.watchers import MAX_WATCHERS, Watcher
from sdlab.lab import Clock
from tests.conformance.watching import requests_noted
from tests.designs.ticketmaster.conftest import Make

pytestmark = pytest.mark.virtual_time
WAYS = pytest.mark.parametrize("way", DELIVERIES)


@pytest.fixture
def clock(usual_clock: Clock) -> Clock:
    """In virtual time."""
    return usual_clock


async def switch(engine: Ticketmaster, **changes: object) -> None:
    await engine.configure(replace(engine.config, **changes))  # type: ignore[arg-type]


def states(one: Watcher | SeatMap) -> dict[str, str]:
    return {seat: seen.state for seat, seen in one.seats.items()}


def opened(engine: Ticketmaster) -> dict[str, int]:
    return {way: meter.open for way, meter in engine.watchers.meters.items() if meter.open}


@WAYS
async def test_everybody_knows_what_is_held_by_the_way_in_force_and_by_no_other(
    office: Make, way: str
) -> None:
    engine = await office(delivery=way, watchers=4)
    await engine.clock.sleep(3)
    meter = engine.watchers.meters[way]
    assert opened(engine) == ({way: 4} if DELIVERIES[way].stays else {})
    before = meter.updates
    assert before == 4
    await engine.hold("e2", ["A1"])
    await engine.clock.sleep(3)
    kept = states(await engine.seat_maps.refresh("e2"))
    assert kept["A1"] == "held"
    assert [states(one) for one in engine.watchers.here] == [kept] * 4
    assert meter.updates == before + 4
    assert (meter.empty > 0) == (way == "polling")
    others = [one for name, one in engine.watchers.meters.items() if name != way]
    assert not any(one.requests or one.bytes for one in (*others, *engine.seat_maps.meters.values()))


@WAYS
async def test_a_switch_moves_all_of_them_at_once_and_is_decided_by_the_new_way(
    office: Make, way: str
) -> None:
    engine = await office(delivery="sse" if way != "sse" else "long")
    await engine.clock.sleep(1)
    assert sum(opened(engine).values()) == 8
    with requests_noted() as noted:
        await switch(engine, delivery=way)
        await engine.clock.sleep(0.1)
    assert opened(engine) == ({way: 8} if DELIVERIES[way].stays else {})
    assert len(noted.decided["GET seats"]) == 1
    assert len(noted.lines) == 1


async def test_bytes_are_those_of_the_updates(office: Make) -> None:
    engine = await office(delivery="websocket", watchers=1)
    await engine.clock.sleep(1)
    whole = await engine.seat_maps.now("e2", "")
    assert engine.watchers.meters["websocket"].bytes == pytest.approx(
        len(whole.body(engine.clock.time())), abs=4
    )


async def test_they_follow_the_event_that_is_shown_and_are_as_many_as_wanted(office: Make) -> None:
    engine = await office(watchers=2)
    await engine.clock.sleep(1)
    await engine.demo_users.open_event(0, "e3")
    await engine.clock.sleep(1)
    assert [one.event_id for one in engine.watchers.here] == ["e3"] * 2
    for wanted, there in ((5, 5), (10_000, MAX_WATCHERS), (0, 0)):
        await switch(engine, watchers=wanted)
        await engine.clock.sleep(0.1)
        assert (len(engine.watchers.here), opened(engine)) == (there, {"sse": there} if there else {})


async def test_who_was_cut_off_begins_again_where_it_was(office: Make) -> None:
    engine = await office(delivery="long", watchers=3)
    await engine.clock.sleep(1)
    await engine.set_fault("locks", "down")
    await engine.clock.sleep(30)
    await engine.clear_fault("locks")
    await engine.hold("e2", ["A1"])
    await engine.clock.sleep(2)
    assert [states(one)["A1"] for one in engine.watchers.here] == ["held"] * 3
    assert engine.watchers.meters["long"].updates == 6


async def test_at_rest_they_ask_seldom_and_nobody_is_left_after_the_end(office: Make) -> None:
    engine = await office(delivery="polling")
    await engine.clock.sleep(4)
    meter = engine.watchers.meters["polling"]
    engine.rest()
    before = meter.requests
    await engine.clock.sleep(60)
    assert meter.requests - before <= 6
    await switch(engine, delivery="sse")
    await engine.close()
    assert (engine.watchers.here, opened(engine)) == ([], {})
