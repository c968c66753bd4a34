"""Wherever points are kept, the answers are those of a full scan that is nothing but arithmetic."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

import pytest

from sdlab.blocks.geohash import distance_m
from sdlab.blocks.spatial import GeohashIndex
from sdlab.lab import Room
from sdlab.parts.geo_index import LARGEST_BATCH, GeoIndex, MemoryGeoIndex, Point, RedisGeoIndex
from tests.conftest import MakeRoom

INDEXES: dict[str, Callable[[Room], GeoIndex]] = {
    "memory": lambda room: MemoryGeoIndex(GeohashIndex(6)),
    "redis": lambda room: RedisGeoIndex(room.redis, room.key("places")),
}
ALL = pytest.mark.parametrize("make", INDEXES.values(), ids=list(INDEXES))
CENTRES = [(48.02, 11.05), (0.0, 0.0), (-33.9, 179.99), (64.1, -180.0), (-84.9, 20.0), (84.9, -179.9)]
REACHES = (0.0005, 0.05, 2.0, 30.0)
RADII = (0.0, 1.0, 300.0, 2_500.0, 40_000.0, 6_000_000.0)


def scattered(rng: Random, centre: tuple[float, float], reach: float, count: int) -> list[Point]:
    """Points around a centre, over the antimeridian where it lies there."""
    return [
        Point(
            f"p{number}",
            max(-85.0, min(85.0, centre[0] + rng.uniform(-reach, reach))),
            (centre[1] + rng.uniform(-2 * reach, 2 * reach) + 180) % 360 - 180,
        )
        for number in range(count)
    ]


def scan(points: list[Point], at: Point) -> list[tuple[float, str]]:
    return sorted((distance_m(at[1:], one[1:]), one.id) for one in points)


@ALL
@pytest.mark.parametrize("centre", CENTRES, ids=str)
async def test_answers_are_those_of_the_scan(
    make_room: MakeRoom, make: Callable[[Room], GeoIndex], centre: tuple[float, float]
) -> None:
    index = make(await make_room("location-tracking"))
    rng = Random(f"{centre}")
    for reach in REACHES:
        points = scattered(rng, centre, reach, 40)
        await index.upsert(points)  # the same ids as before: they move
        for at in (*scattered(rng, centre, reach, 3), points[0]):
            truth = scan(points, at)
            for k in (1, 7, 60):
                assert list((await index.nearest(at.lat, at.lng, k)).hits) == truth[:k]
            for radius in RADII:
                found = await index.within(at.lat, at.lng, radius)
                assert list(found.hits) == [hit for hit in truth if hit[0] <= radius]
                assert found.examined >= len(found.hits)


@ALL
async def test_who_was_taken_away_is_found_no_more(
    make_room: MakeRoom, make: Callable[[Room], GeoIndex]
) -> None:
    index = make(await make_room("location-tracking"))
    assert (await index.nearest(48.0, 11.0, 3)).ids == ()
    await index.upsert([Point("a", 48.0, 11.0), Point("b", 48.0, 11.0), Point("c", 48.1, 11.0)])
    assert (await index.nearest(48.0, 11.0, 2)).ids == ("a", "b"), "of two equally far, the smaller id"
    assert await index.remove(["a", "nobody"]) == 1
    assert await index.remove([]) == 0
    assert (await index.within(48.0, 11.0, 20_000)).ids == ("b", "c")
    assert (await index.nearest(48.0, 11.0, 0)).ids == ()
    assert await index.size() == 2


async def test_more_points_than_one_step_takes(make_room: MakeRoom) -> None:
    room = await make_room("location-tracking")
    index = RedisGeoIndex(room.redis, room.key("places"))
    points = scattered(Random(1), CENTRES[0], 0.5, LARGEST_BATCH + 1)
    await index.upsert(points)
    assert await index.size() == len(points)
    at = points[-1]
    assert list((await index.nearest(at.lat, at.lng, 5)).hits) == scan(points, at)[:5]


async def test_another_process_sees_the_same_points(make_room: MakeRoom) -> None:
    room = await make_room("location-tracking")
    one, other = (RedisGeoIndex(room.redis, room.key("places")) for _ in range(2))
    await one.upsert([Point("a", 48.0, 11.0)])
    assert (await other.nearest(48.0, 11.0, 1)).ids == ("a",)
