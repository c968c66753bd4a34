"""What Uber measures: time to match at 50 requests a second among 5,000 cars, updates into Redis GEO, and the indexes."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Callable, Iterator

import numpy as np
import redis

from designs.uber.config import Config
from designs.uber.engine.engine import Uber
from designs.uber.engine.positions import Report
from designs.uber.engine.rides import Ride
from designs.uber.engine.streets import Trip, place_at
from sdlab.blocks.assignment import assign
from sdlab.blocks.city import HEIGHT, WIDTH, to_metres
from sdlab.lab import LabError, as_user
from sdlab.launcher.bench.harness import BenchStores, bench_engine, bench_stores, milliseconds, quantile
from sdlab.launcher.bench.measures import Subject
from sdlab.launcher.bench.result import Result
from sdlab.parts.geo_index import Point

SLUG, ROOM = "uber", "bench"
CARS, RATE, SECONDS = 5_000, 50, 8
UPDATES, PAGE = 100_000, 1_000
EDGE_M = 200.0
BATCH = (32, 128)


def matching(subject: Subject) -> Iterator[Result]:
    """Requests at a rate, whatever the answers; drivers answer at once, so that the time is the system's own."""
    with bench_stores() as stores:
        took, failed = asyncio.run(_match_all(stores))
    yield Result(
        "time to match at 50 requests/s, p99",
        quantile(took, 0.99),
        "ms",
        bar=1_000,
        detail=f"p50 {quantile(took, 0.5):.0f} ms; {len(took)} rides matched, {failed} without a driver; "
        f"{CARS:,} cars that move and report every 5 s, drivers who answer at once, one in three no",
    )


async def _match_all(stores: BenchStores) -> tuple[list[float], int]:
    config = Config(fleet=CARS, answer_ms=0, interval_s=5.0)
    async with bench_engine(stores, SLUG, Uber, config) as engine:
        chance, rides = random.Random(1), []
        began = time.perf_counter()
        for number in range(RATE * SECONDS):
            await asyncio.sleep(max(0.0, began + number / RATE - time.perf_counter()))
            rides.append(asyncio.create_task(_ask(engine, chance, number)))
        asked = [one for one in await asyncio.gather(*rides) if one is not None]
        await asyncio.sleep(config.give_up_s + 1)
        took = [one * 1000 for one in engine.matchers.meter.match_s]
        return took, len(asked) - len(took)


async def _ask(engine: Uber, chance: random.Random, number: int) -> Ride | None:
    start, end = (
        place_at(chance.uniform(EDGE_M, WIDTH - EDGE_M), chance.uniform(EDGE_M, HEIGHT - EDGE_M))
        for _ in range(2)
    )
    rider = f"rider-{number}"
    try:
        fare = await as_user(rider, engine.quote(Trip(start, end)), by_hand=False)
        return await as_user(rider, engine.order(fare.id), by_hand=False)
    except LabError:
        return None


def updating(subject: Subject) -> Iterator[Result]:
    """Positions as the lab stores them (place, exact place, time), against GEOADD alone in pipelines of as many."""
    with bench_stores() as stores:
        ours = asyncio.run(_update_all(stores))
        client = redis.Redis(unix_socket_path=str(stores.valkey.socket_path))
        points = _points(UPDATES)

        def add_all() -> None:
            for start in range(0, UPDATES, PAGE):
                page = points[start : start + PAGE]
                client.geoadd("cars", [part for one in page for part in (one.lng, one.lat, one.id)])

        theirs = UPDATES / milliseconds(add_all) * 1000
        version = client.info("server")["redis_version"]
        client.close()
    yield Result(
        "location updates into Redis GEO",
        ours,
        "/s",
        bar=20_000,
        at_least=True,
        detail=f"pipelines of {PAGE:,}; sorted set, exact place, time, and the scan that searches are checked by",
    )
    yield Result(
        "ours / GEOADD alone", ours / theirs, "x", detail=f"{theirs:,.0f}/s of GEOADD alone, Valkey {version}"
    )


def _points(count: int) -> list[Point]:
    chance = random.Random(2)
    places = (place_at(chance.uniform(0, WIDTH), chance.uniform(0, HEIGHT)) for _ in range(count))
    return [Point(f"d{number % CARS + 1}", one.lat, one.lng) for number, one in enumerate(places)]


async def _update_all(stores: BenchStores) -> float:
    async with bench_engine(stores, SLUG, Uber, Config(fleet=20)) as engine:
        now = engine.clock.time()
        reports = [Report(one.id, place_at(*to_metres(one.lat, one.lng)), now) for one in _points(UPDATES)]
        began = time.perf_counter()
        for start in range(0, UPDATES, PAGE):
            await engine.positions.report(reports[start : start + PAGE])
        return UPDATES / (time.perf_counter() - began)


def assigning(subject: Subject) -> Iterator[Result]:
    """A full batch of 32 rides and 128 cars, against the greedy order of the same costs."""
    chance = np.random.default_rng(3)
    costs = [chance.uniform(5, 300, BATCH) for _ in range(50)]
    took = [milliseconds(lambda one=one: assign(one)) for one in costs]  # type: ignore[misc]
    best = sum(sum(one[row, column] for row, column in enumerate(assign(one))) for one in costs)
    greedy = sum(_greedy(one) for one in costs)
    yield Result("a batch of 32 rides and 128 cars, p99", quantile(took, 0.99), "ms", bar=10)
    yield Result(
        "greedy / assigned, all pick-ups together",
        greedy / best,
        "x",
        bar=1,
        at_least=True,
        detail="the same costs; greedy takes rides in order, each the nearest that is left",
    )


def _greedy(costs: np.ndarray) -> float:
    left, total = np.ones(costs.shape[1], dtype=bool), 0.0
    for row in costs:
        column = int(np.where(left, row, np.inf).argmin())
        left[column] = False
        total += float(row[column])
    return total


MEASURES: dict[str, Callable[[Subject], Iterator[Result]]] = {
    "matching": matching,
    "updates": updating,
    "assignment": assigning,
}
