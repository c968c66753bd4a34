"""Small inputs that once got a wrong answer or a wrong picture, each with what is right."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from designs.rate_limiter.engine.strategies import ALGORITHMS
from designs.rate_limiter.engine.strategies.algorithms import seconds
from designs.rate_limiter.engine.traffic import LimiterTraffic
from designs.rate_limiter.inside.snapshot import build_snapshot
from sdlab.lab import ManualClock, Operation, as_user
from tests.designs.rate_limiter.conftest import MakeLimiter, many, run, violations


@pytest.mark.parametrize("name", ALGORITHMS)
@pytest.mark.parametrize("window_s", [7, 9])
async def test_c8_whoever_waits_as_long_as_told_passes(
    limiter: MakeLimiter, clock: ManualClock, name: str, window_s: int
) -> None:
    engine = await limiter(algorithm=name, limit=6, window_s=window_s, burst=2)
    for _ in range(4):
        await clock.advance(0.3337)
        refused = next(one for one in [await engine.check("ana") for _ in range(20)] if not one.allowed)
        await clock.advance(refused.retry_after_s)
        assert (await engine.check("ana")).allowed


def test_c8_waits_in_sentences_are_rounded_up() -> None:
    assert [seconds(one) for one in (0.64, 0.0421, 4.000001, 0.6, 0.0999)] == [
        "0.7 s",
        "43 ms",
        "4.0 s",
        "0.6 s",
        "0.1 s",
    ]


async def test_c13_a_lowered_limit_says_when_one_more_fits(limiter: MakeLimiter, clock: ManualClock) -> None:
    engine = await limiter(algorithm="sliding_log")
    for _ in range(6):
        await engine.check("ana")
        await clock.advance(1)
    await engine.configure(replace(engine.config, limit=2))
    refused = await engine.check("ana")
    assert refused.reason == "6 of 2 in the last 10 s, room for one more in 8.0 s"
    assert refused.retry_after_s == pytest.approx(8.0, abs=0.00001)
    await clock.advance(refused.retry_after_s)
    assert (await engine.check("ana")).allowed


async def test_c18_addresses_of_one_network_are_one_client(limiter: MakeLimiter) -> None:
    engine = await limiter(client_key="ip")
    passed = [await engine.check(f"2001:db8:1:2::{n:x}") for n in range(1, 101)]
    assert sum(one.allowed for one in passed) == 5
    assert {one.counted_as for one in passed} == {"ip:2001:db8:1:2::/64"}
    assert (await engine.check("2001:db8:1:3::1")).allowed
    assert (await engine.check("::ffff:192.0.2.9")).counted_as == "ip:192.0.2.9"
    await engine.configure(replace(engine.config, ipv6_prefix=128))
    one_each = [await engine.check(f"2001:db8:1:2::{n:x}") for n in range(1, 101)]
    assert all(one.allowed for one in one_each)
    await engine.configure(replace(engine.config, ipv6_prefix=48))
    assert (await engine.check("2001:db8:1:3::1")).counted_as == "ip:2001:db8:1::/48"


async def test_p5_lanes_follow_the_active_client(limiter: MakeLimiter, clock: ManualClock) -> None:
    engine = await limiter(algorithm="fixed_window")
    await engine.check("ana")
    await clock.advance(9.0)
    traffic = LimiterTraffic(engine)
    asked = [asyncio.create_task(traffic.perform(Operation("edge", {"nonce": n}, "eve"))) for n in range(20)]
    await run(clock, 12)
    await asyncio.gather(*asked)
    shown = build_snapshot(engine)
    assert (shown.focus, shown.lanes.client) == ("eve", "user:eve")
    assert {one.id: one.passed for one in shown.lanes.rows}["fixed_window"] == 20
    await engine.look_at("ana")
    await clock.advance(30)
    await as_user("eve", engine.check("eve"), by_hand=False)
    assert build_snapshot(engine).focus == "ana", "whoever was chosen stays"


async def test_p6_what_the_store_has_lost_is_not_shown(limiter: MakeLimiter, clock: ManualClock) -> None:
    engine = await limiter(hierarchy="both")
    assert await many(engine, "ana", 8) == 5
    await engine.refresh_looks(now=True)
    before = build_snapshot(engine)
    assert (before.log.held, before.windows.kept_fixed, before.windows.kept_counter) == (8, 8, 8)
    assert [round(one.level) for one in before.buckets] == [0, 5, 5]
    assert before.together.logged == 5
    await engine.room.redis.flushdb()
    await clock.advance(0.3)
    await engine.refresh_looks()
    after = build_snapshot(engine)
    assert (after.log.held, after.log.rows) == (0, ())
    assert (after.windows.kept_fixed, after.windows.kept_counter, after.windows.estimate) == (0, 0, 0.0)
    assert [(one.kept, one.level) for one in after.buckets] == [(False, 5), (False, 0), (False, 0)]
    assert [one.redis_bytes for one in after.algorithms] == [0] * 6
    assert after.together.logged == 0
    assert after.windows.truth == 8, "what passed has passed, whatever the store forgets"
    assert violations(engine) == {}


async def test_p6_levels_are_those_of_the_gateway_where_gateways_count(limiter: MakeLimiter) -> None:
    engine = await limiter(store="local", gateways=2)
    await many(engine, "ana", 3)
    await engine.refresh_looks(now=True)
    shown = build_snapshot(engine)
    assert shown.stored.where == "gateway 1"
    assert [round(one.level) for one in shown.buckets] == [3, 1, 2]
    assert shown.log.held == 2, "the other gateway has one of them"


async def test_p6_rules_are_those_of_the_table(limiter: MakeLimiter, clock: ManualClock) -> None:
    engine = await limiter()
    await clock.advance(1)
    await engine.configure(replace(engine.config, limit=7))
    await engine.refresh_looks(now=True)
    assert [one.limit for one in build_snapshot(engine).rules] == [7, 10]
    await engine.room.sql.forget(engine.room.id, "rate-limiter")
    await engine.refresh_looks(now=True)
    assert build_snapshot(engine).rules == ()


async def test_p6_a_store_that_does_not_answer_is_said_to_be_silent(limiter: MakeLimiter) -> None:
    engine = await limiter()
    await many(engine, "ana", 2)
    await engine.refresh_looks(now=True)
    assert build_snapshot(engine).stored.silent == ""
    await engine.set_fault("redis", "down")
    await engine.refresh_looks(now=True)
    shown = build_snapshot(engine)
    assert "down" in shown.stored.silent
    assert shown.buckets[0].says.startswith("not known")
