"""Where the people are: a dense city, a small town, villages, and the distances between them.

The people of the seed lie in a square of `AREA_KM`, small enough to be drawn flat.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from zoneinfo import ZoneInfo

import numpy as np

from sdlab.blocks.geohash import EARTH_RADIUS_M

AREA_KM = 40.0
ZONE = ZoneInfo("Europe/Berlin")  # that of the clocks in the area
CENTRE = (48.03, 11.05)
EARTH_RADIUS_KM = EARTH_RADIUS_M / 1000
KM_PER_LAT = 2 * math.pi * EARTH_RADIUS_KM / 360
KM_PER_LNG = KM_PER_LAT * math.cos(math.radians(CENTRE[0]))
HALF = AREA_KM / 2
CITY_SHARE, TOWN_SHARE = 0.72, 0.13
CITY_SIGMA, TOWN_SIGMA = 2.4, 1.1
PRECISION = 5
NEAR_KM = 1.5


@dataclass(frozen=True, slots=True)
class Region:
    """Somewhere to live; `x` and `y` are km east and north of the city's centre."""

    id: str
    label: str
    x: float
    y: float

    @property
    def at(self) -> tuple[float, float]:
        """Latitude and longitude."""
        return degrees(self.x, self.y)


def degrees(x: float, y: float) -> tuple[float, float]:
    """Latitude and longitude of a point given in km from the centre."""
    return CENTRE[0] + y / KM_PER_LAT, CENTRE[1] + x / KM_PER_LNG


def km_from_centre(lat: float, lng: float) -> tuple[float, float]:
    """Km east and north of the centre."""
    return (lng - CENTRE[1]) * KM_PER_LNG, (lat - CENTRE[0]) * KM_PER_LAT


REGIONS = {
    one.id: one
    for one in (
        Region("city", "City centre", 0.6, -0.4),
        Region("town", "Small town", 11.0, 8.0),
        Region("country", "Countryside", -12.0, -11.0),
    )
}


def region_at(lat: float, lng: float) -> str:
    """The id of the region that this point is in the middle of, or nothing."""
    x, y = km_from_centre(lat, lng)
    near = [one.id for one in REGIONS.values() if abs(one.x - x) < NEAR_KM and abs(one.y - y) < NEAR_KM]
    return near[0] if near else ""


def scattered(
    chance: np.ndarray, along: np.ndarray, across: np.ndarray, even: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Km of each person: `chance` and the rows of `even` are uniform 0..1, `along` and `across` normal."""
    town = REGIONS["town"]
    in_city, in_town = chance < CITY_SHARE, chance < CITY_SHARE + TOWN_SHARE
    x = np.where(in_city, along * CITY_SIGMA, np.where(in_town, town.x + along * TOWN_SIGMA, 0.0))
    y = np.where(in_city, across * CITY_SIGMA, np.where(in_town, town.y + across * TOWN_SIGMA, 0.0))
    x = np.where(in_town, x, (even[0] - 0.5) * AREA_KM)
    y = np.where(in_town, y, (even[1] - 0.5) * AREA_KM)
    return np.clip(x, -HALF, HALF), np.clip(y, -HALF, HALF)
