"""Costs of the indexes: of as many points as the knob says, built once, all answers right."""

from __future__ import annotations

from dataclasses import replace

from designs.location_tracking.engine.engine import Tracking
from designs.location_tracking.engine.strategies import INDEXES
from designs.location_tracking.inside.snapshot import build_snapshot
from sdlab.lab import ManualClock
from tests.designs.location_tracking.conftest import HERE, MakeTracking

TURNS = 400


async def measure_all(engine: Tracking, *, rounds: int = 1) -> None:
    costs = engine.index_costs
    for turn in range(TURNS):
        if all(one.asked >= 4 * rounds for one in costs.by_index.values()):
            return
        await engine.report("you", HERE[0] + turn / 1e5, HERE[1])
        await costs.measure_next()
    raise AssertionError("not all were measured")


async def test_p13_every_index_is_built_once_and_looks_at_fewer_points_than_the_scan(
    tracking: MakeTracking, clock: ManualClock
) -> None:
    engine = await tracking(fleet=10)
    await measure_all(engine, rounds=2)
    built = {name: one.index for name, one in engine.index_costs._indexes.items()}
    await measure_all(engine, rounds=3)
    assert {name: one.index for name, one in engine.index_costs._indexes.items()} == built
    shown = {one.id: one for one in build_snapshot(engine).approaches}
    assert {one.points for one in shown.values()} == {20_000}
    assert all(one.right == one.asked >= 12 for one in shown.values())
    scan = shown["scan"]
    assert scan.examined == 20_000
    # Where there are so many, each index looks at a twentieth at most; S2 at about as few as a tree.
    assert all(20 * one.examined <= scan.examined for one in shown.values() if one.id != "scan")
    assert shown["s2"].examined < 100


async def test_another_number_of_points_is_measured_anew(tracking: MakeTracking, clock: ManualClock) -> None:
    engine = await tracking(fleet=10, measured=400)
    await measure_all(engine)
    assert {one.points for one in build_snapshot(engine).approaches} == {400}
    await engine.configure(replace(engine.config, measured=600))
    await engine.report("you", *HERE)
    await engine.index_costs.measure_next()
    assert {one.asked for one in build_snapshot(engine).approaches} == {0}
    await measure_all(engine)
    assert {one.points for one in build_snapshot(engine).approaches} == {600}


async def test_nothing_is_measured_while_nobody_reports(tracking: MakeTracking, clock: ManualClock) -> None:
    engine = await tracking(fleet=10, measured=200)
    await measure_all(engine)
    before = {name: engine.index_costs.by_index[name].asked for name in INDEXES}
    for _ in range(5):
        await engine.index_costs.measure_next()
    after = {name: engine.index_costs.by_index[name].asked for name in INDEXES}
    assert sum(after.values()) - sum(before.values()) <= 4
