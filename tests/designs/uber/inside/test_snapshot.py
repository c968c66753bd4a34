"""What is shown: bounded, quick, and of what is there."""

from __future__ import annotations

import time

import orjson
import pytest

from designs.uber.engine.reader import NEWEST
from designs.uber.engine.streets import OWN_CAR, Trip
from designs.uber.inside.snapshot import build_snapshot
from tests.designs.uber.conftest import Opener, play

pytestmark = pytest.mark.virtual_time
QUICK_MS = 25.0  # five on a quiet machine


async def test_the_page_opens_with_a_trip_and_its_price_and_a_city_at_rest(opener: Opener) -> None:
    engine = await opener()
    calls = {id: one.calls for id, one in engine.nodes.items()}
    await engine.clock.sleep(30)
    await engine.refresh_looks(now=True)
    shown = build_snapshot(engine)
    assert shown.rider.ready
    assert shown.rider.price >= 5
    assert shown.driver.state == "free"
    assert shown.updates.error == -1
    assert shown.match.pickup_s == -1
    assert shown.rides.total == 0
    assert {id: one.calls for id, one in engine.nodes.items()} == calls


async def test_both_panes_follow_one_ride(opener: Opener) -> None:
    engine = await opener(fleet=20, radius_m=8000)
    seat = engine.positions.by_driver[OWN_CAR].place
    await engine.plan_trip(seat, engine.demo.trip.end)
    await engine.ride_now()
    await engine.driver_app.offers_of(OWN_CAR, wait_s=3)
    await engine.refresh_looks(now=True)
    shown = build_snapshot(engine)
    assert (shown.rider.status, shown.rider.asked, shown.driver.state) == ("requested", "You", "asked")
    assert shown.driver.ride == shown.rider.ride == engine.demo.ride
    assert [one.driver for one in shown.offers.now] == ["You"]
    assert [one.driver for one in shown.locks.kept] == ["You"]
    await engine.answer(engine.demo.ride, yes=True)
    await engine.clock.sleep(1)
    await engine.refresh_looks(now=True)
    shown = build_snapshot(engine)
    assert shown.rider.status in ("accepted", "arrived")
    assert shown.rider.driver == "You"
    assert shown.driver.state in ("accepted", "arrived")


async def test_who_is_asked_for_an_old_ride_is_told_where_it_goes(opener: Opener) -> None:
    engine = await opener(fleet=20, radius_m=8000, offer_s=20, give_up_s=60)
    trip = Trip(engine.positions.by_driver[OWN_CAR].place, engine.demo.trip.end)
    first = await engine.order((await engine.quote(trip)).id)
    assert await engine.driver_app.offers_of(OWN_CAR, wait_s=3)
    for _ in range(NEWEST + 1):
        await engine.order((await engine.quote(trip)).id)
    await engine.refresh_looks(now=True)
    driver = build_snapshot(engine).driver
    assert (driver.state, driver.ride) == ("asked", first.id)
    assert (driver.start, driver.end) == (trip.start.name, trip.end.name)
    assert driver.price == first.cents / 100


async def test_a_picture_is_quick_and_small_with_many_cars(opener: Opener) -> None:
    engine = await opener(fleet=3000)
    await play(engine, "stadium", rate=10, seconds=2)
    await engine.refresh_looks(now=True)
    took = []
    for _ in range(5):
        began = time.process_time()
        shown = build_snapshot(engine)
        took.append((time.process_time() - began) * 1000)
    assert min(took) < QUICK_MS
    assert len(orjson.dumps(shown)) < 48_000
