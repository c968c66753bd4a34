"""From the running engine to the snapshot: arithmetic and bounds, no decisions."""

from __future__ import annotations

import math
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from designs.rate_limiter.config import gateway_ids
from designs.rate_limiter.engine.state_sizes import Sizes
from designs.rate_limiter.engine.strategies import ALGORITHMS
from designs.rate_limiter.engine.strategies.algorithms import seconds
from designs.rate_limiter.engine.strategies.client_keys import CAST, person
from designs.rate_limiter.engine.claims import PassLog
from designs.rate_limiter.inside.views import (
    AccountView,
    BucketView,
    ClockView,
    EntryView,
    LanesView,
    LaneView,
    LogView,
    PersonView,
    RuleView,
    Snapshot,
    StoreView,
    TogetherView,
    TotalsView,
    UsedView,
    WindowsView,
    WindowView,
)

if TYPE_CHECKING:
    from designs.rate_limiter.engine.engine import RateLimiter

SHOWN_PEOPLE = 8
SHOWN_ENTRIES = 40
WINDOWS = 6
SAMPLES = 60
LANE_WINDOWS = 3
SHORTEST_SPAN = 15.0


def picture(engine: RateLimiter) -> Snapshot:
    """Everything that the panels may show of now."""
    now = engine.now()
    client = engine.people[engine.focus].counted_as
    return Snapshot(
        **engine.common(),
        now=round(now, 3),
        focus=engine.focus,
        people=_people(engine),
        lanes=_lanes(engine, client),
        buckets=_buckets(engine, client, now),
        windows=_windows(engine, client, now),
        log=_log(engine, client, now),
        accounts=_accounts(engine),
        used=_used(engine, client, now),
        together=_together(engine, now),
        counters=_counters(engine),
        clocks=_clocks(engine),
        rules=_rules(engine),
        totals=_totals(engine),
    )


def _span(engine: RateLimiter) -> float:
    return max(SHORTEST_SPAN, LANE_WINDOWS * engine.config.rule.window)


def _people(engine: RateLimiter) -> tuple[PersonView, ...]:
    names = list(CAST)
    if engine.focus not in CAST:
        names.append(engine.focus)
    return tuple(_person(engine, name) for name in names[:SHOWN_PEOPLE])


def _person(engine: RateLimiter, name: str) -> PersonView:
    marks = engine.people[name]
    return PersonView(
        name=name,
        address=person(name).address,
        counted_as=marks.counted_as,
        rate=engine.rates.get(name, 0.0),
        sent=marks.sent,
        passed=marks.passed,
        refused=marks.refused,
        times=tuple(round(t, 2) for t in marks.times),
        verdicts="".join(marks.verdicts),
    )


def _lanes(engine: RateLimiter, client: str) -> LanesView:
    marks = engine.lane_marks.get(client, ())
    rows = tuple(
        LaneView(
            id=name,
            label=algorithm.label,
            decides=name == engine.config.algorithm,
            verdicts="".join(signs[place] for _, signs, _ in marks),
            delays=tuple(round(delay, 2) for _, _, delay in marks) if algorithm.delays else (),
            passed=sum(signs[place] in "1h" for _, signs, _ in marks),
            refused=sum(signs[place] == "0" for _, signs, _ in marks),
        )
        for place, (name, algorithm) in enumerate(ALGORITHMS.items())
    )
    return LanesView(
        client=client,
        times=tuple(round(t, 2) for t, _, _ in marks),
        span=_span(engine),
        window=engine.config.rule.window,
        rows=rows,
    )


def _buckets(engine: RateLimiter, client: str, now: float) -> tuple[BucketView, ...]:
    """Levels follow from the last answer and the time since: nothing else changes them."""
    rule = engine.config.rule
    views = []
    for name, unit, change in (
        ("token_bucket", "tokens", rule.rate),
        ("leaky_bucket", "waiting", -rule.rate),
        ("gcra", "requests ahead", -rule.rate),
    ):
        last = engine.last.get((name, client))
        busy = 0.0
        if last is not None:
            said, given = last
            busy = max(0.0, said.stamp + said.verdict.reset_after - max(now, said.stamp)) / given.gap
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


