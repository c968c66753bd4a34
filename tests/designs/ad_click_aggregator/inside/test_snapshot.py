"""The picture says what the stores and structures say."""

from __future__ import annotations

import pytest

from designs.ad_click_aggregator.inside.snapshot import build_snapshot, build_tallies
from tests.designs.ad_click_aggregator.conftest import Opener, play

pytestmark = pytest.mark.virtual_time


async def test_a_fresh_room_shows_an_advertiser_and_no_click(opener: Opener) -> None:
    engine = await opener()
    await engine.refresh_looks(now=True)
    shown = build_snapshot(engine)
    assert len(shown.screen.ads) == 3
    assert (shown.screen.total, shown.screen.bars, shown.rows.ads) == (0, (), 12)


async def test_clicks_are_in_the_bars_the_windows_and_the_partitions(opener: Opener) -> None:
    engine = await opener()
    await play(engine, "readers", rate=60, seconds=3)
    await engine.refresh_looks(now=True)
    shown, logged = build_snapshot(engine), engine.counters.logged
    assert (
        sum(one.entries_kept for one in shown.log.partitions) == logged == shown.olap.clicks == shown.olap.day
    )
    assert sum(one.clicks for one in shown.windows.rows) == logged
    assert all(one.closed for one in shown.windows.rows)
    assert shown.windows.open == shown.log.lag == 0
    assert shown.freshness.delay.samples == logged
    assert 0 < shown.screen.total < logged
    assert sum(one.clicks for one in shown.screen.ads) == shown.screen.total
    assert shown.visits.visits == logged + shown.dedupe.repeats
    assert shown.dedupe.held == 8
    assert shown.recovery.bytes > 0
    tallies = {one.id: one.value for one in build_tallies(engine)}
    assert 0.9 < tallies["fresh_s"] < 1.5
    assert tallies["wrong"] == tallies["unlogged"] == 0


async def test_another_dashboard_is_chosen(opener: Opener) -> None:
    engine = await opener()
    await engine.look("Pico Tea")
    await play(engine, "readers", rate=60, seconds=1)
    await engine.refresh_looks(now=True)
    screen = build_snapshot(engine).screen
    assert screen.advertiser == "Pico Tea"
    assert screen.total > 0
    assert (await engine.serve("top")).ad.advertiser == "Pico Tea"


async def test_rows_that_are_updated_per_click_are_on_the_dashboard_at_once(opener: Opener) -> None:
    engine = await opener(aggregation="per_click")
    await play(engine, "readers", rate=60, seconds=1, settled=0)
    await engine.refresh_looks(now=True)
    shown = build_snapshot(engine)
    assert shown.screen.total > 0
    assert shown.rows.clicks == engine.counters.logged
    assert shown.freshness.updates == engine.counters.logged
