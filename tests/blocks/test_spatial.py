"""Every index against a full scan that is nothing but arithmetic."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sdlab.blocks.geohash import bounds, distance_m, encode
from sdlab.blocks.quadtree import Quadtree
from sdlab.blocks.spatial import FullScan, GeohashIndex, H3Index, S2Index, SpatialIndex

INDEXES: dict[str, Callable[[], SpatialIndex]] = {
    "full scan": FullScan,
    "geohash 5": lambda: GeohashIndex(5),
    "geohash 7": lambda: GeohashIndex(7),
    "quadtree": lambda: Quadtree(4),
    "s2": S2Index,
    "h3": lambda: H3Index(8),
}
ALL = pytest.mark.parametrize("make", INDEXES.values(), ids=list(INDEXES))
CENTRES = st.sampled_from([(48.02, 11.05), (0.0, 0.0), (-33.9, 179.99), (64.1, -180.0), (-84.9, 20.0)])
NEAR = st.tuples(st.floats(-0.05, 0.05), st.floats(-0.08, 0.08))
FAR = st.tuples(st.floats(-0.1, 40.0), st.floats(-150.0, 150.0))
Move = tuple[int, tuple[float, float] | None]
MOVES = st.lists(st.tuples(st.integers(0, 25), st.none() | NEAR | FAR), max_size=70)


def place(centre: tuple[float, float], offset: tuple[float, float]) -> tuple[float, float]:
    lat = max(-85.0, min(85.0, centre[0] + offset[0]))
    return lat, (centre[1] + offset[1] + 180) % 360 - 180


def filled(
    make: Callable[[], SpatialIndex], centre: tuple[float, float], moves: list[Move]
) -> tuple[SpatialIndex, dict[str, tuple[float, float]]]:
    index, truth = make(), {}
    for number, offset in moves:
        id = f"p{number}"
        if offset is None:
            assert index.remove(id) == (truth.pop(id, None) is not None)
        else:
            truth[id] = place(centre, offset)
            index.upsert(id, *truth[id])
    assert len(index) == len(truth)
    return index, truth


def scan(truth: dict[str, tuple[float, float]], at: tuple[float, float]) -> list[tuple[float, str]]:
    return sorted((distance_m(at, where), id) for id, where in truth.items())


@ALL
@given(CENTRES, MOVES, NEAR, st.integers(1, 12))
def test_the_nearest_are_those_of_the_scan(
    make: Callable[[], SpatialIndex],
    centre: tuple[float, float],
    moves: list[Move],
    offset: tuple[float, float],
    k: int,
) -> None:
    index, truth = filled(make, centre, moves)
    at = place(centre, offset)
    found = index.nearest(*at, k)
    assert list(found.hits) == scan(truth, at)[:k]
    assert found.examined >= len(found.hits)


@ALL
@given(CENTRES, MOVES, NEAR, st.sampled_from([1.0, 300.0, 2500.0, 40_000.0]))
def test_the_circle_holds_those_of_the_scan(
    make: Callable[[], SpatialIndex],
    centre: tuple[float, float],
    moves: list[Move],
    offset: tuple[float, float],
    radius: float,
) -> None:
    index, truth = filled(make, centre, moves)
    at = place(centre, offset)
    assert list(index.within(*at, radius).hits) == [hit for hit in scan(truth, at) if hit[0] <= radius]


@ALL
def test_points_at_one_place_are_ordered_by_id(make: Callable[[], SpatialIndex]) -> None:
    index = make()
    for number in range(20):
        index.upsert(f"p{number:02}", 48.0, 11.0)
    assert index.nearest(48.0, 11.0, 3).ids == ("p00", "p01", "p02")
    assert len(index.within(48.0, 11.0, 0.0).hits) == 20


@ALL
def test_none_are_the_nearest_none(make: Callable[[], SpatialIndex]) -> None:
    index = make()
    assert index.nearest(48.0, 11.0, 1).ids == ()
    index.upsert("p", 48.0, 11.0)
    assert index.nearest(48.0, 11.0, 0).ids == ()


def test_without_the_neighbours_whoever_is_across_the_edge_is_missed() -> None:
    cell = bounds(encode(48.0, 11.0, 6))
    lng = cell.centre[1]
    honest, blind = GeohashIndex(6), GeohashIndex(6, neighbours=False)
    for index in (honest, blind):
        index.upsert("across the edge", cell.south - 1e-4, lng)
        index.upsert("far corner", cell.north - 1e-4, cell.east - 1e-4)
    at = (cell.south + 1e-4, lng)
    assert honest.nearest(*at, 1).ids == ("across the edge",)
    assert blind.nearest(*at, 1).ids == ("far corner",)


def test_an_index_looks_at_few_of_many_points() -> None:
    for name, make in INDEXES.items():
        index = make()
        for number in range(2000):
            index.upsert(f"p{number}", 48 + number % 50 / 1000, 11 + number // 50 / 500)
        found = index.nearest(48.025, 11.04, 3)
        assert (found.examined == 2000) == (name == "full scan")


@given(MOVES)
def test_the_tree_keeps_to_its_capacity_and_counts_its_work(moves: list[Move]) -> None:
    tree = Quadtree(4)
    index, truth = filled(lambda: tree, (48.0, 11.0), moves)
    boxes = tree.boxes(1000)
    assert sum(count for _, count in boxes) == len(truth)
    assert all(count <= 4 or box.north - box.south < 1e-5 for box, count in boxes)
    for id in list(truth):
        index.remove(id)
    assert tree.boxes(1000) == []
