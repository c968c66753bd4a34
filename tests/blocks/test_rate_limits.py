"""Each algorithm keeps its promise, tells waits that come true, and agrees with a model or another library."""

from __future__ import annotations

import itertools
from fractions import Fraction
from random import Random

import limits
import limits.storage
import limits.strategies
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sdlab.blocks.fixed_window import FixedWindow
from sdlab.blocks.gcra import Gcra
from sdlab.blocks.leaky_bucket import LeakyBucket
from sdlab.blocks.rate_rule import Rule
from sdlab.blocks.sliding_counter import SlidingCounter
from sdlab.blocks.sliding_log import SlidingLog
from sdlab.blocks.token_bucket import TokenBucket

BLOCKS = (TokenBucket, LeakyBucket, FixedWindow, SlidingLog, SlidingCounter, Gcra)
PROMISES = {
    TokenBucket: lambda rule: rule.limit + rule.burst,
    LeakyBucket: lambda rule: rule.limit,
    FixedWindow: lambda rule: 2 * rule.limit,
    SlidingLog: lambda rule: rule.limit,
    SlidingCounter: lambda rule: 2 * rule.limit,
    Gcra: lambda rule: rule.limit + rule.burst,
}
ALL = pytest.mark.parametrize("kind", BLOCKS, ids=lambda kind: kind.__name__)
START = 1_800_000_000.0

rules = st.builds(
    Rule, limit=st.integers(1, 12), window=st.sampled_from((1.0, 2.0, 7.0, 10.0)), burst=st.integers(1, 8)
)
# Steps of 1/64 s are exact in a double, so that models with exact numbers can be held against the blocks.
traces = st.lists(st.integers(0, 64 * 3), min_size=1, max_size=120).map(
    lambda steps: [START + total / 64 for total in itertools.accumulate(steps)]
)


def fullest(times: list[float], width: float) -> int:
    """The most of these in any window `(t - width, t]`; edges that a double cannot tell apart are left out."""
    return max((sum(end - width + 1e-5 < t <= end for t in times) for end in times), default=0)


@ALL
@given(rule=rules, times=traces)
def test_no_window_holds_more_than_the_promise(kind: type, rule: Rule, times: list[float]) -> None:
    block = kind()
    said = [(t, block.check(t, rule)) for t in times]
    passed = [t + verdict.delay for t, verdict in said if verdict.allowed]
    assert fullest(passed, rule.window) <= PROMISES[kind](rule)


@pytest.mark.parametrize("kind", [TokenBucket, Gcra, LeakyBucket])
@given(rule=rules, times=traces)
def test_no_interval_of_any_length_holds_more_than_burst_and_rate(
    kind: type, rule: Rule, times: list[float]
) -> None:
    block = kind()
    said = [(t, block.check(t, rule)) for t in times]
    passed = [t + verdict.delay for t, verdict in said if verdict.allowed]
    burst = 1 if kind is LeakyBucket else rule.burst
    for first, start in enumerate(passed):
        for last in range(first, len(passed)):
            assert last - first + 1 <= burst + (passed[last] - start) * rule.rate + 1e-4


