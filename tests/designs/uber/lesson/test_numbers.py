"""The estimate, and the answers that the quiz computes."""

from __future__ import annotations

from designs.uber.lesson.numbers import ESTIMATE
from designs.uber.lesson.quiz import best_total, lock_lasts, ways_out


def test_the_figures_of_the_chapter() -> None:
    found = {one.id: one.value for one in ESTIMATE.compute({})}
    assert found["updates"] == 600_000
    assert found["nodes"] == 6
    assert found["memory"] == 600
    assert found["adaptive"] == 300_000


def test_the_answers() -> None:
    assert (best_total(), lock_lasts(), ways_out()) == (6, 6, 3)
