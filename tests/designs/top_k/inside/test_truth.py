"""What a panel says is what is there: stores emptied behind the system, partial answers, views on their way."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest
import sqlalchemy as sa

from designs.top_k.engine.host_counting import HostCounting
from designs.top_k.engine.interval_files import IntervalFiles
from designs.top_k.engine.models import RankRow
from designs.top_k.engine.view_log import LogWriter
from designs.top_k.inside.views import Snapshot
from sdlab.lab import ManualClock
from tests.designs.top_k.conftest import MakeTopK, fleet_of, picture, pipeline_of, violations, watch

VIDEOS = [f"v{number}" for number in range(1, 61)]


async def test_p4_an_answer_without_some_slots_is_partial_and_its_error_unknown(topk: MakeTopK) -> None:
    engine = await topk(replicas=1)
    await watch(engine, VIDEOS * 3)
    await engine.leaderboards.refresh()
    whole = (await picture(engine)).boards.minute
    assert (whole.known, whole.partial, whole.max_error, whole.recall_pct) == (True, False, 0, 100.0)
    await engine.set_fault("host-1", "down")
    await engine.leaderboards.refresh()
    shown = (await picture(engine)).boards.minute
    assert (shown.partial, shown.max_error, shown.mean_error) == (True, None, None)
    assert 0 < shown.missing < shown.slots == 32
    found = await engine.top("1m", 5)
    assert (found.partial, found.missing) == (True, shown.missing)


async def test_p4_a_host_that_came_back_without_its_counts_still_makes_answers_partial(
    topk: MakeTopK,
) -> None:
    clock = ManualClock(1_800_000_000.0)
    engine = await topk(clock=clock, replicas=1)
    await watch(engine, VIDEOS * 3)
    await engine.set_fault("host-1", "lose")
    found = await engine.top("1m", 5)
    assert (found.missing, found.partial) == (0, True)
    assert found.lacking > 0
    assert "partial" in engine.feed.newest(1)[0].text
    await clock.advance(61)
    await watch(engine, VIDEOS)
    assert not (await engine.top("1m", 5)).partial, "the loss has left the window"
    assert (await engine.top("5m", 5)).partial


async def test_before_anything_is_known_nothing_is_said(topk: MakeTopK) -> None:
    for shown in (Snapshot(), await picture(await topk())):
        board = shown.boards.minute
        assert (board.known, board.recall_pct, board.max_error, board.mean_error) == (False, None, None, None)
        assert (shown.sketch.recall_pct, shown.sketch.max_error, shown.pipeline.late_s) == (None, None, None)


async def test_the_batch_panel_reads_log_rows_and_files(topk: MakeTopK) -> None:
    clock = ManualClock(1_800_000_000.0)
    engine = await topk(clock=clock, counting="batch", flush_s=2)
    await watch(engine, VIDEOS)
    for _ in range(6):
        await clock.advance(0.5)
        await pipeline_of(engine).step()
    before = (await picture(engine)).pipeline
    assert (before.rows, before.files, before.stages[0].waiting) == (180, 4, 60)
    assert before.late_s == pytest.approx(1.0)
    rows = sa.delete(RankRow.__table__)  # type: ignore[attr-defined]
    await engine.room.sql.write(lambda connection: connection.execute(rows).rowcount)
    await engine.room.blobs.forget(IntervalFiles.folder(engine.context))
    keys = [key async for key in engine.room.redis.scan_iter(match=engine.room.key("*"))]
    await engine.room.redis.unlink(*keys)
    emptied = await picture(engine)
    shown = emptied.pipeline
    assert (shown.rows, shown.files, shown.stages[0].waiting, shown.late_s) == (0, 0, 0, None)
    assert shown.stages[4].waiting is None
    assert (emptied.totals.in_log, emptied.totals.stored_slices) == (0, 0)
    await engine.checker.check_published(pipeline_of(engine))
    assert "counted_once" in violations(engine), "whoever takes rows away breaks the claim about them"


async def test_windows_show_what_the_hosts_hold(topk: MakeTopK) -> None:
    engine = await topk(replicas=1)
    await watch(engine, VIDEOS * 2)
    assert [one.views for one in (await picture(engine)).windows] == [120, 120, 120]
    held = sum(store.total("1h") for _, store in fleet_of(engine).slots.held_by(1))
    await engine.set_fault("host-1", "lose")
    assert [one.views for one in (await picture(engine)).windows] == [120 - held] * 3


async def test_wall_and_leaderboard_name_the_same_number(topk: MakeTopK) -> None:
    clock = ManualClock(1_800_000_000.0)
    engine = await topk(clock=clock, sliding="ring_6")
    await watch(engine, ["v1"] * 5 + ["v2"] * 3)
    await clock.advance(52)
    await watch(engine, ["v1"] * 2)
    await clock.advance(5)  # by the hosts' six slices the first views have not left yet
    shown = await picture(engine)
    ranked = {one.id: one.views for one in shown.boards.minute.ranks}
    assert {one.id: one.views for one in shown.wall if one.views} == ranked == {"v1": 7, "v2": 3}
    await clock.advance(4)
    shown = await picture(engine)
    ranked = {one.id: one.views for one in shown.boards.minute.ranks if one.id}
    assert {one.id: one.views for one in shown.wall if one.views} == ranked == {"v1": 2}
    assert shown.boards.minute.max_error == 0


# Views on their way


async def test_a_view_that_is_logged_just_before_the_hosts_are_exchanged_is_counted_once(
    topk: MakeTopK, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = await topk()
    write, exchanged = LogWriter.write, []

    async def write_then_exchange(self: LogWriter, group: object) -> object:
        written = await write(self, group)  # type: ignore[arg-type]
        if not exchanged:  # the ledger has the view, and whoever waits for it has not gone on yet
            exchanged.append(engine.context.config)
            engine.context.config = replace(engine.config, counting="random")
            engine._lay_out()
            engine.approach.build()
        return written

    monkeypatch.setattr(
        engine.log._groups, "_send", lambda group: write_then_exchange(engine.log.writer, group)
    )
    await engine.view("v1")
    assert exchanged
    assert sum(store.count("v1", "1h") for store in fleet_of(engine).slots.current()) == 1


async def test_a_caller_who_gives_up_leaves_nothing_half_counted(
    topk: MakeTopK, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = await topk()
    under_way, go_on = asyncio.Event(), asyncio.Event()
    count = HostCounting.count

    async def slow(self: HostCounting, video: str, t: float) -> object:
        counted = await count(self, video, t)
        under_way.set()
        await go_on.wait()
        return counted

    monkeypatch.setattr(HostCounting, "count", slow)
    asking = asyncio.create_task(engine.view("v1"))
    await under_way.wait()
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking
    go_on.set()
    await engine.ingestion.settled()
    assert fleet_of(engine).slots.count_of("v1", "1h") == engine.ledger.count("v1", "1h") == 1
    assert engine.approach.overlay is not None
    assert engine.approach.overlay.count("v1", "1h") >= 1


@pytest.mark.parametrize("counting", ["partitioned", "sketch"])
async def test_p3_a_sketch_is_compared_over_its_own_slices(topk: MakeTopK, counting: str) -> None:
    clock = ManualClock(1_800_000_000.0)
    engine = await topk(clock=clock, counting=counting, sliding="ring_12")
    await clock.advance(2)
    await watch(engine, ["v1"] * 5)
    await clock.advance(30)
    await watch(engine, ["v1"] * 2 + ["v2"])
    await clock.advance(28.5)  # sixty slices still have the first views, twelve have let them go
    assert engine.ledger.count("v1", "1m") == 7
    shown = await picture(engine)
    assert {one.label: one.truth for one in shown.sketch.points} == {
        "Otters juggle pebbles": 2,
        "Sourdough in one pot": 1,
    }
    assert (shown.sketch.under, shown.sketch.recall_pct) == (0, 100.0)
    assert all(point.error >= 0 for point in shown.sketch.points)
    assert [one.truth for one in shown.boards.minute.ranks] == [2, 1]
    assert shown.boards.minute.max_error == 0
