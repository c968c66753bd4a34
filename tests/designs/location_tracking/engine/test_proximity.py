"""Who is near: every index beside the full scan."""

from __future__ import annotations

from dataclasses import replace
from random import Random

import pytest

from designs.location_tracking.engine.strategies import INDEXES
from sdlab.blocks import city as streets
from sdlab.blocks.geohash import bounds, encode
from sdlab.lab import ManualClock
from tests.designs.location_tracking.conftest import HERE, MakeTracking, drive


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
    assert "across" in view.evidence[-1].value
    assert [one.actor for one in view.evidence] == ["across", "visitor", "index", "full scan"]
    assert view.evidence[2].lost
    assert "missed across" in engine.feed.newest(1)[0].text
    await engine.configure(replace(engine.config, neighbours="on"))
    assert (await engine.nearby(cell.south + 1e-4, cell.centre[1], k=1)).missed == ()
