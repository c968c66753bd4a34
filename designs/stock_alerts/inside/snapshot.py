"""From the running engine to the snapshot."""

from __future__ import annotations

from datetime import UTC, datetime

from designs.stock_alerts.engine.alert_book import StoredAlert
from designs.stock_alerts.engine.engine import StockAlerts
from designs.stock_alerts.engine.inbox import Notification
from designs.stock_alerts.engine.market import Quote
from designs.stock_alerts.engine.models import ARMED
from designs.stock_alerts.engine.nodes import ALERTS, INBOX, INDEX, LOG, NOTIFIER, QUEUE
from designs.stock_alerts.engine.stocks import CENTS, STOCKS, money
from designs.stock_alerts.engine.strategies import CAPS, FEEDS, FINDINGS
from designs.stock_alerts.inside.views import (
    CandleView,
    CostView,
    DayUserView,
    DayView,
    DedupeView,
    FeedView,
    KeyView,
    LadderView,
    LogView,
    MyAlertView,
    NoteView,
    PartitionView,
    QueueView,
    QuoteView,
    RungView,
    ScreenView,
    Snapshot,
    TotalsView,
    VerdictsView,
)
from sdlab.lab import Tally
from sdlab.lab.views import delay_view


def build_snapshot(engine: StockAlerts) -> Snapshot:
    """Everything that panels and product may show of now."""
    redis, rows = engine.reader.redis.last, engine.reader.rows.last
    log = log_view(engine)
    engine.node(LOG).detail = f"lag {log.lag:,}"
    engine.node(QUEUE).detail = f"{redis.messages:,} waiting"
    engine.node(ALERTS).detail = f"{rows.armed:,} set"
    engine.node(INBOX).detail = f"{redis.inbox:,} kept"
    if index := engine.nodes.get(INDEX):
        index.detail = f"{engine.matching.finding.held:,} documents"
    return Snapshot(
        **engine.common(),
        screen=screen_view(engine),
        ladder=ladder_view(engine),
        cost=cost_view(engine),
        log=log,
        dedupe=dedupe_view(engine),
        queue=queue_view(engine),
        feed=feed_view(engine),
        day=day_view(engine),
        verdicts=verdicts_view(engine),
        totals=totals_view(engine),
    )


def _money(cents: int) -> float:
    return cents / CENTS


