"""From the running engine to the snapshot."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime

from designs.ad_click_aggregator.engine.ads import BY_ID
from designs.ad_click_aggregator.engine.aggregator_process import WINDOW_S
from designs.ad_click_aggregator.engine.claims import short
from designs.ad_click_aggregator.engine.engine import NAMES, AdClickAggregator
from designs.ad_click_aggregator.engine.nodes import AGGREGATORS, LOG, OLAP, SEEN
from designs.ad_click_aggregator.engine.store_reader import SHOWN_BARS
from designs.ad_click_aggregator.engine.strategies import (
    AGGREGATIONS,
    FLUSHES,
    RECONCILES,
    RECOVERIES,
    REDIRECTS,
)
from designs.ad_click_aggregator.inside.views import (
    AdView,
    BarView,
    DedupeView,
    DiffView,
    FreshnessView,
    KeyView,
    LogView,
    OlapView,
    PartitionView,
    ReconciliationView,
    RecoveredView,
    RecoveryView,
    RowsView,
    ScreenView,
    Snapshot,
    TotalsView,
    VisitsView,
    WindowsView,
    WindowView,
)
from sdlab.lab import Tally
from sdlab.lab.views import delay_view

SHOWN_WINDOWS = 10


def build_snapshot(engine: AdClickAggregator) -> Snapshot:
    """Everything that panels and product may show of now."""
    log, dedupe, olap = log_view(engine), dedupe_view(engine), olap_view(engine)
    engine.node(LOG).detail = f"lag {log.lag:,}"
    engine.node(SEEN).detail = f"{dedupe.repeats:,} repeats"
    engine.node(OLAP).detail = f"{olap.rows:,} rows"
    return Snapshot(
        **engine.common(),
        screen=screen_view(engine),
        log=log,
        windows=windows_view(engine),
        freshness=freshness_view(engine),
        dedupe=dedupe,
        visits=visits_view(engine),
        recovery=recovery_view(engine),
        reconciliation=reconciliation_view(engine),
        olap=olap,
        rows=rows_view(engine),
        totals=totals_view(engine),
    )


def _clock(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%H:%M:%S") if at > 0 else "–"


def screen_view(engine: AdClickAggregator) -> ScreenView:
    """The totals of the advertiser on the screen, window by window, up to the newest that has any."""
    per_click = AGGREGATIONS[engine.config.aggregation].per_click
    look = engine.reader.rows.last if per_click else engine.reader.olap.last
    ads = engine.reader.ads
    found: dict[int, Counter[int]] = {}
    for start, ad, clicks in look.bars:
        found.setdefault(start, Counter())[ad] += clicks
    newest = look.newest
    starts = [newest - WINDOW_S * back for back in reversed(range(SHOWN_BARS))] if newest else []
    bars = tuple(
        BarView(start, _clock(start), tuple(found.get(start, Counter())[ad] for ad in ads))
        for start in starts
    )
    shown = tuple(
        AdView(BY_ID[ad].id, BY_ID[ad].title, BY_ID[ad].slot, sum(bar.clicks[place] for bar in bars))
        for place, ad in enumerate(ads)
    )
    return ScreenView(
        advertiser=NAMES[engine.reader.focus],
        advertisers=NAMES,
        ads=shown,
        bars=bars,
        total=sum(one.clicks for one in shown),
        direct=not REDIRECTS[engine.config.redirect].by_server,
        version=engine.counters.version,
        upto=_clock(newest + WINDOW_S) if newest else "",
    )


def log_view(engine: AdClickAggregator) -> LogView:
    """Partitions as Redis has them; in the approach that reads no log there is no lag."""
    reads, now = not AGGREGATIONS[engine.config.aggregation].per_click, engine.clock.monotonic()
    found = []
    for number, one in enumerate(engine.reader.redis.last.partitions):
        aggregator = engine.nodes.get(AGGREGATORS[number % len(AGGREGATORS)])
        found.append(
            PartitionView(
                name=str(number),
                aggregator=aggregator.spec.label if aggregator else "",
                state=aggregator.state if aggregator else "",
                load=round(engine.log.loads[number].rate(now), 1),
                lag=max(0, one.added - one.read) if reads else 0,
                read=one.read,
                entries_kept=one.kept,
                newest=" ".join(dict.fromkeys(f"ad {ad}" for ad in one.newest)),
            )
        )
    return LogView(
        partitions=tuple(found),
        lag=sum(one.lag for one in found),
        busiest=max((one.load for one in found), default=0.0),
        capacity=engine.config.capacity,
    )


def windows_view(engine: AdClickAggregator) -> WindowsView:
    """Windows that aggregators hold, then the newest of the store."""
    open_now: Counter[int] = Counter()
    for one in engine.aggregators:
        for _, start, clicks in one.open:
            open_now[start] += clicks
    olap = engine.reader.olap.last
    held = [
        WindowView(_clock(start), clicks, closed=False, where="in memory")
        for start, clicks in sorted(open_now.items(), reverse=True)
    ]
    stored = [
        WindowView(_clock(start), clicks, closed, "in the store") for start, clicks, closed in olap.windows
    ]
    return WindowsView(
        rows=tuple((held[: SHOWN_WINDOWS // 2] + stored)[:SHOWN_WINDOWS]),
        open=len(open_now),
        watermark=_clock(olap.watermark),
        lateness=engine.config.lateness_s,
        late=engine.counters.late,
        dropped=engine.counters.dropped,
    )


def freshness_view(engine: AdClickAggregator) -> FreshnessView:
    """Ages of clicks when a total had them."""
    counters, config = engine.counters, engine.config
    flushed = (
        f", flushed {FLUSHES[config.flush].label.lower()}" if AGGREGATIONS[config.aggregation].streams else ""
    )
    return FreshnessView(
        approach=f"{AGGREGATIONS[config.aggregation].label}{flushed}",
        delay=delay_view(counters.fresh),
        final_p99_s=round(counters.final.quantile(0.99) / 1000, 1),
        updates=counters.database_writes,
        rows_written=counters.rows_flushed,
        flushes=counters.flushes,
        batches=counters.batches,
    )


def dedupe_view(engine: AdClickAggregator) -> DedupeView:
    """The keys of the impressions that were clicked last."""
    marks = tuple(
        KeyView(short(id), end is not None, _clock(end or 0.0)) for id, end in engine.reader.redis.last.keys
    )
    counters = engine.counters
    return DedupeView(
        marks=marks,
        held=sum(one.there for one in marks),
        repeats=counters.repeats,
        forged=counters.forged,
        expired=counters.expired,
    )


def visits_view(engine: AdClickAggregator) -> VisitsView:
    """The advertisers' log as Redis has it, and what we have counted."""
    counters = engine.counters
    return VisitsView(
        visits=engine.reader.redis.last.visits,
        logged=counters.logged,
        pixels=counters.pixels,
        missing=engine.checker.missing,
        repeats=counters.repeats,
    )


