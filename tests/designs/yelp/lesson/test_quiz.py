"""The numbers of quiz and estimate are those of the code."""

from __future__ import annotations

import pytest

from designs.yelp.lesson.numbers import ESTIMATE, cells_for
from designs.yelp.lesson.quiz import (
    boxes_at_the_antimeridian,
    cells_near_the_pole,
    cells_of_a_circle,
    points_of_one_five_star_rating,
)
from sdlab.blocks import geohash


def test_numbers_of_the_quiz() -> None:
    assert 4 <= cells_of_a_circle() <= 12
    assert boxes_at_the_antimeridian() == 2
    assert points_of_one_five_star_rating() == pytest.approx((5 + 37) / 11)
    assert 1 <= cells_near_the_pole() < 6


def test_the_estimate_never_asks_for_fewer_cells_than_a_circle_touches() -> None:
    for radius in (100, 600, 3_000):
        for letters in (5, 6):
            count, _ = cells_for(radius, letters, 48.0)
            assert count >= len(geohash.covering(48.0, 11.0, radius, letters))


def test_what_follows_from_the_defaults() -> None:
    found = {one.id: one.value for one in ESTIMATE.compute({})}
    assert found["writes"] == pytest.approx(found["reads"] / 1_000)
    assert found["measured"] > found["found"]
