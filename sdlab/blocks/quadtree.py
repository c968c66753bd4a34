"""A quadtree of points: a cell that gets too full is cut in four, four that get empty become one.

R. Finkel, J. Bentley, "Quad trees: a data structure for retrieval on composite keys", 1974.
Good where density is uneven; costly where points move, because cells split and merge all the time.

>>> tree = Quadtree(capacity=2)
>>> for number in range(5):
...     tree.upsert(str(number), 10.0 + number / 100, 20.0)
>>> tree.nearest(10.021, 20.0, 2).ids
('2', '3')
>>> tree.splits > 0
True
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator

from sdlab.blocks.geohash import Bounds, distance_m
from sdlab.blocks.spatial import Found, Hit, Place, away

WORLD = Bounds(-90.0, -180.0, 90.0, 180.0)
MAX_DEPTH = 26


class _Cell:
    __slots__ = ("box", "count", "depth", "four", "name", "points")

    def __init__(self, box: Bounds, depth: int, name: str) -> None:
        self.box = box
        self.depth = depth
        self.name = name
        self.count = 0
        self.points: dict[str, Place] = {}
        self.four: list[_Cell] | None = None

    def quarter(self, lat: float, lng: float) -> _Cell:
        assert self.four is not None
        middle_lat, middle_lng = self.box.centre
        return self.four[(lat >= middle_lat) * 2 + (lng >= middle_lng)]


class Quadtree:
    """Points in a tree of boxes with at most `capacity` points in a leaf. Deeper than `MAX_DEPTH` none is cut."""

    def __init__(self, capacity: int = 16, box: Bounds = WORLD) -> None:
        self.capacity = capacity
        self.splits = 0
        self.merges = 0
        self._root = _Cell(box, 0, "q")
        self._places: dict[str, Place] = {}

    def upsert(self, id: str, lat: float, lng: float) -> None:
        before = self._places.get(id)
        if before is not None:
            leaf = self._leaf(*before)
            if leaf is self._leaf(lat, lng):
                leaf.points[id] = self._places[id] = (lat, lng)
                return
            self._take(id, before)
        self._places[id] = (lat, lng)
        self._put(id, (lat, lng))

    def remove(self, id: str) -> bool:
        place = self._places.pop(id, None)
        if place is not None:
            self._take(id, place)
        return place is not None

    def _leaf(self, lat: float, lng: float) -> _Cell:
        cell = self._root
        while cell.four is not None:
            cell = cell.quarter(lat, lng)
        return cell

    def _put(self, id: str, place: Place) -> None:
        cell = self._root
        while True:
            cell.count += 1
            if cell.four is None:
                break
            cell = cell.quarter(*place)
        cell.points[id] = place
        while cell.four is None and cell.count > self.capacity and cell.depth < MAX_DEPTH:
            self._split(cell)
            cell = max(cell.four or [], key=lambda one: one.count)

    def _split(self, cell: _Cell) -> None:
        self.splits += 1
        south, west, north, east = cell.box
        lat, lng = cell.box.centre
        boxes = (
            Bounds(south, west, lat, lng),
            Bounds(south, lng, lat, east),
            Bounds(lat, west, north, lng),
            Bounds(lat, lng, north, east),
        )
        cell.four = [_Cell(box, cell.depth + 1, cell.name + str(n)) for n, box in enumerate(boxes)]
        for id, place in cell.points.items():
            quarter = cell.quarter(*place)
            quarter.points[id] = place
            quarter.count += 1
        cell.points = {}

    def _take(self, id: str, place: Place) -> None:
        cell, too_empty = self._root, None
        while True:
            cell.count -= 1
            if cell.four is None:
                break
            if too_empty is None and cell.count <= self.capacity // 2:
                too_empty = cell
            cell = cell.quarter(*place)
        del cell.points[id]
        if too_empty is not None:
            self._merge(too_empty)

    def _merge(self, cell: _Cell) -> None:
        points = {}
        for leaf in self._leaves(cell):
            points.update(leaf.points)
            self.merges += leaf is not cell
        cell.points, cell.four = points, None

    def _leaves(self, cell: _Cell) -> Iterator[_Cell]:
        if cell.four is None:
            yield cell
            return
        for quarter in cell.four:
            yield from self._leaves(quarter)

    def boxes(self, limit: int) -> list[tuple[Bounds, int]]:
        """The leaves that hold points, with how many, the fullest first."""
        leaves = ((leaf.box, leaf.count) for leaf in self._leaves(self._root) if leaf.count)
        return heapq.nlargest(limit, leaves, key=lambda one: one[1])

    def box_of(self, name: str) -> Bounds:
        """The box that a name of `Found.cells` stands for."""
        south, west, north, east = self._root.box
        for sign in name[1:]:
            lat, lng = (south + north) / 2, (west + east) / 2
            south, north = (lat, north) if int(sign) & 2 else (south, lat)
            west, east = (lng, east) if int(sign) & 1 else (west, lng)
        return Bounds(south, west, north, east)

    def nearest(self, lat: float, lng: float, k: int) -> Found:
        """Best-first: the box that could hold something nearer is opened next."""
        waiting: list[tuple[float, str, _Cell]] = [(0.0, "", self._root)]
        best: list[tuple[float, _Last]] = []
        cells: list[str] = []
        examined = 0
        while waiting and k > 0:
            least, _, cell = heapq.heappop(waiting)
            if len(best) == k and least > -best[0][0]:
                break
            if cell.four is not None:
                for quarter in cell.four:
                    if quarter.count:
                        heapq.heappush(waiting, (away(lat, lng, quarter.box), quarter.name, quarter))
                continue
            cells.append(cell.name)
            examined += len(cell.points)
            for id, place in cell.points.items():
                heapq.heappush(best, (-distance_m((lat, lng), place), _Last(id)))
                if len(best) > k:
                    heapq.heappop(best)
        hits = sorted(Hit(-metres, str(last.id)) for metres, last in best)
        return Found(tuple(hits), tuple(cells), examined)

    def within(self, lat: float, lng: float, radius_m: float) -> Found:
        hits, cells, examined, waiting = [], [], 0, [self._root]
        while waiting:
            cell = waiting.pop()
            if not cell.count or away(lat, lng, cell.box) > radius_m:
                continue
            if cell.four is not None:
                waiting += cell.four
                continue
            cells.append(cell.name)
            examined += len(cell.points)
            found = (Hit(distance_m((lat, lng), place), id) for id, place in cell.points.items())
            hits += [hit for hit in found if hit.metres <= radius_m]
        return Found(tuple(sorted(hits)), tuple(cells), examined)

    def __len__(self) -> int:
        return len(self._places)


class _Last:
    """Ids in reverse order, so that of two points equally far the larger id leaves the heap first."""

    __slots__ = ("id",)

    def __init__(self, id: str) -> None:
        self.id = id

    def __lt__(self, other: _Last) -> bool:
        return self.id > other.id
