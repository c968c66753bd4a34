"""Circles on the sphere: exact distances, the cells and the boxes that a circle may touch.

Nothing here is flat: a circle may cross the antimeridian, where longitude jumps from 180 to -180, or
hold a pole, where it has every longitude. R. W. Sinnott, "Virtues of the Haversine", 1984; J. P. Matuschek,
"Finding Points Within a Distance of a Latitude/Longitude Using Bounding Coordinates".
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sdlab.blocks import geohash
from sdlab.blocks.geohash import EARTH_RADIUS_M, Bounds

Array = NDArray[np.float64]

FINEST, COARSEST = 8, 1
MOST_CELLS = 512
LETTERS = 9  # of the geohash that a row keeps
SLACK = 1e-9  # degrees, for what rounding does to the edge of a box


class Reach(NamedTuple):
    """Where a search looks: the cells of one geohash length, and boxes in degrees that hold the same circle."""

    level: int
    cells: tuple[str, ...]
    boxes: tuple[Bounds, ...]


def distances_m(lat: float, lng: float, lats: Array, lngs: Array) -> Array:
    """Metres along the sphere from one place to many, by the haversine formula."""
    here, there = math.radians(lat), np.radians(lats)
    half = (
        np.sin((there - here) / 2) ** 2
        + math.cos(here) * np.cos(there) * np.sin(np.radians(lngs - lng) / 2) ** 2
    )
    metres: Array = 2 * EARTH_RADIUS_M * np.arcsin(np.sqrt(np.minimum(1.0, half)))
    return metres


def boxes_around(lat: float, lng: float, radius_m: float) -> tuple[Bounds, ...]:
    """One box that holds the circle; two where it crosses the antimeridian; every longitude where it holds a pole."""
    reach = math.degrees(radius_m / EARTH_RADIUS_M) + SLACK
    south, north = lat - reach, lat + reach
    if south <= -90 or north >= 90:
        return (Bounds(max(-90.0, south), -180.0, min(90.0, north), 180.0),)
    across = math.degrees(math.asin(math.sin(math.radians(reach)) / math.cos(math.radians(lat)))) + SLACK
    west, east = lng - across, lng + across
    if west < -180:
        return Bounds(south, west + 360, north, 180.0), Bounds(south, -180.0, north, east)
    if east > 180:
        return Bounds(south, west, north, 180.0), Bounds(south, -180.0, north, east - 360)
    return (Bounds(south, west, north, east),)


def covering(lat: float, lng: float, radius_m: float, level: int) -> tuple[str, ...]:
    """Cells of `level` letters, or of fewer where that would be more than `MOST_CELLS`, that cover the circle."""
    while level > COARSEST and _how_many(lat, lng, radius_m, level) > MOST_CELLS:
        level -= 1
    return geohash.covering(lat, lng, radius_m, level)


def _how_many(lat: float, lng: float, radius_m: float, level: int) -> float:
    """An upper bound of the cells that a covering has, without making it."""
    rows, columns = geohash.bits(level)
    reach = math.degrees(radius_m / EARTH_RADIUS_M)
    farthest = min(90.0, abs(lat) + reach)
    across = 360.0 if farthest >= 89.9 else min(360.0, 2 * reach / math.cos(math.radians(farthest)))
    tall, wide = 180 / (1 << rows), 360 / (1 << columns)
    return (min(180.0, 2 * reach) / tall + 2) * min(across / wide + 2, 1 << columns)


def cell_number(lat: float, lng: float) -> int:
    """The geohash of `LETTERS` letters as a number: nearby cells mostly have nearby numbers."""
    return _number(geohash.encode(lat, lng, LETTERS))


def _number(word: str) -> int:
    number = 0
    for letter in word:
        number = number << 5 | geohash.ALPHABET.index(letter)
    return number


def ranges(cells: tuple[str, ...]) -> list[tuple[int, int]]:
    """The cells as ranges of `cell_number`, both ends included; cells that follow on each other are one range."""
    found: list[tuple[int, int]] = []
    for cell in sorted(cells):
        shift = 5 * (LETTERS - len(cell))
        first = _number(cell) << shift
        last = first + (1 << shift) - 1
        if found and found[-1][1] + 1 == first:
            found[-1] = (found[-1][0], last)
        else:
            found.append((first, last))
    return found
