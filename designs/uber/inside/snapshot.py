"""From the running engine to the snapshot: rounding and bounds, no decisions."""

from __future__ import annotations

import base64
from collections import Counter
from collections.abc import Iterable
from datetime import datetime
from functools import lru_cache
from typing import Any

import h3
import numpy as np
import sqlalchemy as sa

from designs.uber.engine.driver_locks import MARGIN_S
from designs.uber.engine.engine import Uber
from designs.uber.engine.positions import Searched
from designs.uber.engine.reader import Looked
from designs.uber.engine.rides import DRIVEN, NEXT
from designs.uber.engine.streets import OWN_CAR, ZONE, Place, driver_id, driver_name, network, number_of
from designs.uber.inside.views import (
    CellView,
    DriverView,
    HitView,
    LocksView,
    LockView,
    MatcherView,
    MatchView,
    OffersView,
    OfferView,
    PointsView,
    QueueView,
    RiderView,
    RidesView,
    RideView,
    SearchView,
    Snapshot,
    StatusView,
    SurgesView,
    SurgeView,
    UpdatesView,
)
from sdlab.blocks import city as made_up
from sdlab.blocks import geohash
from sdlab.blocks.quadtree import Quadtree
from sdlab.lab import Tally
from sdlab.lab.actor import VISITOR
from sdlab.lab.views import LaneView, delay_view, step_view

MOST_DRAWN = 2500
MOST_CELLS = 120
MOST_LANES = 7
MOST_OPEN = 12
MOST_SURGES = 8
PER_METRE = 2.0
TREE = Quadtree()  # an empty one: what a box's name stands for is the same in every tree
TONES = {"yes": "ok", "no": "miss", "none": "error", "lost": "moved", "open": "selected"}
SAID = {
    "yes": "yes", "no": "no", "none": "no answer in time", "lost": "its matcher ended", "open": "thinks"
}  # fmt: skip


def build_snapshot(engine: Uber) -> Snapshot:
    """Everything that the panels may show of now."""
    now, looked = engine.clock.time(), engine.reader.look.last
    return Snapshot(
        **engine.common(),
        now=round(now, 3),
        points=_points(engine, now),
        search=_search(engine.positions.shown),
        rider=_rider(engine, looked),
        driver=_driver(engine, looked),
        offers=_offers(engine, looked, now),
        locks=_locks(engine, looked),
        queue=_queue(engine, looked),
        updates=_updates(engine, now),
        match=_match(engine),
        surges=_surges(engine),
        rides=_rides(looked),
    )


def build_tallies(engine: Uber) -> tuple[Tally, ...]:
    """What a comparison counts."""
    meter, searches, errors = engine.matchers.meter, engine.positions.counters, engine.world.errors
    minutes = max(errors.car_seconds / 60, 1e-9)
    error = errors.metres / max(1, errors.samples)
    per_minute = searches.updates / minutes if errors.samples else 0.0
    return (
        Tally("pickup", "Mean pick-up", "s", max(0.0, meter.mean_pickup_s)),
        Tally("worst", "Worst pick-up", "s", max(0.0, meter.worst_pickup_s)),
        Tally("matched", "Rides matched", "rides", meter.matched, "more"),
        Tally("failed", "Rides without a driver", "rides", meter.failed),
        Tally("match", "Mean time to match", "s", max(0.0, meter.mean_match_s)),
        Tally("wait", "Median wait for the car", "s", max(0.0, meter.median_wait_s)),
        Tally("twice", "Rides given to two drivers", "rides", engine.monitors["one_driver"].violations),
        Tally("examined", "Cars looked at per search", "cars", searches.examined / max(1, searches.searches)),
        Tally("cells", "Cells read per search", "cells", searches.cells / max(1, searches.searches), "same"),
        Tally("search", "Time per search", "ms", searches.ms / max(1, searches.searches)),
        Tally("missed", "Near drivers missed", "drivers", searches.missed),
        Tally("updates", "Updates per car", "per min", per_minute),
        Tally("error", "Mean error of positions", "m", error),
        Tally("product", "Updates × error, per car", "m per s", per_minute / 60 * error),
    )


