"""One check: every algorithm and rule acts, and the answer says why."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from designs.rate_limiter.inside.snapshot import build_snapshot
from sdlab.lab import Invalid, ManualClock, Unavailable
from tests.designs.rate_limiter.conftest import MakeLimiter, many, violations


async def test_a_refusal_says_why_and_when_to_come_back(limiter: MakeLimiter, clock: ManualClock) -> None:
    engine = await limiter()
    said = [await engine.check("ana") for _ in range(6)]
    assert [one.allowed for one in said] == [True] * 5 + [False]
    assert [one.remaining for one in said] == [4, 3, 2, 1, 0, 0]
    assert said[5].reason == "bucket has 0.0 of 1 token, next in 1.0 s"
    newest = engine.feed.newest(1)[0]
    assert newest.text == "GET check, ana: 429, come back in 1.0 s"
    assert newest.why == (
        "counted by user, as ana; all algorithms look at it, one decides; "
        "Token bucket: bucket has 0.0 of 1 token, next in 1.0 s"
    )
    trace = engine.traces.get(newest.trace)
    assert trace is not None
    assert [(hop.source, hop.target) for hop in trace.hops][-1][0] == "visitor"
    await clock.advance(said[5].retry_after_s + 0.001)
    assert (await engine.check("ana")).allowed


@pytest.mark.parametrize(
    ("name", "passes"),
    [
        ("token_bucket", 5),
        ("leaky_bucket", 6),
        ("fixed_window", 10),
        ("sliding_log", 10),
        ("sliding_counter", 10),
        ("gcra", 5),
    ],
)
async def test_each_algorithm_decides_in_its_own_way(limiter: MakeLimiter, name: str, passes: int) -> None:
    engine = await limiter(algorithm=name)
    assert await many(engine, "ana", 20) == passes
    shown = {one.id: one for one in build_snapshot(engine).algorithms}
    assert [one.id for one in shown.values() if one.decides] == [name]
    assert shown["fixed_window"].passed == 10, "the others look on"
    assert violations(engine) == {}


async def test_a_leaky_bucket_tells_how_long_it_holds_a_request_back(limiter: MakeLimiter) -> None:
    engine = await limiter(algorithm="leaky_bucket")
    said = [await engine.check("ana") for _ in range(3)]
    assert [one.delay_s for one in said] == [0.0, 1.0, 2.0]
    assert said[2].reason == "2 of 5 places taken, leaves in 2.0 s"
    lane = next(one for one in build_snapshot(engine).lanes.rows if one.id == "leaky_bucket")
    assert (lane.verdicts, lane.delays) == ("1hh", (0.0, 1.0, 2.0))


async def test_one_request_may_name_the_algorithm_that_decides(limiter: MakeLimiter) -> None:
    engine = await limiter(shadow="off")
    said = [await engine.check("ana", algorithm="gcra") for _ in range(6)]
    assert said[0].algorithm == "gcra"
    assert not said[5].allowed
    assert (await engine.check("ana")).allowed
    with pytest.raises(Invalid):
        await engine.check("ana", algorithm="magic")


async def test_a_new_rule_holds_from_the_next_request_on(limiter: MakeLimiter, clock: ManualClock) -> None:
    engine = await limiter(algorithm="sliding_log")
    assert await many(engine, "ana", 20) == 10
    await engine.configure(replace(engine.config, limit=12))
    assert await many(engine, "ana", 20) == 2
    await clock.advance(1)
    await engine.configure(replace(engine.config, limit=3))
    assert await many(engine, "ana", 5) == 0
    assert violations(engine) == {}
    await engine.refresh_looks(now=True)
    assert [(one.limit, one.algorithm) for one in build_snapshot(engine).rules] == [
        (3, "Sliding-window log"),
        (12, "Sliding-window log"),
    ]


async def test_per_gateway_needs_no_store(limiter: MakeLimiter) -> None:
    engine = await limiter(store="local", gateways=2)
    assert "redis" not in engine.nodes
    assert await many(engine, "ana", 30) == 2 * 5


async def test_a_store_that_is_down_and_failing_closed(limiter: MakeLimiter) -> None:
    engine = await limiter()
    await engine.set_fault("redis", "down")
    for _ in range(3):
        with pytest.raises(Unavailable):
            await engine.check("ana")
    await engine.clear_fault()
    assert (await engine.check("ana")).remaining == 4, "nothing was used up"
    shown = build_snapshot(engine)
    assert (shown.counters.unanswered, shown.counters.failed_closed) == (3, 3)
    assert shown.senders[0].verdicts == "ddd1"
    assert violations(engine) == {}


async def test_a_store_that_is_down_and_failing_open(limiter: MakeLimiter) -> None:
    engine = await limiter(on_failure="open")
    await engine.set_fault("redis", "down")
    said = [await engine.check("ana") for _ in range(20)]
    assert all(one.allowed for one in said)
    assert {(one.remaining, one.decided_by, one.number) for one in said} == {(None, "nobody", 0)}
    assert violations(engine)["nothing_unchecked"] == 20
    assert violations(engine)["within_limit"] == 5
    assert build_snapshot(engine).senders[0].verdicts == "u" * 20


async def test_a_store_that_is_down_and_gateways_that_count_their_share(limiter: MakeLimiter) -> None:
    engine = await limiter(on_failure="fallback", algorithm="sliding_log", gateways=3)
    await engine.set_fault("redis", "down")
    assert await many(engine, "ana", 40) == 3 * (10 // 3)
    assert build_snapshot(engine).counters.fell_back == 40
    assert violations(engine) == {}
    assert (await engine.check("ana")).decided_by == "local fallback"


async def test_two_api_keys_are_two_allowances(limiter: MakeLimiter) -> None:
    engine = await limiter(client_key="api_key")
    assert (await many(engine, "dev", 30), await many(engine, "chi", 30)) == (10, 5)


async def test_a_slow_store_is_felt_by_the_caller(limiter: MakeLimiter, clock: ManualClock) -> None:
    engine = await limiter()
    await engine.set_fault("redis", "slow", 200)
    asked = asyncio.create_task(engine.check("ana"))
    await clock.advance(0.19)
    assert not asked.done()
    await clock.advance(0.02)
    assert (await asked).allowed


async def test_a_clock_that_steps_back_lets_nothing_more_through(
    limiter: MakeLimiter, clock: ManualClock
) -> None:
    engine = await limiter()
    assert await many(engine, "ana", 10) == 5
    clock.step_back(3600)
    assert await many(engine, "ana", 10) == 0
    assert violations(engine) == {}
