"""The engine: positions, neighbours, arrival, circles, faults, and the truth beside them."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import asdict, replace
from random import Random

import orjson
import pytest

from designs.location_tracking.engine.engine import Tracking
from designs.location_tracking.engine.strategies import INDEXES
from sdlab.blocks import city as streets
from sdlab.blocks.geohash import bounds, encode
from sdlab.lab import Gone, Invalid, ManualClock, NotFound, Operation, TooMany, Unavailable

MakeTracking = Callable[..., Awaitable[Tracking]]
HERE = (48.02, 11.05)


async def drive(engine: Tracking, clock: ManualClock, rounds: int = 1) -> None:
    for _ in range(rounds):
        for number in range(10):
            await engine.perform(Operation("drive", {"slice": number, "nonce": number}, "fleet"))
        await clock.advance(1.0)


async def test_a_position_is_stored_found_and_kept(tracking: MakeTracking) -> None:
    engine = await tracking(room="kept")
    said = await engine.report("you", *HERE)
    assert said.stored
    assert (await engine.nearby(*HERE, k=1)).found.ids == ("you",)
    assert [one.bus for one in await engine.keeping.newest("you", 5)] == ["you"]
    again = await tracking(room="kept")
    assert again.position("you")[2:] == HERE
    assert (await again.nearby(*HERE, k=1)).found.ids == ("you",)


@pytest.mark.parametrize("index", INDEXES)
async def test_every_index_answers_like_the_scan_while_all_drive(
    tracking: MakeTracking, clock: ManualClock, index: str
) -> None:
    engine = await tracking(index=index, fleet=200)
    rng = Random(4)
    for _ in range(4):
        await drive(engine, clock)
        for _ in range(10):
            lat, lng = streets.to_degrees(rng.uniform(0, 8000), rng.uniform(0, 6000))
            said = await engine.nearby(lat, lng, k=rng.randrange(1, 20), radius_m=rng.choice((0, 700)))
            assert said.found.hits == said.truth.hits
    assert engine.monitors["nearest_exact"].checked == 40
    assert engine.monitors["nearest_exact"].violations == 0


async def test_without_the_neighbours_a_bus_across_the_edge_is_missed(tracking: MakeTracking) -> None:
    engine = await tracking(neighbours="off")
    cell = bounds(encode(*HERE, 6))
    await engine.report("across", cell.south - 1e-4, cell.centre[1])
    await engine.report("far", cell.north - 1e-4, cell.east - 1e-4)
    said = await engine.nearby(cell.south + 1e-4, cell.centre[1], k=1)
    assert said.missed == ("across",)
    view = engine.monitors["nearest_exact"].view()
    assert view.violations == 1
    assert "across" in view.evidence[-1].text
    assert "missed across" in engine.feed.newest(1)[0].text
    await engine.configure(replace(engine.config, neighbours="on"))
    assert (await engine.nearby(cell.south + 1e-4, cell.centre[1], k=1)).missed == ()


async def test_an_older_position_is_dropped_and_counted(tracking: MakeTracking, clock: ManualClock) -> None:
    engine = await tracking()
    await engine.report("you", *HERE, t=clock.time())
    said = await engine.report("you", 48.03, 11.06, t=clock.time() - 5)
    assert (said.stored, said.why) == (False, "5.0 s older than the stored one")
    assert engine.position("you").lat == HERE[0]
    assert engine.counts.dropped == 1
    assert engine.monitors["no_step_back"].violations == 0


async def test_the_last_write_wins_and_the_bus_goes_back(tracking: MakeTracking, clock: ManualClock) -> None:
    engine = await tracking(ordering="last_write")
    await engine.report("you", *HERE, t=clock.time())
    assert (await engine.report("you", 48.03, 11.06, t=clock.time() - 5)).stored
    assert engine.position("you").lat == 48.03
    assert len(engine.monitors["no_step_back"].view().evidence) == 2


async def test_no_order_of_arrival_puts_a_bus_back(tracking: MakeTracking, clock: ManualClock) -> None:
    engine = await tracking()
    rng = Random(2)
    stamps = [clock.time() - n for n in range(60)]
    rng.shuffle(stamps)
    places = {t: streets.to_degrees(rng.uniform(0, 8000), rng.uniform(0, 6000)) for t in stamps}
    await asyncio.gather(*(engine.report("you", *places[t], t=t) for t in stamps))
    assert engine.position("you").t == max(stamps)
    held = await engine.shards.everything(engine.config.shards)
    assert [one.t for some in held.values() for one in some] == [max(stamps)]
    await engine._audit_one("you")
    assert all(monitor.violations == 0 for monitor in engine.monitors.values())


async def test_10_000_positions_at_64_at_once_leave_each_bus_on_one_shard(
    tracking: MakeTracking, clock: ManualClock
) -> None:
    engine = await tracking()
    rng = Random(3)

    async def driver(number: int) -> None:
        for turn in range(10_000 // 64):
            lat, lng = streets.to_degrees(rng.uniform(0, 8000), rng.uniform(0, 6000))
            await engine.report(
                f"bus-{number % 40 + 1}", lat, lng, t=clock.time() + turn / 100, by_hand=False
            )

    await asyncio.gather(*(driver(number) for number in range(64)))
    held = await engine.shards.everything(engine.config.shards)
    buses = [one.bus for some in held.values() for one in some]
    assert sorted(buses) == sorted(set(buses))
    assert len(buses) == 40
    for bus in engine.known:
        await engine._audit_one(bus)
    assert all(monitor.violations == 0 for monitor in engine.monitors.values())
    assert engine.monitors["one_home"].checked == 40


@pytest.mark.parametrize(("placement", "least", "most"), [("ring", 0.05, 0.45), ("modulo", 0.5, 1.0)])
async def test_one_shard_more_moves_its_share_and_modulo_nearly_all(
    tracking: MakeTracking, clock: ManualClock, placement: str, least: float, most: float
) -> None:
    engine = await tracking(placement=placement, fleet=400)
    await drive(engine, clock)
    await engine.configure(replace(engine.config, shards=5))
    assert least < engine.counts.rearranged / 400 < most
    held = await engine.shards.everything(6)
    assert sum(map(len, held.values())) == 400
    assert all(engine.shards.owner(one.home) == shard for shard, some in held.items() for one in some)


async def test_positions_of_a_shard_that_is_down_are_refused(tracking: MakeTracking) -> None:
    engine = await tracking()
    owner = engine.shards.owner(encode(*HERE, 6))
    await engine.set_fault(f"shard-{owner}", "down")
    with pytest.raises(Unavailable):
        await engine.report("you", *HERE)
    assert "you" not in engine.known
    await engine.clear_fault()
    assert (await engine.report("you", *HERE)).stored


async def test_a_silent_bus_gets_stale_and_its_arrival_is_unknown(
    tracking: MakeTracking, clock: ManualClock
) -> None:
    engine = await tracking(fleet=60)
    await drive(engine, clock, 3)
    stop = engine.fleet.rounds[0].stops[2].id
    _, metres, speed, seconds = engine.eta("bus-1", stop)
    assert metres > 0
    assert seconds == pytest.approx(metres / speed)
    await engine.set_fault("buses", "silent", 100)
    await drive(engine, clock, 12)
    assert engine.stale() == 60
    assert set(engine.snapshot().points.marks) == {"1"}
    with pytest.raises(Gone):
        engine.eta("bus-1", stop)
    await engine.clear_fault()
    await drive(engine, clock)
    assert engine.stale() == 0


async def test_arrival_is_nearer_when_the_bus_is(tracking: MakeTracking, clock: ManualClock) -> None:
    engine = await tracking(fleet=10)
    stop = engine.fleet.rounds[0].stops[1]
    left = []
    for _ in range(5):
        await drive(engine, clock)
        left.append(engine.eta("bus-1", stop.id)[1])
    assert left == sorted(left, reverse=True)
    assert 7 <= (left[0] - left[-1]) / 4 <= 14


async def test_a_circle_rings_once_when_entered_and_once_when_left(tracking: MakeTracking) -> None:
    engine = await tracking(room="circle")
    fence = await engine.add_fence("School", *HERE, 200, "you")
    for metres in (500, 150, 50, 150, 500):
        lat, lng = HERE[0] + metres / streets.METRES_PER_DEGREE, HERE[1]
        await engine.report("you", lat, lng)
        await engine.report("other", lat, lng)
    assert [(one.bus, one.entered) for one in engine.counts.alerted] == [("you", False), ("you", True)]
    again = await tracking(room="circle")
    assert list(again.fences.fences) == [fence.id]
    await again.remove_fence(fence.id)
    assert (await tracking(room="circle")).fences.fences == {}


async def test_a_lost_index_is_read_back_from_the_shards(tracking: MakeTracking, clock: ManualClock) -> None:
    engine = await tracking(fleet=100)
    await drive(engine, clock)
    before = (await engine.nearby(*HERE, k=20)).found.hits
    await engine.set_fault("index", "forget")
    assert (await engine.nearby(*HERE, k=20)).found.hits == before
    assert len(engine.known) == 100


async def test_more_buses_come_and_go_with_the_fleet(tracking: MakeTracking, clock: ManualClock) -> None:
    engine = await tracking(fleet=50)
    await drive(engine, clock)
    await engine.configure(replace(engine.config, fleet=20))
    assert len(engine.known) == len(engine.index) == 20  # type: ignore[arg-type]
    held = await engine.shards.everything(engine.config.shards)
    assert sum(map(len, held.values())) == 20


async def test_a_rush_fills_the_cells_downtown(tracking: MakeTracking, clock: ManualClock) -> None:
    even, rush = await tracking(fleet=600), await tracking(fleet=600, spread="downtown")
    for engine in (even, rush):
        for _ in range(12):
            await drive(engine, clock, 1)
            await clock.advance(3)
    assert rush.snapshot().density.fullest > 1.5 * even.snapshot().density.fullest


async def test_20_000_buses_fit_into_a_frame(tracking: MakeTracking, clock: ManualClock) -> None:
    engine = await tracking(fleet=20_000)
    await drive(engine, clock)
    await engine.nearby(*HERE, k=20)
    snapshot = engine.snapshot()
    assert (snapshot.points.drawn, snapshot.points.total) == (4000, 20_000)
    assert len(orjson.dumps(asdict(snapshot))) < 60_000


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
    assert engine.position("you")[2:] == HERE


async def test_limits_and_unknown_ids(tracking: MakeTracking) -> None:
    engine = await tracking()
    for number in range(20):
        await engine.add_fence(f"f{number}", *HERE, 100)
    with pytest.raises(TooMany):
        await engine.add_fence("one more", *HERE, 100)
    with pytest.raises(Invalid):
        await engine.nearby(*HERE, k=0)
    with pytest.raises(Invalid):
        await engine.nearby(*HERE, radius_m=1e6)
    for call in (
        lambda: engine.eta("bus-9", "s11"),
        lambda: engine.position("nobody"),
        lambda: engine.follow("x"),
    ):
        with pytest.raises(NotFound):
            call()
    with pytest.raises(NotFound):
        await engine.remove_fence("f99")


async def test_the_covering_of_a_circle_is_drawn_with_s2(tracking: MakeTracking) -> None:
    engine = await tracking(index="s2")
    await engine.add_fence("School", *HERE, 300)
    snapshot = engine.snapshot()
    assert len(snapshot.cells) == snapshot.fences[0].cells > 3
    assert not any(cell.touched for cell in snapshot.cells)


async def test_a_tree_counts_how_often_it_splits(tracking: MakeTracking, clock: ManualClock) -> None:
    engine = await tracking(index="quadtree", leaf=2, fleet=300)
    await drive(engine, clock)
    engine.snapshot()
    await drive(engine, clock, 5)
    density = engine.snapshot().density
    assert density.splits > 50
    assert density.merges > 0
    assert 0 < density.rate < 500


async def test_who_asks_while_the_index_is_read_back_is_judged_by_what_is_back(
    tracking: MakeTracking, clock: ManualClock
) -> None:
    engine = await tracking()
    await engine.report("bus-x", *streets.to_degrees(500, 500))
    read, answers = engine.shards.everything, []

    async def read_slowly(shards: int) -> object:
        answers.append(await engine.nearby(*streets.to_degrees(500, 500), k=3))
        return await read(shards)

    engine.shards.everything = read_slowly  # type: ignore[method-assign, assignment]
    await engine.set_fault("index", "forget")
    assert answers
    assert {one.found.ids for one in answers} == {one.truth.ids for one in answers} == {()}
    assert (await engine.nearby(*streets.to_degrees(500, 500), k=1)).found.ids == ("bus-x",)
    assert engine.monitors["nearest_exact"].view().violations == 0