def _windows(engine: RateLimiter, client: str, now: float) -> WindowsView:
    rule, lanes = engine.config.rule, engine.truth.lanes
    logs = {name: lane.clients.get(client) or PassLog() for name, lane in lanes.items()}
    asked = [t for t, _, _ in engine.lane_marks.get(client, ())]
    first = math.floor(now / rule.window) - WINDOWS + 1
    rows = []
    for number in range(first, first + WINDOWS):
        start, end = number * rule.window, (number + 1) * rule.window
        rows.append(
            WindowView(
                start=start,
                asked=sum(start <= t < end for t in asked),
                fixed=_between(logs["fixed_window"], start, end),
                counter=_between(logs["sliding_counter"], start, end),
                log=_between(logs["sliding_log"], start, end),
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
        fixed_worst=lanes["fixed_window"].worst,
        counter_worst=lanes["sliding_counter"].worst,
        log_worst=lanes["sliding_log"].worst,
    )


def _between(log: PassLog, start: float, end: float) -> int:
    """How many passed in `[start, end)`."""
    before = math.nextafter(end, -math.inf)
    return log.place(before) - log.place(math.nextafter(start, -math.inf))


def _log(engine: RateLimiter, client: str, now: float) -> LogView:
    rule = engine.config.rule
    log = engine.truth.lanes["sliding_log"].clients.get(client) or PassLog()
    held = log.times[log.place(now - rule.window) : log.place(now)]
    entries = [
        EntryView(t=round(t, 3), leaves_in=round(t + rule.window - now, 2))
        for t in reversed(held[-SHOWN_ENTRIES:])
    ]
    return LogView(rows=tuple(entries), held=len(held), limit=rule.limit)


def _accounts(engine: RateLimiter) -> tuple[AccountView, ...]:
    rule = engine.config.rule
    views = []
    for name, algorithm in ALGORITHMS.items():
        lane, sizes = engine.truth.lanes[name], engine.sizes.get(name, Sizes())
        views.append(
            AccountView(
                id=name,
                label=algorithm.label,
                decides=name == engine.config.algorithm,
                passed=lane.passed,
                refused=lane.refused,
                worst=lane.worst,
                promise=algorithm.promise(rule),
                over=lane.over,
                broken=lane.broken,
                redis_bytes=sizes.redis,
                memory_bytes=sizes.memory,
            )
        )
    return tuple(views)


def _used(engine: RateLimiter, client: str, now: float) -> UsedView:
    rule, span = engine.config.rule, _span(engine)
    log = engine.truth.lanes[engine.config.algorithm].clients.get(client) or PassLog()
    step = span / SAMPLES
    latest = math.floor(now / step) * step
    ends = [latest - (SAMPLES - 1 - n) * step for n in range(SAMPLES)]
    return UsedView(
        used=tuple(log.within(end, rule.window) for end in ends),
        limit=(rule.limit,) * SAMPLES,
        promise=(ALGORITHMS[engine.config.algorithm].promise(rule),) * SAMPLES,
        now=log.within(now, rule.window),
        span=span,
    )


def _together(engine: RateLimiter, now: float) -> TogetherView:
    lane = engine.truth.lanes[engine.config.algorithm]
    return TogetherView(
        on=bool(engine.config.together),
        limit=engine.config.global_limit,
        used=lane.everybody.within(now, engine.config.rule.window),
        worst=lane.worst_together,
        refused=engine.happened.by_everybody,
    )


def _counters(engine: RateLimiter) -> StoreView:
    store, happened = engine.stores[engine.config.store], engine.happened
    trips = engine.coalescer.batches
    questions = engine.coalescer.questions
    return StoreView(
        id=engine.config.store,
        label=store.label,
        questions=questions,
        trips=trips,
        per_trip=round(questions / trips, 2) if trips else 0.0,
        last=engine.coalescer.last,
        unanswered=happened.unanswered,
        opened=happened.opened,
        closed=happened.closed,
        fallback=happened.fallback,
    )


def _clocks(engine: RateLimiter) -> tuple[ClockView, ...]:
    return tuple(
        ClockView(
            id=one,
            label=engine.nodes[one].spec.label,
            skew_ms=round(engine.skew.get(one, 0.0) * 1000),
            checks=engine.checks_of.get(one, 0),
        )
        for one in gateway_ids(engine.config)
    )


def _rules(engine: RateLimiter) -> tuple[RuleView, ...]:
    return tuple(
        RuleView(
            since=datetime.fromtimestamp(row.since, UTC).strftime("%H:%M:%S"),
            algorithm=ALGORITHMS[row.algorithm].label,
            limit=row.limit,
            window_s=row.window_s,
            burst=row.burst,
        )
        for row in engine.rules
    )


def _totals(engine: RateLimiter) -> TotalsView:
    passed = sum(one.passed for one in engine.people.values())
    refused = sum(one.refused for one in engine.people.values())
    return TotalsView(
        asked=sum(one.sent for one in engine.people.values()),
        passed=passed,
        refused=refused,
        by_client=engine.happened.by_client,
        by_everybody=engine.happened.by_everybody,
        passed_pct=round(100 * passed / (passed + refused), 1) if passed + refused else 0.0,
        clients=sum(one.sent > 0 for one in engine.people.values()),
        violations=sum(monitor.violations for monitor in engine.monitors.values()),
    )
