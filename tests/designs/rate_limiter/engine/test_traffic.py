"""Operations of the workloads, and what their answers promise."""

from __future__ import annotations

import asyncio

from designs.rate_limiter.engine.traffic import LimiterTraffic
from designs.rate_limiter.inside.snapshot import build_snapshot
from sdlab.lab import ManualClock, Operation
from tests.designs.rate_limiter.conftest import MakeLimiter, run


async def test_the_boundary_attack_saves_requests_up_for_the_edge(
    limiter: MakeLimiter, clock: ManualClock
) -> None:
    engine = await limiter(algorithm="fixed_window")
    traffic = LimiterTraffic(engine)
    attack = [asyncio.create_task(traffic.perform(Operation("edge", {}, "eve"))) for _ in range(50)]
    await clock.advance(9.7)
    assert build_snapshot(engine).totals.asked == 0
    await run(clock, 0.5)
    answers = await asyncio.gather(*attack)
    assert sum(len(one) for one in answers) == 20
    assert engine.checker.records["fixed_window"].fullest == 20
    assert await traffic.perform(Operation("edge", {}, "eve")) == [], "the next edge is too near"
    await clock.advance(10)
    again = asyncio.create_task(traffic.perform(Operation("edge", {}, "eve")))
    await run(clock, 10)
    assert len(await again) == 1


async def test_what_was_used_survives_a_restart(limiter: MakeLimiter) -> None:
    engine = await limiter(room="again")
    answers = await LimiterTraffic(engine).perform(Operation("burst", {"count": 8}, "ana"))
    await engine.close()
    again = await limiter(room="again")
    assert not (await again.check("ana")).allowed
    assert await LimiterTraffic(again).honours(answers)
    assert not await LimiterTraffic(again).honours([{**answers[0], "number": 99}])
