"""From the running engine to the snapshot: arithmetic and bounds, no decisions."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from designs.ticketmaster.config import BOOKING, CAPTURE, DATABASE, EDGE, INDEX, LOCKS, QUEUE
from designs.ticketmaster.events import SEATS, cents_of, euros
from designs.ticketmaster.panes import Pane
from designs.ticketmaster.race import Attempt
from designs.ticketmaster.search import SEARCHES, Event
from designs.ticketmaster.seatboard import HELD, OVERDUE, SOLD, Board
from designs.ticketmaster.strategies import CACHES, DELIVERIES
from designs.ticketmaster.views import (
    AskedView,
    CacheView,
    DeliveryView,
    EventView,
    HallView,
    HeldView,
    IndexView,
    LedgerView,
    OfficeView,
    PaneView,
    QueueView,
    RaceView,
    Snapshot,
    StepRow,
)
from sdlab.lab.views import LaneView, step_view

if TYPE_CHECKING:
    from designs.ticketmaster.engine import Ticketmaster

SHOWN_TWICE = 12
SHOWN_ASKED = 12
LETTERS = {HELD: "h", OVERDUE: "o", SOLD: "s"}
LEDGER = (("captured", "miss"), ("settled", "ok"), ("refunded", "moved"))


def picture(engine: Ticketmaster) -> Snapshot:
    """Everything that the panels may show of now."""
    _label_nodes(engine)
    return Snapshot(
        **engine.common(),
        featured=next(
            (event_view(one) for one in engine.catalogue.events.values() if one.popular), EventView()
        ),
        panes=tuple(_pane(engine, pane) for pane in engine.panes.both),
        hall=_hall(engine, engine.board.board(engine.panes.inside)),
        office=_office(engine),
        ledger=_ledger(engine),
        queue=_queue(engine),
        finder=_index(engine),
        cache=_cache(engine),
        deliveries=_deliveries(engine),
        race=_race(engine),
    )


def _label_nodes(engine: Ticketmaster) -> None:
    details = {
        BOOKING: f"{engine.counts.bookings:,} sales",
        QUEUE: f"{engine.lobby.waiting:,} wait",
        LOCKS: f"{_count(engine.board.board(engine.panes.inside), HELD)} held here",
        DATABASE: f"{engine.selling.found.sold:,} seats sold",
        INDEX: f"{engine.catalogue.wrong()} wrong",
        CAPTURE: f"{engine.catalogue.lag[0]:,} behind",
        EDGE: f"{len(engine.catalogue.answers):,} kept",
    }
    for name, detail in details.items():
        if name in engine.nodes:
            engine.nodes[name].detail = detail


def _count(board: Board, state: str) -> int:
    return sum(one.state == state for one in board.seats.values())


def event_view(event: Event) -> EventView:
    """An event, ready to be read."""
    starts = datetime.fromtimestamp(event.starts, UTC).strftime("%a %-d %b %Y, %H:%M")
    return EventView(event.id, event.title, event.venue, event.city, starts, event.popular)


def _pane(engine: Ticketmaster, pane: Pane) -> PaneView:
    now, one = engine.clock.time(), pane.hold or pane.booking
    event = engine.catalogue.events.get(pane.event_id)
    place, first = pane.place, max(1, pane.first)
    shared = sorted(_doubled(engine, pane.event_id) & set(pane.booking.seats)) if pane.booking else []
    position = place.position if place else 0
    return PaneView(
        name=pane.name,
        step=engine.panes.step(pane),
        event=event_view(event) if event else EventView(),
        position=position,
        first=pane.first,
        progress=round(100 * (1 - position / first), 1) if place and not place.admitted else 100.0,
        estimate_s=round(place.estimate_s) if place else 0,
        visit_left_s=round(place.left_s, 1) if place else 0.0,
        hold=pane.hold.id if pane.hold else "",
        seats=one.seats if one else (),
        price=euros(cents_of(one.seats)) if one else "",
        left_s=round(max(0.0, pane.hold.expires - now), 1) if pane.hold else 0.0,
        hold_s=engine.config.hold_s,
        booking=pane.booking.id if pane.booking else "",
        busy=pane.busy,
        note=f"Somebody else has a ticket for {', '.join(shared)}, too." if shared else pane.note,
        tone="error" if shared else pane.tone,
        requeue=bool(event and engine.lobby.needed(event) and not pane.token and not one),
    )


def _doubled(engine: Ticketmaster, event_id: str) -> set[str]:
    found = (double.split(" ") for double in engine.selling.found.doubles)
    return {seat for event, seat in found if event == event_id}


def _hall(engine: Ticketmaster, board: Board) -> HallView:
    now = engine.clock.time()
    event = engine.catalogue.events.get(engine.panes.inside)
    doubled = _doubled(engine, engine.panes.inside)
    held = sorted(
        ((seat, one) for seat, one in board.seats.items() if one.hold_id), key=lambda pair: pair[1].until
    )
    return HallView(
        event=event_view(event) if event else EventView(),
        seats="".join(
            "d" if seat in doubled else LETTERS.get(board.seats[seat].state, "f") for seat in SEATS
        ),
        held=tuple(
            HeldView(
                seat=seat,
                by=engine.selling.buyer_of(one.hold_id),
                hold=one.hold_id[:6],
                left_s=round(one.until - now, 1),
                share=round(max(0.0, min(100.0, 100 * (one.until - now) / engine.config.hold_s)), 1),
            )
            for seat, one in held
        ),
        free=len(SEATS) - len(held) - _count(board, SOLD),
        holding=_count(board, HELD),
        overdue=_count(board, OVERDUE),
        sold=_count(board, SOLD),
        doubled=len(doubled),
        changes=board.version,
        where=engine.selling.holding.label,
        now=round(now, 2),
    )


def _office(engine: Ticketmaster) -> OfficeView:
    counts, found = engine.counts, engine.selling.found
    return OfficeView(
        attempts=counts.attempts,
        holds=counts.holds,
        refused=counts.refused,
        outside=counts.outside,
        bookings=counts.bookings,
        declined=counts.declined,
        reconciled=counts.reconciled,
        refunded=counts.refunded,
        swept=counts.swept,
        blocked_s=round(counts.blocked_s, 1),
        locks_lost=counts.locks_lost,
        sold=found.sold,
        doubles=len(found.doubles),
        twice=found.doubles[:SHOWN_TWICE],
    )


def _ledger(engine: Ticketmaster) -> tuple[LedgerView, ...]:
    known = engine.selling.found.ledger
    return tuple(
        LedgerView(state, known.get(state, (0, 0))[0], euros(known.get(state, (0, 0))[1]), tone)
        for state, tone in LEDGER
    )


def _queue(engine: Ticketmaster) -> QueueView:
    lobby, pace = engine.lobby, engine.lobby.pace()
    on = any(lobby.needed(one) for one in engine.catalogue.events.values())
    bound = -(-lobby.waiting // engine.config.batch) * engine.config.hold_s
    return QueueView(
        on=on,
        waiting=lobby.waiting,
        inside=lobby.inside,
        batch=engine.config.batch,
        admitted=lobby.admitted,
        last_batch=lobby.last_batch,
        pace=round(pace, 1),
        to_empty_s=round(min(bound, lobby.waiting / pace) if pace else bound),
        marks=tuple(
            pane.place.position if pane.place and not pane.place.admitted else 0 for pane in engine.panes.both
        ),
    )


def _index(engine: Ticketmaster) -> IndexView:
    catalogue = engine.catalogue
    return IndexView(
        kind=SEARCHES[engine.config.search].label,
        behind=catalogue.lag[0],
        lag_s=round(catalogue.lag[1], 1),
        applied=catalogue.outbox.applied,
        missed=catalogue.missed,
        degraded=catalogue.degraded,
        wrong=catalogue.wrong(),
        events=len(catalogue.events),
        searches=engine.counts.searches,
    )


def _cache(engine: Ticketmaster) -> CacheView:
    answers, kind = engine.catalogue.answers, CACHES[engine.config.cache]
    asked = answers.hits + answers.misses
    return CacheView(
        kind=kind.label,
        kept=len(answers),
        hits=answers.hits,
        misses=answers.misses,
        hit_pct=round(100 * answers.hits / asked, 1) if asked else 0.0,
        stale=answers.stale,
        stale_pct=round(100 * answers.stale / answers.hits, 1) if answers.hits else 0.0,
        cleared=answers.cleared,
        header=kind.cache_control(engine.config.edge_s),
        newest=tuple(
            AskedView(question.term or question.city or "everything", hits)
            for question, hits in answers.newest(SHOWN_ASKED)
        ),
    )


def _deliveries(engine: Ticketmaster) -> tuple[DeliveryView, ...]:
    now = engine.clock.monotonic()
    shown = []
    for name, meter in engine.board.meters.items():
        delays = meter.delays.merged(now)
        shown.append(
            DeliveryView(
                id=name,
                label=DELIVERIES[name].label,
                used=name == engine.config.delivery,
                open=meter.open,
                requests=meter.requests,
                empty=meter.empty,
                updates=meter.updates,
                bytes=meter.bytes,
                each=round(meter.bytes / meter.updates, 1) if meter.updates else 0.0,
                p50=round(delays.quantile(0.5), 1),
                p99=round(delays.quantile(0.99), 1),
            )
        )
    return tuple(shown)


def _race(engine: Ticketmaster) -> RaceView:
    shown = engine.races.shown
    if not shown:
        return RaceView(met=engine.races.met)
    began = min(step.began for one in shown for step in one.steps)
    common = frozenset.intersection(*(one.seats for one in shown)) or shown[-1].seats
    lanes = tuple(_lane(one, began) for one in shown)
    return RaceView(
        seats=", ".join(sorted(common)),
        doubled=engine.races.doubled,
        met=engine.races.met,
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
