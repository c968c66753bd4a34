"""Gateways that are down, and gateways whose clock is wrong."""

from __future__ import annotations

from dataclasses import replace

import pytest

from designs.rate_limiter.inside.snapshot import build_snapshot
from sdlab.lab import ManualClock, Unavailable
from tests.designs.rate_limiter.conftest import MakeLimiter, many, violations


async def test_a_skewed_gateway_breaks_an_exact_algorithm_unless_the_stores_clock_counts(
    limiter: MakeLimiter, clock: ManualClock
) -> None:
    for chosen, broken in (("store", False), ("gateway", True)):
        engine = await limiter(algorithm="sliding_log")
        await engine.configure(replace(engine.config, clock=chosen))
        await many(engine, "ana", 10)
        await engine.set_fault("gateway-1", "skew", 20_000)
        assert engine.nodes["gateway-1"].view().detail == "clock +20.0 s"
        await many(engine, "ana", 12)
        assert ("within_limit" in violations(engine)) == broken
        await engine.clear_fault()
        assert build_snapshot(engine).clocks[0].skew_ms == 0


async def test_gateways_that_are_down_get_no_requests(limiter: MakeLimiter) -> None:
    engine = await limiter(gateways=3)
    await engine.set_fault("gateway-2", "down")
    said = [await engine.check("ana") for _ in range(4)]
    assert {one.gateway for one in said} == {"gateway-1", "gateway-3"}
    for node in ("gateway-1", "gateway-3"):
        await engine.set_fault(node, "down")
    with pytest.raises(Unavailable):
        await engine.check("ana")
