"""The index is lost and read back, and shrinks with the fleet."""

from __future__ import annotations

from dataclasses import replace

from sdlab.blocks import city as streets
from sdlab.lab import ManualClock
from tests.designs.location_tracking.conftest import HERE, MakeTracking, drive


async def test_a_lost_index_is_read_back_from_the_shards(tracking: MakeTracking, clock: ManualClock) -> None:
    engine = await tracking(fleet=100)
    await drive(engine, clock)
    before = (await engine.nearby(*HERE, k=20)).found.hits
    await engine.set_fault("index", "forget")
    assert (await engine.nearby(*HERE, k=20)).found.hits == before
    assert len(engine.latest.by_bus) == 100


async def test_more_buses_come_and_go_with_the_fleet(tracking: MakeTracking, clock: ManualClock) -> None:
    engine = await tracking(fleet=50)
    await drive(engine, clock)
    await engine.configure(replace(engine.config, fleet=20))
    assert len(engine.latest.by_bus) == len(engine.index.chosen) == len(engine.index.truth) == 20
    held = await engine.shards.everything(engine.config.shards)
    assert sum(map(len, held.values())) == 20


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
