"""The city of this lab: its streets, who its drivers are, and what a trip costs in it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from zoneinfo import ZoneInfo

from sdlab.blocks import city as made_up
from sdlab.blocks.city import HEIGHT, WIDTH, City, make_city
from sdlab.blocks.people import FIRST
from sdlab.blocks.street_network import StreetNetwork, period_of, street_network
from sdlab.lab import Invalid

CITY: City = make_city(11)
ZONE = ZoneInfo("Europe/Berlin")  # the city lies at 48° N, 11° E
NOON = 12
OWN_CAR = "you"
MARGIN_M = 200.0
BASE_CENTS, CENTS_PER_KM, CENTS_PER_MINUTE, LEAST_CENTS = 250, 110, 30, 500
DIGITS = 6
STADIUM = (CITY.xs[len(CITY.xs) * 3 // 4], CITY.ys[len(CITY.ys) * 2 // 3])


def network(hour: float = NOON) -> StreetNetwork:
    """The streets as a graph with all shortest times of that hour. Crossings are the same at all hours."""
    return street_network(CITY, period_of(hour))


@lru_cache(maxsize=1024)
def crossing_name(crossing: int) -> str:
    """A crossing in words."""
    return CITY.name_of(*network().place(crossing))


@dataclass(frozen=True, slots=True)
class Place:
    """A place in degrees."""

    lat: float
    lng: float

    @property
    def metres(self) -> tuple[float, float]:
        """East and north of the corner of the city."""
        return made_up.to_metres(self.lat, self.lng)

    @property
    def crossing(self) -> int:
        """The nearest crossing."""
        return network().nearest(*self.metres)

    @property
    def name(self) -> str:
        """The nearest crossing in words."""
        return crossing_name(self.crossing)

    def check(self, field: str) -> None:
        """`Invalid` for a place outside of the city."""
        x, y = self.metres
        if not (-MARGIN_M <= x <= WIDTH + MARGIN_M and -MARGIN_M <= y <= HEIGHT + MARGIN_M):
            raise Invalid("that place is outside of the city", field=field)


def place_at(x: float, y: float) -> Place:
    """The place that many metres east and north of the corner of the city."""
    lat, lng = made_up.to_degrees(x, y)
    return Place(round(lat, DIGITS), round(lng, DIGITS))


@dataclass(frozen=True, slots=True)
class Trip:
    """From here to there along the streets."""

    start: Place
    end: Place

    def check(self) -> None:
        """`Invalid` for places outside of the city, or a trip that goes nowhere."""
        self.start.check("from")
        self.end.check("to")
        if self.start.crossing == self.end.crossing:
            raise Invalid("the trip ends where it begins", field="to")

    def metres(self, hour: float) -> float:
        """How long the fastest way of that hour is."""
        streets = network(hour)
        return streets.metres(streets.way(self.start.crossing, self.end.crossing))

    def seconds(self, hour: float) -> float:
        """How long it takes at that hour."""
        return float(network(hour).seconds[self.start.crossing, self.end.crossing])


def price_cents(metres: float, seconds: float, surge: float) -> int:
    """Base, distance and time, times the surge; never less than the least fare."""
    plain = BASE_CENTS + CENTS_PER_KM * metres / 1000 + CENTS_PER_MINUTE * seconds / 60
    return max(LEAST_CENTS, math.ceil(plain * surge))


def driver_id(number: int) -> str:
    """The id of a car of the fleet; the first one is the visitor's."""
    return f"d{number}" if number else OWN_CAR


def number_of(driver: str) -> int | None:
    """The number of a car of the fleet; None for any other."""
    if driver == OWN_CAR:
        return 0
    return int(driver[1:]) if driver[:1] == "d" and driver[1:].isdecimal() and driver[1:].isascii() else None


def driver_name(driver: str) -> str:
    """What the driver is called: a first name and the number of the car."""
    number = number_of(driver)
    if number is None:
        return driver
    return f"{FIRST[number * 37 % len(FIRST)]} {number}" if number else "You"
