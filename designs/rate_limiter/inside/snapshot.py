"""From the running engine to the snapshot: arithmetic and bounds, no decisions."""

from __future__ import annotations

import math
from datetime import UTC, datetime

from designs.rate_limiter.engine.checks import DELAYED, PASSED, REFUSED
from designs.rate_limiter.engine.engine import RateLimiter
from designs.rate_limiter.engine.gateways import skew_of
from designs.rate_limiter.engine.store_reader import Stored
from designs.rate_limiter.engine.strategies import ALGORITHMS
from designs.rate_limiter.engine.strategies.algorithms import Block, seconds
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
    StoredView,
    StoreView,
    TogetherView,
    TotalsView,
    UsedView,
    WindowsView,
    WindowView,
)
from sdlab.blocks.fixed_window import FixedWindow
from sdlab.blocks.gcra import Gcra
from sdlab.blocks.leaky_bucket import LeakyBucket
from sdlab.blocks.rate_rule import Rule
from sdlab.blocks.sliding_counter import SlidingCounter
from sdlab.blocks.sliding_log import SlidingLog
from sdlab.blocks.token_bucket import TokenBucket
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
        stored=StoredView(engine.reader.look.last.where, engine.reader.look.failed),
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
    sizes = engine.reader.look.last.size_of(engine.config.algorithm)
    answers = engine.clients.answers.values()
    return (
        Tally("over_limit", "passed over the limit", "", record.over_limit),
        Tally("worst_window", "most in any window", "", record.fullest),
        Tally("passed", "passed", "", sum(one.passed for one in answers), "same"),
        Tally("refused", "refused", "", sum(one.refused for one in answers), "same"),
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


def _stored(engine: RateLimiter, key: str) -> Stored:
    """What was read of that client; nothing while it is another's."""
    found = engine.reader.look.last
    return found if found.key == key else Stored()


def _buckets(engine: RateLimiter, key: str, now: float) -> tuple[BucketView, ...]:
    """The state as it was read, with the time since: nothing else changes a level."""
    rule, stored = engine.config.rule, _stored(engine, key)
    silent = engine.reader.look.failed
    views = []
    for name, unit, change in (
        ("token_bucket", "tokens", rule.rate),
        ("leaky_bucket", "waiting", -rule.rate),
        ("gcra", "requests ahead", -rule.rate),
    ):
        block = stored.blocks.get(name)
        level, says = _level(block, now, rule) if block else _at_rest(name, rule)
        views.append(
            BucketView(
                id=name,
                label=ALGORITHMS[name].label,
                decides=name == engine.config.algorithm,
                level=round(level, 2),
                capacity=float(rule.burst),
                change=round(change, 3),
                unit=unit,
                says="not known: no answer from the store" if silent else says,
                kept=block is not None,
            )
        )
    return tuple(views)


def _at_rest(name: str, rule: Rule) -> tuple[float, str]:
    """A bucket without state is as at the beginning."""
    return (
        (float(rule.burst), "full: nothing is kept") if name == "token_bucket" else (0.0, "nothing is kept")
    )


def _level(block: Block, now: float, rule: Rule) -> tuple[float, str]:
    """How full the bucket of that state is at `now`, and what follows from it."""
    if isinstance(block, TokenBucket):
        tokens = min(float(rule.burst), block.tokens + max(0.0, now - block.at) / rule.gap)
        if tokens >= 1:
            return tokens, f"{int(tokens)} would pass at once"
        return tokens, f"next token in {seconds((1 - tokens) * rule.gap)}"
    if isinstance(block, LeakyBucket):
        wait = max(0.0, block.leaves - now)
        return wait / rule.gap, f"empty in {seconds(wait)}" if wait else "nobody waits"
    ahead = max(0.0, block.due - now) if isinstance(block, Gcra) else 0.0
    return ahead / rule.gap, f"at rest in {seconds(ahead)}" if ahead else "at rest"


def _windows(engine: RateLimiter, key: str, now: float) -> WindowsView:
    rule, records, stored = engine.config.rule, engine.checker.records, _stored(engine, key)
    logs = {name: record.look(key) for name, record in records.items()}
    asked = [one.at for one in engine.limiter.verdicts.of(key).rows]
    current = math.floor(now / rule.window)
    rows = []
    for number in range(current - WINDOWS + 1, current + 1):
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
    kept_counter, kept_previous = _kept_counter(stored.blocks.get("sliding_counter"), current)
    fixed = stored.blocks.get("fixed_window")
    return WindowsView(
        rows=tuple(rows),
        limit=rule.limit,
        width=rule.window,
        estimate=round(stored.estimate, 1),
        truth=stored.truth,
        kept_fixed=fixed.counted if isinstance(fixed, FixedWindow) and fixed.number == current else 0,
        kept_counter=kept_counter,
        kept_previous=kept_previous,
        kept_log=len(_entries(stored)),
        fixed_fullest=records["fixed_window"].fullest,
        counter_fullest=records["sliding_counter"].fullest,
        log_fullest=records["sliding_log"].fullest,
    )


def _kept_counter(block: Block | None, current: int) -> tuple[int, int]:
    """What a sliding counter has of the aligned window of now and of the one before it."""
    if not isinstance(block, SlidingCounter):
        return 0, 0
    if block.number == current:
        return block.counted, block.previous
    return 0, block.counted if block.number == current - 1 else 0


def _entries(stored: Stored) -> list[float]:
    """The times that the log of the client has."""
    block = stored.blocks.get("sliding_log")
    return list(block.times) if isinstance(block, SlidingLog) else []


def _log(engine: RateLimiter, key: str, now: float) -> LogView:
    rule, held = engine.config.rule, _entries(_stored(engine, key))
    inside = [t for t in held if t > now - rule.window]
    entries = tuple(
        EntryView(t=round(t, 3), leaves_in=round(t + rule.window - now, 2))
        for t in reversed(inside[-SHOWN_ENTRIES:])
    )
    return LogView(rows=entries, held=len(held), inside=len(inside), limit=rule.limit)


def _algorithms(engine: RateLimiter) -> tuple[AlgorithmView, ...]:
    stored = _stored(engine, engine.clients.focused.counted_as)
    return tuple(
        view_of(
            AlgorithmView,
            engine.checker.records[name],
            id=name,
            label=algorithm.label,
            decides=name == engine.config.algorithm,
            promise=algorithm.promise(engine.config.rule),
            redis_bytes=stored.size_of(name).redis,
            memory_bytes=stored.size_of(name).memory,
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
    return TogetherView(
        on=engine.has_global_rule,
        limit=engine.config.global_limit,
        used=engine.checker.together.within(now, engine.config.rule.window),
        fullest=engine.checker.fullest_of_all,
        refused=engine.limiter.counters.refused_by_global_rule,
        logged=engine.reader.look.last.logged,
        clients=engine.reader.look.last.clients,
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
        for row in engine.rules.look.last
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
