"""Workloads and what performs them: named traffic that is what it says."""

from __future__ import annotations

import pytest

from designs.url_shortener.engine.traffic import ShortenerTraffic
from designs.url_shortener.workloads import WORKLOADS
from sdlab.lab import Operation
from tests.designs.url_shortener.conftest import MakeShortener, picture


@pytest.mark.parametrize("workload", WORKLOADS, ids=lambda one: one.id)
def test_traffic_is_what_it_says(workload) -> None:  # type: ignore[no-untyped-def]
    operations = workload.sequence(7, 5000)
    assert {one.verb for one in operations} <= {"create", "open"}
    creates = [one for one in operations if one.verb == "create"]
    if workload.id == "read_heavy":
        later = operations[100:]
        assert sum(one.verb == "create" for one in later) == pytest.approx(len(later) / 101, abs=1)
        opened = [one.args["number"] for one in later if one.verb == "open"]
        assert opened.count(0) / len(opened) == pytest.approx(0.21, abs=0.03), (
            "the first of a Zipf law over 100"
        )
    elif workload.id == "identical_burst":
        assert len({one.args["url"] for one in creates}) == pytest.approx(len(creates) / 40, abs=1)
    else:
        assert len(creates) == len({one.args["url"] for one in creates}) == 5000


async def test_a_click_on_a_link_that_was_never_made_does_nothing(shortener: MakeShortener) -> None:
    engine = await shortener()
    assert await ShortenerTraffic(engine).perform(Operation("open", {"number": 5})) is None
    assert (await picture(engine)).clicks.made == 0
