"""The estimate and the quiz compute what the notes say."""

from __future__ import annotations

import pytest

from designs.facebook_feed.engine.strategies import Partitioned, Replicated
from designs.facebook_feed.lesson.numbers import ESTIMATE
from designs.facebook_feed.lesson.quiz import never_shown, refused, saved_by_threshold


def values(**changed: float) -> dict[str, float]:
    return {one.id: one.value for one in ESTIMATE.compute(changed)}


def test_writes_with_and_without_a_threshold() -> None:
    found = values(users=86_400, posts=1, followers=200, popular_share=90)
    assert found["posts"] == pytest.approx(1)
    assert found["push"] == pytest.approx(200)
    assert found["hybrid"] == pytest.approx(20)
    assert found["saved"] == pytest.approx(10)


def test_the_feed_table_in_bytes() -> None:
    found = values(users=1e6, kept=1000, entry=24)
    assert found["table"] == pytest.approx(0.024)
    assert values()["page_texts"] / values()["page_ids"] == pytest.approx(1000 / 24)


def test_what_the_quiz_counts() -> None:
    assert never_shown() == 4
    assert refused(Partitioned) == pytest.approx(600, abs=2)
    assert refused(Replicated) == 0
    assert 5 < saved_by_threshold() < 9
