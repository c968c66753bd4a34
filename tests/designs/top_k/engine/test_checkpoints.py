"""What was acknowledged is there after a restart, and a restart reads little."""

from __future__ import annotations

import asyncio

import pytest

from designs.top_k.engine.engine import TopK
from designs.top_k.engine.nodes import PARTITIONS
from designs.top_k.engine.strategies import COUNTINGS
from sdlab.lab import ManualClock
from tests.designs.top_k.conftest import MakeTopK, pipeline_of, ranking, watch

VIDEOS = [f"v{number}" for number in range(1, 41)]


async def tail(engine: TopK) -> int:
    redis = engine.room.redis
    return sum([await redis.xlen(engine.room.key("log", n)) for n in range(PARTITIONS)])


@pytest.mark.parametrize("counting", [name for name, one in COUNTINGS.items() if one.on_hosts])
@pytest.mark.parametrize("checkpointed", [False, True])
async def test_a_process_that_ends_without_a_word_loses_nothing(
    topk: MakeTopK, counting: str, checkpointed: bool
) -> None:
    clock = ManualClock()
    engine = await topk(clock=clock, counting=counting, width=2048)
    await watch(engine, VIDEOS * 2)
    if checkpointed:
        await engine.checkpoint()
        await watch(engine, ["v1"])
    again = await topk(clock=clock, room=engine.room.id, counting=counting, width=2048)
    assert again.ledger.total("1h") == 80 + checkpointed
    assert again.counters.replayed == (1 if checkpointed else 80)
    assert ranking((await again.top("1h", 1)).items)[0][1] == 2 + checkpointed
    assert sum(one.views for one in (await again.top("1h", 50)).items) == 80 + checkpointed


async def test_a_checkpoint_cuts_the_log_and_is_idle_without_views(topk: MakeTopK) -> None:
    engine = await topk()
    await watch(engine, VIDEOS)
    assert await tail(engine) == 40
    assert await engine.checkpoint() > 0
    assert await tail(engine) <= PARTITIONS
    assert await engine.checkpoint() == 0


async def test_checkpoints_while_views_come_counts_each_once(topk: MakeTopK) -> None:
    clock = ManualClock()
    engine = await topk(clock=clock)
    for _ in range(6):
        await asyncio.gather(watch(engine, VIDEOS), engine.checkpoint(), watch(engine, VIDEOS))
    again = await topk(clock=clock, room=engine.room.id)
    assert again.ledger.total("1h") == 480
    assert all(again.ledger.count(video, "1m") == 12 for video in VIDEOS)


async def test_what_a_batch_has_not_read_stays_in_the_log(topk: MakeTopK) -> None:
    clock = ManualClock()
    engine = await topk(clock=clock, counting="batch")
    await engine.set_fault("aggregator-0", "down")
    await engine.set_fault("aggregator-1", "down")
    await watch(engine, VIDEOS)
    await engine.checkpoint()
    waiting = pipeline_of(engine).unread(0) + pipeline_of(engine).unread(1)
    assert await tail(engine) >= waiting > 0


async def test_old_slices_are_gone_after_a_restart_as_before(topk: MakeTopK) -> None:
    clock = ManualClock()
    engine = await topk(clock=clock)
    await watch(engine, ["old"])
    await engine.checkpoint()
    clock = ManualClock(clock.time() + 200)
    engine = await topk(clock=clock, room=engine.room.id)
    await watch(engine, ["new"])
    await engine.checkpoint()
    again = await topk(clock=clock, room=engine.room.id)
    assert [again.ledger.count("old", window) for window in ("1m", "5m", "1h")] == [0, 1, 1]
    last = await topk(clock=ManualClock(clock.time() + 3700), room=engine.room.id)
    assert last.ledger.total("1h") == 0


async def test_forgetting_leaves_nothing(topk: MakeTopK) -> None:
    clock = ManualClock()
    engine = await topk(clock=clock)
    await watch(engine, VIDEOS)
    await engine.checkpoint()
    await engine.clear()
    again = await topk(clock=clock, room=engine.room.id)
    assert again.ledger.total("1h") == 0
