"""Indexes of moving points behind one protocol: whatever the index, the answers are those of a full scan.

Distances are great-circle metres; of two points equally far the smaller id comes first. Latitudes
from -85 to 85: nearer to a pole the cells of all these grids degenerate.
"""

from __future__ import annotations

import heapq
import math
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple, Protocol

import h3
import numpy as np

from sdlab.blocks import geohash, s2
from sdlab.blocks.cell_table import CellTable
from sdlab.blocks.geohash import EARTH_RADIUS_M, Bounds, distance_m

MAX_LAT = 85.0
MAX_RINGS = 40
MAX_CELLS = 4000
SLACK_M = 1e-3
OPENED_ABOVE = 32

Place = tuple[float, float]


class Hit(NamedTuple):
    """A point that was found, and how far it is."""

    metres: float
    id: str


class Found(NamedTuple):
    """The answer of a query, nearest first; the cells it looked into; how many points it looked at."""

    hits: tuple[Hit, ...]
    cells: tuple[str, ...]
    examined: int

    @property
    def ids(self) -> tuple[str, ...]:
        """Who was found."""
        return tuple(hit.id for hit in self.hits)


class SpatialIndex(Protocol):
    """Points by id. Coordinates in degrees, radii in metres."""

    def upsert(self, id: str, lat: float, lng: float) -> None:
        """Put a point, or move it."""

    def remove(self, id: str) -> bool:
        """Take a point away; whether it was there."""

    def nearest(self, lat: float, lng: float, k: int) -> Found:
        """The `k` nearest points."""

    def within(self, lat: float, lng: float, radius_m: float) -> Found:
        """All points at most that far."""

    def __len__(self) -> int: ...


def away(lat: float, lng: float, box: Bounds) -> float:
    """A lower bound of the distance from a place to a box, in metres; 0 inside."""
    up = max(box.south - lat, lat - box.north, 0.0)
    vertical = EARTH_RADIUS_M * math.radians(up)
    across = 0.0 if box.west <= lng <= box.east else min(_turn(lng, box.west), _turn(lng, box.east))
    return max(vertical, to_meridian(lat, across))


def to_meridian(lat: float, degrees: float) -> float:
    """Metres from a place to the nearest point of the meridian that many degrees away."""
    if degrees >= 90:
        return EARTH_RADIUS_M * math.radians(90 - abs(lat))
    return EARTH_RADIUS_M * math.asin(math.cos(math.radians(lat)) * math.sin(math.radians(degrees)))


def _turn(a: float, b: float) -> float:
    apart = abs(a - b) % 360
    return min(apart, 360 - apart)


def _measured(lat: float, lng: float, points: Iterable[tuple[str, Place]]) -> list[Hit]:
    return [Hit(distance_m((lat, lng), place), id) for id, place in points]


class FullScan:
    """No index: every query looks at every point. The truth for all others."""

    def __init__(self) -> None:
        self._rows: dict[str, int] = {}
        self._ids: list[str] = []
        self._places = np.zeros((64, 2))

    def upsert(self, id: str, lat: float, lng: float) -> None:
        row = self._rows.get(id)
        if row is None:
            row = self._rows[id] = len(self._ids)
            self._ids.append(id)
            if row == len(self._places):
                self._places = np.concatenate((self._places, np.zeros_like(self._places)))
        self._places[row, 0] = lat
        self._places[row, 1] = lng

    def remove(self, id: str) -> bool:
        row = self._rows.pop(id, None)
        if row is None:
            return False
        last = self._ids.pop()
        if last != id:
            self._ids[row], self._rows[last] = last, row
            self._places[row] = self._places[len(self._ids)]
        return True

    def place(self, id: str) -> Place | None:
        """Where a point is."""
        row = self._rows.get(id)
        return None if row is None else (float(self._places[row, 0]), float(self._places[row, 1]))

    def nearest(self, lat: float, lng: float, k: int) -> Found:
        if not self._ids or k < 1:
            return Found((), (), 0)
        metres = self._metres(lat, lng)
        count = min(k, len(metres))
        farthest = np.partition(metres, count - 1)[count - 1]
        return self._found(lat, lng, metres <= farthest + SLACK_M, count)

    def within(self, lat: float, lng: float, radius_m: float) -> Found:
        found = self._found(lat, lng, self._metres(lat, lng) <= radius_m + SLACK_M, len(self._ids))
        return found._replace(hits=tuple(hit for hit in found.hits if hit.metres <= radius_m))

    def _metres(self, lat: float, lng: float) -> np.ndarray:
        places = np.radians(self._places[: len(self._ids)])
        at_lat, at_lng = math.radians(lat), math.radians(lng)
        half = (
            np.sin((places[:, 0] - at_lat) / 2) ** 2
            + np.cos(places[:, 0]) * math.cos(at_lat) * np.sin((places[:, 1] - at_lng) / 2) ** 2
        )
        metres: np.ndarray = 2 * EARTH_RADIUS_M * np.arcsin(np.sqrt(np.minimum(1.0, half)))
        return metres

    def _found(self, lat: float, lng: float, chosen: np.ndarray, count: int) -> Found:
        """Numpy chooses with some slack; the order is decided as all indexes decide it."""
        rows = np.flatnonzero(chosen).tolist()
        points = ((self._ids[row], (self._places[row, 0], self._places[row, 1])) for row in rows)
        return Found(tuple(sorted(_measured(lat, lng, points))[:count]), (), len(self._ids))

    def __iter__(self) -> Iterator[tuple[str, Place]]:
        for id, row in self._rows.items():
            yield id, (float(self._places[row, 0]), float(self._places[row, 1]))

    def __len__(self) -> int:
        return len(self._ids)


