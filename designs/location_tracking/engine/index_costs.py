"""What each index costs on the points of now: built, moved and asked, one index after another."""

from __future__ import annotations

import itertools
import time
from dataclasses import dataclass
from random import Random

from designs.location_tracking.config import Config
from designs.location_tracking.engine.index import PositionIndex
from designs.location_tracking.engine.strategies import INDEXES
from sdlab.blocks.quadtree import Quadtree
from sdlab.blocks.spatial import FullScan, SpatialIndex
from sdlab.lab import EngineContext

MEASURE_EVERY_S = 0.4
MOST_POINTS = 1200
MOVES = 150
QUERIES = 4
NEAREST = 5
STEP_DEGREES = 0.0002
SMOOTH = 0.4
LAST = list(INDEXES)[-1]

Point = tuple[str, tuple[float, float]]


@dataclass(slots=True)
class IndexCost:
    """Means of the last runs. Microseconds per update and per query; points examined per query.

    `right` of `asked` answers were those of a full scan.
    """

    points: int = 0
    update_us: float = 0.0
    query_us: float = 0.0
    examined: float = 0.0
    cells: float = 0.0
    splits: float = 0.0
    right: int = 0
    asked: int = 0

    def add(self, **measured: float) -> None:
        """Mix the means of one run in."""
        weight = SMOOTH if self.asked else 1.0
        for name, value in measured.items():
            setattr(self, name, (1 - weight) * getattr(self, name) + weight * value)


class IndexCosts:
    """Measures one index at a time, on at most `MOST_POINTS` of the present points, while they change."""

    def __init__(self, context: EngineContext[Config], index: PositionIndex) -> None:
        self._context, self._index = context, index
        self._rng = context.room.rng("measurements")
        self._names = itertools.cycle(INDEXES)
        self._measured = 0
        self.by_index = {name: IndexCost() for name in INDEXES}

    async def measure_next(self) -> None:
        """The next index in turn; none while all are measured and nothing has moved since."""
        updates = self._index.updates
        if updates == self._measured:
            return
        name = next(self._names)
        if name == LAST:
            self._measured = updates
        points = list(self._index.truth)
        if len(points) > MOST_POINTS:
            points = self._rng.sample(points, MOST_POINTS)
        if points:
            self._measure(name, points)

    def _measure(self, name: str, points: list[Point]) -> None:
        config, cost = self._context.config, self.by_index[name]
        index = INDEXES[name].make(precision=config.precision, leaf=config.leaf, neighbours=True)
        scan = FullScan()
        for id, at in points:
            index.upsert(id, *at)
            scan.upsert(id, *at)
        moves = _moves(points, self._rng)
        splits = _splits(index)
        began = time.perf_counter()
        for id, lat, lng in moves:
            index.upsert(id, lat, lng)
        update_us = (time.perf_counter() - began) / MOVES * 1e6
        for id, lat, lng in moves:
            scan.upsert(id, lat, lng)
        asked = [at for _, at in self._rng.choices(list(scan), k=QUERIES)]
        began = time.perf_counter()
        answers = [index.nearest(*at, NEAREST) for at in asked]
        query_us = (time.perf_counter() - began) / QUERIES * 1e6
        cost.add(
            update_us=update_us,
            splits=(_splits(index) - splits) / MOVES,
            query_us=query_us,
            examined=sum(one.examined for one in answers) / QUERIES,
            cells=sum(len(one.cells) for one in answers) / QUERIES,
        )
        cost.points = len(scan)
        cost.asked += QUERIES
        cost.right += sum(
            answer.ids == scan.nearest(*at, NEAREST).ids for at, answer in zip(asked, answers, strict=True)
        )


def _moves(points: list[Point], rng: Random) -> list[tuple[str, float, float]]:
    return [
        (id, lat + rng.uniform(-1, 1) * STEP_DEGREES, lng + rng.uniform(-1, 1) * STEP_DEGREES)
        for id, (lat, lng) in rng.choices(points, k=MOVES)
    ]


def _splits(index: SpatialIndex) -> int:
    return index.splits + index.merges if isinstance(index, Quadtree) else 0
