"""Updates and searches among 100,000 points, against a full scan and Redis GEO in the same run."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from random import Random

import redis

from sdlab.blocks.city import HEIGHT, WIDTH, to_degrees
from sdlab.blocks.spatial import FullScan, GeohashIndex
from sdlab.launcher.bench.measures import Subject
from sdlab.launcher.bench.result import Result
from sdlab.stores.redis import EmbeddedRedis

POINTS = 100_000
MOVES = 100_000
QUESTIONS = 300
NEAREST = 10
PRECISION = 7
PAGE = 1000

Point = tuple[str, float, float]


def points(seed: int, count: int) -> list[Point]:
    """Points all over the city."""
    rng = Random(seed)
    places = (to_degrees(rng.uniform(0, WIDTH), rng.uniform(0, HEIGHT)) for _ in range(count))
    return [(f"bus-{number}", lat, lng) for number, (lat, lng) in enumerate(places)]


def quantile(values: list[float], share: float) -> float:
    """The value that this share of them does not exceed."""
    return sorted(values)[min(len(values) - 1, int(share * len(values)))]


def in_process(subject: Subject) -> Iterator[Result]:
    """Geohash: updates per second, and the ten nearest against a scan of all."""
    index, scan = GeohashIndex(PRECISION), FullScan()
    for point in points(1, POINTS):
        index.upsert(*point)
        scan.upsert(*point)
    moves = points(2, MOVES)
    began = time.perf_counter()
    for point in moves:
        index.upsert(*point)
    rate = MOVES / (time.perf_counter() - began)
    for point in moves:
        scan.upsert(*point)
    yield Result(
        "geohash updates", rate, "/s", bar=100_000, at_least=True, detail="each to another place in the city"
    )
    ours, theirs = [], []
    for _, lat, lng in points(3, QUESTIONS):
        began = time.perf_counter()
        found = index.nearest(lat, lng, NEAREST)
        between = time.perf_counter()
        truth = scan.nearest(lat, lng, NEAREST)
        ours.append((between - began) * 1000)
        theirs.append((time.perf_counter() - between) * 1000)
        assert found.hits == truth.hits
    yield Result(
        "ten nearest of 100,000, p99", quantile(ours, 0.99), "ms", bar=5.0, detail="geohash, seven letters"
    )
    yield Result(
        "ten nearest, full scan over geohash",
        quantile(theirs, 0.5) / quantile(ours, 0.5),
        "x",
        bar=1.0,
        at_least=True,
        detail=f"{quantile(ours, 0.5):.2f} ms against {quantile(theirs, 0.5):.2f} ms with numpy, all answers equal",
    )


def against_redis_geo(subject: Subject) -> Iterator[Result]:
    """The same points in Redis: GEOADD in pipelines, GEOSEARCH one by one, over a unix socket."""
    folder = subject.folder / "geo"
    folder.mkdir()
    valkey = EmbeddedRedis.start(folder)
    client = redis.Redis(unix_socket_path=str(valkey.socket_path))
    try:
        some = points(1, POINTS)
        began = time.perf_counter()
        for start in range(0, POINTS, PAGE):
            flat = [part for id, lat, lng in some[start : start + PAGE] for part in (lng, lat, id)]
            client.geoadd("buses", flat)
        added = POINTS / (time.perf_counter() - began)
        index = GeohashIndex(PRECISION)
        began = time.perf_counter()
        for point in some:
            index.upsert(*point)
        ours_added = POINTS / (time.perf_counter() - began)
        ours, theirs = [], []
        for _, lat, lng in points(3, QUESTIONS):
            began = time.perf_counter()
            index.nearest(lat, lng, NEAREST)
            between = time.perf_counter()
            client.geosearch(
                "buses", longitude=lng, latitude=lat, radius=300, unit="m", count=NEAREST, sort="ASC"
            )
            ours.append((between - began) * 1000)
            theirs.append((time.perf_counter() - between) * 1000)
    finally:
        client.close()
        valkey.stop()
    yield Result(
        "updates, ours in process over Redis GEO",
        ours_added / added,
        "x",
        detail=f"{ours_added:,.0f}/s against {added:,.0f}/s in pipelines of {PAGE:,}",
    )
    yield Result(
        "ten nearest, Redis GEO over ours",
        quantile(theirs, 0.5) / quantile(ours, 0.5),
        "x",
        detail=f"{quantile(ours, 0.5):.2f} ms against {quantile(theirs, 0.5):.2f} ms within 300 m, over a socket",
    )


MEASURES: dict[str, Callable[[Subject], Iterator[Result]]] = {
    "geohash": in_process,
    "redis-geo": against_redis_geo,
}
