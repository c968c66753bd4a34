"""The estimate and the quiz."""

from __future__ import annotations

import pytest

from designs.job_scheduler.lesson.numbers import ESTIMATE
from designs.job_scheduler.lesson.quiz import hour_in_spring, longest_wait


def test_a_thousand_million_a_day() -> None:
    found = {one.id: one.value for one in ESTIMATE.compute({})}
    assert found["average"] == pytest.approx(11_574, abs=1)
    assert found["delay"] == 500
    assert found["scanners"] == 9


def test_what_the_quiz_computes() -> None:
    assert longest_wait() == 7.5
    assert hour_in_spring() == 3