class GeohashIndex:
    """Points in the cells of one geohash length. An update touches one cell, or two when it crosses an edge.

    `nearest` looks at the cell, then at rings around it until nothing nearer can be outside. With
    `neighbours=False` it looks at the cell alone and shortens the word until it has enough: fast,
    and blind to whoever is just across an edge.
    """

    def __init__(self, precision: int = 6, *, neighbours: bool = True) -> None:
        self.precision = precision
        self.neighbours = neighbours
        rows, columns = geohash.bits(precision)
        self._tall, self._wide = 180 / (1 << rows), 360 / (1 << columns)
        self._rows, self._columns = 1 << rows, 1 << columns
        self._cells: CellTable[int, str, Place] = CellTable()

    def upsert(self, id: str, lat: float, lng: float) -> None:
        cell = int((lat + 90) / self._tall) * self._columns + int((lng + 180) / self._wide) % self._columns
        self._cells.put(id, cell, (lat, lng))

    def remove(self, id: str) -> bool:
        return self._cells.remove(id) is not None

    def word(self, row: int, column: int) -> str:
        """The cell's name."""
        return geohash.word(row, column % self._columns, self.precision)

    def counts(self) -> dict[str, int]:
        """Points per cell that has any."""
        return {
            self.word(*divmod(cell, self._columns)): count for cell, count in self._cells.counts().items()
        }

    def nearest(self, lat: float, lng: float, k: int) -> Found:
        if k < 1:
            return Found((), (), 0)
        if not self.neighbours:
            return self._own_cell(lat, lng, k)
        row, column = int((lat + 90) / self._tall), int((lng + 180) / self._wide)
        hits: list[Hit] = []
        cells: list[str] = []
        for ring in range(MAX_RINGS):
            for up, right in _ring(ring):
                hits += self._look(lat, lng, row + up, column + right, cells)
            if 2 * ring + 1 >= self._columns:
                break
            if len(hits) >= k:
                hits = heapq.nsmallest(k, hits)
                if hits[-1].metres <= self._safe(lat, lng, row, column, ring):
                    return Found(tuple(hits), tuple(cells), self._examined(cells))
        return self._everything(lat, lng, k)

    def _safe(self, lat: float, lng: float, row: int, column: int, ring: int) -> float:
        """Nothing outside of the block of rings is nearer than this."""
        south, north = (row - ring) * self._tall - 90, (row + ring + 1) * self._tall - 90
        west, east = (column - ring) * self._wide - 180, (column + ring + 1) * self._wide - 180
        vertical = EARTH_RADIUS_M * math.radians(min(lat - south, north - lat))
        return min(vertical, to_meridian(lat, min(lng - west, east - lng)))

    def _own_cell(self, lat: float, lng: float, k: int) -> Found:
        for letters in range(self.precision, 0, -1):
            prefix = geohash.encode(lat, lng, letters)
            if letters == self.precision:
                cell = int((lat + 90) / self._tall) * self._columns + int((lng + 180) / self._wide)
                chosen = {prefix: self._cells.of(cell)}
            else:
                names = ((self.word(*divmod(cell, self._columns)), cell) for cell in self._cells)
                chosen = {name: self._cells.of(cell) for name, cell in names if name.startswith(prefix)}
            examined = sum(map(len, chosen.values()))
            if examined >= k or letters == 1:
                points = (point for inside in chosen.values() for point in inside.items())
                hits = heapq.nsmallest(k, _measured(lat, lng, points))
                return Found(tuple(hits), tuple(chosen)[:MAX_CELLS], examined)
        raise AssertionError("one letter is the shortest prefix")

    def within(self, lat: float, lng: float, radius_m: float) -> Found:
        tall, wide = geohash.cell_size(self.precision, lat)
        if not self.neighbours:
            found = self._own_cell(lat, lng, 1)
            near = _measured(lat, lng, self._at(geohash.encode(lat, lng, self.precision)).items())
            return Found(tuple(sorted(one for one in near if one.metres <= radius_m)), found.cells, len(near))
        if (2 * radius_m / tall + 2) * (2 * radius_m / max(wide, 1e-9) + 2) > MAX_CELLS:
            return self._everything(lat, lng, len(self), radius_m)
        cells = geohash.covering(lat, lng, radius_m, self.precision)
        points = (point for cell in cells for point in self._at(cell).items())
        hits = sorted(hit for hit in _measured(lat, lng, points) if hit.metres <= radius_m)
        return Found(tuple(hits), cells, self._examined(cells))

    def _at(self, name: str) -> Mapping[str, Place]:
        row, column = geohash.place_of(name)
        return self._cells.of(row * self._columns + column)

    def _look(self, lat: float, lng: float, row: int, column: int, cells: list[str]) -> list[Hit]:
        if not 0 <= row < self._rows:
            return []
        cells.append(self.word(row, column))
        inside = self._cells.of(row * self._columns + column % self._columns)
        return _measured(lat, lng, inside.items()) if inside else []

    def _examined(self, cells: Iterable[str]) -> int:
        return sum(len(self._at(cell)) for cell in cells)

    def _everything(self, lat: float, lng: float, k: int, radius_m: float = math.inf) -> Found:
        near = (hit for hit in _measured(lat, lng, self._cells.everybody()) if hit.metres <= radius_m)
        return Found(tuple(heapq.nsmallest(k, near)), tuple(self.counts())[:MAX_CELLS], len(self))

    def __len__(self) -> int:
        return len(self._cells)


