"""When a bus will be at a stop, if it goes on as it does."""

from __future__ import annotations

from dataclasses import dataclass

from designs.location_tracking.config import Config
from designs.location_tracking.engine.fleet import Fleet, Stop, number_of
from designs.location_tracking.engine.latest import LatestPositions
from sdlab.blocks import city as streets
from sdlab.lab import EngineContext, Gone


@dataclass(frozen=True, slots=True)
class Arrival:
    """`metres` to go at `speed` (metres per second), which takes `seconds`."""

    bus: str
    stop: Stop
    metres: float
    speed: float

    @property
    def seconds(self) -> float:
        """How long that takes."""
        return self.metres / self.speed


class Arrivals:
    """Distance along the route over the speed of the last reports; no forecast. Only what buses said is used."""

    def __init__(self, context: EngineContext[Config], fleet: Fleet, latest: LatestPositions) -> None:
        self._context, self._fleet, self._latest = context, fleet, latest

    def estimate(self, bus: str, stop_id: str) -> Arrival:
        """`NotFound` for an unknown bus or stop, `Gone` for a bus that has been silent for too long."""
        position, stop = self._latest.of(bus), self._fleet.stop(stop_id)
        silent = self._context.clock.time() - position.t
        if silent > self._context.config.stale_s:
            raise Gone(f"{bus} has sent nothing for {silent:,.0f} s")
        at, number = streets.to_metres(position.lat, position.lng), number_of(bus)
        if self._fleet.stops_at(number, stop):
            metres = self._fleet.left_along_route(number, stop, at)
            self._context.decide(f"{metres:,.0f} m are left along its route")
        else:
            metres = abs(stop.x - at[0]) + abs(stop.y - at[1])
            self._context.decide(f"no route of this bus leads there: {metres:,.0f} m along streets")
        return Arrival(bus, stop, metres, self._latest.speed(bus))
