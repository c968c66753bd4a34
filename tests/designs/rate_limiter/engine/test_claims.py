"""What must hold: it holds with the protections, and breaks without."""

from __future__ import annotations

import asyncio

import pytest

from designs.rate_limiter.engine.engine import RateLimiter
from designs.rate_limiter.engine.nodes import gateway_ids
from designs.rate_limiter.engine.strategies import ALGORITHMS
from designs.rate_limiter.inside.snapshot import build_snapshot
from sdlab.lab import ManualClock
from tests.designs.rate_limiter.conftest import START, MakeLimiter, many, run, violations


async def test_the_edge_of_a_fixed_window_lets_twice_the_limit_through(
    limiter: MakeLimiter, clock: ManualClock
) -> None:
    engine = await limiter(algorithm="fixed_window")
    await clock.advance(9.9)
    before = await many(engine, "eve", 15)
    await clock.advance(0.2)
    assert (before, await many(engine, "eve", 15)) == (10, 10)
    shown = {one.id: one for one in build_snapshot(engine).algorithms}
    assert shown["fixed_window"].fullest == 20
    assert shown["sliding_log"].fullest == 10
    assert shown["fixed_window"].over_limit == 10
    assert violations(engine) == {}, "twice the limit is what it promises"
    await engine.look_at("eve")
    windows = build_snapshot(engine).windows
    assert [row.fixed for row in windows.rows[-2:]] == [10, 10]
    assert (windows.fixed_fullest, windows.log_fullest) == (20, 10)


async def test_a_sliding_counter_can_be_far_from_the_truth(limiter: MakeLimiter, clock: ManualClock) -> None:
    engine = await limiter(algorithm="sliding_counter", limit=20)
    await clock.advance(9.9)
    assert await many(engine, "eve", 30) == 20
    passed = 0
    for _ in range(95):
        await clock.advance(0.1)
        passed += await many(engine, "eve", 1)
    assert engine.checker.records["sliding_counter"].fullest == 20 + passed > 30
    await engine.look_at("eve")
    await engine.refresh_looks(now=True)
    shown = build_snapshot(engine).windows
    assert shown.truth > shown.estimate + 5
    assert violations(engine) == {}


@pytest.mark.parametrize("name", ALGORITHMS)
async def test_read_then_write_lets_a_whole_crowd_through(
    limiter: MakeLimiter, clock: ManualClock, name: str
) -> None:
    engine = await limiter(store="racy", algorithm=name, limit=4, burst=3)
    await engine.set_fault("redis", "slow", 1)  # everybody has read before time, and a write, goes on
    asked = asyncio.create_task(engine.burst("ana", 60))
    while not asked.done():
        await run(clock, 0.05)
    assert sum(one.allowed for one in await asked) > ALGORITHMS[name].promise(engine.config.rule)
    assert violations(engine)["counted"] > 0
    _crowded(engine)
    first, second, *_ = [one for one in engine.monitors["counted"].view().evidence if one.kind == "read"]
    written = [one for one in engine.monitors["counted"].view().evidence if one.kind == "write"]
    assert first.actor != second.actor
    assert first.value == second.value
    assert max(first.end, second.end) <= min(one.end for one in written), "both read before anybody wrote"
    assert [one.lost for one in written] == [True, False]


@pytest.mark.parametrize("name", ALGORITHMS)
async def test_counters_per_gateway_let_more_through_than_promised(limiter: MakeLimiter, name: str) -> None:
    engine = await limiter(store="local", algorithm=name, limit=4, burst=3, gateways=4)
    passed = sum(one.allowed for one in await engine.burst("ana", 60))
    assert passed > ALGORITHMS[name].promise(engine.config.rule)
    assert "counted" not in violations(engine)
    _crowded(engine)
    lanes = {one.actor for one in engine.monitors["within_limit"].view().evidence}
    assert lanes == {engine.node(one).spec.label for one in gateway_ids(engine.config)}, (
        "a lane for each gateway"
    )


def _crowded(engine: RateLimiter) -> None:
    assert violations(engine)["within_limit"] > 0
    evidence = engine.monitors["within_limit"].view().evidence
    assert len(evidence) >= 2
    assert len({one.actor for one in evidence}) >= 2
    assert all(one.text.startswith("ana: number ") for one in evidence)
    assert all(START <= one.t <= one.end for one in evidence)


async def test_atomic_scripts_hold_under_the_same_burst(limiter: MakeLimiter) -> None:
    engine = await limiter()
    said = await engine.burst("ana", 60)
    assert sum(one.allowed for one in said) == 5
    assert violations(engine) == {}
    shown = build_snapshot(engine).counters
    assert shown.questions == 60
    assert shown.trips < 10


async def test_behind_one_address_all_pay_for_one(limiter: MakeLimiter) -> None:
    engine = await limiter(client_key="ip")
    await many(engine, "eve", 8)
    said = await engine.check("ana")
    assert (said.allowed, said.counted_as) == (False, "ip:198.51.100.7")
    assert (await engine.check("chi")).allowed
    assert violations(engine) == {"own_use_only": 1}
    evidence = engine.monitors["own_use_only"].view().evidence
    assert [one.actor for one in evidence] == ["eve"] * 5 + ["ana"]


async def test_with_user_keys_nobody_pays_for_eve(limiter: MakeLimiter) -> None:
    engine = await limiter()
    await many(engine, "eve", 8)
    assert (await engine.check("ana")).allowed
    assert violations(engine) == {}


async def test_a_global_rule_holds_all_clients_together(limiter: MakeLimiter, clock: ManualClock) -> None:
    engine = await limiter(hierarchy="both", global_limit=12)
    passed = sum([await many(engine, f"client-{n}", 1) for n in range(20)])
    assert passed == 12
    said = await engine.check("client-40")
    assert said.refused_by == "global"
    assert said.reason.startswith("all clients together used 12 of 12")
    shown = build_snapshot(engine).together
    assert (shown.on, shown.used, shown.fullest, shown.refused) == (True, 12, 12, 9)
    assert engine.monitors["global_limit"].checked == 12
    await clock.advance(10.1)
    assert (await engine.check("client-40")).allowed
    assert violations(engine) == {}


async def test_a_global_rule_breaks_without_atomicity(limiter: MakeLimiter, clock: ManualClock) -> None:
    engine = await limiter(hierarchy="both", global_limit=5, store="racy")
    await engine.set_fault("redis", "slow", 1)
    asked = asyncio.gather(*(engine.check(f"client-{n}") for n in range(40)))
    while not asked.done():
        await run(clock, 0.05)
    assert sum(one.allowed for one in await asked) > 5
    assert violations(engine)["global_limit"] > 0
