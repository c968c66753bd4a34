"""The batch pipeline: exact whatever dies, and late."""

from __future__ import annotations

import math

import pytest
import sqlalchemy as sa

from designs.top_k.engine.engine import TopK
from designs.top_k.engine.interval_files import add_up
from designs.top_k.engine.models import RankRow
from designs.top_k.engine.pipeline import GRACE
from sdlab.lab import ManualClock
from tests.designs.top_k.conftest import MakeTopK, picture, pipeline_of, ranking, violations, watch

VIDEOS = [f"v{number}" for number in range(1, 41)]
START = 1_800_000_000.0


async def run(engine: TopK, clock: ManualClock, seconds: float) -> None:
    """Let time go on in small steps, and every stage work."""
    for _ in range(math.ceil(seconds / 0.5)):
        await clock.advance(0.5)
        await pipeline_of(engine).step()
        await engine.checker.check_published(pipeline_of(engine))


@pytest.fixture
async def batch(topk: MakeTopK) -> tuple[TopK, ManualClock]:
    clock = ManualClock(START)
    return await topk(clock=clock, counting="batch", flush_s=2), clock


async def test_views_are_in_no_answer_until_their_interval_is_counted(
    batch: tuple[TopK, ManualClock],
) -> None:
    engine, clock = batch
    await watch(engine, ["v1", "v1", "v2"])
    await run(engine, clock, 1.5)
    assert (await engine.top("1m", 5)).items == ()
    await run(engine, clock, 1)
    found = await engine.top("1m", 5)
    assert ranking(found.items) == [("v1", 2), ("v2", 1)]
    assert found.exact
    assert found.as_of == START + 2
    assert clock.time() - found.as_of >= GRACE


async def test_everything_is_counted_once_over_many_intervals(batch: tuple[TopK, ManualClock]) -> None:
    engine, clock = batch
    for _ in range(8):
        await watch(engine, VIDEOS)
        await run(engine, clock, 1)
    await run(engine, clock, 4)
    assert pipeline_of(engine).counted == 320
    assert sorted(ranking((await engine.top("1h", 100)).items)) == sorted((video, 8) for video in VIDEOS)
    assert engine.monitors["counted_once"].checked > 0
    assert violations(engine) == {}


async def test_a_killed_aggregator_reads_again_and_counts_nothing_twice(
    batch: tuple[TopK, ManualClock],
) -> None:
    engine, clock = batch
    await watch(engine, VIDEOS)
    await run(engine, clock, 3)
    await watch(engine, VIDEOS)
    await run(engine, clock, 0.5)
    held = pipeline_of(engine).aggregators[0].held
    assert held > 0
    await engine.set_fault("aggregator-0", "down")
    assert pipeline_of(engine).aggregators[0].held == 0
    await watch(engine, VIDEOS)
    await run(engine, clock, 6)
    assert pipeline_of(engine).counted == 40, "an interval waits for the files of all partitions"
    assert pipeline_of(engine).files.waiting > 0
    assert pipeline_of(engine).late(clock.time()) > 5
    await engine.clear_fault()
    await run(engine, clock, 4)
    assert pipeline_of(engine).counted == 120
    assert pipeline_of(engine).aggregators[0].read_again == held
    assert sorted(ranking((await engine.top("1h", 100)).items)) == sorted((video, 3) for video in VIDEOS)
    assert violations(engine) == {}


@pytest.mark.parametrize("node", ["batch", "merger"])
async def test_a_late_batch_catches_up(batch: tuple[TopK, ManualClock], node: str) -> None:
    engine, clock = batch
    await watch(engine, VIDEOS)
    await engine.set_fault(node, "down")
    await run(engine, clock, 8)
    assert pipeline_of(engine).batches == 0
    assert len(pipeline_of(engine).files.sizes) >= 3
    assert (await picture(engine)).pipeline.stages[2].waiting == 40
    await engine.clear_fault()
    await run(engine, clock, 2)
    assert pipeline_of(engine).counted == 40
    assert pipeline_of(engine).late(clock.time()) < 4
    assert violations(engine) == {}


async def test_rankings_are_rows_and_those_of_one_room_only(topk: MakeTopK) -> None:
    clock = ManualClock(START)
    one = await topk(clock=clock, counting="batch")
    other = await topk(clock=clock, counting="batch")
    await watch(one, ["v1", "v2", "v1"])
    await run(one, clock, 3)
    table = RankRow.__table__  # type: ignore[attr-defined]
    rows = await one.room.sql.read(
        lambda c: c.execute(sa.select(table).order_by(table.c.window, table.c.place)).all()
    )
    assert {row.room for row in rows} == {one.room.id}
    assert [(row.window, row.place, row.video_id, row.views) for row in rows if row.window == "5m"] == [
        ("5m", 1, "v1", 2),
        ("5m", 2, "v2", 1),
    ]
    assert (await other.top("1m", 5)).items == ()


async def test_files_are_there_while_they_wait_and_go_in_time(batch: tuple[TopK, ManualClock]) -> None:
    engine, clock = batch
    await watch(engine, VIDEOS)
    await run(engine, clock, 3)
    prefix = f"{engine.room.id}/top-k/interval/"
    files = await engine.room.blobs.names(prefix)
    assert len(files) == 4
    assert sum(add_up([await engine.room.blobs.get(name) for name in files]).values()) == 40
    await run(engine, clock, 70)
    assert len(await engine.room.blobs.names(prefix)) <= 4 * 32
    assert not set(files) & set(await engine.room.blobs.names(prefix))


async def test_intervals_without_views_write_no_files(batch: tuple[TopK, ManualClock]) -> None:
    engine, clock = batch
    await clock.advance(60)
    assert await engine.room.blobs.names(f"{engine.room.id}/") == []
    await watch(engine, ["v1"])
    await run(engine, clock, 4)
    assert pipeline_of(engine).files.written <= 12
    assert ranking((await engine.top("1m", 5)).items) == [("v1", 1)]


async def test_views_leave_a_batch_window_too(batch: tuple[TopK, ManualClock]) -> None:
    engine, clock = batch
    await watch(engine, ["v1"])
    await run(engine, clock, 70)
    assert (await engine.top("1m", 5)).items == ()
    assert ranking((await engine.top("5m", 5)).items) == [("v1", 1)]
