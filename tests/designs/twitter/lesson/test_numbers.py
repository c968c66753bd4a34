"""The estimate and the figures of the quiz."""

from __future__ import annotations

import pytest

from designs.twitter.lesson.numbers import ESTIMATE
from designs.twitter.lesson.quiz import QUIZ

ANSWERS = {"powers": 14, "behind": 511, "hundreds": 10_000, "offset": 9, "lists": 2, "estimate": 5787}


def test_a_hundred_million_users() -> None:
    found = {one.id: one.value for one in ESTIMATE.compute({})}
    assert found["likes_s"] == pytest.approx(5787, abs=1)
    assert found["writes_powers"] == 20
    assert found["writes_hundred"] == 10_000
    assert found["storage"] == pytest.approx(182.5)


@pytest.mark.parametrize("question", [one for one in QUIZ if one.answer], ids=lambda one: one.id)
def test_the_code_gives_the_answers(question: object) -> None:
    assert question.answer() == pytest.approx(ANSWERS[question.id], rel=0.001)  # type: ignore[attr-defined]