def _ring(number: int) -> Iterator[tuple[int, int]]:
    """The cells at that distance around a cell, in steps up and right."""
    if number == 0:
        yield 0, 0
        return
    for step in range(-number, number + 1):
        yield number, step
        yield -number, step
    for step in range(-number + 1, number):
        yield step, number
        yield step, -number


class S2Index:
    """Points sorted along the Hilbert curve of S2 cells; a circle becomes a few ranges of the curve.

    Cells of many sizes cover the circle: large ones inside, small ones along its edge. The nearest are
    found best cell first, as by S2ClosestPointQuery of the library: a cell is the range of the curve
    between its ends, and is opened only while something in it could be nearer.
    """

    def __init__(self, max_cells: int = 12) -> None:
        self.max_cells = max_cells
        self._leaves: list[int] = []
        self._ids: list[str] = []
        self._where: dict[str, tuple[int, Place]] = {}

    def upsert(self, id: str, lat: float, lng: float) -> None:
        leaf = s2.leaf(lat, lng)
        before = self._where.get(id)
        if before is None or before[0] != leaf:
            if before is not None:
                self._leave(id, before[0])
            at = bisect_left(self._leaves, leaf)
            self._leaves.insert(at, leaf)
            self._ids.insert(at, id)
        self._where[id] = (leaf, (lat, lng))

    def remove(self, id: str) -> bool:
        before = self._where.pop(id, None)
        if before is not None:
            self._leave(id, before[0])
        return before is not None

    def _leave(self, id: str, leaf: int) -> None:
        at = self._ids.index(id, bisect_left(self._leaves, leaf))
        del self._leaves[at], self._ids[at]

    def nearest(self, lat: float, lng: float, k: int) -> Found:
        if not self._leaves or k < 1:
            return Found((), (), 0)
        at, examined = s2.vector(lat, lng), 0
        best: list[Hit] = []
        cells: list[str] = []
        waiting = [(0.0, one.id, one) for one in self._roots()]
        farthest = math.inf
        while waiting:
            least, _, cell = heapq.heappop(waiting)
            if least > farthest:
                break
            first, last = self._range(cell)
            if last - first > OPENED_ABOVE and cell.level < s2.LEVELS:
                for one in cell.children():
                    low, high = self._range(one)
                    if low < high:
                        apart = one.apart(at) * EARTH_RADIUS_M - SLACK_M
                        if apart <= farthest:
                            heapq.heappush(waiting, (apart, one.id, one))
                continue
            best = heapq.nsmallest(k, best + self._hits(lat, lng, first, last))
            cells.append(cell.token)
            examined += last - first
            if len(best) == k:
                farthest = best[-1].metres
        return Found(tuple(best), tuple(cells), examined)

    def _roots(self) -> tuple[s2.Cell, ...]:
        """The smallest cell that holds all points; all faces when there is none."""
        whole = s2.common(self._leaves[0], self._leaves[-1])
        return s2.FACE_CELLS if whole is None else (whole,)

    def _range(self, cell: s2.Cell) -> tuple[int, int]:
        """Where its points begin and end on the curve."""
        first = bisect_left(self._leaves, cell.first)
        return first, bisect_right(self._leaves, cell.last, first)

    def _hits(self, lat: float, lng: float, first: int, last: int) -> list[Hit]:
        where = self._where
        return _measured(lat, lng, ((id, where[id][1]) for id in self._ids[first:last]))

    def within(self, lat: float, lng: float, radius_m: float) -> Found:
        hits: list[Hit] = []
        cells = s2_covering(lat, lng, radius_m, self.max_cells)
        for cell in cells:
            hits += self._hits(lat, lng, *self._range(cell))
        near = tuple(sorted(hit for hit in hits if hit.metres <= radius_m))
        return Found(near, tuple(cell.token for cell in cells), len(hits))

    def __len__(self) -> int:
        return len(self._where)


