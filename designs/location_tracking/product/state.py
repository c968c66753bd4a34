"""What a visitor wants of location tracking: follow a bus, ask who is near, be alerted."""

from __future__ import annotations

from designs.location_tracking.engine.engine import Tracking
from sdlab.blocks import city as streets
from sdlab.live.state import VerbState, verbs_of

NEAREST = 5
AROUND_M = 300.0

verb = verbs_of("location-tracking", Tracking)


class TrackingState(VerbState):
    """Nothing of its own: answers are in the live frames."""

    @verb(unusable="those are no coordinates")
    async def ask(self, engine: Tracking, x: float, y: float) -> None:
        """Which buses are near that point of the map?"""
        lat, lng = streets.to_degrees(float(x), float(y))
        await engine.nearby(lat, lng, k=NEAREST)

    @verb
    async def follow(self, engine: Tracking, bus: str) -> None:
        """Show that bus and its stops."""
        await engine.follow(bus)

    @verb
    async def choose_stop(self, engine: Tracking, stop: str) -> None:
        """That one is my stop."""
        await engine.follow(engine.parent.bus, stop)

    @verb
    async def add_geofence(self, engine: Tracking) -> None:
        """Alert me when the bus that I follow is near my stop."""
        stop = engine.parent.stop
        lat, lng = streets.to_degrees(stop.x, stop.y)
        await engine.add_geofence(stop.name, lat, lng, AROUND_M, engine.parent.bus)

    @verb
    async def remove_geofence(self, engine: Tracking, fence: str) -> None:
        """Alert me no longer."""
        await engine.remove_geofence(fence)
