"""From the running engine to the snapshot: arithmetic and bounds, no decisions."""

from __future__ import annotations

import math
from datetime import UTC, datetime

from designs.rate_limiter.engine.checks import DELAYED, PASSED, REFUSED
from designs.rate_limiter.engine.engine import RateLimiter
from designs.rate_limiter.engine.gateways import skew_of
from designs.rate_limiter.engine.strategies import ALGORITHMS
from designs.rate_limiter.engine.strategies.algorithms import seconds
from designs.rate_limiter.engine.strategies.client_keys import CAST, caller_of
from designs.rate_limiter.inside.views import (
    AlgorithmView,
    BucketView,
    ClockView,
    EntryView,
    LanesView,
    LaneView,
    LogView,
    RuleView,
    SenderView,
    Snapshot,
    StoreView,
    TogetherView,
    TotalsView,
    UsedView,
    WindowsView,
    WindowView,
)
from sdlab.lab import Tally
from sdlab.lab.views import view_of

SHOWN_ENTRIES = 40
WINDOWS = 6
SAMPLES = 60
LANE_WINDOWS = 3
SHORTEST_SPAN_S = 15.0


def build_snapshot(engine: RateLimiter) -> Snapshot:
    """Everything that the panels may show of now."""
    now = engine.steady_clock.now()
    key = engine.clients.focused.counted_as
    return Snapshot(
        **engine.common(),
        now=round(now, 3),
        focus=engine.clients.focus,
        senders=_senders(engine),
        lanes=_lanes(engine, key),
        buckets=_buckets(engine, key, now),
        windows=_windows(engine, key, now),
        log=_log(engine, key, now),
        algorithms=_algorithms(engine),
        used=_used(engine, key, now),
        together=_together(engine, now),
        counters=_counters(engine),
        clocks=_clocks(engine),
        rules=_rules(engine),
        totals=_totals(engine),
    )


def build_tallies(engine: RateLimiter) -> tuple[Tally, ...]:
    """What a comparison counts of the algorithm that decides."""
    record = engine.checker.records[engine.config.algorithm]
    sizes, answers = engine.sizes.of(engine.config.algorithm), engine.clients.answers.values()
    return (
        Tally("passed", "passed", "", sum(one.passed for one in answers), "same"),
        Tally("refused", "refused", "", sum(one.refused for one in answers), "same"),
        Tally("worst_window", "most in any window", "", record.fullest),
        Tally("over_limit", "passed over the limit", "", record.over_limit),
        Tally("redis_bytes", "Redis, client in focus", "B", sizes.redis),
        Tally("memory_bytes", "objects, client in focus", "B", sizes.memory),
        Tally("trips", "trips to the store", "", engine.stores.atomic.coalescer.batches),
    )


def _span(engine: RateLimiter) -> float:
    return max(SHORTEST_SPAN_S, LANE_WINDOWS * engine.config.rule.window)


def _senders(engine: RateLimiter) -> tuple[SenderView, ...]:
    focus = engine.clients.focus
    return tuple(_sender(engine, name) for name in [*CAST, *([] if focus in CAST else [focus])])


def _sender(engine: RateLimiter, name: str) -> SenderView:
    answers = engine.clients.answers[name]
    return view_of(
        SenderView,
        answers,
        name=name,
        address=caller_of(name).address,
        rate=engine.demo_users.rate_of(name),
        times=tuple(round(t, 2) for t in answers.times),
        verdicts="".join(answers.signs),
    )


def _lanes(engine: RateLimiter, key: str) -> LanesView:
    verdicts = engine.limiter.verdicts.of(key).rows
    signs = {
        name: "".join(one.signs[position] for one in verdicts) for position, name in enumerate(ALGORITHMS)
    }
    rows = tuple(
        LaneView(
            id=name,
            label=algorithm.label,
            decides=name == engine.config.algorithm,
            verdicts=signs[name],
            delays=tuple(round(one.delay, 2) for one in verdicts) if algorithm.delays else (),
            passed=signs[name].count(PASSED) + signs[name].count(DELAYED),
            refused=signs[name].count(REFUSED),
        )
        for name, algorithm in ALGORITHMS.items()
    )
    return LanesView(
        client=key,
        times=tuple(round(one.at, 2) for one in verdicts),
        span=_span(engine),
        window=engine.config.rule.window,
        rows=rows,
    )


def _buckets(engine: RateLimiter, key: str, now: float) -> tuple[BucketView, ...]:
    """Levels follow from the last answer and the time since: nothing else changes them."""
    rule, last = engine.config.rule, engine.limiter.verdicts.of(key).last
    views = []
    for name, unit, change in (
        ("token_bucket", "tokens", rule.rate),
        ("leaky_bucket", "waiting", -rule.rate),
        ("gcra", "requests ahead", -rule.rate),
    ):
        busy = 0.0
        if name in last:
            outcome, followed = last[name]
            rest = outcome.stamp + outcome.verdict.reset_after - max(now, outcome.stamp)
            busy = max(0.0, rest) / followed.gap
        level, says = _level(name, busy, rule.burst, rule.gap)
        views.append(
            BucketView(
                id=name,
                label=ALGORITHMS[name].label,
                decides=name == engine.config.algorithm,
                level=round(level, 2),
                capacity=float(rule.burst),
                change=round(change, 3),
                unit=unit,
                says=says,
            )
        )
    return tuple(views)


