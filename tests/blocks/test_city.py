"""The made-up city."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sdlab.blocks.city import HEIGHT, WIDTH, make_city, nearest, to_degrees, to_metres


@given(st.integers(0, 500))
def test_a_city_is_a_grid_with_names(seed: int) -> None:
    city = make_city(seed)
    for lines, size in ((city.xs, WIDTH), (city.ys, HEIGHT)):
        assert all(150 < b - a < 560 for a, b in zip(lines, lines[1:], strict=False))
        assert lines[0] > 0
        assert lines[-1] < size
    assert len(set(city.avenues)) == len(city.xs)
    assert len(set(city.streets)) == len(city.ys)
    assert all(wide > 0 and tall > 0 for _, _, wide, tall in city.parks)


@given(st.floats(0, WIDTH), st.floats(0, HEIGHT))
def test_metres_and_degrees_lead_to_each_other(x: float, y: float) -> None:
    assert to_metres(*to_degrees(x, y)) == pytest.approx((x, y), abs=1e-6)


def test_a_corner_has_a_name() -> None:
    city = make_city(3)
    assert city.name_of(*city.corner(2, 5)) == f"{city.avenues[2]} / {city.streets[5]}"


@given(st.lists(st.integers(-50, 50), min_size=2, unique=True).map(sorted), st.integers(-99, 99))
def test_the_nearest_line_is_the_one_that_a_look_at_all_finds(lines: list[int], at: int) -> None:
    assert nearest(lines, at) == min(range(len(lines)), key=lambda n: abs(lines[n] - at))
