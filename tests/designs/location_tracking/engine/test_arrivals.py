"""Arrival times, and buses that fall silent."""

from __future__ import annotations

import pytest

from designs.location_tracking.inside.snapshot import build_snapshot
from sdlab.lab import Gone, ManualClock
from tests.designs.location_tracking.conftest import MakeTracking, drive


async def test_a_silent_bus_gets_stale_and_its_arrival_is_unknown(
    tracking: MakeTracking, clock: ManualClock
) -> None:
    engine = await tracking(fleet=60)
    await drive(engine, clock, 3)
    stop = engine.fleet.routes[0].stops[2].id
    arrival = await engine.eta("bus-1", stop)
    assert arrival.metres > 0
    assert arrival.seconds == pytest.approx(arrival.metres / arrival.speed)
    await engine.set_fault("buses", "silent", 100)
    await drive(engine, clock, 12)
    assert engine.latest.stale() == 60
    assert set(build_snapshot(engine).points.marks) == {"1"}
    with pytest.raises(Gone):
        await engine.eta("bus-1", stop)
    await engine.clear_fault()
    await drive(engine, clock)
    assert engine.latest.stale() == 0


async def test_arrival_is_nearer_when_the_bus_is(tracking: MakeTracking, clock: ManualClock) -> None:
    engine = await tracking(fleet=10)
    stop = engine.fleet.routes[0].stops[1]
    left = []
    for _ in range(5):
        await drive(engine, clock)
        left.append((await engine.eta("bus-1", stop.id)).metres)
    assert left == sorted(left, reverse=True)
    assert 7 <= (left[0] - left[-1]) / 4 <= 14