def s2_covering(lat: float, lng: float, radius_m: float, max_cells: int) -> list[s2.Cell]:
    """S2 cells of mixed levels that together hold a circle."""
    return s2.covering(lat, lng, min(math.pi, (radius_m + SLACK_M) / EARTH_RADIUS_M), max_cells)


class H3Index:
    """Points in hexagons of one resolution. Six neighbours, all equally far: rings grow evenly.

    Where rings stop is safe for any hexagon: the grid's edges are between 0.7 and 1.3 times their mean.
    """

    def __init__(self, resolution: int = 9) -> None:
        self.resolution = resolution
        self._cells: CellTable[str, str, Place] = CellTable()
        self._step = h3.average_hexagon_edge_length(resolution, unit="m") * 1.5 * 0.7

    def upsert(self, id: str, lat: float, lng: float) -> None:
        self._cells.put(id, h3.latlng_to_cell(lat, lng, self.resolution), (lat, lng))

    def remove(self, id: str) -> bool:
        return self._cells.remove(id) is not None

    def own_cell(self, lat: float, lng: float, k: int) -> Found:
        """The nearest within the hexagon of a place alone: fast, and blind to whoever is just across an edge."""
        found = self._disk(lat, lng, 0)
        return found._replace(hits=tuple(heapq.nsmallest(k, found.hits)))

    def counts(self) -> dict[str, int]:
        """Points per hexagon that has any."""
        return self._cells.counts()

    def nearest(self, lat: float, lng: float, k: int) -> Found:
        rings = 1
        while rings <= MAX_RINGS:
            found = self._disk(lat, lng, rings)
            hits = heapq.nsmallest(k, found.hits)
            if len(hits) == min(k, len(self)) and (not hits or hits[-1].metres <= rings * self._step):
                return found._replace(hits=tuple(hits))
            rings *= 2
        return self._everything(lat, lng, k)

    def within(self, lat: float, lng: float, radius_m: float) -> Found:
        rings = math.ceil(radius_m / self._step)
        found = self._disk(lat, lng, rings) if rings <= MAX_RINGS else self._everything(lat, lng, len(self))
        return found._replace(hits=tuple(sorted(hit for hit in found.hits if hit.metres <= radius_m)))

    def _disk(self, lat: float, lng: float, rings: int) -> Found:
        cells = h3.grid_disk(h3.latlng_to_cell(lat, lng, self.resolution), rings)
        points = [point for cell in cells for point in self._cells.of(cell).items()]
        return Found(tuple(_measured(lat, lng, points)), tuple(cells), len(points))

    def _everything(self, lat: float, lng: float, k: int) -> Found:
        hits = heapq.nsmallest(k, _measured(lat, lng, self._cells.everybody()))
        return Found(tuple(hits), tuple(self._cells)[:MAX_CELLS], len(self))

    def __len__(self) -> int:
        return len(self._cells)
