"""Geohash: a place as a word, so that nearby places mostly share a prefix.

Latitude and longitude are halved in turn, beginning with longitude; each half is a bit, five bits
are a letter. Gustavo Niemeyer, geohash.org, 2008. Two places on either side of a cell's edge may
share no letter at all: a search looks at the eight neighbours as well.

>>> encode(57.64911, 10.40744, 11)
'u4pruydqqvj'
>>> neighbours("u4pruy")[0]
'u4pruz'
"""

from __future__ import annotations

import math
from typing import NamedTuple

ALPHABET = "0123456789bcdefghjkmnpqrstuvwxyz"
MAX_PRECISION = 12
EARTH_RADIUS_M = 6_371_008.8
_NUMBER = {letter: number for number, letter in enumerate(ALPHABET)}
_AROUND = ((1, 0), (1, 1), (0, 1), (-1, 1), (-1, 0), (-1, -1), (0, -1), (1, -1))


class Bounds(NamedTuple):
    """A rectangle in degrees; south and west belong to it, north and east to the next one."""

    south: float
    west: float
    north: float
    east: float

    @property
    def centre(self) -> tuple[float, float]:
        """Latitude and longitude of the middle."""
        return (self.south + self.north) / 2, (self.west + self.east) / 2


def bits(precision: int) -> tuple[int, int]:
    """How many bits a word of that length gives to latitude and to longitude."""
    return precision * 5 // 2, (precision * 5 + 1) // 2


def encode(lat: float, lng: float, precision: int = 9) -> str:
    """The word of `precision` letters (1 to 12) for a place; latitude -90 to 90, longitude -180 to 180.

    Raises `ValueError` outside of these.
    """
    if not 1 <= precision <= MAX_PRECISION:
        raise ValueError(f"precision is from 1 to {MAX_PRECISION}")
    if not (-90 <= lat <= 90 and -180 <= lng <= 180):
        raise ValueError("latitude is from -90 to 90, longitude from -180 to 180")
    return word(*cell_of(lat, lng, precision), precision)


def cell_of(lat: float, lng: float, precision: int) -> tuple[int, int]:
    """Row (from the south) and column (from the west) of the cell; nothing is checked."""
    rows, columns = bits(precision)
    row = min(int((lat + 90) / 180 * (1 << rows)), (1 << rows) - 1)
    return row, min(int((lng + 180) / 360 * (1 << columns)), (1 << columns) - 1)


def bounds(name: str) -> Bounds:
    """The cell of a word; `ValueError` for anything that is not one."""
    row, column = place_of(name)
    rows, columns = bits(len(name))
    tall, wide = 180 / (1 << rows), 360 / (1 << columns)
    return Bounds(-90 + row * tall, -180 + column * wide, -90 + (row + 1) * tall, -180 + (column + 1) * wide)


def neighbours(name: str) -> tuple[str, ...]:
    """The cells around: north, then clockwise. Longitude wraps; beyond a pole there is none (3 or 5 are left)."""
    row, column = place_of(name)
    rows, columns = bits(len(name))
    return tuple(
        word(row + up, (column + right) % (1 << columns), len(name))
        for up, right in _AROUND
        if 0 <= row + up < 1 << rows
    )


def cell_size(precision: int, lat: float = 0.0) -> tuple[float, float]:
    """Height and width of a cell in metres at that latitude."""
    rows, columns = bits(precision)
    around = 2 * math.pi * EARTH_RADIUS_M
    return around / 2 / (1 << rows), around * math.cos(math.radians(lat)) / (1 << columns)


def covering(lat: float, lng: float, radius_m: float, precision: int) -> tuple[str, ...]:
    """Every cell that a circle may touch, south-west first; a few of the corners too many, never one too few."""
    rows, columns = bits(precision)
    reach = math.degrees(radius_m / EARTH_RADIUS_M)
    farthest = min(90.0, abs(lat) + reach)
    across = 180.0 if farthest >= 89.9 else min(180.0, reach / math.cos(math.radians(farthest)))
    tall, wide = 180 / (1 << rows), 360 / (1 << columns)
    first, last = (max(-90.0, lat - reach) + 90) / tall, (min(90.0, lat + reach) + 90) / tall
    left, right = math.floor((lng - across + 180) / wide), math.floor((lng + across + 180) / wide)
    some = range(left, min(right, left + (1 << columns) - 1) + 1)
    up = range(int(first), min(int(last), (1 << rows) - 1) + 1)
    return tuple(word(row, column % (1 << columns), precision) for row in up for column in some)


def distance_m(a: tuple[float, float], b: tuple[float, float]) -> float:
    """Metres along the sphere between two places, by the haversine formula."""
    (lat_a, lng_a), (lat_b, lng_b) = a, b
    half = math.sin(math.radians(lat_b - lat_a) / 2) ** 2 + (
        math.cos(math.radians(lat_a))
        * math.cos(math.radians(lat_b))
        * math.sin(math.radians(lng_b - lng_a) / 2) ** 2
    )
    return 2 * EARTH_RADIUS_M * math.asin(math.sqrt(min(1.0, half)))


_SPREAD = [sum(((n >> bit) & 1) << (2 * bit) for bit in range(16)) for n in range(1 << 15)]


def word(row: int, column: int, precision: int) -> str:
    """The word of a cell: interleave the bits, longitude first, and read them in fives."""
    length = precision * 5
    low, high = (row, column) if length % 2 == 0 else (column, row)
    mixed = _spread(low) | _spread(high) << 1
    return "".join(ALPHABET[mixed >> shift & 31] for shift in range(length - 5, -1, -5))


def _spread(number: int) -> int:
    return _SPREAD[number & 0x7FFF] | _SPREAD[number >> 15 & 0x7FFF] << 30


def place_of(name: str) -> tuple[int, int]:
    """Row and column of a word's cell; `ValueError` for what is no word."""
    if not 1 <= len(name) <= MAX_PRECISION:
        raise ValueError(f"a geohash has 1 to {MAX_PRECISION} letters")
    mixed = 0
    for letter in name:
        if letter not in _NUMBER:
            raise ValueError(f"{letter!r} is no letter of a geohash")
        mixed = mixed << 5 | _NUMBER[letter]
    low, high = _gather(mixed), _gather(mixed >> 1)
    return (low, high) if len(name) % 2 == 0 else (high, low)


def _gather(mixed: int) -> int:
    return sum((mixed >> 2 * bit & 1) << bit for bit in range(MAX_PRECISION * 5 // 2))
