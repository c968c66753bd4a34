"""What the panels and the comparison are given."""

from __future__ import annotations

import pytest

from designs.rate_limiter.engine.checks import Decision
from designs.rate_limiter.inside.snapshot import build_snapshot, build_tallies
from sdlab.lab import ManualClock
from tests.designs.rate_limiter.conftest import MakeLimiter, many


async def test_levels_follow_from_the_last_answer_and_the_time_since(
    limiter: MakeLimiter, clock: ManualClock
) -> None:
    engine = await limiter()
    await many(engine, "ana", 5)
    await engine.refresh_looks(now=True)
    await clock.advance(2.5)
    levels = {one.id: (one.level, one.says) for one in build_snapshot(engine).buckets}
    assert levels["token_bucket"] == (2.5, "2 would pass at once")
    assert levels["leaky_bucket"][0] == pytest.approx(1.5, abs=0.01)
    assert levels["gcra"][0] == pytest.approx(2.5, abs=0.01)


async def test_tallies_tell_approaches_apart(limiter: MakeLimiter) -> None:
    found: dict[str, float] = {}
    for name in ("sliding_log", "fixed_window"):
        engine = await limiter(algorithm=name)
        await many(engine, "ana", 20)
        found = {one.id: one.value for one in build_tallies(engine)}
        assert (found["passed"], found["refused"], found["worst_window"]) == (10, 10, 10)
    assert isinstance((await engine.check("ana")), Decision)
