"""The parent of the demo on the page: follows one bus, waits at one stop, may drive a bus by hand."""

from __future__ import annotations

from designs.location_tracking.engine.fleet import ROUTES, Fleet, number_of
from sdlab.lab import NotFound

OWN_BUS = "you"


class DemoUser:
    """The bus and the stop that the product shows."""

    def __init__(self, fleet: Fleet) -> None:
        self._fleet = fleet
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
        elif number is not None and self.stop not in self._fleet.routes[number].stops:
            self.stop = self._fleet.routes[number].stops[0]
        self.bus = bus
