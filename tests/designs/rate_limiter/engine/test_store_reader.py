"""What is read where the counters live."""

from __future__ import annotations

from designs.rate_limiter.inside.snapshot import build_snapshot
from tests.designs.rate_limiter.conftest import MakeLimiter, many


async def test_sizes_are_measured(limiter: MakeLimiter) -> None:
    engine = await limiter(limit=50, burst=50)
    await many(engine, "ana", 50)
    await engine.refresh_looks()
    shown = {one.id: one for one in build_snapshot(engine).algorithms}
    assert shown["sliding_log"].redis_bytes > 3 * shown["sliding_counter"].redis_bytes > 0
    assert shown["sliding_log"].memory_bytes > 5 * shown["gcra"].memory_bytes > 0
    assert shown["gcra"].memory_bytes < shown["token_bucket"].memory_bytes