@given(rule=rules, times=traces)
def test_a_fixed_window_holds_the_limit_where_it_is_aligned(rule: Rule, times: list[float]) -> None:
    block = FixedWindow()
    passed = [t // rule.window for t in times if block.check(t, rule).allowed]
    assert all(passed.count(number) <= rule.limit for number in set(passed))
    assert all(min(rule.limit, asked) == passed.count(n) for n, asked in _asked(times, rule))


def _asked(times: list[float], rule: Rule) -> list[tuple[float, int]]:
    numbers = [t // rule.window for t in times]
    return [(number, numbers.count(number)) for number in set(numbers)]


@ALL
@given(rule=rules, times=traces, spoil=st.booleans())
def test_a_refused_caller_passes_after_the_wait_it_was_told(
    kind: type, rule: Rule, times: list[float], spoil: bool
) -> None:
    block = kind()
    for t in times:
        verdict = block.check(t, rule)
        if not verdict.allowed:
            assert verdict.retry_after > 0
            early = t + verdict.retry_after * 0.5
            if spoil and kind is not SlidingCounter:
                assert not block.check(early, rule, take=False).allowed
            assert block.check(t + verdict.retry_after, rule).allowed
            return


@ALL
@given(rule=rules, times=traces)
def test_what_remains_passes_at_once_and_no_more(kind: type, rule: Rule, times: list[float]) -> None:
    block = kind()
    for t in times[:-1]:
        block.check(t, rule)
    verdict = block.check(times[-1], rule)
    more = sum(block.check(times[-1], rule).allowed for _ in range(40))
    assert more == verdict.remaining


@ALL
@given(rule=rules, times=traces)
def test_after_the_reset_the_whole_allowance_is_back(kind: type, rule: Rule, times: list[float]) -> None:
    used, fresh = kind(), kind()
    for t in times:
        reset = used.check(t, rule).reset_after
    later = times[-1] + reset + 1e-5
    assert [used.check(later, rule).allowed for _ in range(30)] == [
        fresh.check(later, rule).allowed for _ in range(30)
    ]


@ALL
@given(rule=rules, times=traces)
def test_looking_changes_nothing(kind: type, rule: Rule, times: list[float]) -> None:
    looked, plain = kind(), kind()
    for t in times:
        seen = looked.check(t, rule, take=False)
        assert looked.check(t, rule) == seen == plain.check(t, rule)


@ALL
@given(rule=rules, times=traces, back=st.integers(1, 600))
def test_time_that_runs_backwards_lets_nothing_more_through(
    kind: type, rule: Rule, times: list[float], back: int
) -> None:
    block = kind()
    for t in times:
        block.check(t, rule)
    full = times[-1]
    while block.check(full, rule).allowed:
        pass
    assert not block.check(full - back / 64, rule).allowed


@given(rule=rules, times=traces)
def test_a_token_bucket_follows_exact_arithmetic(rule: Rule, times: list[float]) -> None:
    bucket, tokens, before = TokenBucket(), Fraction(rule.burst), Fraction(times[0])
    for t in times:
        now = Fraction(t)
        tokens = min(Fraction(rule.burst), tokens + (now - before) * rule.limit / Fraction(rule.window))
        before = now
        verdict = bucket.check(t, rule)
        if abs(tokens - 1) > Fraction(1, 10**6):
            assert verdict.allowed == (tokens >= 1)
        tokens -= verdict.allowed
        assert abs(float(tokens) - verdict.level) < 1e-5


@given(
    rule=st.builds(
        Rule,
        limit=st.sampled_from((1, 2, 4, 8)),
        window=st.sampled_from((1.0, 2.0, 8.0)),
        burst=st.integers(1, 8),
    ),
    times=traces,
)
def test_gcra_and_the_token_bucket_are_one(rule: Rule, times: list[float]) -> None:
    bucket, gcra = TokenBucket(), Gcra()
    for t in times:
        one, other = bucket.check(t, rule), gcra.check(t, rule)
        assert (one.allowed, one.remaining) == (other.allowed, other.remaining)
        assert abs(one.retry_after - other.retry_after) < 1e-5


@given(rule=rules, times=traces)
def test_a_leaky_bucket_is_a_queue_served_at_a_steady_rate(rule: Rule, times: list[float]) -> None:
    bucket, leaving = LeakyBucket(), []
    for t in times:
        waiting = sum(one > t + 1e-6 for one in leaving)
        free = max(t, leaving[-1] + rule.gap) if leaving else t
        verdict = bucket.check(t, rule)
        place = waiting + 1 if free > t + 1e-6 else 0
        assert verdict.allowed == (place <= rule.burst)
        if verdict.allowed:
            leaving.append(free)
            assert abs(t + verdict.delay - free) < 1e-5


@given(rule=rules, times=traces)
def test_a_sliding_counter_follows_its_formula(rule: Rule, times: list[float]) -> None:
    counter = SlidingCounter()
    passed: dict[int, int] = {}
    for t in times:
        number, into = divmod(Fraction(t), Fraction(rule.window))
        share = 1 - into / Fraction(rule.window)
        estimate = passed.get(int(number) - 1, 0) * share + passed.get(int(number), 0)
        verdict = counter.check(t, rule)
        if abs(estimate + 1 - rule.limit) > Fraction(1, 10**5):
            assert verdict.allowed == (estimate + 1 <= rule.limit)
        passed[int(number)] = passed.get(int(number), 0) + verdict.allowed
        assert abs(float(estimate) + verdict.allowed - verdict.level) < 1e-5


@pytest.mark.parametrize("seed", range(8))
def test_the_log_agrees_with_the_moving_window_of_limits(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    chance, now = Random(seed), START
    monkeypatch.setattr("limits.storage.memory.time.time", lambda: now)
    theirs = limits.strategies.MovingWindowRateLimiter(limits.storage.MemoryStorage())
    rule, item = Rule(limit=8, window=4.0, burst=1), limits.parse("8 per 4 second")
    block, refused = SlidingLog(), 0
    for _ in range(300):
        now += chance.expovariate(3)
        verdict = block.check(now, rule)
        refused += not verdict.allowed
        assert verdict.allowed == theirs.hit(item, "client")
    assert refused > 20


def test_a_sliding_counter_is_as_strict_as_that_of_limits_which_rounds_its_estimate_down(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    chance, now = Random(3), START
    monkeypatch.setattr("limits.storage.memory.time.time", lambda: now)
    theirs = limits.strategies.SlidingWindowCounterRateLimiter(limits.storage.MemoryStorage())
    rule, item = Rule(limit=50, window=4.0, burst=1), limits.parse("50 per 4 second")
    block, ours, peers = SlidingCounter(), 0, 0
    for _ in range(3000):
        now += chance.expovariate(30)
        ours += block.check(now, rule).allowed
        peers += theirs.hit(item, "client")
    windows = (now - START) / rule.window
    assert peers - windows - 1 <= ours <= peers
