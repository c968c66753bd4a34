"""The estimate."""

from __future__ import annotations

import pytest

from designs.location_tracking.lesson.numbers import ESTIMATE


def test_the_estimate() -> None:
    found = {one.id: one.value for one in ESTIMATE.compute({})}
    assert found["updates"] == 20_000
    assert found["history"] == pytest.approx(20_000 * 6 * 3600 * 40 / 1e9)
    assert found["cell_6"] == pytest.approx(818, abs=2)
    assert found["shards"] == 1
