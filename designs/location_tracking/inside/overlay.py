"""The cells of the index as shapes over the map, and how points are spread over cells and shards."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from functools import lru_cache
from weakref import WeakKeyDictionary

import h3

from designs.location_tracking.engine.engine import Tracking
from designs.location_tracking.engine.strategies import QUERY_CELLS
from designs.location_tracking.inside.views import CellView, DensityView
from sdlab.blocks import city as streets
from sdlab.blocks import geohash, s2
from sdlab.blocks.geohash import Bounds
from sdlab.blocks.quadtree import Quadtree
from sdlab.blocks.spatial import GeohashIndex, H3Index, s2_covering

MOST_COUNTED = 4000
MOST_CELLS = 260
MOST_EXAMINED = 200
DENSEST = 40
SECONDS = 0.5


class Overlay:
    """Made anew when what it shows has been replaced; as buses move, twice a second at most."""

    def __init__(self) -> None:
        self.cells: tuple[CellView, ...] = ()
        self.density = DensityView()
        self.cells_by_shard: Counter[int] = Counter()
        self._made = -1.0
        self._made_of: tuple[object, ...] = ()
        self._updates = -1
        self._reorganised = (0.0, 0)

    def look(self, engine: Tracking) -> None:
        """Make it anew if it is time."""
        now, updates = engine.clock.monotonic(), engine.index.updates
        shown = (
            engine.proximity.shown,
            engine.index.builds,
            engine.shards.placement,
            engine.config.fleet,
            tuple(engine.geofences.by_id),
        )
        recent = now - self._made < SECONDS or updates == self._updates
        if self._made >= 0 and shown == self._made_of and recent:
            return
        self._made, self._made_of, self._updates = now, shown, updates
        self.cells, counts = _shapes(engine)
        self.density = self._density(engine, counts)
        self._count_shards(engine)

    def _density(self, engine: Tracking, counts: list[int]) -> DensityView:
        index = engine.index.chosen
        splits, merges = (index.splits, index.merges) if isinstance(index, Quadtree) else (0, 0)
        before, done = self._reorganised
        rate = max(0.0, (splits + merges - done) / (self._made - before)) if self._made > before else 0.0
        self._reorganised = (self._made, splits + merges)
        return DensityView(
            counts=tuple(counts[:DENSEST]),
            cells=len(counts),
            fullest=max(counts, default=0),
            mean=round(sum(counts) / len(counts), 1) if counts else 0.0,
            splits=splits,
            merges=merges,
            rate=round(rate, 1),
        )

    def _count_shards(self, engine: Tracking) -> None:
        self.cells_by_shard = Counter(engine.shards.owner(cell) for cell in _cells_with_buses(engine))


_overlays: WeakKeyDictionary[Tracking, Overlay] = WeakKeyDictionary()


def overlay_of(engine: Tracking) -> Overlay:
    """The overlay of now; it goes with its engine."""
    overlay = _overlays.setdefault(engine, Overlay())
    overlay.look(engine)
    return overlay


def _cells_with_buses(engine: Tracking) -> set[str]:
    """Cells with buses; of very many buses, those of every n-th, since there are few cells in the city."""
    every = (len(engine.latest.by_bus) - 1) // MOST_COUNTED + 1
    return {one.cell for number, one in enumerate(engine.latest.by_bus.values()) if number % every == 0}


def _shapes(engine: Tracking) -> tuple[tuple[CellView, ...], list[int]]:
    """The cells to draw, and how many points all cells hold, fullest first."""
    index, shown = engine.index.chosen, engine.proximity.shown
    examined = set(shown.found.cells[:MOST_EXAMINED]) if shown else set()
    if isinstance(index, Quadtree):
        return _leaves(index, examined)
    if isinstance(index, GeohashIndex):
        return _grid(index.counts(), examined, _geohash_corners, letters=index.precision)
    if isinstance(index, H3Index):
        return _grid(index.counts(), examined, _h3_corners, letters=15)
    fences = {
        token for one in engine.geofences.by_id.values() for token in covering(one.lat, one.lng, one.radius_m)
    }
    cells = (CellView(name, _s2_corners(name), 0, name in examined) for name in examined | fences)
    return tuple(cells), []


def _leaves(tree: Quadtree, examined: set[str]) -> tuple[tuple[CellView, ...], list[int]]:
    boxes = tree.boxes(len(tree))
    looked = {tree.box_of(name) for name in examined if name.startswith("q")}
    cells = (
        CellView(f"{box.south:.5f},{box.west:.5f}", _rectangle(box), count, box in looked)
        for box, count in boxes[:MOST_CELLS]
    )
    return tuple(cells), [count for _, count in boxes]


def _grid(
    counts: dict[str, int],
    examined: set[str],
    corners: Callable[[str], tuple[float, ...]],
    *,
    letters: int,
) -> tuple[tuple[CellView, ...], list[int]]:
    """The fullest cells and those that were looked into, if they are of this grid: names have `letters`."""
    shown = dict(Counter(counts).most_common(MOST_CELLS))
    shown |= {name: counts.get(name, 0) for name in examined if len(name) == letters}
    cells = (CellView(name, corners(name), count, name in examined) for name, count in shown.items())
    return tuple(cells), sorted(counts.values(), reverse=True)


def _flat(corners: Iterable[tuple[float, float]]) -> tuple[float, ...]:
    return tuple(round(value, 1) for lat, lng in corners for value in streets.to_metres(lat, lng))


def _rectangle(box: Bounds) -> tuple[float, ...]:
    return _flat([(box.south, box.west), (box.south, box.east), (box.north, box.east), (box.north, box.west)])


@lru_cache(maxsize=4096)
def _geohash_corners(name: str) -> tuple[float, ...]:
    return _rectangle(geohash.bounds(name))


@lru_cache(maxsize=4096)
def _h3_corners(name: str) -> tuple[float, ...]:
    return _flat(h3.cell_to_boundary(name))


@lru_cache(maxsize=1024)
def _s2_corners(token: str) -> tuple[float, ...]:
    return _flat(s2.corners(s2.cell_of(token)))


@lru_cache(maxsize=64)
def covering(lat: float, lng: float, radius_m: float) -> tuple[str, ...]:
    """The S2 cells of mixed sizes that cover a circle, as tokens."""
    return tuple(cell.token for cell in s2_covering(lat, lng, radius_m, QUERY_CELLS))
