"""What the merger reads, and when it answers."""

from __future__ import annotations

import asyncio

from sdlab.lab import ManualClock
from tests.designs.top_k.conftest import MakeTopK, picture, watch

VIDEOS = [f"v{number}" for number in range(1, 61)]


async def test_the_merger_reads_whole_maps_after_random_routing_and_heads_otherwise(topk: MakeTopK) -> None:
    read = {}
    for counting in ("random", "partitioned"):
        engine = await topk(counting=counting, hosts=3, replicas=1)
        await watch(engine, [f"v{number}" for number in range(300)] * 3)
        read[counting] = (await engine.top("1m", 5)).read
    assert read["partitioned"] <= 5 + 3
    assert read["random"] > 300


async def test_a_slow_merger_makes_answers_late_and_not_wrong(topk: MakeTopK) -> None:
    clock = ManualClock()
    engine = await topk(clock=clock)
    await watch(engine, VIDEOS)
    await engine.set_fault("merger", "slow", 400)
    asked = asyncio.create_task(engine.top("1m", 5))
    await clock.advance(0.3)
    assert not asked.done()
    await clock.advance(0.2)
    assert len((await asked).items) == 5
    assert (await picture(engine)).totals.query_p50 >= 350  # a bucket of the histogram below 400
