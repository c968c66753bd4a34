"""Geohash against pygeohash, and the circle against a scan."""

from __future__ import annotations

import pygeohash
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sdlab.blocks import geohash

LATS = st.floats(-90, 90, exclude_max=True)
LNGS = st.floats(-180, 180, exclude_max=True)
PRECISIONS = st.integers(1, 12)


@given(LATS, LNGS, PRECISIONS)
def test_the_word_is_the_one_that_pygeohash_gives(lat: float, lng: float, precision: int) -> None:
    ours, theirs = geohash.encode(lat, lng, precision), pygeohash.encode(lat, lng, precision)
    if ours != theirs:  # at an edge the last bit may round to either side: the cells must touch
        assert theirs in geohash.neighbours(ours)


@given(LATS, LNGS, PRECISIONS)
def test_a_place_lies_in_its_cell(lat: float, lng: float, precision: int) -> None:
    cell = geohash.bounds(geohash.encode(lat, lng, precision))
    assert cell.south - 1e-9 <= lat <= cell.north + 1e-9
    assert cell.west - 1e-9 <= lng <= cell.east + 1e-9
    south, west, north, east = pygeohash.get_bounding_box(geohash.encode(lat, lng, precision))
    assert cell == pytest.approx((south, west, north, east), abs=1e-9)


@given(LATS, LNGS, PRECISIONS)
def test_a_word_comes_back_from_the_middle_of_its_cell(lat: float, lng: float, precision: int) -> None:
    word = geohash.encode(lat, lng, precision)
    assert geohash.encode(*geohash.bounds(word).centre, precision) == word


@given(st.floats(-80, 80), LNGS, st.integers(1, 9))
def test_neighbours_are_mutual_and_eight(lat: float, lng: float, precision: int) -> None:
    word = geohash.encode(lat, lng, precision)
    around = geohash.neighbours(word)
    assert word not in around
    assert all(word in geohash.neighbours(one) for one in around)
    if precision > 2:
        assert len(set(around)) == 8
        assert around[0] == pygeohash.get_adjacent(word, "top")
        assert around[2] == pygeohash.get_adjacent(word, "right")


@given(
    st.floats(-88, 88),
    LNGS,
    st.floats(1, 3000),
    st.lists(st.tuples(st.floats(-0.03, 0.03), st.floats(-0.05, 0.05)), max_size=20),
)
def test_no_place_of_the_circle_is_outside_the_covering(
    lat: float, lng: float, radius: float, offsets: list[tuple[float, float]]
) -> None:
    cells = set(geohash.covering(lat, lng, radius, 6))
    for up, right in offsets:
        place = (lat + up, (lng + right + 180) % 360 - 180)
        if geohash.distance_m((lat, lng), place) <= radius:
            assert geohash.encode(*place, 6) in cells


def test_the_known_sizes() -> None:
    tall, wide = geohash.cell_size(6)
    assert (tall, wide) == pytest.approx((611, 1222), rel=0.01)


@pytest.mark.parametrize(("lat", "lng", "precision"), [(91, 0, 5), (0, 181, 5), (0, 0, 0), (0, 0, 13)])
def test_out_of_range_is_refused(lat: float, lng: float, precision: int) -> None:
    with pytest.raises(ValueError, match="is from"):
        geohash.encode(lat, lng, precision)


@pytest.mark.parametrize("word", ["", "a", "0" * 13, "u4i"])
def test_what_is_no_word_is_refused(word: str) -> None:
    with pytest.raises(ValueError, match="geohash"):
        geohash.bounds(word)