def _level(name: str, busy: float, burst: int, gap: float) -> tuple[float, str]:
    """What stands in the bucket when it needs `busy` gaps to come to rest."""
    if name == "token_bucket":
        tokens = max(0.0, burst - busy)
        if tokens >= 1:
            return tokens, f"{int(tokens)} would pass at once"
        return tokens, f"next token in {seconds((1 - tokens) * gap)}"
    if name == "leaky_bucket":
        waiting = max(0.0, busy - 1)
        return waiting, f"empty in {seconds(waiting * gap)}" if waiting else "nobody waits"
    return busy, f"at rest in {seconds(busy * gap)}" if busy else "at rest"


def _windows(engine: RateLimiter, key: str, now: float) -> WindowsView:
    rule, records = engine.config.rule, engine.checker.records
    logs = {name: record.look(key) for name, record in records.items()}
    asked = [one.at for one in engine.limiter.verdicts.of(key).rows]
    first = math.floor(now / rule.window) - WINDOWS + 1
    rows = []
    for number in range(first, first + WINDOWS):
        start, end = number * rule.window, (number + 1) * rule.window
        rows.append(
            WindowView(
                start=start,
                asked=sum(start <= t < end for t in asked),
                fixed=logs["fixed_window"].between(start, end),
                counter=logs["sliding_counter"].between(start, end),
                log=logs["sliding_log"].between(start, end),
            )
        )
    into = now / rule.window - math.floor(now / rule.window)
    estimate = rows[-2].counter * (1 - into) + rows[-1].counter
    truth = logs["sliding_counter"].within(now, rule.window)
    return WindowsView(
        rows=tuple(rows),
        limit=rule.limit,
        width=rule.window,
        estimate=round(estimate, 1),
        truth=truth,
        difference=round(estimate - truth, 1),
        fixed_now=rows[-1].fixed,
        fixed_truth=logs["fixed_window"].within(now, rule.window),
        fixed_fullest=records["fixed_window"].fullest,
        counter_fullest=records["sliding_counter"].fullest,
        log_fullest=records["sliding_log"].fullest,
    )


def _log(engine: RateLimiter, key: str, now: float) -> LogView:
    rule, log = engine.config.rule, engine.checker.records["sliding_log"].look(key)
    held = log.times[log.until(now - rule.window) : log.until(now)]
    entries = tuple(
        EntryView(t=round(t, 3), leaves_in=round(t + rule.window - now, 2))
        for t in reversed(held[-SHOWN_ENTRIES:])
    )
    return LogView(rows=entries, held=len(held), limit=rule.limit)


def _algorithms(engine: RateLimiter) -> tuple[AlgorithmView, ...]:
    return tuple(
        view_of(
            AlgorithmView,
            engine.checker.records[name],
            id=name,
            label=algorithm.label,
            decides=name == engine.config.algorithm,
            promise=algorithm.promise(engine.config.rule),
            redis_bytes=engine.sizes.of(name).redis,
            memory_bytes=engine.sizes.of(name).memory,
        )
        for name, algorithm in ALGORITHMS.items()
    )


def _used(engine: RateLimiter, key: str, now: float) -> UsedView:
    config, span = engine.config, _span(engine)
    rule, log = config.rule, engine.checker.records[config.algorithm].look(key)
    step = span / SAMPLES
    latest = math.floor(now / step) * step
    ends = [latest - (SAMPLES - 1 - n) * step for n in range(SAMPLES)]
    return UsedView(
        used=tuple(log.within(end, rule.window) for end in ends),
        limit=(rule.limit,) * SAMPLES,
        promise=(ALGORITHMS[config.algorithm].promise(rule),) * SAMPLES,
        now=log.within(now, rule.window),
        span=span,
    )


def _together(engine: RateLimiter, now: float) -> TogetherView:
    record = engine.checker.records[engine.config.algorithm]
    return TogetherView(
        on=engine.has_global_rule,
        limit=engine.config.global_limit,
        used=record.all_clients.within(now, engine.config.rule.window),
        fullest=record.fullest_of_all,
        refused=engine.limiter.counters.refused_by_global_rule,
    )


def _counters(engine: RateLimiter) -> StoreView:
    coalescer = engine.stores.atomic.coalescer
    return view_of(
        StoreView,
        engine.limiter.counters,
        id=engine.config.store,
        label=engine.stores.current.label,
        questions=coalescer.questions,
        trips=coalescer.batches,
        per_trip=round(coalescer.questions / coalescer.batches, 2) if coalescer.batches else 0.0,
        last=coalescer.last,
    )


def _clocks(engine: RateLimiter) -> tuple[ClockView, ...]:
    return tuple(
        ClockView(id=one.id, label=one.spec.label, skew_ms=round(skew_of(one) * 1000), checks=one.calls)
        for one in engine.gateways.all()
    )


def _rules(engine: RateLimiter) -> tuple[RuleView, ...]:
    return tuple(
        view_of(
            RuleView,
            row,
            since=datetime.fromtimestamp(row.since, UTC).strftime("%H:%M:%S"),
            algorithm=ALGORITHMS[row.algorithm].label,
        )
        for row in engine.rules.rows
    )


def _totals(engine: RateLimiter) -> TotalsView:
    answers = engine.clients.answers.values()
    passed, refused = sum(one.passed for one in answers), sum(one.refused for one in answers)
    return view_of(
        TotalsView,
        engine.limiter.counters,
        asked=sum(one.sent for one in answers),
        passed=passed,
        refused=refused,
        passed_pct=round(100 * passed / (passed + refused), 1) if passed + refused else 0.0,
        clients=sum(one.sent > 0 for one in answers),
        violations=sum(monitor.violations for monitor in engine.monitors.values()),
    )
