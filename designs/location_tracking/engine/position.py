"""A position of a bus, and what makes one valid."""

from __future__ import annotations

import math
import re
from typing import NamedTuple

from sdlab.blocks import geohash
from sdlab.blocks.spatial import MAX_LAT
from sdlab.lab import Invalid

BUS_ID = re.compile(r"[A-Za-z0-9_-]{1,40}")
CELL_LETTERS = 6
DIGITS = 7


class Position(NamedTuple):
    """Where a bus said it was. `t` is Unix seconds, coordinates are degrees."""

    bus: str
    t: float
    lat: float
    lng: float

    @property
    def cell(self) -> str:
        """The geohash cell that decides on the shard, whatever the index is."""
        return geohash.encode(self.lat, self.lng, CELL_LETTERS)


def check_coordinates(lat: float, lng: float) -> None:
    """`Invalid` for what the index cannot hold."""
    if not (math.isfinite(lat) and -MAX_LAT <= lat <= MAX_LAT):
        raise Invalid(f"lat is from -{MAX_LAT:g} to {MAX_LAT:g}", field="lat")
    if not (math.isfinite(lng) and -180 <= lng <= 180):
        raise Invalid("lng is from -180 to 180", field="lng")


def check_bus_id(bus: str, *, field: str) -> None:
    """`Invalid` about `field` for what is no id of a bus."""
    if not BUS_ID.fullmatch(bus):
        raise Invalid("a bus id has 1 to 40 letters, digits, - or _", field=field)
