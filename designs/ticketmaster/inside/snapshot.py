"""From the running engine to the snapshot: arithmetic and bounds, no decisions."""

from __future__ import annotations

from collections.abc import Mapping

from designs.ticketmaster.engine.attempts import Attempt
from designs.ticketmaster.engine.delivery_meters import DeliveryMeter
from designs.ticketmaster.engine.demo_users import DemoUser
from designs.ticketmaster.engine.engine import Ticketmaster
from designs.ticketmaster.engine.nodes import BOOKING, CAPTURE, DATABASE, EDGE, INDEX, LOCKS, QUEUE
from designs.ticketmaster.engine.programme import SEATS, cents_of, euros
from designs.ticketmaster.engine.query_plan import PlanLine
from designs.ticketmaster.engine.search_index import Event
from designs.ticketmaster.engine.seat_maps import HELD, OVERDUE, SOLD, SeatMap
from designs.ticketmaster.engine.strategies import CACHES, DELIVERIES, ISOLATIONS, SEARCHES
from designs.ticketmaster.inside.views import (
    CachedQueryView,
    CacheView,
    DeliveryView,
    DemoUserView,
    EventView,
    HallView,
    HeldView,
    IndexView,
    LedgerView,
    PlanLineView,
    QueueView,
    RaceView,
    SalesView,
    Snapshot,
    StepRow,
    TransactionsView,
)
from sdlab.lab import Tally, amount
from sdlab.lab.views import LaneView, step_view, view_of

SHOWN_TWICE = 12
SHOWN_QUERIES = 12
LETTERS = {HELD: "h", OVERDUE: "o", SOLD: "s"}
LEDGER = (("captured", "miss"), ("settled", "ok"), ("refunded", "moved"))


def build_snapshot(engine: Ticketmaster) -> Snapshot:
    """Everything that the panels may show of now."""
    _label_nodes(engine)
    popular = (event_view(one) for one in engine.catalogue.events.values() if one.popular)
    return Snapshot(
        **engine.common(),
        featured=next(popular, EventView()),
        users=tuple(_user(engine, user) for user in engine.demo_users.both),
        hall=_hall(engine, engine.seat_maps.map(engine.seat_maps.shown)),
        office=_sales(engine),
        ledger=_ledger(engine),
        queue=_queue(engine),
        finder=_index(engine),
        cache=_cache(engine),
        deliveries=_deliveries(engine, engine.seat_maps.meters),
        watchers=len(engine.watchers.here),
        watched=_deliveries(engine, engine.watchers.meters),
        race=_race(engine),
        transactions=_transactions(engine),
    )


def build_tallies(engine: Ticketmaster) -> tuple[Tally, ...]:
    """What a comparison counts."""
    cache, counters, report = engine.event_search.cache, engine.box_office.counters, engine.checker.report
    searches = max(1, cache.hits + cache.misses)
    refused = 100 * counters.refused / max(1, counters.attempts)
    retried = engine.transactions.counters.retried + engine.transactions.counters.deadlocks
    return (
        Tally("doubles", "Seats sold twice", "seats", len(report.doubles)),
        Tally("sold", "Seats sold", "seats", report.sold, "more"),
        Tally("refused", "Holds refused", "% of attempts", refused),
        Tally("blocked", "Blocked after expiry", "seat-seconds", counters.blocked_s),
        Tally("retried", "Transactions begun again", "transactions", retried),
        Tally("cached", "Answers from a cache", "%", 100 * cache.hits / searches, "more"),
        Tally("stale", "Answers that were wrong", "answers", cache.stale),
        Tally("wrong", "Events wrong in the index", "events", engine.event_search.look.last.wrong),
    )


def _label_nodes(engine: Ticketmaster) -> None:
    details = {
        BOOKING: f"{engine.box_office.counters.bookings:,} sales",
        QUEUE: f"{engine.admission.waiting:,} wait",
        LOCKS: f"{_count(engine.seat_maps.map(engine.seat_maps.shown), HELD)} held here",
        DATABASE: f"{amount(engine.checker.report.sold, 'seat')} sold",
        INDEX: f"{engine.event_search.look.last.wrong} wrong",
        CAPTURE: f"{engine.index_feed.lag[0]:,} behind",
        EDGE: f"{len(engine.event_search.cache):,} kept",
    }
    for name, detail in details.items():
        if name in engine.nodes:
            engine.nodes[name].detail = detail


