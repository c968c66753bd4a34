"""The estimate and the questions that are computed."""

from __future__ import annotations

import pytest

from designs.tweet_search.lesson.numbers import ESTIMATE, writes_for
from designs.tweet_search.lesson.quiz import looked_at, phrase_hits, stems
from sdlab.parts.search_index import shard_of


def test_the_estimate() -> None:
    found = {one.id: one for one in ESTIMATE.compute({})}

    assert found["stored"].value == pytest.approx(365)
    assert found["tweets_s"].value == pytest.approx(1157, abs=1)
    assert found["likes_s"].value == pytest.approx(11_574, abs=1)
    assert found["top_writes"].value == writes_for(1_000_000) == 20
    assert found["kept_each"].value > found["kept_shared"].value


def test_computed_answers() -> None:
    assert phrase_hits() == 2
    assert stems() == "train, run"
    assert looked_at() < 400
    assert shard_of(7, 2) == 1
