"""The estimate against figures that were worked out by hand."""

from __future__ import annotations

import pytest

from designs.stock_alerts.lesson.numbers import ESTIMATE, bisection_steps
from designs.stock_alerts.lesson.quiz import QUIZ
from sdlab.blocks.thresholds import Threshold, Thresholds


def test_the_estimate() -> None:
    found = {one.id: one.value for one in ESTIMATE.compute({})}
    assert found["average"] == pytest.approx(694.4, abs=0.1)
    assert found["peak_rate"] == pytest.approx(3472, abs=1)
    assert found["per_stock"] == 200
    assert found["memory"] == 16
    assert found["crash"] == 100_000
    assert found["drain"] == 20


@pytest.mark.parametrize("entries", [1, 7, 8, 1000])
def test_the_steps_are_those_of_the_structure(entries: int) -> None:
    held = Thresholds(Threshold(True, price, price) for price in range(10, 10 + entries))
    assert held.crossed(1, 2).touched == bisection_steps(entries)


def test_answers_of_the_quiz() -> None:
    answers = {one.id: one.answer() for one in QUIZ if one.answer}
    assert answers == {"rate": pytest.approx(694.4, abs=0.1), "touched": 33.0, "percent": 143.5}
