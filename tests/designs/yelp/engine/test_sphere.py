"""Circles on the sphere: whatever is in one is in its boxes, its cells and their ranges, anywhere on earth."""

from __future__ import annotations

import math

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from designs.yelp.engine.sphere import (
    LETTERS,
    MOST_CELLS,
    boxes_around,
    cell_number,
    covering,
    distances_m,
    ranges,
)
from sdlab.blocks import geohash
from sdlab.blocks.geohash import EARTH_RADIUS_M, distance_m

lats = st.one_of(st.floats(-90, 90), st.sampled_from([-90.0, -89.9999, 0.0, 60.0, 89.9999, 90.0]))
lngs = st.one_of(st.floats(-180, 180), st.sampled_from([-180.0, -179.9999, 0.0, 179.9999, 180.0]))
radii = st.floats(50, 50_000)
turns = st.floats(0, 2 * math.pi)


def gone(lat: float, lng: float, metres: float, turn: float) -> tuple[float, float]:
    """Where one is after so many metres in that direction."""
    far, here = metres / EARTH_RADIUS_M, math.radians(lat)
    up = math.asin(
        max(-1.0, min(1.0, math.sin(here) * math.cos(far) + math.cos(here) * math.sin(far) * math.cos(turn)))
    )
    across = math.atan2(
        math.sin(turn) * math.sin(far) * math.cos(here), math.cos(far) - math.sin(here) * math.sin(up)
    )
    return math.degrees(up), (lng + math.degrees(across) + 180) % 360 - 180


@given(lat=lats, lng=lngs, radius=radii, share=st.floats(0, 0.999), turn=turns, level=st.integers(1, 8))
def test_what_is_in_the_circle_is_in_its_boxes_cells_and_ranges(
    lat: float, lng: float, radius: float, share: float, turn: float, level: int
) -> None:
    there = gone(lat, lng, radius * share, turn)
    if distance_m((lat, lng), there) > radius:
        return
    boxes = boxes_around(lat, lng, radius)
    assert any(box.south <= there[0] <= box.north and box.west <= there[1] <= box.east for box in boxes)
    cells = covering(lat, lng, radius, level)
    assert 0 < len(cells) <= MOST_CELLS
    assert geohash.encode(*there, len(cells[0])) in cells
    number = cell_number(*there)
    assert any(first <= number <= last for first, last in ranges(cells))


@given(lat=lats, lng=lngs, others=st.lists(st.tuples(lats, lngs), min_size=1, max_size=5))
def test_many_distances_are_those_of_the_block(
    lat: float, lng: float, others: list[tuple[float, float]]
) -> None:
    found = distances_m(lat, lng, *(np.array([one[n] for one in others]) for n in (0, 1)))
    for metres, other in zip(found, others, strict=True):
        assert abs(metres - distance_m((lat, lng), other)) < 0.01


def test_a_circle_across_the_antimeridian_is_two_boxes_and_one_at_a_pole_has_every_longitude() -> None:
    assert len(boxes_around(0, 179.999, 1_000)) == 2
    [pole] = boxes_around(89.999, 20, 1_000)
    assert (pole.west, pole.east, pole.north) == (-180, 180, 90)
    assert len(boxes_around(48, 11, 1_000)) == 1


def test_cells_that_follow_on_each_other_are_one_range() -> None:
    whole = tuple(f"u{letter}" for letter in geohash.ALPHABET)
    assert len(ranges(whole)) == 1
    assert ranges(("u2",))[0][1] - ranges(("u2",))[0][0] == 32 ** (LETTERS - 2) - 1
