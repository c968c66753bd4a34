"""The estimate: parts, hours, questions."""

from __future__ import annotations

import pytest

from designs.dropbox.lesson.numbers import ESTIMATE, hours, parts, polls
from designs.dropbox.lesson.quiz import new_chunks_by_content, new_chunks_when_fixed


def test_the_estimate() -> None:
    found = {one.id: one.value for one in ESTIMATE.compute({})}
    assert found["parts"] == parts(50e9, 4e6) == 12_500
    assert found["hours"] == hours(50e9, 100e6) == pytest.approx(1.111, abs=0.001)
    assert found["polls"] == pytest.approx(polls(100e6, 60))
    assert found["metadata"] == pytest.approx(100)


def test_what_the_quiz_says_of_one_byte_in_front() -> None:
    assert new_chunks_when_fixed() == 63
    assert new_chunks_by_content() <= 2
