"""The made-up city of this lab: centres and what they sell, how long a courier takes, and where people live.

A minute of the city is a second here (`MINUTE_S`), so that an hour can be waited for.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from random import Random

import numpy as np

from sdlab.blocks.city import HEIGHT, WIDTH, make_city
from sdlab.blocks.street_network import MAIN_M_S, SIDE_M_S, StreetNetwork, street_network

CITY = make_city(11)
MINUTE_S = 1.0
PROMISE_MIN = 60.0
PACE = 8.0  # a cargo bike with its lights and stairs takes so many times as long as the network's cars
FASTEST_M_MIN = MAIN_M_S / PACE * 60
ON_FOOT_M_MIN = SIDE_M_S / PACE * 60


@dataclass(frozen=True, slots=True)
class Centre:
    """A distribution centre, in metres of the city. `region` is the beginning of its postal code."""

    id: int
    name: str
    region: str
    x: float
    y: float

    @property
    def node(self) -> str:
        """Its part of the system."""
        return f"centre-{self.id}"


@dataclass(frozen=True, slots=True)
class Item:
    """Something that is sold. `share` is how often it is wanted, `par` how much of the stock is of it."""

    id: int
    slug: str
    name: str
    cents: int
    share: float
    par: float


def _centre(number: int, name: str, region: str, column: int, row: int) -> Centre:
    return Centre(number, name, region, *CITY.corner(column, row))


_WIDE, _TALL = len(CITY.xs) - 1, len(CITY.ys) - 1
CENTRES = {
    one.id: one
    for one in (
        _centre(1, "Harbour", "801", round(_WIDE * 0.12), round(_TALL * 0.30)),
        _centre(2, "Old Town", "802", round(_WIDE * 0.44), round(_TALL * 0.42)),
        _centre(3, "Mill Quarter", "802", round(_WIDE * 0.60), round(_TALL * 0.62)),
        _centre(4, "North Gate", "801", round(_WIDE * 0.24), round(_TALL * 0.86)),
        _centre(5, "Orchard", "803", round(_WIDE * 0.88), round(_TALL * 0.30)),
        _centre(6, "Station", "803", round(_WIDE * 0.88), round(_TALL * 0.86)),
    )
}
REGIONS = tuple(sorted({one.region for one in CENTRES.values()}))
PICKERS = 4  # of each centre
HOT = 1
HOT_STOCK, HOT_CENTRE = 20, 2
ITEMS = {
    one.id: one
    for one in (
        Item(1, "console", "Game console", 29900, 0.0, 0.0),
        Item(2, "ice-cream", "Ice cream", 549, 3.0, 0.15),
        Item(3, "oat-milk", "Oat milk", 219, 2.0, 1.0),
        Item(4, "bananas", "Bananas", 179, 2.0, 1.2),
        Item(5, "crisps", "Crisps", 249, 1.5, 1.2),
        Item(6, "cola", "Cola, six cans", 479, 1.5, 1.2),
        Item(7, "pizza", "Frozen pizza", 399, 1.2, 1.0),
        Item(8, "nappies", "Nappies", 1199, 0.8, 0.4),
        Item(9, "headache", "Headache tablets", 349, 0.8, 0.25),
        Item(10, "coffee", "Coffee beans", 899, 1.0, 1.0),
        Item(11, "bread", "Bread", 289, 1.2, 1.2),
        Item(12, "batteries", "Batteries", 599, 0.6, 0.4),
    )
}
BY_SLUG = {one.slug: one for one in ITEMS.values()}
PIN = (CENTRES[HOT_CENTRE].x + 420.0, CENTRES[HOT_CENTRE].y - 260.0)


def network() -> StreetNetwork:
    """The streets, as cargo bikes may ride them: both ways, whatever the hour. Made once for the process."""
    return street_network(CITY, one_way=False)


@lru_cache(maxsize=4096)
def ride_min(centre_id: int, x: float, y: float) -> float:
    """Minutes by cargo bike from a centre to a place, along the streets."""
    centre = CENTRES[centre_id]
    streets = network()
    start, end = streets.nearest(centre.x, centre.y), streets.nearest(x, y)
    return float(streets.seconds[start, end]) * PACE / 60 + _aside(streets, end, x, y)


def _aside(streets: StreetNetwork, crossing: int, x: float, y: float) -> float:
    at = streets.place(crossing)
    return crow_m(x, y, *at) / ON_FOOT_M_MIN


def minutes_from(x: float, y: float) -> np.ndarray:
    """Minutes from a place to every crossing, along the streets."""
    streets = network()
    start = streets.nearest(x, y)
    found: np.ndarray = streets.seconds[start] * PACE / 60 + _aside(streets, start, x, y)
    return found


def way(centre_id: int, x: float, y: float) -> list[tuple[float, float]]:
    """The crossings that a courier passes, in metres, and the place itself."""
    streets, centre = network(), CENTRES[centre_id]
    crossings = streets.way(streets.nearest(centre.x, centre.y), streets.nearest(x, y))
    return [*(streets.place(one) for one in crossings), (x, y)]


def crow_m(x: float, y: float, x2: float, y2: float) -> float:
    """Metres as the crow flies."""
    return float(np.hypot(x - x2, y - y2))


def somewhere(rng: Random) -> tuple[float, float]:
    """Where somebody lives: rather downtown, where many do."""
    if rng.random() < 0.65:
        x, y = rng.gauss(CITY.centre[0], 900), rng.gauss(CITY.centre[1], 800)
    else:
        x, y = rng.uniform(0, WIDTH), rng.uniform(0, HEIGHT)
    return round(min(WIDTH, max(0.0, x)), 1), round(min(HEIGHT, max(0.0, y)), 1)


def basket(rng: Random, most: int = 3) -> dict[str, int]:
    """A few things that somebody wants, by their slugs."""
    wanted = rng.choices(list(ITEMS.values()), [one.share for one in ITEMS.values()], k=rng.randint(1, most))
    found: dict[str, int] = {}
    for one in wanted:
        found[one.slug] = found.get(one.slug, 0) + 1
    return found


def first_stock(rng: Random, most: int) -> list[tuple[int, int]]:
    """Centre and item of every unit that a room opens with, at most `most` and a few more."""
    par, found = pars(most), []
    for (centre, item), wanted in par.items():
        found += [(centre, item)] * max(0, round(wanted * rng.uniform(0.75, 1.25)) if item != HOT else wanted)
    return found


def pars(most: int) -> dict[tuple[int, int], int]:
    """To how many units vans fill the shelves of each centre, by centre and item."""
    total = sum(one.par for one in ITEMS.values()) * len(CENTRES)
    each = (most - HOT_STOCK) / total
    found = {
        (centre, one.id): max(1, round(each * one.par))
        for centre in CENTRES
        for one in ITEMS.values()
        if one.id != HOT
    }
    return {**found, (HOT_CENTRE, HOT): HOT_STOCK}