def _clock(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%H:%M:%S")


def _change(quote: Quote) -> float:
    return round((quote.price - quote.opened) * 100 / quote.opened, 2)


def screen_view(engine: StockAlerts) -> ScreenView:
    """The stock on the screen, and what is the visitor's."""
    quote, rows = engine.market.quotes[engine.market.focus], engine.reader.rows.last
    return ScreenView(
        symbol=quote.stock.symbol,
        name=quote.stock.name,
        price=_money(quote.price),
        change=_change(quote),
        seq=quote.seq,
        candles=tuple(
            CandleView(one.start, _money(one.open), _money(one.high), _money(one.low), _money(one.close))
            for one in quote.candles
        ),
        quotes=tuple(
            QuoteView(one.stock.symbol, one.stock.name, _money(one.price), _change(one))
            for one in engine.market.quotes
        ),
        alerts=tuple(_mine(one) for one in rows.mine),
        notes=tuple(_note(one) for one in engine.reader.redis.last.mine),
        armed=rows.in_force,
        limit=engine.config.limit,
    )


def _mine(one: StoredAlert) -> MyAlertView:
    return MyAlertView(
        id=str(one.id),
        symbol=STOCKS[one.stock].symbol,
        above=one.above,
        price=_money(one.price),
        percent=one.percent or 0.0,
        armed=one.status == ARMED,
        fired_price=_money(one.fired_price or 0),
        fired_clock=_clock(one.fired_at) if one.fired_at else "",
    )


def _note(one: Notification) -> NoteView:
    side = "rose to" if one.above else "fell to"
    return NoteView(
        id=f"{one.alert}:{one.arming}",
        symbol=STOCKS[one.stock].symbol,
        says=f"{STOCKS[one.stock].symbol} {side} {money(one.price)}",
        clock=_clock(one.sent_at),
        delay_ms=round(one.delay_ms, 1),
        quiet=one.quiet,
    )


def ladder_view(engine: StockAlerts) -> LadderView:
    """The rows around the price, and the newest band of that stock."""
    rows = engine.reader.rows.last
    mine = {one.price for one in rows.mine if one.status == ARMED and one.stock == rows.stock}
    band = next((one for one in reversed(engine.matching.bands) if one.stock == rows.stock), None)
    return LadderView(
        symbol=STOCKS[rows.stock].symbol,
        price=_money(rows.price),
        rungs=tuple(
            RungView(_money(price), above, alerts, price in mine)
            for above, price, alerts, _ in sorted(rows.around, key=lambda one: -one[1])
        ),
        crossed_from=_money(band.old) if band else 0.0,
        crossed_to=_money(band.new) if band else 0.0,
        crossed=band.fired if band else 0,
        crossed_ago=round(engine.clock.time() - band.at) if band else 0.0,
        held=engine.matching.finding.held,
    )


def cost_view(engine: StockAlerts) -> CostView:
    """What the approach in force has taken so far."""
    cost = engine.matching.cost
    return CostView(
        approach=FINDINGS[engine.config.matching].label,
        ticks=cost.ticks,
        mean_ms=round(cost.mean_ms, 4),
        p99_ms=round(cost.per_tick.quantile(0.99), 4),
        looked=round(cost.mean_looked, 1),
        found=cost.found,
        held=engine.matching.finding.held,
    )


def log_view(engine: StockAlerts) -> LogView:
    """Partitions as Redis has them."""
    count, counters = engine.config.consumers, engine.counters
    found = []
    for number, one in enumerate(engine.reader.redis.last.partitions):
        consumer = engine.nodes.get(f"consumer-{number % count + 1}")
        found.append(
            PartitionView(
                name=str(number),
                consumer=consumer.spec.label if consumer else "",
                state=consumer.state if consumer else "",
                entries_kept=one.kept,
                read=one.read,
                lag=max(0, one.added - one.read),
                newest=" ".join(dict.fromkeys(STOCKS[stock].symbol for stock in one.newest)),
            )
        )
    return LogView(
        partitions=tuple(found),
        lag=sum(one.lag for one in found),
        late=counters.late,
        dropped=counters.dropped_late,
        excursions=counters.excursions,
        deaths=counters.consumer_deaths,
    )


def dedupe_view(engine: StockAlerts) -> DedupeView:
    """The keys of the newest notifications."""
    marks = tuple(
        KeyView(one.key, one.user, one.seconds is not None, round(one.seconds or 0.0))
        for one in engine.reader.redis.last.keys
    )
    return DedupeView(
        marks=marks,
        held=sum(one.there for one in marks),
        by_key=engine.counters.twice_by_key,
        by_status=engine.counters.twice_by_status,
    )


def queue_view(engine: StockAlerts) -> QueueView:
    """The queue and the inbox as Redis has them."""
    redis, counters = engine.reader.redis.last, engine.counters
    return QueueView(
        messages=redis.messages,
        inbox=redis.inbox,
        sent=counters.sent,
        deaths=counters.deaths,
        lost=counters.lost_in_hand,
        state=engine.node(NOTIFIER).state,
    )


def feed_view(engine: StockAlerts) -> FeedView:
    """Delays of the last seconds."""
    counters = engine.counters
    return FeedView(
        approach=FEEDS[engine.config.feed].label,
        polls=counters.polls,
        every_s=engine.config.poll_s,
        late=counters.late,
        duplicates=counters.duplicates,
        lifetime_p99=round(counters.delays.quantile(0.99), 1),
        delay=delay_view(counters.delay.merged(engine.clock.monotonic())),
    )


def day_view(engine: StockAlerts) -> DayView:
    """The day's counters as Redis has them."""
    return DayView(
        users=tuple(DayUserView(user, today) for user, today in engine.reader.redis.last.days),
        cap=CAPS[engine.config.cap].per_day,
        quiet=engine.counters.capped,
    )


def verdicts_view(engine: StockAlerts) -> VerdictsView:
    """What the checker has found."""
    checker = engine.checker
    return VerdictsView(
        crossings=engine.ledger.total,
        told=engine.monitors["once"].checked,
        missed=checker.missed,
        false=checker.false,
        twice=checker.twice,
    )


def totals_view(engine: StockAlerts) -> TotalsView:
    """Counts since opened."""
    counters, rows, now = engine.counters, engine.reader.rows.last, engine.clock.monotonic()
    return TotalsView(
        ticks=counters.ticks.total,
        ticks_per_s=round(counters.ticks.rate(now), 1),
        matched=counters.matched,
        sent_per_s=round(counters.sent_rate.rate(now), 1),
        armed=rows.armed,
        fired=rows.fired,
    )


def build_tallies(engine: StockAlerts) -> tuple[Tally, ...]:
    """What tells the approaches apart."""
    cost, counters, checker = engine.matching.cost, engine.counters, engine.checker
    return (
        Tally("match_ms", "Finding the alerts of a tick", "ms", round(cost.mean_ms, 4)),
        Tally("looked", "Alerts looked at per tick", "", round(cost.mean_looked, 1)),
        Tally("matched", "Ticks searched for", "", counters.matched, "more"),
        Tally("sent", "Notifications sent", "", counters.sent, "same"),
        Tally("missed", "Crossings that nobody was told of", "", checker.missed),
        Tally("false", "Told, and never crossed", "", checker.false),
        Tally("wrong", "False and missed", "", checker.false + checker.missed),
        Tally("twice", "Told twice", "", checker.twice),
        Tally("delay_p99", "Tick to notification, p99", "ms", round(counters.delays.quantile(0.99), 1)),
        Tally("quiet", "Kept quiet by the cap", "", counters.capped, "same"),
        Tally("lost", "Died in the notifier's hand", "", counters.lost_in_hand),
    )
