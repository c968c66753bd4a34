"""The limiter at work: every toggle, fault and verb acts, and says why."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from designs.rate_limiter.engine.checks import Decision
from designs.rate_limiter.engine.engine import RateLimiter
from designs.rate_limiter.engine.strategies import ALGORITHMS
from designs.rate_limiter.engine.traffic import LimiterTraffic
from designs.rate_limiter.inside.snapshot import build_snapshot, build_tallies
from sdlab.lab import Invalid, ManualClock, Operation, Unavailable, as_user
from tests.designs.rate_limiter.conftest import MakeLimiter


def violations(engine: RateLimiter) -> dict[str, int]:
    """The claims that are broken."""
    return {name: one.violations for name, one in engine.monitors.items() if one.violations}


async def many(engine: RateLimiter, client: str, count: int) -> int:
    """How many of `count` requests, one after the other, pass."""
    return sum([(await as_user(client, engine.check(client), by_hand=False)).allowed for _ in range(count)])


async def test_a_refusal_says_why_and_when_to_come_back(limiter: MakeLimiter, clock: ManualClock) -> None:
    engine = await limiter()
    said = [await engine.check("ana") for _ in range(6)]
    assert [one.allowed for one in said] == [True] * 5 + [False]
    assert [one.remaining for one in said] == [4, 3, 2, 1, 0, 0]
    assert said[5].reason == "bucket has 0.0 of 1 token, next in 1.0 s"
    newest = engine.feed.newest(1)[0]
    assert newest.text == "GET check, ana: 429, come back in 1.0 s"
    assert newest.why == "Token bucket: bucket has 0.0 of 1 token, next in 1.0 s"
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
    assert [(one.limit, one.algorithm) for one in build_snapshot(engine).rules] == [
        (3, "Sliding-window log"),
        (12, "Sliding-window log"),
    ]


async def test_only_the_newest_rules_are_kept(limiter: MakeLimiter, clock: ManualClock) -> None:
    engine = await limiter()
    for limit in range(20, 30):
        await clock.advance(1)
        await engine.configure(replace(engine.config, limit=limit))
    assert [one.limit for one in build_snapshot(engine).rules] == [29, 28, 27, 26, 25]
    assert await engine.room.sql.rows(engine.room.id) == 5


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
    engine.look_at("eve")
    windows = build_snapshot(engine).windows
    assert [row.fixed for row in windows.rows[-2:]] == [10, 10]
    assert (windows.fixed_fullest, windows.log_fullest) == (20, 10)


async def test_the_boundary_attack_saves_requests_up_for_the_edge(
    limiter: MakeLimiter, clock: ManualClock
) -> None:
    engine = await limiter(algorithm="fixed_window")
    traffic = LimiterTraffic(engine)
    attack = [asyncio.create_task(traffic.perform(Operation("edge", {}, "eve"))) for _ in range(50)]
    await clock.advance(9.7)
    assert build_snapshot(engine).totals.asked == 0
    await _run(clock, 0.5)
    answers = await asyncio.gather(*attack)
    assert sum(len(one) for one in answers) == 20
    assert engine.checker.records["fixed_window"].fullest == 20


async def test_a_sliding_counter_can_be_far_from_the_truth(limiter: MakeLimiter, clock: ManualClock) -> None:
    engine = await limiter(algorithm="sliding_counter", limit=20)
    await clock.advance(9.9)
    assert await many(engine, "eve", 30) == 20
    passed = 0
    for _ in range(95):
        await clock.advance(0.1)
        passed += await many(engine, "eve", 1)
    assert engine.checker.records["sliding_counter"].fullest == 20 + passed > 30
    engine.look_at("eve")
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
        await _run(clock, 0.05)
    assert sum(one.allowed for one in await asked) > ALGORITHMS[name].promise(engine.config.rule)
    assert violations(engine)["counted"] > 0
    _crowded(engine)


@pytest.mark.parametrize("name", ALGORITHMS)
async def test_counters_per_gateway_let_more_through_than_promised(limiter: MakeLimiter, name: str) -> None:
    engine = await limiter(store="local", algorithm=name, limit=4, burst=3, gateways=4)
    passed = sum(one.allowed for one in await engine.burst("ana", 60))
    assert passed > ALGORITHMS[name].promise(engine.config.rule)
    assert "counted" not in violations(engine)
    _crowded(engine)


def _crowded(engine: RateLimiter) -> None:
    assert violations(engine)["within_limit"] > 0
    evidence = engine.monitors["within_limit"].view().evidence
    assert len(evidence) >= 2
    assert {one.actor for one in evidence} == {"ana"}


async def test_per_gateway_needs_no_store(limiter: MakeLimiter) -> None:
    engine = await limiter(store="local", gateways=2)
    assert "redis" not in engine.nodes
    assert await many(engine, "ana", 30) == 2 * 5


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


async def test_two_api_keys_are_two_allowances(limiter: MakeLimiter) -> None:
    engine = await limiter(client_key="api_key")
    assert (await many(engine, "dev", 30), await many(engine, "chi", 30)) == (10, 5)


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
        await _run(clock, 0.05)
    assert sum(one.allowed for one in await asked) > 5
    assert violations(engine)["global_limit"] > 0


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


async def test_a_slow_store_is_felt_by_the_caller(limiter: MakeLimiter, clock: ManualClock) -> None:
    engine = await limiter()
    await engine.set_fault("redis", "slow", 200)
    asked = asyncio.create_task(engine.check("ana"))
    await clock.advance(0.19)
    assert not asked.done()
    await clock.advance(0.02)
    assert (await asked).allowed


async def test_streams_send_by_themselves_and_survive(limiter: MakeLimiter, clock: ManualClock) -> None:
    engine = await limiter(room="streaming")
    await engine.stream("ben", 4)
    await _run(clock, 2.0)
    assert engine.clients.answers["ben"].sent == pytest.approx(8, abs=1)
    await engine.close()
    again = await limiter(room="streaming")
    assert build_snapshot(again).senders[1].rate == 4
    await again.stream("ben", 0)
    await _run(clock, 0.1)
    sent = again.clients.answers["ben"].sent
    await _run(clock, 1.0)
    assert again.clients.answers["ben"].sent == sent
    for client, rate in (("nobody", 1), ("ben", 21), ("ben", -1)):
        with pytest.raises(Invalid):
            await again.stream(client, rate)


async def _run(clock: ManualClock, seconds: float) -> None:
    """Let time pass in ticks, giving real input and output its turn."""
    for _ in range(round(seconds / 0.05)):
        await clock.advance(0.05)
        await asyncio.sleep(0.002)


async def test_what_was_used_survives_a_restart(limiter: MakeLimiter) -> None:
    engine = await limiter(room="again")
    answers = await LimiterTraffic(engine).perform(Operation("burst", {"count": 8}, "ana"))
    await engine.close()
    again = await limiter(room="again")
    assert not (await again.check("ana")).allowed
    assert await LimiterTraffic(again).honours(answers)
    assert not await LimiterTraffic(again).honours([{**answers[0], "number": 99}])


async def test_the_focus_follows_the_hand_and_can_be_chosen(limiter: MakeLimiter) -> None:
    engine = await limiter()
    await engine.check("chi")
    assert build_snapshot(engine).focus == "chi"
    engine.look_at("eve")
    assert build_snapshot(engine).lanes.client == ""
    await engine.check("someone-else")
    assert [one.name for one in build_snapshot(engine).senders][-1] == "someone-else"


async def test_levels_follow_from_the_last_answer_and_the_time_since(
    limiter: MakeLimiter, clock: ManualClock
) -> None:
    engine = await limiter()
    await many(engine, "ana", 5)
    await clock.advance(2.5)
    levels = {one.id: (one.level, one.says) for one in build_snapshot(engine).buckets}
    assert levels["token_bucket"] == (2.5, "2 would pass at once")
    assert levels["leaky_bucket"][0] == pytest.approx(1.5, abs=0.01)
    assert levels["gcra"][0] == pytest.approx(2.5, abs=0.01)


async def test_sizes_are_measured(limiter: MakeLimiter, clock: ManualClock) -> None:
    engine = await limiter(limit=50, burst=50)
    await many(engine, "ana", 50)
    await _run(clock, 1.2)
    shown = {one.id: one for one in build_snapshot(engine).algorithms}
    assert shown["sliding_log"].redis_bytes > 3 * shown["sliding_counter"].redis_bytes > 0
    assert shown["sliding_log"].memory_bytes > 5 * shown["gcra"].memory_bytes > 0
    assert shown["gcra"].memory_bytes < shown["token_bucket"].memory_bytes


@pytest.mark.parametrize("name", ["", " ", "a b", "x" * 41, "ana\n", "ä", "<script>"])
async def test_bad_names_are_refused(limiter: MakeLimiter, name: str) -> None:
    engine = await limiter()
    with pytest.raises(Invalid):
        await engine.check(name)
    with pytest.raises(Invalid):
        await engine.burst("ana", 0)


async def test_a_clock_that_steps_back_lets_nothing_more_through(
    limiter: MakeLimiter, clock: ManualClock
) -> None:
    engine = await limiter()
    assert await many(engine, "ana", 10) == 5
    clock.step_back(3600)
    assert await many(engine, "ana", 10) == 0
    assert violations(engine) == {}


async def test_tallies_tell_approaches_apart(limiter: MakeLimiter) -> None:
    found: dict[str, float] = {}
    for name in ("sliding_log", "fixed_window"):
        engine = await limiter(algorithm=name)
        await many(engine, "ana", 20)
        found = {one.id: one.value for one in build_tallies(engine)}
        assert (found["passed"], found["refused"], found["worst_window"]) == (10, 10, 10)
    assert isinstance((await engine.check("ana")), Decision)
