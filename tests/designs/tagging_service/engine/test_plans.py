"""Indexes are really made and dropped, and what the database says of it is read right."""

from __future__ import annotations

from dataclasses import replace

import pytest

from designs.tagging_service.engine.names import TagQuery
from designs.tagging_service.engine.plans import plan_of
from designs.tagging_service.inside.snapshot import WHAT, build_snapshot
from sdlab.lab import Quota
from tests.designs.tagging_service.conftest import Opener

pytestmark = pytest.mark.virtual_time


async def test_indexes_follow_the_configuration(service: Opener) -> None:
    engine = await service(quota=Quota(prepared=1500))
    pairs, of_an_item = {}, {}
    engine.screen.show(TagQuery(all=("night", "green", "heart")))
    for indexes, hot, wanted in (
        ("both", "none", {"", "tag_item", "item_tag"}),
        ("none", "none", {""}),
        ("tag_item", "none", {"", "tag_item"}),
        ("item_tag", "partial", {"", "item_tag", "hot"}),
    ):
        await engine.configure(replace(engine.config, indexes=indexes, hot_index=hot))
        await engine.refresh_looks(now=True)
        seen = engine.reader.look.last
        assert {name for name, _ in seen.slow.sizes} == wanted
        plan = build_snapshot(engine).plan
        pairs[indexes], of_an_item[indexes] = plan.looked_at, (plan.item_by, plan.item_pages)
    assert pairs["none"] >= 2 * seen.pairs
    assert pairs["tag_item"] < pairs["none"] / 4
    assert of_an_item["none"][0] == ""
    for short in ("both", "item_tag"):
        assert of_an_item[short][0] == WHAT["item_tag"]
        assert 3 * of_an_item[short][1] < min(of_an_item["none"][1], of_an_item["tag_item"][1])
    shown = build_snapshot(engine).hot
    assert shown.active_uses
    assert not shown.other_uses
    assert 0 < shown.bytes < shown.whole_bytes or shown.whole_bytes == 0


def test_rows_thrown_away_are_rows_looked_at() -> None:
    inner = {
        "Node Type": "Index Scan",
        "Index Name": "pairs_tag_item",
        "Actual Rows": 2,
        "Actual Loops": 3,
        "Rows Removed by Filter": 1,
        "Actual Total Time": 0.5,
    }
    outer = {
        "Node Type": "Nested Loop",
        "Actual Rows": 6,
        "Actual Loops": 1,
        "Actual Total Time": 2.0,
        "Plans": [inner],
    }
    plan = plan_of({"Plan": outer, "Execution Time": 2.1, "Planning Time": 0.3}, prefix="pairs")
    assert plan.looked_at == 9
    assert plan.uses == ("tag_item",)
    assert [(one.depth, one.ms) for one in plan.steps] == [(0, 2.0), (1, 1.5)]