def _count(seat_map: SeatMap, state: str) -> int:
    return sum(one.state == state for one in seat_map.seats.values())


def event_view(event: Event) -> EventView:
    """An event, ready to be read."""
    starts = f"{event.local_start.strftime('%a %-d %b %Y, %H:%M')}, {event.city} time"
    return view_of(EventView, event, starts=starts)


def _user(engine: Ticketmaster, user: DemoUser) -> DemoUserView:
    now, one = engine.clock.time(), user.hold or user.booking
    event = engine.catalogue.events.get(user.event_id)
    queued, first = user.position, max(1, user.first)
    doubled = engine.checker.report.doubled(user.event_id)
    shared = sorted(doubled & set(user.booking.seats)) if user.booking else []
    position = queued.position if queued else 0
    waits = queued is not None and not queued.admitted
    return view_of(
        DemoUserView,
        user,
        step=engine.demo_users.step(user),
        event=event_view(event) if event else EventView(),
        position=position,
        progress=round(100 * (1 - position / first), 1) if waits else 100.0,
        estimate_s=round(queued.estimate_s) if queued else 0,
        visit_left_s=round(queued.left_s, 1) if queued else 0.0,
        hold=user.hold.id if user.hold else "",
        seats=one.seats if one else (),
        price=euros(cents_of(one.seats)) if one else "",
        left_s=round(max(0.0, user.hold.expires - now), 1) if user.hold else 0.0,
        hold_s=engine.config.hold_s,
        booking=user.booking.id if user.booking else "",
        note=f"Somebody else has a ticket for {', '.join(shared)}, too." if shared else user.note,
        tone="error" if shared else user.tone,
        requeue=bool(event and engine.admission.needed(event) and not user.token and not one),
    )


def _hall(engine: Ticketmaster, seat_map: SeatMap) -> HallView:
    now, hold_s = engine.clock.time(), engine.config.hold_s
    event = engine.catalogue.events.get(engine.seat_maps.shown)
    doubled = engine.checker.report.doubled(engine.seat_maps.shown)
    held = sorted(
        ((seat, one) for seat, one in seat_map.seats.items() if one.hold_id), key=lambda pair: pair[1].until
    )
    sold = _count(seat_map, SOLD)
    letters = (LETTERS.get(seat_map.seats[seat].state, "f") for seat in SEATS)
    return HallView(
        event=event_view(event) if event else EventView(),
        seats="".join(
            "d" if seat in doubled else letter for seat, letter in zip(SEATS, letters, strict=True)
        ),
        held=tuple(
            HeldView(
                seat=seat,
                by=engine.holds.buyer_of(one.hold_id),
                hold=one.hold_id[:6],
                left_s=round(one.until - now, 1),
                share=round(max(0.0, min(100.0, 100 * (one.until - now) / hold_s)), 1),
            )
            for seat, one in held
        ),
        free=len(SEATS) - len(held) - sold,
        holding=_count(seat_map, HELD),
        overdue=_count(seat_map, OVERDUE),
        sold=sold,
        doubled=len(doubled),
        changes=seat_map.log.last,
        where=engine.holds.locks.label,
        now=round(now, 2),
    )


def _sales(engine: Ticketmaster) -> SalesView:
    counters, report = engine.box_office.counters, engine.checker.report
    return view_of(
        SalesView,
        counters,
        blocked_s=round(counters.blocked_s, 1),
        sold=report.sold,
        doubles=len(report.doubles),
        twice=tuple(_named(engine, double) for double in report.doubles[:SHOWN_TWICE]),
    )


def _named(engine: Ticketmaster, double: str) -> str:
    event_id, seat = double.split(" ")
    return f"{seat} · {engine.event(event_id).title}"


def _ledger(engine: Ticketmaster) -> tuple[LedgerView, ...]:
    known = engine.checker.report.ledger
    lines = ((state, tone, *known.get(state, (0, 0))) for state, tone in LEDGER)
    return tuple(LedgerView(state, count, euros(cents), tone) for state, tone, count, cents in lines)


