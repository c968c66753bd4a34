"""Limits, and ids that nobody knows."""

from __future__ import annotations

import pytest

from sdlab.lab import Invalid, NotFound, TooMany
from tests.designs.location_tracking.conftest import HERE, MakeTracking


async def test_limits_and_unknown_ids(tracking: MakeTracking) -> None:
    engine = await tracking()
    for number in range(20):
        await engine.add_geofence(f"f{number}", *HERE, 100)
    with pytest.raises(TooMany):
        await engine.add_geofence("one more", *HERE, 100)
    with pytest.raises(Invalid):
        await engine.nearby(*HERE, k=0)
    with pytest.raises(Invalid):
        await engine.nearby(*HERE, radius_m=1e6)
    for call in (
        lambda: engine.eta("bus-9", "s11"),
        lambda: engine.where("nobody"),
        lambda: engine.follow("x"),
    ):
        with pytest.raises(NotFound):
            await call()
    with pytest.raises(NotFound):
        await engine.remove_geofence("f99")
