"""Cells against the library that they are numbered after, and coverings against what they have to hold."""

from __future__ import annotations

import math

import pytest
import s2sphere
from hypothesis import given
from hypothesis import strategies as st

from sdlab.blocks.s2 import FACE_CELLS, angle, cell_at, cell_of, common, corners, covering, leaf, vector

LATS, LNGS = st.floats(-90, 90), st.floats(-180, 180)


def theirs(lat: float, lng: float) -> s2sphere.CellId:
    return s2sphere.CellId.from_lat_lng(s2sphere.LatLng.from_degrees(lat, lng))


@given(LATS, LNGS, st.integers(0, 30))
def test_a_place_has_the_number_that_the_library_gives_it(lat: float, lng: float, level: int) -> None:
    ours, other = leaf(lat, lng), theirs(lat, lng)
    # Where two leaves meet, the last bit of the arithmetic decides.
    cell = cell_at(ours, level)
    assert (
        ours == other.id()
        or angle(cell_at(ours, 30).shape().middle, cell_at(other.id(), 30).shape().middle) < 3e-9
    )
    parent = s2sphere.CellId(ours).parent(level)
    assert (cell.id, cell.level, cell.token) == (parent.id(), level, parent.to_token())
    assert (cell.first, cell.last) == (parent.range_min().id(), parent.range_max().id())
    assert cell_of(cell.token) == cell


@given(LATS, LNGS, st.integers(0, 29))
def test_corners_and_children_are_the_librarys(lat: float, lng: float, level: int) -> None:
    cell = cell_at(leaf(lat, lng), level)
    other = s2sphere.Cell(s2sphere.CellId(cell.id))
    mine = [vector(*one) for one in corners(cell)]
    for number in range(4):
        there = other.get_vertex(number)
        assert min(angle(one, (there[0], there[1], there[2])) for one in mine) < 1e-9
    assert [one.id for one in cell.children()] == [one.id() for one in s2sphere.CellId(cell.id).children()]
    shape = cell.shape()
    assert all(angle(shape.middle, one) <= shape.reach + 1e-12 for one in mine)


@given(LATS, LNGS, st.integers(0, 28), LATS, LNGS)
def test_nothing_in_a_cell_is_nearer_than_it_says(
    lat: float, lng: float, level: int, from_lat: float, from_lng: float
) -> None:
    cell, at = cell_at(leaf(lat, lng), level), vector(from_lat, from_lng)
    inside = [vector(lat, lng), cell.shape().middle, *[one.shape().middle for one in cell.children()]]
    assert cell.apart(at) <= min(angle(at, one) for one in inside) + 1e-9
    assert cell.apart(vector(lat, lng)) < 3e-9


@given(LATS, LNGS, st.floats(1e-7, 1.5), st.floats(0, 1), st.floats(0, 2 * math.pi), st.integers(6, 20))
def test_a_covering_holds_its_circle(
    lat: float, lng: float, radius: float, share: float, turn: float, most: int
) -> None:
    cells = covering(lat, lng, radius, most)
    assert 1 <= len(cells) <= most
    away = share * radius
    up = math.asin(
        math.sin(math.radians(lat)) * math.cos(away)
        + math.cos(math.radians(lat)) * math.sin(away) * math.cos(turn)
    )
    across = math.atan2(
        math.sin(turn) * math.sin(away) * math.cos(math.radians(lat)),
        math.cos(away) - math.sin(math.radians(lat)) * math.sin(up),
    )
    inside = leaf(math.degrees(up), (lng + math.degrees(across) + 180) % 360 - 180)
    assert any(one.first <= inside <= one.last for one in cells)
    assert all(a.last < b.first for a, b in zip(cells, cells[1:], strict=False))


def test_a_covering_has_cells_of_mixed_levels() -> None:
    assert len({one.level for one in covering(48.02, 11.05, 1e-4, 12)}) > 1


@given(LATS, LNGS, LATS, LNGS)
def test_the_common_cell_holds_both_and_none_of_its_quarters_does(
    lat: float, lng: float, other_lat: float, other_lng: float
) -> None:
    a, b = leaf(lat, lng), leaf(other_lat, other_lng)
    found = common(a, b)
    if found is None:
        assert a >> 61 != b >> 61
        return
    assert found.first <= min(a, b) <= max(a, b) <= found.last
    assert not any(one.first <= min(a, b) <= max(a, b) <= one.last for one in found.children())


def test_faces_and_nonsense() -> None:
    assert [one.token for one in FACE_CELLS] == ["1", "3", "5", "7", "9", "b"]
    for nonsense in ("zz", "e", ""):
        with pytest.raises(ValueError):
            cell_of(nonsense)
