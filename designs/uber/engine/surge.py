"""Prices by cell: how many asked lately, how many cars are free there, and the factor that follows."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

import h3

from designs.uber.config import Config
from designs.uber.engine.positions import DriverPositions
from designs.uber.engine.strategies import SURGES
from designs.uber.engine.streets import Place
from sdlab.blocks.windows import SlidingCounter
from sdlab.lab import EngineContext

RESOLUTION = 8
WINDOW_S = 20
COUNTED_EVERY_S = 1.0
LEAST_ASKED = 4  # in the window; fewer are chance
PER_CAR = 0.1
HIGHEST = 3.0


@dataclass(frozen=True, slots=True)
class CellSurge:
    """A cell with its riders of the window, its free cars, and the factor."""

    cell: str
    asked: int
    cars: int
    factor: float


class SurgeMap:
    """Hexagons of some 530 m to a side. Cars are counted once a second at most."""

    def __init__(self, context: EngineContext[Config], positions: DriverPositions) -> None:
        self._context, self._positions = context, positions
        self._asked: dict[str, SlidingCounter] = {}
        self._cars: Counter[str] = Counter()
        self._counted_at = -1.0
        self.declined = 0

    def cell(self, place: Place) -> str:
        """The hexagon of a place."""
        return str(h3.latlng_to_cell(place.lat, place.lng, RESOLUTION))

    def ask(self, place: Place) -> None:
        """Somebody wants to be picked up there."""
        counter = self._asked.setdefault(self.cell(place), SlidingCounter(seconds=WINDOW_S))
        counter.add(self._context.clock.monotonic())

    def factor(self, place: Place) -> float:
        """What prices are multiplied by there now, from 1 to `HIGHEST`."""
        found = self.of(self.cell(place)).factor
        SURGES[self._context.config.surge].explain(self._context.decide, found, self.cell(place))
        return found

    def of(self, cell: str) -> CellSurge:
        """Riders, cars and factor of a cell."""
        self._count()
        now = self._context.clock.monotonic()
        asked = sum(self._asked[cell].series(now + 1)) if cell in self._asked else 0
        cars = self._cars[cell]
        over = asked - cars if asked >= LEAST_ASKED else 0
        factor = min(HIGHEST, 1.0 + PER_CAR * max(0, over)) if SURGES[self._context.config.surge].on else 1.0
        return CellSurge(cell, asked, cars, round(factor, 1))

    def cells(self) -> list[CellSurge]:
        """All cells with riders or cars, those with most riders first."""
        self._count()
        found = [self.of(cell) for cell in {*self._asked, *self._cars}]
        return sorted(found, key=lambda one: (-one.factor, -one.asked, -one.cars, one.cell))

    def _count(self) -> None:
        now = self._context.clock.monotonic()
        if 0 <= now - self._counted_at < COUNTED_EVERY_S:
            return
        self._counted_at = now
        free = (one for id, one in self._positions.by_driver.items() if id not in self._positions.busy)
        self._cars = Counter(self.cell(one.place) for one in free)
