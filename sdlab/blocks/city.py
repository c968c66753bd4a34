"""A made-up city: a street grid with names, a river, parks. The same seed, the same city.

Places are metres east and north of the south-west corner. Nothing of it exists.

>>> city = make_city(1)
>>> city == make_city(1)
True
>>> lat, lng = to_degrees(0.0, 0.0)
>>> (round(lat, 4), round(lng, 4))
(48.0, 11.0)
"""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from random import Random

from sdlab.blocks.geohash import EARTH_RADIUS_M

WIDTH, HEIGHT = 8000.0, 6000.0
SOUTH, WEST = 48.0, 11.0
METRES_PER_DEGREE = math.pi * EARTH_RADIUS_M / 180
METRES_PER_LNG = METRES_PER_DEGREE * math.cos(math.radians(SOUTH + HEIGHT / 2 / METRES_PER_DEGREE))
TREES = (
    *("Acacia", "Alder", "Ash", "Aspen", "Beech", "Birch", "Cedar", "Cherry", "Chestnut", "Cypress"),
    *("Elm", "Fir", "Hazel", "Hornbeam", "Juniper", "Larch", "Laurel", "Linden", "Maple", "Mulberry"),
    *("Oak", "Olive", "Pear", "Pine", "Plane", "Poplar", "Rowan", "Spruce", "Walnut", "Willow"),
)
PLACES = (
    *("Bell", "Bridge", "Castle", "Church", "College", "Copper", "Dyer", "Ferry", "Fountain", "Garden"),
    *("Glass", "Granary", "Harbour", "High", "King", "Lantern", "Market", "Mill", "Mint", "North"),
    *("Observatory", "Orchard", "Park", "Queen", "River", "School", "Station", "Tanner", "Tower", "Weaver"),
)
KINDS = ("Street", "Street", "Street", "Lane", "Row")

Park = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class City:
    """Streets that run north (at `xs`) and east (at `ys`), with their names, and what lies between.

    `river` is a line of (x, y), `parks` are rectangles (x, y, width, height), `centre` is downtown.
    """

    xs: tuple[float, ...]
    ys: tuple[float, ...]
    avenues: tuple[str, ...]
    streets: tuple[str, ...]
    river: tuple[tuple[float, float], ...]
    parks: tuple[Park, ...]
    centre: tuple[float, float]

    def corner(self, column: int, row: int) -> tuple[float, float]:
        """Where two streets cross."""
        return self.xs[column], self.ys[row]

    def name_of(self, x: float, y: float) -> str:
        """The nearest crossing in words."""
        return f"{self.avenues[nearest(self.xs, x)]} / {self.streets[nearest(self.ys, y)]}"


def nearest(lines: Sequence[float], at: float) -> int:
    """Which of these, in order, is nearest; of two as near the first."""
    after = bisect_left(lines, at, 1, len(lines) - 1)
    return after if abs(lines[after] - at) < abs(lines[after - 1] - at) else after - 1


@lru_cache(maxsize=8)
def make_city(seed: int) -> City:
    """The city of that seed: about 22 avenues by 17 streets, closer to each other downtown."""
    rng = Random(f"city {seed}")
    centre = (WIDTH * rng.uniform(0.42, 0.58), HEIGHT * rng.uniform(0.42, 0.58))
    xs, ys = _lines(rng, WIDTH, centre[0]), _lines(rng, HEIGHT, centre[1])
    trees, places = rng.sample(TREES, len(TREES)), rng.sample(PLACES, len(PLACES))
    avenues = tuple(f"{trees[n % len(trees)]} Avenue" for n in range(len(xs)))
    streets = tuple(f"{places[n % len(places)]} {rng.choice(KINDS)}" for n in range(len(ys)))
    return City(xs, ys, avenues, streets, _river(rng), _parks(rng, xs, ys), centre)


def _lines(rng: Random, size: float, centre: float) -> tuple[float, ...]:
    """Distances between streets grow from 200 m downtown to 480 m at the edge, give or take."""
    found, at = [], 120.0
    while at < size - 100:
        found.append(round(at, 1))
        far = min(1.0, abs(at - centre) / (size / 2))
        at += (200 + 280 * far) * rng.uniform(0.85, 1.15)
    return tuple(found)


def _river(rng: Random) -> tuple[tuple[float, float], ...]:
    base, swing, phase = HEIGHT * rng.uniform(0.2, 0.34), rng.uniform(200, 420), rng.uniform(0, math.tau)
    return tuple(
        (x, round(base + swing * math.sin(phase + x / 1500) + x * 0.06, 1))
        for x in range(-200, int(WIDTH) + 401, 200)
    )


def _parks(rng: Random, xs: tuple[float, ...], ys: tuple[float, ...]) -> tuple[Park, ...]:
    parks: list[Park] = []
    for _ in range(6):
        column, row = rng.randrange(len(xs) - 2), rng.randrange(len(ys) - 2)
        wide, tall = rng.choice((1, 2)), rng.choice((1, 2))
        x, y = xs[column] + 18, ys[row] + 18
        right, top = xs[min(column + wide, len(xs) - 1)] - 18, ys[min(row + tall, len(ys) - 1)] - 18
        parks.append((x, y, round(right - x, 1), round(top - y, 1)))
    return tuple(parks)


def to_degrees(x: float, y: float) -> tuple[float, float]:
    """Latitude and longitude of a place in the city."""
    return SOUTH + y / METRES_PER_DEGREE, WEST + x / METRES_PER_LNG


def to_metres(lat: float, lng: float) -> tuple[float, float]:
    """Metres east and north of the corner; outside of the city they are negative or large."""
    return (lng - WEST) * METRES_PER_LNG, (lat - SOUTH) * METRES_PER_DEGREE
