"""What each index costs: each built once of as many points as the knob says, then moved and asked in turn."""

from __future__ import annotations

import itertools
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from random import Random

from designs.location_tracking.config import Config
from designs.location_tracking.engine.index import PositionIndex
from designs.location_tracking.engine.strategies import INDEXES, SPREADS
from sdlab.blocks.city import HEIGHT, WIDTH, to_degrees
from sdlab.blocks.quadtree import Quadtree
from sdlab.blocks.spatial import Found, FullScan, Place, SpatialIndex
from sdlab.lab import EngineContext

MEASURE_EVERY_S = 0.4
BUILD_EVERY_S = 0.04
BUILT_AT_ONCE = 600
MOVES = 150
QUERIES = 4
NEAREST = 5
STEP_DEGREES = 0.0002
SMOOTH = 0.4
# How far around the centre points lie that are drawn to it, as a share of the city.
CROWDED = 0.12


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


@dataclass(slots=True)
class MeasuredIndex:
    """One index with its points; `truth` is a full scan of the same. Complete once `waiting` is empty."""

    index: SpatialIndex
    waiting: list[tuple[str, Place]]
    truth: FullScan = field(default_factory=FullScan)

    def build(self) -> None:
        """Put some more points in."""
        some, self.waiting = self.waiting[:BUILT_AT_ONCE], self.waiting[BUILT_AT_ONCE:]
        for id, at in some:
            self.index.upsert(id, *at)
            self.truth.upsert(id, *at)


class IndexCosts:
    """Measures one index at a time, while buses report. The points are its own, spread as the buses are."""

    def __init__(self, context: EngineContext[Config], index: PositionIndex) -> None:
        self._context, self._index = context, index
        self._rng = context.room.rng("measurements")
        self._measured = -1
        self._turn: Iterator[str] = itertools.cycle(INDEXES)
        self._of = _choices(context.config)
        self._indexes: dict[str, MeasuredIndex] = {}
        self.by_index: dict[str, IndexCost] = {}
        self._begin()

    def interval(self) -> float:
        """Seconds until the next turn: soon while indexes are still being built."""
        return BUILD_EVERY_S if self._waiting else MEASURE_EVERY_S

    @property
    def _waiting(self) -> MeasuredIndex | None:
        return next((one for one in self._indexes.values() if one.waiting), None)

    def _begin(self) -> None:
        """Build all of them anew: what was measured before was measured of something else."""
        config = self._context.config
        self._of = _choices(config)
        self._indexes = indexes_of(*self._of)
        self.by_index = {name: IndexCost() for name in INDEXES}

    async def measure_next(self) -> None:
        """Build on, or measure the next index in turn; nothing while no bus has reported since."""
        if self._of != _choices(self._context.config):
            self._begin()
        updates = self._index.updates
        if not updates:
            return
        if (unfinished := self._waiting) is not None:
            unfinished.build()
        elif updates != self._measured:
            self._measured = updates
            name = next(self._turn)
            self._measure(self._indexes[name], self.by_index[name])

    def _measure(self, measured: MeasuredIndex, cost: IndexCost) -> None:
        index, truth = measured.index, measured.truth
        moves = _moves(truth, self._rng)
        splits = _splits(index)
        began = time.perf_counter()
        for id, lat, lng in moves:
            index.upsert(id, lat, lng)
        update_us = (time.perf_counter() - began) / MOVES * 1e6
        for id, lat, lng in moves:
            truth.upsert(id, lat, lng)
        asked = [(lat, lng) for _, lat, lng in self._rng.sample(moves, QUERIES)]
        began = time.perf_counter()
        answers = [index.nearest(*at, NEAREST) for at in asked]
        query_us = (time.perf_counter() - began) / QUERIES * 1e6
        cost.add(
            update_us=update_us,
            splits=(_splits(index) - splits) / MOVES,
            query_us=query_us,
            examined=_mean(one.examined for one in answers),
            cells=_mean(len(one.cells) for one in answers),
        )
        cost.points = len(truth)
        cost.asked += QUERIES
        cost.right += sum(_right(truth, at, answer) for at, answer in zip(asked, answers, strict=True))


@lru_cache(maxsize=2)
def indexes_of(measured: int, precision: int, leaf: int, spread: str) -> dict[str, MeasuredIndex]:
    """All indexes of so many points; one set for all rooms that measure the same, since it takes some 30 MB."""
    points = points_of(measured, SPREADS[spread].pull, Random(measured))
    return {
        name: MeasuredIndex(one.make(precision=precision, leaf=leaf, neighbours=True), list(points))
        for name, one in INDEXES.items()
    }


def points_of(count: int, pull: float, rng: Random) -> list[tuple[str, Place]]:
    """So many points in the city; this share of them around its centre."""
    found = []
    for number in range(count):
        if rng.random() < pull:
            x, y = (min(max(rng.gauss(side / 2, CROWDED * side), 0.0), side) for side in (WIDTH, HEIGHT))
        else:
            x, y = rng.uniform(0, WIDTH), rng.uniform(0, HEIGHT)
        found.append((f"point-{number}", to_degrees(x, y)))
    return found


def _choices(config: Config) -> tuple[int, int, int, str]:
    return config.measured, config.precision, config.leaf, config.spread


def _moves(points: FullScan, rng: Random) -> list[tuple[str, float, float]]:
    some = (f"point-{rng.randrange(len(points))}" for _ in range(MOVES))
    found = ((id, points.place(id)) for id in some)
    return [
        (id, at[0] + rng.uniform(-1, 1) * STEP_DEGREES, at[1] + rng.uniform(-1, 1) * STEP_DEGREES)
        for id, at in found
        if at is not None
    ]


def _right(truth: FullScan, at: Place, answer: Found) -> bool:
    return answer.ids == truth.nearest(*at, NEAREST).ids


def _mean(values: Iterator[int]) -> float:
    return sum(values) / QUERIES


def _splits(index: SpatialIndex) -> int:
    return index.splits + index.merges if isinstance(index, Quadtree) else 0
