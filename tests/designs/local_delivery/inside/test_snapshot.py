"""The snapshot: small, quickly made, and what it names is what the stores have."""

from __future__ import annotations

import time

import orjson
import pytest

from designs.local_delivery.engine.shoppers import SAM, YOU
from designs.local_delivery.engine.world import CENTRES, HOT, HOT_STOCK, PIN
from designs.local_delivery.inside.snapshot import build_snapshot, build_tallies
from sdlab.lab import Conflict, as_user
from tests.designs.local_delivery.conftest import Make
from tests.machine import budget

pytestmark = pytest.mark.virtual_time
SLOWEST_S, LARGEST = 0.005, 64 * 1024


async def test_it_shows_carts_units_and_the_hour(delivery: Make) -> None:
    engine = await delivery()
    await engine.put(YOU, HOT, 1)
    await engine.put(SAM, HOT, 1)
    await engine.refresh_looks(now=True)
    shot = build_snapshot(engine)
    you, sam = shot.shop.shoppers
    assert (you.lines[0].many, sam.lines[0].many) == (1, 1)
    assert 0 < you.left_s <= you.of_s == 30
    assert shot.stock.reserved == 2
    assert shot.stock.hot_left == HOT_STOCK - 2
    assert shot.shop.shelf[0].left == shot.shop.shelf[0].true == HOT_STOCK - 2
    assert len(shot.carts.kept) == 2
    assert len(shot.reach.centres) == len(CENTRES)
    assert shot.reach.reach == sum(one.in_time for one in shot.reach.centres) >= 2
    assert shot.reach.wrong == 0


async def test_a_trip_is_shown_from_the_line_to_the_door(delivery: Make) -> None:
    engine = await delivery()
    await engine.put(YOU, 11, 1)
    await engine.pay(YOU)
    steps = []
    for _ in range(60):
        trip = build_snapshot(engine).shop.shoppers[0].trip
        if trip.step not in steps:
            steps.append(trip.step)
        await engine.clock.sleep(1)
    assert steps[-2:] == ["is on its way to you", "is at the door"]
    assert not trip.late


async def test_it_is_small_and_quick_after_a_rush(delivery: Make) -> None:
    engine = await delivery()
    for n in range(60):
        try:
            await as_user(f"s{n}", engine.fill_cart(*PIN, {1 + n % 12: 1}))
        except Conflict:
            continue
    await engine.refresh_looks(now=True)
    began = time.process_time()
    for _ in range(20):
        shot = build_snapshot(engine)
    assert (time.process_time() - began) / 20 < budget(SLOWEST_S)
    assert len(orjson.dumps(shot)) < LARGEST
    assert len({one.id for one in build_tallies(engine)}) == len(build_tallies(engine))
