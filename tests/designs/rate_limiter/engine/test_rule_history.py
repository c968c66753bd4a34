"""Rules that were set."""

from __future__ import annotations

from dataclasses import replace

from designs.rate_limiter.inside.snapshot import build_snapshot
from sdlab.lab import ManualClock
from tests.designs.rate_limiter.conftest import MakeLimiter


async def test_only_the_newest_rules_are_kept(limiter: MakeLimiter, clock: ManualClock) -> None:
    engine = await limiter()
    for limit in range(20, 30):
        await clock.advance(1)
        await engine.configure(replace(engine.config, limit=limit))
    await engine.refresh_looks(now=True)
    assert [one.limit for one in build_snapshot(engine).rules] == [29, 28, 27, 26, 25]
    assert await engine.room.sql.rows(engine.room.id) == 5
