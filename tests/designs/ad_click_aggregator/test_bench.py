"""The bench of the lab, small: it runs, and its totals are those of the log."""

from __future__ import annotations

import asyncio
from pathlib import Path

from designs.ad_click_aggregator.bench import _pipeline, _query
from sdlab.launcher.bench.harness import bench_stores


def test_the_pipeline_and_the_query_run(tmp_path: Path) -> None:
    with bench_stores() as stores:
        rate, exact = asyncio.run(_pipeline(stores, 2_000))
    assert exact
    assert rate > 0
    assert _query(tmp_path, 20_000).value > 0
