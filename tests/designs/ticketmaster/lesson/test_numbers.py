"""The estimate's figures, worked out by hand."""

from __future__ import annotations

import pytest

from designs.ticketmaster.lesson.numbers import ESTIMATE, blocked_s, in_line_s


def test_the_defaults_give_what_paper_gives() -> None:
    found = {one.id: one.value for one in ESTIMATE.compute({})}
    assert found["peak"] == pytest.approx(1e6 / 60)
    assert found["served"] == pytest.approx(50_000 / 2 / 0.7)
    assert found["line"] == pytest.approx(357 * 120 / 3600)
    assert found["batch_needed"] == 1_191
    assert (found["ttl"], found["cron"]) == (10, 15)
    assert found["origin"] == pytest.approx(5_000 / 30)


def test_who_is_in_the_first_batch_does_not_wait() -> None:
    assert [in_line_s(ahead, 100, 120) for ahead in (0, 99, 100, 2_000)] == [0, 0, 120, 2_400]
    assert blocked_s(600, 600) == 900
