"""Counters race, or do not."""

from __future__ import annotations

import asyncio

import pytest

from designs.top_k.engine.engine import TopK
from sdlab.lab import ManualClock
from tests.designs.top_k.conftest import MakeTopK, fleet_of, ranking, violations, watch


async def watch_while_time_goes_on(engine: TopK, videos: list[str]) -> None:
    """One view of each, all at once, until all are acknowledged."""
    clock = engine.clock
    assert isinstance(clock, ManualClock)
    watching = asyncio.create_task(watch(engine, videos))
    while not watching.done():
        await clock.advance(0.001)
    await watching


async def test_reading_and_writing_apart_loses_views_of_the_popular(topk: MakeTopK) -> None:
    engine = await topk(counters="read_then_write")
    await watch_while_time_goes_on(engine, ["hot"] * 50 + [f"cold-{n}" for n in range(50)])
    counted = dict(ranking((await engine.top("1h", 100)).items))
    assert counted["hot"] < 50
    assert all(counted[f"cold-{n}"] == 1 for n in range(50))
    assert fleet_of(engine).counting.overwritten > 0
    engine.checker.check_counts()
    assert violations(engine) == {"counted_once": 1}
    evidence = engine.monitors["counted_once"].view().evidence
    assert [step.text for step in evidence if "wrote" in step.text]
    assert "hot" in evidence[-1].text
    reads = [step for step in evidence if step.kind == "read" and "counter on host" in step.text]
    writes = [step for step in evidence if step.kind == "write"]
    assert len(reads) == len(writes) == 2
    assert len({step.actor for step in reads}) == 2
    assert [step.value for step in reads] == [reads[0].value] * 2
    assert sum(step.lost for step in writes) == 1
    assert max(step.t for step in reads) < min(step.t for step in writes), "both read before either wrote"


@pytest.mark.parametrize("counting", ["partitioned", "one_host", "random"])
async def test_without_time_between_read_and_write_nobody_comes_between(
    topk: MakeTopK, counting: str
) -> None:
    engine = await topk(counters="read_then_write", gap_ms=0, counting=counting)
    await watch(engine, ["hot"] * 300)
    assert ranking((await engine.top("1h", 1)).items) == [("hot", 300)]
    engine.checker.check_counts()
    assert violations(engine) == {}


async def test_a_sketch_that_reads_and_writes_apart_counts_too_small(topk: MakeTopK) -> None:
    engine = await topk(counting="sketch", counters="read_then_write", replicas=1)
    await watch_while_time_goes_on(engine, ["hot"] * 50)
    engine.checker.check_counts()
    assert "sketch_never_under" in violations(engine)


async def test_in_one_step_nothing_is_lost_however_many_come_at_once(topk: MakeTopK) -> None:
    engine = await topk()
    await watch(engine, ["hot"] * 300)
    assert ranking((await engine.top("1h", 1)).items) == [("hot", 300)]
