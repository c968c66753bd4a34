"""Updates and searches among 100,000 points, against a full scan and Redis GEO in the same run."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from random import Random

import redis

from sdlab.blocks.city import HEIGHT, WIDTH, to_degrees
from sdlab.blocks.spatial import FullScan, GeohashIndex, S2Index
from sdlab.launcher.bench.harness import bench_stores, milliseconds, quantile
from sdlab.launcher.bench.measures import Subject
from sdlab.launcher.bench.result import Result

POINTS = 100_000
MOVES = 100_000
QUERIES = 300
S2_POINTS = 20_000
NEAREST = 10
PRECISION = 7
RADIUS_M = 60.0
PAGE = 1000

Point = tuple[str, float, float]


def points(seed: int, count: int) -> list[Point]:
    """Points all over the city."""
    rng = Random(seed)
    places = (to_degrees(rng.uniform(0, WIDTH), rng.uniform(0, HEIGHT)) for _ in range(count))
    return [(f"bus-{number}", lat, lng) for number, (lat, lng) in enumerate(places)]


def upserted_per_second(index: GeohashIndex, some: list[Point]) -> float:
    """How fast an index takes points."""

    def upsert_all() -> None:
        for point in some:
            index.upsert(*point)

    return len(some) / milliseconds(upsert_all) * 1000


def in_process(subject: Subject) -> Iterator[Result]:
    """Geohash: updates per second, and the ten nearest against a scan of all."""
    index, scan = GeohashIndex(PRECISION), FullScan()
    moves = points(2, MOVES)
    upserted_per_second(index, points(1, POINTS))
    rate = upserted_per_second(index, moves)
    for point in moves:
        scan.upsert(*point)
    yield Result(
        "geohash updates", rate, "/s", bar=100_000, at_least=True, detail="each to another place in the city"
    )
    ours, theirs = [], []
    for _, lat, lng in points(3, QUERIES):
        ours.append(milliseconds(partial(index.nearest, lat, lng, NEAREST)))
        theirs.append(milliseconds(partial(scan.nearest, lat, lng, NEAREST)))
        assert index.nearest(lat, lng, NEAREST).hits == scan.nearest(lat, lng, NEAREST).hits
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
    some, index = points(1, POINTS), GeohashIndex(PRECISION)
    with bench_stores() as stores:
        client = redis.Redis(unix_socket_path=str(stores.valkey.socket_path))

        def add_all() -> None:
            for start in range(0, POINTS, PAGE):
                page = some[start : start + PAGE]
                client.geoadd("buses", [part for id, lat, lng in page for part in (lng, lat, id)])

        def nearest(lat: float, lng: float) -> list[str]:
            """In a radius that holds some twenty points; twice as far where that is not enough."""
            radius = RADIUS_M
            while True:
                found = client.geosearch(
                    "buses", longitude=lng, latitude=lat, radius=radius, unit="m", count=NEAREST, sort="ASC"
                )
                if len(found) == NEAREST:
                    return [id.decode() for id in found]
                radius *= 2

        added = POINTS / milliseconds(add_all) * 1000
        ours_added = upserted_per_second(index, some)
        ours, theirs, same = [], [], 0
        for _, lat, lng in points(3, QUERIES):
            ours.append(milliseconds(partial(index.nearest, lat, lng, NEAREST)))
            theirs.append(milliseconds(partial(nearest, lat, lng)))
            same += set(nearest(lat, lng)) == set(index.nearest(lat, lng, NEAREST).ids)
        # Redis keeps places to 0.6 m, so that the tenth and the eleventh may change places now and then.
        assert same >= QUERIES * 0.95
        version = client.info("server")["redis_version"]
        client.close()
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
        detail=f"{quantile(ours, 0.5):.2f} ms in process against {quantile(theirs, 0.5):.2f} ms over a unix socket, "
        f"Valkey {version}, radius {RADIUS_M:g} m for this density, {same} of {QUERIES} answers the same",
    )


def s2_against_scan(subject: Subject) -> Iterator[Result]:
    """An S2 index that is built once; the library that it is numbered after has no index, only cells."""
    index, scan = S2Index(), FullScan()
    for point in points(1, S2_POINTS):
        index.upsert(*point)
        scan.upsert(*point)
    ours, theirs = [], []
    for _, lat, lng in points(3, QUERIES):
        ours.append(milliseconds(partial(index.nearest, lat, lng, NEAREST)))
        theirs.append(milliseconds(partial(scan.nearest, lat, lng, NEAREST)))
        assert index.nearest(lat, lng, NEAREST).hits == scan.nearest(lat, lng, NEAREST).hits
    yield Result(
        f"ten nearest of {S2_POINTS:,} in S2, p50",
        quantile(ours, 0.5),
        "ms",
        bar=1.0,
        detail=f"against {quantile(theirs, 0.5):.2f} ms of a full scan with numpy, all answers equal, in process",
    )


MEASURES: dict[str, Callable[[Subject], Iterator[Result]]] = {
    "geohash": in_process,
    "redis-geo": against_redis_geo,
    "s2": s2_against_scan,
}
