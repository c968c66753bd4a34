"""The buses on their streets: where they really are, whatever the system knows of it.

The first six drive a route with stops; the others turn at corners as chance and the rush decide.
Coordinates are metres in the city, speeds metres per second.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeGuard
from zoneinfo import ZoneInfo

import numpy as np

from sdlab.blocks.city import City, make_city
from sdlab.lab import NotFound

CITY = make_city(7)
ZONE = ZoneInfo("Europe/Berlin")  # the city lies at 48° N, 11° E
MOST_BUSES = 20_000
ROUTES = 6
STOPS = 5
SLOWEST, FASTEST = 7.0, 14.0
STEPS = ((1, 0), (0, 1), (-1, 0), (0, -1))
CORNER_M = 1.0  # a bus so near to a corner is on both sides of it

Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Stop:
    """A stop of a route: a corner with its name."""

    id: str
    name: str
    column: int
    row: int
    x: float
    y: float


@dataclass(frozen=True, slots=True)
class Route:
    """A closed way along streets, corner by corner, and the stops on it."""

    bus: str
    label: str
    corners: tuple[tuple[int, int], ...]
    stops: tuple[Stop, ...]


def make_routes(city: City) -> tuple[Route, ...]:
    """The six school routes: rectangles of streets that overlap downtown."""
    found = []
    for number in range(ROUTES):
        rng = np.random.default_rng(number + 1)
        left, low = int(rng.integers(0, len(city.xs) // 2)), int(rng.integers(0, len(city.ys) // 2))
        right = left + int(rng.integers(6, len(city.xs) // 2 + 1))
        high = low + int(rng.integers(4, len(city.ys) // 2 + 1))
        right, high = min(right, len(city.xs) - 1), min(high, len(city.ys) - 1)
        corners = [
            *[(c, low) for c in range(left, right)],
            *[(right, r) for r in range(low, high)],
            *[(c, high) for c in range(right, left, -1)],
            *[(left, r) for r in range(high, low, -1)],
        ]
        stops = tuple(
            Stop(f"s{number + 1}{n + 1}", city.name_of(*city.corner(c, r)), c, r, *city.corner(c, r))
            for n, (c, r) in enumerate(corners[len(corners) * n // STOPS] for n in range(STOPS))
        )
        found.append(Route(bus_id(number), f"Bus {number + 1}", tuple(corners), stops))
    return tuple(found)


def bus_id(number: int) -> str:
    """The id of a bus of the fleet; numbers are from 0."""
    return f"bus-{number + 1}"


def number_of(bus: str) -> int | None:
    """The number of a bus of the fleet, from 0; None for any other."""
    return int(bus[4:]) - 1 if bus.startswith("bus-") and bus[4:].isdecimal() else None


def is_watched(bus: str) -> bool:
    """Whether people follow that bus: it has a route, or somebody drives it by hand."""
    number = number_of(bus)
    return number is None or number < ROUTES


class Fleet:
    """`size` buses. Deterministic: the same seed and the same calls, the same coordinates."""

    def __init__(self, city: City, size: int, seed: int) -> None:
        self.city = city
        self.routes = make_routes(city)
        self.stops = {stop.id: stop for route in self.routes for stop in route.stops}
        self.size = 0
        self._rng = np.random.default_rng(seed)
        self._xs, self._ys = np.array(city.xs), np.array(city.ys)
        self._next = dict.fromkeys(range(ROUTES), 1)
        self.x = self.y = self.speed = np.zeros(0)
        self._column = self._row = self._way = np.zeros(0, dtype=int)
        self.resize(size)

    def resize(self, size: int) -> None:
        """More buses begin at corners; the last ones of too many leave."""
        old = self.size
        if size > old:
            extra = size - old
            column = self._rng.integers(0, len(self._xs), extra)
            row = self._rng.integers(0, len(self._ys), extra)
            for n in range(old, min(size, ROUTES)):
                column[n - old], row[n - old] = self.routes[n].corners[0]
            self._column, self._row = np.append(self._column, column), np.append(self._row, row)
            self.x = np.append(self.x, self._xs[column])
            self.y = np.append(self.y, self._ys[row])
            self._way = np.append(self._way, self._rng.integers(0, 4, extra))
            self.speed = np.append(self.speed, self._rng.uniform(SLOWEST, FASTEST, extra))
        else:
            for name in ("x", "y", "speed", "_column", "_row", "_way"):
                setattr(self, name, getattr(self, name)[:size])
        self.size = size

    def stop(self, id: str) -> Stop:
        """The stop of that id; `NotFound` when there is none."""
        if id not in self.stops:
            raise NotFound(f"no stop {id!r}; stops are {', '.join(list(self.stops)[:5])}, …")
        return self.stops[id]

    def advance(self, numbers: np.ndarray, seconds: float, pull: float) -> None:
        """Let these buses drive on; at each corner they turn, towards downtown with chance `pull`."""
        left = self.speed[numbers] * seconds
        going = np.ones(len(numbers), dtype=bool)
        for _ in range(8):
            at = numbers[going]
            if not len(at):
                return
            dx, dy = self._xs[self._column[at]] - self.x[at], self._ys[self._row[at]] - self.y[at]
            far = np.abs(dx) + np.abs(dy)
            move = np.minimum(left[going], far)
            share = np.divide(move, far, out=np.zeros_like(far), where=far > 0)
            self.x[at] += dx * share
            self.y[at] += dy * share
            left[going] -= move
            self._turn(at[move >= far], pull)
            going &= left > 0

    def _turn(self, numbers: np.ndarray, pull: float) -> None:
        for number in numbers[numbers < ROUTES].tolist():
            corners = self.routes[number].corners
            self._column[number], self._row[number] = corners[self._next[number] % len(corners)]
            self._next[number] += 1
        roaming = numbers[numbers >= ROUTES]
        if not len(roaming):
            return
        turn = self._rng.random(len(roaming))
        way = np.where(
            turn < 0.55, self._way[roaming], (self._way[roaming] + np.where(turn < 0.78, 1, 3)) % 4
        )
        pulled = self._rng.random(len(roaming)) < pull
        way = np.where(pulled, self._towards_centre(roaming), way)
        step = np.array(STEPS)[way]
        columns, rows = self._column[roaming] + step[:, 0], self._row[roaming] + step[:, 1]
        outside = (columns < 0) | (columns >= len(self._xs)) | (rows < 0) | (rows >= len(self._ys))
        way = np.where(outside, (way + 2) % 4, way)
        step = np.array(STEPS)[way]
        self._way[roaming] = way
        self._column[roaming] = np.clip(self._column[roaming] + step[:, 0], 0, len(self._xs) - 1)
        self._row[roaming] = np.clip(self._row[roaming] + step[:, 1], 0, len(self._ys) - 1)

    def _towards_centre(self, numbers: np.ndarray) -> np.ndarray:
        dx = self.city.centre[0] - self.x[numbers]
        dy = self.city.centre[1] - self.y[numbers]
        sideways = self._rng.random(len(numbers)) * (np.abs(dx) + np.abs(dy)) < np.abs(dx)
        return np.where(sideways, np.where(dx > 0, 0, 2), np.where(dy > 0, 1, 3))

    def stops_at(self, number: int | None, stop: Stop) -> TypeGuard[int]:
        """Whether that bus has a route with this stop."""
        return number is not None and number < min(ROUTES, self.size) and stop in self.routes[number].stops

    def left_along_route(self, number: int, stop: Stop, at: tuple[float, float]) -> float:
        """Metres from `at`, or the place on the route of that bus that is nearest to it, to a stop of the route."""
        corners = [self.city.corner(*one) for one in self.routes[number].corners]
        sides = list(zip(corners, [*corners[1:], corners[0]], strict=True))
        apart = [_to_side(at, *side) for side in sides]
        nearest = min(apart) + CORNER_M
        return min(
            self._left(sides, first, (stop.x, stop.y), at)
            for first, metres in enumerate(apart)
            if metres <= nearest
        )

    @staticmethod
    def _left(
        sides: Sequence[tuple[Point, Point]], first: int, stop: Point, at: tuple[float, float]
    ) -> float:
        """The way from `at` on one side, over the following ones, to a stop at a corner."""
        total = 0.0
        for n in range(len(sides)):
            _, corner = sides[(first + n) % len(sides)]
            total += math.dist(at, corner)
            at = corner
            if corner == stop:
                break
        return total


def _to_side(at: Point, one: Point, other: Point) -> float:
    """Metres from a place to the nearest point between two corners."""
    (x, y), (ax, ay), (bx, by) = at, one, other
    along = (bx - ax, by - ay)
    length = along[0] ** 2 + along[1] ** 2
    share = max(0.0, min(1.0, ((x - ax) * along[0] + (y - ay) * along[1]) / length)) if length else 0.0
    return math.dist(at, (ax + share * along[0], ay + share * along[1]))
