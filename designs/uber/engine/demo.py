"""The visitor on the page: a rider with a trip and its price, and the driver of one car."""

from __future__ import annotations

from designs.uber.config import Config
from designs.uber.engine.fares import Fare
from designs.uber.engine.streets import CITY, Trip, network, place_at
from sdlab.lab import EngineContext


def _first_trip() -> Trip:
    columns, rows = len(CITY.xs), len(CITY.ys)
    start = CITY.corner(columns // 2 - 2, rows // 2)
    end = CITY.corner(columns // 2 + 4, rows // 2 + 3)
    return Trip(place_at(*start), place_at(*end))


def seat() -> tuple[float, float]:
    """Where the visitor's car stands at first: a corner beside the pick-up, from which one may drive there."""
    streets, pick_up = network(), _first_trip().start.crossing
    row = pick_up // streets.columns
    # In the same street, where its name is not under the pin of the pick-up.
    beside = [one for one in streets.graph.predecessors(pick_up) if one // streets.columns == row]
    return streets.place(beside[0])


class DemoUser:
    """What the product shows: the trip, the fare that was quoted for it, and the ride of it, if there is one."""

    def __init__(self, context: EngineContext[Config]) -> None:
        self._context = context
        self.trip = _first_trip()
        self.fare: Fare | None = None
        self.ride = ""