def recovery_view(engine: AdClickAggregator) -> RecoveryView:
    """Crashes since opened, and the checkpoints as Redis has them."""
    counters = engine.counters
    return RecoveryView(
        approach=RECOVERIES[engine.config.recovery].label,
        crashes=counters.crashes,
        recoveries=counters.recoveries,
        again=counters.read_again,
        longest_ms=round(counters.recovery_ms, 1),
        checkpoints=counters.checkpoints,
        bytes=sum(one.checkpoint for one in engine.reader.redis.last.partitions),
        newest=tuple(
            RecoveredView(
                one.who.replace("-", " "), _clock(one.at), one.how, one.read_again, round(one.ms, 1)
            )
            for one in reversed(engine.recovered)
        ),
    )


def reconciliation_view(engine: AdClickAggregator) -> ReconciliationView:
    """The newest differences, the last one first."""
    return ReconciliationView(
        approach=RECONCILES[engine.config.reconcile].label,
        compared=engine.counters.compared,
        repaired=engine.counters.repaired,
        wrong=engine.checker.wrong,
        upto=_clock(engine.batch.upto),
        diffs=tuple(
            DiffView(_clock(one.start), BY_ID[one.ad].title, one.partition, one.was, one.raw)
            for one in reversed(engine.batch.diffs)
        ),
    )


def olap_view(engine: AdClickAggregator) -> OlapView:
    """The store as its owner says."""
    look, counters = engine.reader.olap.last, engine.counters
    return OlapView(
        rows=look.rows,
        clicks=look.clicks,
        day=look.day,
        bytes=look.bytes,
        queries=counters.queries,
        query_ms=round(counters.query_ms, 2),
    )


def rows_view(engine: AdClickAggregator) -> RowsView:
    """The tables as the database has them."""
    look = engine.reader.rows.last
    return RowsView(ads=look.ads, counts=look.counts, clicks=look.clicks)


def totals_view(engine: AdClickAggregator) -> TotalsView:
    """Counts since opened."""
    counters = engine.counters
    return TotalsView(
        clicks=counters.clicks.total,
        clicks_per_s=round(counters.clicks.rate(engine.clock.monotonic()), 1),
        logged=counters.logged,
        counted=counters.read,
    )


def build_tallies(engine: AdClickAggregator) -> tuple[Tally, ...]:
    """What tells the approaches apart."""
    counters, checker, log = engine.counters, engine.checker, engine.log
    fresh = max(counters.fresh.quantile(0.99) / 1000, log.unseen_s)
    written = counters.database_writes + counters.rows_flushed
    return (
        Tally("fresh_s", "Age of a click when a total has it, p99", "s", round(fresh, 2)),
        Tally(
            "final_s", "Until its window is final, p99", "s", round(counters.final.quantile(0.99) / 1000, 2)
        ),
        Tally(
            "written", "Rows written per 1,000 clicks", "", round(1000 * written / max(1, counters.logged))
        ),
        Tally("lag", "Most clicks that waited in a partition", "clicks", counters.most_lag),
        Tally("lag_s", "The first that waits has waited", "s", round(log.lag_s, 2)),
        Tally("late_share", "Late clicks", "%", round(100 * counters.late / max(1, counters.read), 3)),
        Tally("wrong", "Clicks too many or too few in final windows", "clicks", checker.wrong),
        Tally("unlogged", "Visits without a click", "visits", checker.missing),
        Tally("logged", "Clicks in the log", "clicks", counters.logged, "same"),
        Tally("closed", "Clicks in closed windows", "clicks", counters.closed, "more"),
        Tally("repeats", "Repeats dropped", "clicks", counters.repeats, "same"),
        Tally("forged", "Forged ids refused", "clicks", counters.forged, "same"),
        Tally("crashes", "Crashes of aggregators", "", counters.crashes, "same"),
        Tally("again", "Clicks read again", "clicks", counters.read_again),
        Tally("recovery_ms", "The longest recovery", "ms", round(counters.recovery_ms)),
        Tally("repaired", "Totals overridden", "", counters.repaired, "same"),
    )
