"""The estimate against figures that were worked out by hand."""

from __future__ import annotations

import pytest

from designs.ad_click_aggregator.lesson.numbers import ESTIMATE
from designs.ad_click_aggregator.lesson.quiz import QUIZ


def test_the_estimate() -> None:
    found = {one.id: one.value for one in ESTIMATE.compute({})}
    assert found["per_day"] == pytest.approx(172.8e6)
    assert found["raw"] == pytest.approx(17.28)
    assert found["log"] == pytest.approx(0.121, abs=0.001)
    assert found["touched"] == 100_000
    assert found["written"] == 10_000
    assert found["partitions"] == 10
    assert found["suffixes"] == 2
    assert found["day"] == pytest.approx(4.8)


def test_answers_of_the_quiz() -> None:
    answers = {one.id: one.answer() for one in QUIZ if one.answer}
    assert answers["clicks"] == pytest.approx(172.8)
    assert answers["in_time"] == 5
    assert 25 <= answers["fullest"] < 30
