"""What is shown of the index, of density, and of very many buses."""

from __future__ import annotations

from dataclasses import asdict, replace

import orjson

from designs.location_tracking.inside.snapshot import build_snapshot
from sdlab.lab import ManualClock
from tests.designs.location_tracking.conftest import HERE, MakeTracking, drive


async def test_a_rush_fills_the_cells_downtown(tracking: MakeTracking, clock: ManualClock) -> None:
    even, rush = await tracking(fleet=600), await tracking(fleet=600, spread="downtown")
    for engine in (even, rush):
        for _ in range(12):
            await drive(engine, clock, 1)
            await clock.advance(3)
    assert build_snapshot(rush).density.fullest > 1.5 * build_snapshot(even).density.fullest


async def test_20_000_buses_fit_into_a_frame(tracking: MakeTracking, clock: ManualClock) -> None:
    engine = await tracking(fleet=20_000)
    await drive(engine, clock)
    await engine.nearby(*HERE, k=20)
    snapshot = build_snapshot(engine)
    assert (snapshot.points.drawn, snapshot.points.total) == (4000, 20_000)
    assert len(orjson.dumps(asdict(snapshot))) < 60_000


async def test_the_covering_of_a_circle_is_drawn_with_s2(tracking: MakeTracking) -> None:
    engine = await tracking(index="s2")
    await engine.add_geofence("School", *HERE, 300)
    snapshot = build_snapshot(engine)
    assert len(snapshot.cells) == snapshot.fences[0].cells > 3
    assert not any(cell.touched for cell in snapshot.cells)


async def test_a_tree_counts_how_often_it_splits(tracking: MakeTracking, clock: ManualClock) -> None:
    engine = await tracking(index="quadtree", leaf=2, fleet=300)
    await drive(engine, clock)
    build_snapshot(engine)
    await drive(engine, clock, 5)
    density = build_snapshot(engine).density
    assert density.splits > 50
    assert density.merges > 0
    assert 0 < density.rate < 500


async def test_shards_show_their_loads_as_soon_as_there_is_one_more(
    tracking: MakeTracking, clock: ManualClock
) -> None:
    engine = await tracking(fleet=300)
    await drive(engine, clock)
    await engine.refresh_looks(now=True)
    assert sum(one.buses for one in build_snapshot(engine).shards.shards) == 300
    await engine.configure(replace(engine.config, shards=6))
    await engine.refresh_looks(now=True)
    shown = build_snapshot(engine).shards
    held = await engine.shards.everything(6)
    assert [one.buses for one in shown.shards] == [len(held[n]) for n in range(6)]
    assert (shown.resharded, shown.resharded_of) == (engine.shards.resharded, 300)
