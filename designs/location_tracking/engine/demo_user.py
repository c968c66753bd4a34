"""The parent of the demo on the page: follows one bus, waits at one stop, may drive a bus by hand."""

from __future__ import annotations

from designs.location_tracking.config import Config
from designs.location_tracking.engine.fleet import ROUTES, Fleet, number_of
from sdlab.lab import EngineContext, NotFound

OWN_BUS = "you"


class DemoUser:
    """The bus and the stop that the product shows."""

    def __init__(self, context: EngineContext[Config], fleet: Fleet) -> None:
        self._context, self._fleet = context, fleet
        first = fleet.routes[0]
        self.bus, self.stop = first.bus, first.stops[0]

    def follow(self, bus: str, stop: str = "") -> None:
        """Follow that bus to that stop; a bus with a route is followed to one of its own.

        `NotFound` for a bus or a stop that there is none of.
        """
        number = number_of(bus)
        if bus != OWN_BUS and (number is None or number >= ROUTES):
            raise NotFound(f"no bus {bus!r} to follow")
        if stop:
            self.stop = self._fleet.stop(stop)
            self._context.decide("that stop was asked for")
        elif number is not None and self.stop not in self._fleet.routes[number].stops:
            self.stop = self._fleet.routes[number].stops[0]
            self._context.decide("the stop of before is not on this bus's route: its first one is shown")
        else:
            self._context.decide("the stop stays: this bus comes by, or has no route")
        self.bus = bus
