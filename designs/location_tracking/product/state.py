"""What a visitor wants of location tracking: follow, ask, be told."""

from __future__ import annotations

import reflex as rx

from designs.location_tracking.engine.engine import Tracking
from sdlab.blocks import city as streets
from sdlab.lab import LabError
from sdlab.live.state import RoomState

SLUG = "location-tracking"
ASKED = 5
AROUND_M = 300.0


class TrackingState(RoomState):
    """Nothing of its own: answers are in the live frames."""

    @rx.event
    async def ask(self, x: float, y: float) -> None:
        """Which buses are near that place of the map?"""
        try:
            lat, lng = streets.to_degrees(float(x), float(y))
            await (await self._engine()).nearby(lat, lng, k=ASKED)
        except (LabError, ValueError) as error:
            self._say(error)

    @rx.event
    async def follow(self, bus: str) -> None:
        """Show that bus and its stops."""
        try:
            (await self._engine()).follow(bus)
        except LabError as error:
            self._say(error)

    @rx.event
    async def choose_stop(self, stop: str) -> None:
        """That one is my stop."""
        try:
            engine = await self._engine()
            engine.follow(engine.followed, stop)
        except LabError as error:
            self._say(error)

    @rx.event
    async def ring(self) -> None:
        """Tell me when the bus that I follow is near my stop."""
        try:
            engine = await self._engine()
            stop = engine.stop
            lat, lng = streets.to_degrees(stop.x, stop.y)
            await engine.add_fence(stop.name, lat, lng, AROUND_M, engine.followed)
        except LabError as error:
            self._say(error)

    @rx.event
    async def unring(self, fence: str) -> None:
        """No longer."""
        try:
            await (await self._engine()).remove_fence(fence)
        except LabError as error:
            self._say(error)

    def _say(self, error: Exception) -> None:
        self.notice = error.detail if isinstance(error, LabError) else "that is no place"

    async def _engine(self) -> Tracking:
        engine = await self.engine(SLUG)
        assert isinstance(engine, Tracking)
        return engine
