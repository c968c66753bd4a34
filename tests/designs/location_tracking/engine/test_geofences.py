"""Geofences alert once, and are kept."""

from __future__ import annotations

from sdlab.blocks import city as streets
from tests.designs.location_tracking.conftest import HERE, MakeTracking


async def test_a_circle_rings_once_when_entered_and_once_when_left(tracking: MakeTracking) -> None:
    engine = await tracking(room="circle")
    fence = await engine.add_geofence("School", *HERE, 200, "you")
    for metres in (500, 150, 50, 150, 500):
        lat, lng = HERE[0] + metres / streets.METRES_PER_DEGREE, HERE[1]
        await engine.report("you", lat, lng)
        await engine.report("other", lat, lng)
    assert [(one.bus, one.entered) for one in engine.geofences.alerts] == [("you", False), ("you", True)]
    again = await tracking(room="circle")
    assert list(again.geofences.by_id) == [fence.id]
    await again.remove_geofence(fence.id)
    assert (await tracking(room="circle")).geofences.by_id == {}
