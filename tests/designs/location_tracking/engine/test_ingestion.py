"""Positions in: stored, compared, dropped, on one shard each, and kept."""

from __future__ import annotations

import asyncio
from random import Random

import pytest

from sdlab.blocks import city as streets
from sdlab.lab import Invalid, ManualClock
from tests.designs.location_tracking.conftest import HERE, MakeTracking


async def test_a_position_is_stored_found_and_kept(tracking: MakeTracking) -> None:
    engine = await tracking(room="kept")
    said = await engine.report("you", *HERE)
    assert said.stored
    assert (await engine.nearby(*HERE, k=1)).found.ids == ("you",)
    assert [one.bus for one in await engine.track("you", 5)] == ["you"]
    again = await tracking(room="kept")
    assert again.latest.of("you")[2:] == HERE
    assert (await again.nearby(*HERE, k=1)).found.ids == ("you",)


async def test_an_older_position_is_dropped_and_counted(tracking: MakeTracking, clock: ManualClock) -> None:
    engine = await tracking()
    await engine.report("you", *HERE, t=clock.time())
    said = await engine.report("you", 48.03, 11.06, t=clock.time() - 5)
    assert (said.stored, said.why) == (False, "5.0 s older than the stored one")
    assert engine.latest.of("you").lat == HERE[0]
    assert engine.ingestion.counters.dropped == 1
    assert engine.monitors["no_step_back"].violations == 0


async def test_the_last_write_wins_and_the_bus_goes_back(tracking: MakeTracking, clock: ManualClock) -> None:
    engine = await tracking(ordering="last_write")
    await engine.report("you", *HERE, t=clock.time())
    assert (await engine.report("you", 48.03, 11.06, t=clock.time() - 5)).stored
    assert engine.latest.of("you").lat == 48.03
    evidence = engine.monitors["no_step_back"].view().evidence
    assert [(one.actor, one.kind, one.lost) for one in evidence] == [
        ("you", "step", False),
        ("you", "step", False),
        ("store", "write", True),
        ("store", "write", False),
    ]
    assert evidence[0].t < evidence[1].t


async def test_no_order_of_arrival_puts_a_bus_back(tracking: MakeTracking, clock: ManualClock) -> None:
    engine = await tracking()
    rng = Random(2)
    stamps = [clock.time() - n for n in range(60)]
    rng.shuffle(stamps)
    places = {t: streets.to_degrees(rng.uniform(0, 8000), rng.uniform(0, 6000)) for t in stamps}
    await asyncio.gather(*(engine.report("you", *places[t], t=t) for t in stamps))
    assert engine.latest.of("you").t == max(stamps)
    held = await engine.shards.everything(engine.config.shards)
    assert [one.t for some in held.values() for one in some] == [max(stamps)]
    await engine.checker.check_bus("you")
    assert all(monitor.violations == 0 for monitor in engine.monitors.values())


async def test_2_500_positions_at_64_at_once_leave_each_bus_on_one_shard(
    tracking: MakeTracking, clock: ManualClock
) -> None:
    engine = await tracking()
    rng = Random(3)

    async def driver(number: int) -> None:
        for turn in range(2_500 // 64):
            lat, lng = streets.to_degrees(rng.uniform(0, 8000), rng.uniform(0, 6000))
            await engine.report(f"bus-{number % 40 + 1}", lat, lng, t=clock.time() + turn / 100)

    await asyncio.gather(*(driver(number) for number in range(64)))
    held = await engine.shards.everything(engine.config.shards)
    buses = [one.bus for some in held.values() for one in some]
    assert sorted(buses) == sorted(set(buses))
    assert len(buses) == 40
    for bus in engine.latest.by_bus:
        await engine.checker.check_bus(bus)
    assert all(monitor.violations == 0 for monitor in engine.monitors.values())
    assert engine.monitors["one_shard"].checked == 40


@pytest.mark.parametrize(
    ("bus", "lat", "lng", "t"),
    [
        ("", 1, 1, None),
        ("a b", 1, 1, None),
        ("you", 86, 1, None),
        ("you", 1, 181, None),
        ("you", float("nan"), 1, None),
        ("you", 1, 1, 1e11),
        ("you", 1, 1, -1),
    ],
)
async def test_nonsense_is_refused_and_loses_nothing(
    tracking: MakeTracking, bus: str, lat: float, lng: float, t: float | None
) -> None:
    engine = await tracking()
    await engine.report("you", *HERE)
    with pytest.raises(Invalid):
        await engine.report(bus, lat, lng, t=t)
    assert engine.latest.of("you")[2:] == HERE