def _queue(engine: Ticketmaster) -> QueueView:
    admission, config, pace = engine.admission, engine.config, engine.admission.pace()
    bound = -(-admission.waiting // config.batch) * config.hold_s
    return view_of(
        QueueView,
        admission,
        on=any(admission.needed(one) for one in engine.catalogue.events.values()),
        batch=config.batch,
        admitted=admission.total,
        pace=round(pace, 1),
        to_empty_s=round(min(bound, admission.waiting / pace) if pace else bound),
        marks=tuple(
            user.position.position if user.position and not user.position.admitted else 0
            for user in engine.demo_users.both
        ),
    )


def _index(engine: Ticketmaster) -> IndexView:
    behind, lag_s = engine.index_feed.lag
    return IndexView(
        kind=SEARCHES[engine.config.search].label,
        behind=behind,
        lag_s=round(lag_s, 1),
        captured=engine.index_feed.captured,
        written=engine.index_feed.written,
        missed=engine.index_feed.missed,
        degraded=engine.event_search.degraded,
        wrong=engine.event_search.look.last.wrong,
        events=engine.event_search.look.last.events,
        searches=engine.event_search.searches,
    )


def _cache(engine: Ticketmaster) -> CacheView:
    cache, policy = engine.event_search.cache, CACHES[engine.config.cache]
    searches = cache.hits + cache.misses
    return view_of(
        CacheView,
        cache,
        kind=policy.label,
        kept=len(cache),
        hit_pct=round(100 * cache.hits / searches, 1) if searches else 0.0,
        stale_pct=round(100 * cache.stale / cache.hits, 1) if cache.hits else 0.0,
        header=policy.cache_control(engine.config.edge_s),
        newest=tuple(
            CachedQueryView(query.term or query.city or "everything", hits)
            for query, hits in cache.newest(SHOWN_QUERIES)
        ),
    )


def _deliveries(engine: Ticketmaster, meters: Mapping[str, DeliveryMeter]) -> tuple[DeliveryView, ...]:
    now = engine.clock.monotonic()
    delays = {name: meter.delays.merged(now) for name, meter in meters.items()}
    return tuple(
        view_of(
            DeliveryView,
            meter,
            id=name,
            label=DELIVERIES[name].label,
            used=name == engine.config.delivery,
            each=round(meter.bytes / meter.updates, 1) if meter.updates else 0.0,
            p50=round(delays[name].quantile(0.5), 1),
            p99=round(delays[name].quantile(0.99), 1),
        )
        for name, meter in meters.items()
    )


def _race(engine: Ticketmaster) -> RaceView:
    shown = engine.attempts.shown
    if not shown:
        return RaceView(met=engine.attempts.met)
    began = min(step.began for one in shown for step in one.steps)
    common = frozenset.intersection(*(one.seats for one in shown)) or shown[-1].seats
    lanes = tuple(_lane(one, began) for one in shown)
    return RaceView(
        seats=", ".join(sorted(common)),
        doubled=engine.attempts.doubled,
        met=engine.attempts.met,
        lanes=lanes,
        rows=tuple(
            StepRow(lane.label, one.label, one.start_ms, one.end_ms, one.tone)
            for lane in lanes
            for one in lane.segments
        ),
    )


def _lane(one: Attempt, began: float) -> LaneView:
    return LaneView(
        one.actor,
        tuple(step_view(step.label, step.began, step.ended, step.tone, since=began) for step in one.steps),
    )


def _transactions(engine: Ticketmaster) -> TransactionsView:
    sql, locked = engine.room.sql, engine.transactions.lock_ms.merged(engine.clock.monotonic())
    return view_of(
        TransactionsView,
        engine.transactions.counters,
        database=sql.engine_name,
        row_locks=sql.row_locks,
        level=ISOLATIONS[engine.config.isolation].label,
        lock_p50=round(locked.quantile(0.5), 1),
        lock_p99=round(locked.quantile(0.99), 1),
        locked=locked.total,
        sql=engine.query_plan.sql,
        plan=tuple(_plan_line(line) for line in engine.query_plan.lines),
    )


def _plan_line(line: PlanLine) -> PlanLineView:
    rows = f"{line.rows:,.0f}" if line.rows >= 0 else ""
    return PlanLineView(line.text, rows, f"{line.ms:.2f}" if line.ms >= 0 else "")
