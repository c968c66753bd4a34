"""What each index costs on the points of now: built, moved and asked, one index after another."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from random import Random

from designs.location_tracking.engine.strategies import INDEXES
from sdlab.blocks.quadtree import Quadtree
from sdlab.blocks.spatial import FullScan, SpatialIndex

MOST_POINTS = 1200
MOVES = 150
ASKED = 4
NEAREST = 5
STEP_DEGREES = 0.0002
SMOOTH = 0.4


@dataclass(slots=True)
class Costs:
    """Means of the last runs. Microseconds per update and per query; points looked at per query."""

    points: int = 0
    update_us: float = 0.0
    query_us: float = 0.0
    examined: float = 0.0
    cells: float = 0.0
    splits: float = 0.0
    right: int = 0
    asked: int = 0


@dataclass(slots=True)
class Race:
    """Runs one index at a time on at most `MOST_POINTS` of the present points."""

    costs: dict[str, Costs] = field(default_factory=lambda: {name: Costs() for name in INDEXES})

    def run(self, name: str, truth: FullScan, rng: Random, *, precision: int, leaf: int) -> None:
        """Measure one index; answers are compared with a full scan of the same points."""
        points = list(truth)
        if len(points) > MOST_POINTS:
            points = rng.sample(points, MOST_POINTS)
        if not points:
            return
        index = INDEXES[name].make(precision=precision, leaf=leaf, neighbours=True)
        scan = FullScan()
        for id, (lat, lng) in points:
            index.upsert(id, lat, lng)
            scan.upsert(id, lat, lng)
        moved = [
            (id, lat + rng.uniform(-1, 1) * STEP_DEGREES, lng + rng.uniform(-1, 1) * STEP_DEGREES)
            for id, (lat, lng) in rng.choices(points, k=MOVES)
        ]
        splits = index.splits + index.merges if isinstance(index, Quadtree) else 0
        began = time.perf_counter()
        for id, lat, lng in moved:
            index.upsert(id, lat, lng)
        update = (time.perf_counter() - began) / MOVES
        for id, lat, lng in moved:
            scan.upsert(id, lat, lng)
        if isinstance(index, Quadtree):
            splits = index.splits + index.merges - splits
        costs = self.costs[name]
        keep = 1 - SMOOTH if costs.asked else 0.0
        costs.points = len(scan)
        costs.update_us = keep * costs.update_us + (1 - keep) * update * 1e6
        costs.splits = keep * costs.splits + (1 - keep) * splits / MOVES
        _ask(costs, index, scan, rng)


def _ask(costs: Costs, index: SpatialIndex, scan: FullScan, rng: Random) -> None:
    places = [place for _, place in rng.choices(list(scan), k=ASKED)]
    began = time.perf_counter()
    answers = [index.nearest(*place, NEAREST) for place in places]
    query_us = (time.perf_counter() - began) / ASKED * 1e6
    keep = 1 - SMOOTH if costs.asked else 0.0
    costs.query_us = keep * costs.query_us + (1 - keep) * query_us
    costs.examined = keep * costs.examined + (1 - keep) * sum(one.examined for one in answers) / ASKED
    costs.cells = keep * costs.cells + (1 - keep) * sum(len(one.cells) for one in answers) / ASKED
    costs.asked += ASKED
    costs.right += sum(
        answer.ids == scan.nearest(*place, NEAREST).ids for place, answer in zip(places, answers, strict=True)
    )
