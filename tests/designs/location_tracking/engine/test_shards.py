"""Cells and their shards: one more, one down."""

from __future__ import annotations

from dataclasses import replace

import pytest

from sdlab.blocks.geohash import encode
from sdlab.lab import ManualClock, Unavailable
from tests.designs.location_tracking.conftest import HERE, MakeTracking, drive


@pytest.mark.parametrize(("placement", "least", "most"), [("ring", 0.05, 0.45), ("modulo", 0.5, 1.0)])
async def test_one_shard_more_moves_its_share_and_modulo_nearly_all(
    tracking: MakeTracking, clock: ManualClock, placement: str, least: float, most: float
) -> None:
    engine = await tracking(placement=placement, fleet=400)
    await drive(engine, clock)
    await engine.configure(replace(engine.config, shards=5))
    assert least < engine.shards.resharded / 400 < most
    held = await engine.shards.everything(6)
    assert sum(map(len, held.values())) == 400
    assert all(engine.shards.owner(one.cell) == shard for shard, some in held.items() for one in some)


async def test_positions_of_a_shard_that_is_down_are_refused(tracking: MakeTracking) -> None:
    engine = await tracking()
    owner = engine.shards.owner(encode(*HERE, 6))
    await engine.set_fault(f"shard-{owner}", "down")
    with pytest.raises(Unavailable):
        await engine.report("you", *HERE)
    assert "you" not in engine.latest.by_bus
    await engine.clear_fault()
    assert (await engine.report("you", *HERE)).stored
