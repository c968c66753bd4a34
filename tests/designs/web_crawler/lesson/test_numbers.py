"""The estimate against the figures that everybody quotes."""

from __future__ import annotations

import pytest

from designs.web_crawler.lesson.numbers import ESTIMATE


def test_twenty_petabytes_in_five_days_take_two_to_four_machines() -> None:
    found = {one.id: one.value for one in ESTIMATE.compute({})}
    assert found["raw"] == 20
    assert found["flow"] == pytest.approx(46.3, abs=0.01)
    assert found["machines"] == 4
    assert {one.id: one.value for one in ESTIMATE.compute({"used": 50})}["machines"] == 2
