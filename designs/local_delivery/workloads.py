"""Traffic: an evening of orders, a flash sale, carts that are left, people who only look."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from random import Random

from designs.local_delivery.engine.world import CITY, HOT, HOT_CENTRE, ITEMS, basket, somewhere
from sdlab.lab import Operation, Sample, Workload

SHOPPERS = 200
WAVE = 400  # orders from one van to the next
HOT_SLUG = ITEMS[HOT].slug
AT_THE_PIN = 0.15
CLOSES_AFTER = 100


def _spot(rng: Random, here: float = AT_THE_PIN) -> dict[str, float]:
    """An address: nothing stands for the pin on the page."""
    x, y = somewhere(rng)
    return {} if rng.random() < here else {"x": x, "y": y}


def evening(rng: Random) -> Iterator[Operation]:
    """Orders from all over the city, downtown most of all; each third looks first."""
    for number in count(1):
        spot, who = _spot(rng), f"shopper {rng.randrange(2_000)}"
        if number % 3 == 0:
            yield Operation("look", spot, who)
        yield Operation("order", {**spot, "items": basket(rng)}, who)


def closing(rng: Random) -> Iterator[Operation]:
    """Orders around the middle of the city; when a hundred have come, the centre there closes."""
    for number in count(1):
        x, y = somewhere(rng)
        spot = (
            {}
            if rng.random() < AT_THE_PIN
            else {"x": (x + CITY.centre[0]) / 2, "y": (y + CITY.centre[1]) / 2}
        )
        yield Operation("order", {**spot, "items": basket(rng, 1)}, f"shopper {number}")
        if number % CLOSES_AFTER == 0:
            yield Operation("close", {"centre": HOT_CENTRE}, "somebody")


def flash(rng: Random) -> Iterator[Operation]:
    """Two hundred want the console, of which there are twenty; a van comes when all have tried twice."""
    for number in count(1):
        yield Operation("order", {"items": {HOT_SLUG: 1}}, f"shopper {rng.randrange(SHOPPERS) + 1}")
        if number % WAVE == 0:
            yield Operation("restock", {}, "van")


def carts(rng: Random) -> Iterator[Operation]:
    """Carts are filled; most are left, some are ordered."""
    for number in count(1):
        args = {**_spot(rng, 0.4), "items": basket(rng, 2)}
        yield Operation("fill", args, f"shopper {number}")
        if number % 4 == 0:
            yield Operation("pay", {"nth": rng.randrange(1_000)}, "somebody")


def looks(rng: Random) -> Iterator[Operation]:
    """Forty look for each one that orders."""
    for number in count(1):
        spot = _spot(rng)
        if number % 40 == 0:
            yield Operation("order", {**spot, "items": basket(rng)}, f"shopper {number}")
        else:
            yield Operation("look", spot, "somebody")


def sample(rng: Random) -> Iterator[Operation]:
    """Sam shops at the same address and takes the last ones; a few neighbours order."""
    wanted = [one.slug for one in ITEMS.values() if one.share]
    for number in count(1):
        if number % 9 == 0:
            yield Operation("sam_pays", {}, "Sam")
        elif number % 3 == 0:
            yield Operation("order", {"items": basket(rng, 2)}, f"neighbour {number}")
        else:
            item = "ice-cream" if number % 4 == 1 else rng.choice(wanted)
            yield Operation("sam", {"item": item, "change": 1}, "Sam")


WORKLOADS = (
    Workload("evening", "An evening", "orders from all over the city", evening, 6, 400),
    Workload("flash", "Flash sale", "200 shoppers want one of 20 consoles", flash, 100, 600),
    Workload("closing", "Old Town closes", "a busy evening, then a centre closes", closing, 9, 60),
    Workload("carts", "Carts are left", "filled, and mostly forgotten", carts, 12, 300),
    Workload("looks", "Looking", "forty look for each one that orders", looks, 120, 1000),
)

SAMPLE = Sample(
    Workload("sample", "Sample traffic", "Sam and a few neighbours shop here", sample, rate=2.0),
    on_screen=lambda snapshot: (
        [one.left for one in snapshot.shop.shelf],
        [one.lines for one in snapshot.shop.shoppers],
    ),
)