def _points(engine: Uber, now: float) -> PointsView:
    """Evenly chosen of the fleet, the same ones in every frame, so that a viewer can let them glide."""
    known, size = engine.positions.by_driver, engine.world.fleet.size
    drawn = [known[id] for n in range(1, size, -(-size // MOST_DRAWN)) if (id := driver_id(n)) in known]
    at = np.array([(one.place.lat, one.place.lng) for one in drawn]).reshape(-1, 2)
    x = (at[:, 1] - made_up.WEST) * made_up.METRES_PER_LNG * PER_METRE
    y = (at[:, 0] - made_up.SOUTH) * made_up.METRES_PER_DEGREE * PER_METRE
    packed = np.clip(np.stack((x, y), axis=1), 0, 65535).astype("<u2").tobytes()
    asked = {one.offer.driver for one in engine.offers.steps if one.answer == "open"}
    busy, still = engine.positions.busy, not engine.world.awake
    return PointsView(
        data=base64.b64encode(packed).decode(),
        marks="".join(
            "1"
            if one.driver in busy
            else "2"
            if not still and not engine.positions.is_fresh(one.driver, now)
            else "3"
            if one.driver in asked
            else "0"
            for one in drawn
        ),
        drawn=len(drawn),
        total=len(known),
    )


def _search(shown: Searched | None) -> SearchView:
    if shown is None:
        return SearchView()
    x, y = shown.at.metres
    ids = {hit.id for hit in shown.found}
    missed = [hit for hit in shown.truth or () if hit.id not in ids]
    hits = [
        HitView(driver_name(hit.id), metres=round(hit.metres, 1), age=round(age, 1))
        for hit, age in zip(shown.found, shown.ages, strict=True)
    ]
    hits += [HitView(driver_name(hit.id), metres=round(hit.metres, 1), missed=True) for hit in missed]
    return SearchView(
        asked=True,
        where=shown.at.name,
        x=round(x, 1),
        y=round(y, 1),
        ring=round(shown.found[-1].metres, 1) if shown.found else 0.0,
        hits=tuple(hits),
        cells=tuple(
            CellView(name, _corners(shown.index, name, shown.at)) for name in shown.cells[:MOST_CELLS]
        ),
        looked=shown.examined,
        cells_read=len(shown.cells),
        missed=len(missed),
        ms=round(shown.ms, 3),
    )


@lru_cache(maxsize=4096)
def _corners(index: str, name: str, at: Place) -> tuple[float, ...]:
    """The corners of a hexagon, of a box of a tree, of a geohash, or of a box around the place of the search."""
    if index == "h3":
        return _hexagon(name)
    if index == "sql":
        (x, y), half = at.metres, float(name)
        return tuple(
            round(value, 1)
            for right, up in ((-1, -1), (1, -1), (1, 1), (-1, 1))
            for value in (x + right * half, y + up * half)
        )
    box = TREE.box_of(name) if index == "quadtree" else geohash.bounds(name)
    return _flat([(box.south, box.west), (box.south, box.east), (box.north, box.east), (box.north, box.west)])


def _flat(corners: Iterable[tuple[float, float]]) -> tuple[float, ...]:
    return tuple(round(value, 1) for lat, lng in corners for value in made_up.to_metres(lat, lng))


def rider_name(rider: str) -> str:
    """The rider of the page is the visitor."""
    return "you" if rider == VISITOR.name else rider.replace("-", " ")


def _rider(engine: Uber, looked: Looked) -> RiderView:
    demo, row = engine.demo, looked.mine
    (x, y), (to_x, to_y) = demo.trip.start.metres, demo.trip.end.metres
    fare = demo.fare
    view = RiderView(
        ready=fare is not None,
        x=round(x, 1),
        y=round(y, 1),
        to_x=round(to_x, 1),
        to_y=round(to_y, 1),
        start=demo.trip.start.name,
        end=demo.trip.end.name,
        price=fare.cents / 100 if fare else -1.0,
        surge=fare.surge if fare else 1.0,
        metres=fare.metres if fare else 0.0,
        eta_s=fare.eta_s if fare else -1.0,
        ride=demo.ride,
    )
    if not demo.ride:
        return view
    steps = [one for one in engine.offers.steps if one.offer.ride == demo.ride]
    asked = [one for one in steps if one.answer == "open"]
    status = row.status if row is not None and row.id == demo.ride else "requested"
    driver = row.driver if row is not None and row.id == demo.ride else ""
    car = engine.positions.by_driver.get(driver)
    car_x, car_y = car.place.metres if car else (-1.0, -1.0)
    driven = status in DRIVEN
    return RiderView(
        **{name: getattr(view, name) for name in BEFORE},
        status=status,
        driver=driver_name(driver) if driver else "",
        driver_id=driver,
        asked=", ".join(driver_name(one.offer.driver) for one in asked[:3]),
        offers=len({one.offer.round for one in steps}),
        ring=round(max((one.metres for one in steps), default=0.0), 1),
        left_s=_left(engine, driver) if driven else -1.0,
        car_x=round(car_x, 1),
        car_y=round(car_y, 1),
        way=_way(engine, driver) if driven else (),
    )


BEFORE = (
    *("ready", "x", "y", "to_x", "to_y", "start", "end"),
    *("price", "surge", "metres", "eta_s", "ride"),
)


def _plan(engine: Uber, driver: str) -> list[int]:
    number = number_of(driver)
    fleet = engine.world.fleet
    return fleet.plan(number) if number is not None and number < fleet.size else []


def _left(engine: Uber, driver: str) -> float:
    """Seconds along what the car still drives."""
    number, fleet = number_of(driver), engine.world.fleet
    return round(fleet.seconds_left(number), 1) if number is not None and number < fleet.size else -1.0


def _way(engine: Uber, driver: str) -> tuple[float, ...]:
    return tuple(round(value, 1) for crossing in _plan(engine, driver) for value in network().place(crossing))


def _driver(engine: Uber, looked: Looked) -> DriverView:
    car = engine.positions.by_driver.get(OWN_CAR)
    x, y = car.place.metres if car else (0.0, 0.0)
    busy = engine.positions.busy.get(OWN_CAR)
    x, y = round(x, 1), round(y, 1)
    if busy and busy in engine.service.taken:
        ride = engine.service.taken[busy]
        journey = engine.world.journeys.get(0)
        aboard = journey is not None and journey.aboard
        waits = journey is not None and journey.boards_until > 0
        return DriverView(
            x=x,
            y=y,
            state="in_ride" if aboard else "arrived" if waits else "accepted",
            ride=busy,
            rider=rider_name(ride.rider),
            start=ride.trip.start.name,
            end=ride.trip.end.name,
            price=ride.cents / 100,
            left_s=_left(engine, OWN_CAR),
            way=_way(engine, OWN_CAR),
        )
    step = engine.offers.open_to(OWN_CAR)
    if step is None:
        return DriverView(x=x, y=y, state="free")
    row = looked.offered if looked.offered is not None and looked.offered.id == step.offer.ride else None
    return DriverView(
        x=x,
        y=y,
        state="asked",
        ride=step.offer.ride,
        rider=rider_name(row.rider) if row is not None else "",
        start=Place(row.from_lat, row.from_lng).name if row is not None else "",
        end=Place(row.to_lat, row.to_lng).name if row is not None else "",
        price=row.cents / 100 if row is not None else -1.0,
        metres=round(step.metres),
        ends=round(step.offer.ends, 2),
    )


def _offers(engine: Uber, looked: Looked, now: float) -> OffersView:
    steps = list(engine.offers.steps)
    followed = engine.demo.ride if any(one.offer.ride == engine.demo.ride for one in steps) else ""
    if not followed and steps:
        followed = steps[-1].offer.ride
    mine = [one for one in steps if one.offer.ride == followed][-MOST_LANES:]
    since = mine[0].offer.began if mine else 0.0
    per_driver = Counter(one.driver for one in looked.offers)
    meter = engine.matchers.meter
    return OffersView(
        who="your ride"
        if followed and followed == engine.demo.ride
        else "the newest ride"
        if followed
        else "",
        lanes=tuple(
            LaneView(
                f"{driver_name(one.offer.driver)} · {one.metres:,.0f} m",
                (
                    step_view(
                        SAID[one.answer], one.offer.began, one.ended or now, TONES[one.answer], since=since
                    ),
                ),
            )
            for one in mine
        ),
        now=tuple(
            OfferView(
                driver_name(one.driver),
                one.ride,
                one.matcher.replace("-", " "),
                round(max(0.0, one.ends - now), 1),
                per_driver[one.driver] > 1,
            )
            for one in sorted(looked.offers, key=lambda one: (one.driver, one.ends))[:MOST_OPEN]
        ),
        open_now=len(looked.offers) if engine.reader.look.at is not None else -1,
        twice=sum(count > 1 for count in per_driver.values()),
        made=engine.locks.taken,
        each=round(meter.rounds / meter.matched, 2) if meter.matched else -1.0,
    )


def _locks(engine: Uber, looked: Looked) -> LocksView:
    lasts = engine.config.offer_s + MARGIN_S
    kept = sorted(looked.locks.items(), key=lambda one: -one[1].left_s)
    return LocksView(
        kept=tuple(
            LockView(
                driver_name(driver),
                one.owner.partition(":")[0].replace("-", " "),
                round(one.left_s, 1),
                round(min(100.0, 100 * one.left_s / lasts), 1),
            )
            for driver, one in kept[:MOST_OPEN]
        ),
        held=len(looked.locks) if engine.reader.look.at is not None else -1,
        in_memory=sum(len(table) for table in engine.locks.in_memory.tables.values()),
        taken=engine.locks.taken,
        refused=engine.locks.refused,
    )


def _queue(engine: Uber, looked: Looked) -> QueueView:
    depth, seen = looked.depth, engine.reader.look.at is not None
    matchers = engine.matchers
    return QueueView(
        waiting=depth.waiting if seen else -1,
        taken=sum(depth.taken.values()) if seen else -1,
        in_hand=matchers.in_hand,
        refused=matchers.meter.refused,
        lost=sum(len(one.rides) for one in matchers.endings),
        claimed=sum(one.claimed for one in matchers.all.values()),
        matchers=tuple(
            MatcherView(
                id,
                id.replace("-", " "),
                one.task is not None,
                len(one.rides),
                depth.taken.get(id, 0),
                one.matched,
                one.claimed,
            )
            for id, one in matchers.all.items()
        ),
    )


def _updates(engine: Uber, now: float) -> UpdatesView:
    errors, counters = engine.world.errors, engine.positions.counters
    fresh = sum(engine.positions.is_fresh(id, now) for id in engine.positions.by_driver)
    minutes = errors.car_seconds / 60
    mean = errors.metres / errors.samples if errors.samples else 0.0
    return UpdatesView(
        rate=round(engine.positions.rate.rate(engine.clock.monotonic()), 1),
        total=counters.updates,
        per_car=round(counters.updates / minutes, 1) if minutes else -1.0,
        error=round(errors.mean, 1),
        error_p95=round(errors.p95, 1),
        fresh=fresh,
        silent=len(engine.positions.by_driver) - fresh,
        product=round(counters.updates / minutes / 60 * mean, 2) if minutes else -1.0,
    )


def _match(engine: Uber) -> MatchView:
    meter = engine.matchers.meter
    return MatchView(
        recent=delay_view(meter.recent.merged(engine.clock.monotonic())),
        matched=meter.matched,
        failed=meter.failed,
        match_s=round(meter.mean_match_s, 2),
        pickup_s=round(meter.mean_pickup_s, 1),
        worst_s=round(meter.worst_pickup_s, 1),
        wait_s=round(meter.median_wait_s, 1),
        batch=engine.matchers.last_batch,
    )


def _surges(engine: Uber) -> SurgesView:
    cells = engine.surge.cells()
    return SurgesView(
        cells=tuple(
            SurgeView(
                one.cell,
                _around(one.cell),
                one.asked,
                one.cars,
                one.factor,
                _hexagon(one.cell),
            )
            for one in cells[:MOST_SURGES]
        ),
        highest=max((one.factor for one in cells), default=1.0),
        declined=engine.surge.declined,
    )


@lru_cache(maxsize=1024)
def _hexagon(cell: str) -> tuple[float, ...]:
    return _flat(h3.cell_to_boundary(cell))


@lru_cache(maxsize=1024)
def _around(cell: str) -> str:
    """The crossing in the middle of a hexagon."""
    return Place(*h3.cell_to_latlng(cell)).name


def _rides(looked: Looked) -> RidesView:
    seen = looked.told_twice >= 0
    return RidesView(
        states=tuple(
            StatusView(status.replace("_", " "), looked.by_status.get(status, 0) if seen else -1)
            for status in NEXT
        ),
        newest=tuple(_ride(row) for row in looked.newest),
        total=sum(looked.by_status.values()) if seen else -1,
        twice=looked.told_twice,
    )


def _ride(row: sa.Row[Any]) -> RideView:
    return RideView(
        id=row.id,
        rider=rider_name(row.rider),
        status=row.status.replace("_", " "),
        driver=driver_name(row.driver) if row.driver else "",
        start=Place(row.from_lat, row.from_lng).name,
        end=Place(row.to_lat, row.to_lng).name,
        price=row.cents / 100,
        offers=row.round,
        clock=datetime.fromtimestamp(row.requested_at, ZONE).strftime("%H:%M:%S %Z"),
    )
