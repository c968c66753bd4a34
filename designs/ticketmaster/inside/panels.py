"""The inside of the box office: each panel is a function from the live snapshot to what is drawn and its table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import reflex as rx

from components.charts import trend
from components.live import milliseconds, number, span
from components.panel import legend, panel
from components.sources import computed, counted, in_memory, read
from components.swimlanes import swim_lanes
from components.tables import Column, chips, column, data_table, facts_table, gauge, pill, stat_tiles
from designs.ticketmaster.engine.demo_users import NAMES
from designs.ticketmaster.engine.programme import PER_ROW, ROWS, TIERS
from designs.ticketmaster.inside.seatmap import hall_picture, lock_table
from designs.ticketmaster.inside.views import SalesView, Snapshot, TransactionsView
from designs.ticketmaster.inside.waiting import waiting_room


def panels(snap: Snapshot) -> list[rx.Component]:
    """All panels, in reading order."""
    return [
        hall(snap),
        race(snap),
        locks(snap),
        transactions(snap),
        queue(snap),
        doubles(snap),
        money(snap),
        delivery(snap),
        index(snap),
        cache(snap),
    ]


def hall(snap: Snapshot) -> rx.Component:
    """The seats of the event on screen, as the stores have them."""
    shown = snap.hall
    return panel(
        "Seats, as the stores have them",
        id="hall",
        says="Read from sales and holds, whatever the buyers' screens show. A letter is a buyer, a ring what is left.",
        source=(read("valkey", "the seats' locks"), read("postgres", "sales, and rows of held seats")),
        unit=shown.event.title,
        figure=rx.el.span(
            rx.el.b(number(shown.free)), " free · ", rx.el.b(number(shown.holding)), " held · ",
            rx.el.b(number(shown.sold)), " sold here",
        ),
        legend=legend(
            ("s2", "held, the ring is what is left"), ("error", "overdue, or sold twice"), ("unset", "crossed: sold"),
        ),
        body=hall_picture(
            shown.seats,
            held=shown.held,
            rows=ROWS,
            per_row=PER_ROW,
            tiers=[asdict(one) for one in TIERS],
            hold_s=snap.config["hold_s"],
            label="Seats",
        ),
        table=facts_table(
            [
                ("free", number(shown.free)),
                ("held", number(shown.holding)),
                ("expired and not freed", number(shown.overdue)),
                ("sold", number(shown.sold)),
                ("sold twice", number(shown.doubled)),
            ],
            label="Seats by state",
        ),
        span=2,
    )  # fmt: skip


def race(snap: Snapshot) -> rx.Component:
    """The steps of buyers who met over one seat."""
    shown = snap.race
    return panel(
        "Two buyers, one seat",
        id="race",
        says="Steps of the last buyers who wanted one seat at once, as measured. If both look before either sells, both buy.",
        source=in_memory("the steps of the last attempts, as measured"),
        unit="ms",
        figure=rx.cond(
            shown.doubled,
            pill(rx.el.span("✕ ", shown.seats, " sold twice"), tone="error"),
            rx.el.span(rx.el.b(number(shown.met)), " met"),
        ),
        legend=legend(("good", "done"), ("error", "refused")),
        body=rx.cond(
            shown.lanes.length() > 0,
            swim_lanes(shown.lanes, label="Steps of buyers who met over a seat"),
            rx.el.p("Nobody has met yet. Let both buyers want the same seat at once.", class_name="sd-empty"),
        ),
        table=data_table(
            shown.rows,
            [
                column("buyer", lambda one: one.by),
                column("step", lambda one: one.label),
                column("from, ms", lambda one: number(one.start_ms, 2), numeric=True),
                column("to, ms", lambda one: number(one.end_ms, 2), numeric=True),
                column("ended", lambda one: rx.cond(one.tone == "ok", "done", "refused")),
            ],
            label="Steps of buyers who met over a seat",
        ),
        span=2,
    )


def locks(snap: Snapshot) -> rx.Component:
    """Who holds what, and for how long by the store's own clock."""
    shown = snap.hall
    return panel(
        "Locks",
        id="locks",
        says="Held seats of this event with the time that the store says is left, the next to end first.",
        source=(
            read("valkey", "PTTL of the seats' locks, or"),
            read("postgres", "rows of held seats"),
            counted("since opened, below"),
        ),
        figure=rx.cond(
            shown.overdue > 0,
            pill(rx.el.span("✕ ", number(shown.overdue), " overdue"), tone="error"),
            rx.el.span(rx.el.b(number(shown.holding)), " held"),
        ),
        unit="s left",
        body=rx.el.div(
            rx.el.p("Kept by: ", rx.el.b(shown.where), class_name="sd-hint"),
            lock_table(
                shown.held, label="Held seats", empty="Nothing is held. Hold a seat and watch its time run."
            ),
            stat_tiles(
                ("freed by the sweeper", number(snap.office.swept), "seats"),
                ("blocked for nobody", number(snap.office.blocked_s, 1), "seat-s"),
                ("locks lost", number(snap.office.locks_lost), ""),
            ),
            class_name="sd-stack",
        ),
        table=data_table(
            shown.held,
            [
                column("seat", lambda one: one.seat, mono=True),
                column("held by", lambda one: one.by),
                column("hold", lambda one: one.hold, mono=True),
                column("left, s", lambda one: number(one.left_s, 1), numeric=True),
            ],
            label="Held seats",
        ),
    )


def transactions(snap: Snapshot) -> rx.Component:
    """What the isolation level costs, and how the database performs a hold's query."""
    shown = snap.transactions
    return panel(
        "Transactions",
        id="transactions",
        says="Those that lock seats' rows and that sell. What the database gives up is begun again, eight times at most.",
        source=(
            counted("since opened"),
            computed("by the database: EXPLAIN of the statement, asked again after holds"),
        ),
        unit="since opened",
        figure=rx.cond(
            shown.row_locks,
            rx.el.span(rx.el.b(shown.database), " · ", shown.level),
            pill("SQLite: one writer, no row locks", tone="miss"),
        ),
        facts=[
            ("committed", number(shown.committed), ""),
            ("begun again, 40001", number(shown.retried), ""),
            ("deadlocks, 40P01", number(shown.deadlocks), ""),
            ("given up for good", number(shown.gave_up), ""),
            ("under way", number(shown.under_way), ""),
            ("rows locked in, p50 of 30 s", _or_dash(shown.locked, milliseconds(shown.lock_p50)), "ms"),
            ("rows locked in, p99 of 30 s", _or_dash(shown.locked, milliseconds(shown.lock_p99)), "ms"),
        ],
        body=rx.el.div(
            rx.el.p("What a hold asks the database, and its EXPLAIN:", class_name="sd-hint"),
            rx.el.code(shown.sql, class_name="sm-sql"),
            rx.el.div(
                _plan_table(shown),
                class_name="sd-scroll",
                tab_index=0,
                role="region",
                aria_label="Query plan",
            ),
            class_name="sd-stack",
        ),
        table=_plan_table(shown),
        span=2,
    )


def _plan_table(shown: TransactionsView) -> rx.Component:
    return data_table(
        shown.plan,
        [
            column("step of the plan", lambda one: one.text, mono=True),
            column("rows", lambda one: one.rows, numeric=True),
            column("ms", lambda one: one.ms, numeric=True),
        ],
        label="Query plan of a hold",
        empty="The plan is asked for within two seconds.",
    )


def queue(snap: Snapshot) -> rx.Component:
    """The waiting room of the popular event."""
    shown = snap.queue
    return panel(
        "The waiting room",
        id="queue",
        says="A sorted set in order of arrival. A batch is let in; who pays, gives back or takes too long leaves.",
        source=(read("valkey", "ZCARD and ZCOUNT of the queue, ten times a second"), counted("since opened")),
        unit="buyers",
        figure=rx.cond(
            shown.on, rx.el.span(rx.el.b(number(shown.waiting)), " wait"), "off: everybody is inside"
        ),
        legend=legend(("good", "inside"), ("s2", "the next batch"), ("set", "in line")),
        body=rx.el.div(
            waiting_room(
                waiting=shown.waiting,
                inside=shown.inside,
                batch=shown.batch,
                marks=[{"name": name, "position": shown.marks[n]} for n, name in enumerate(NAMES)],
            ),
            stat_tiles(
                ("let in", number(shown.admitted), "so far"),
                ("pace", number(shown.pace, 1), "per s"),
                ("until empty", span(shown.to_empty_s), "min"),
            ),
            class_name="sd-stack",
        ),
        table=facts_table(
            [
                ("waiting", number(shown.waiting)),
                ("inside", number(shown.inside)),
                ("may be inside", number(shown.batch)),
                ("let in so far", number(shown.admitted)),
                ("let in last, at once", number(shown.last_batch)),
                ("per second, of late", number(shown.pace, 1)),
                ("seconds until empty, at most", number(shown.to_empty_s)),
            ],
            label="Waiting room",
        ),
    )


def doubles(snap: Snapshot) -> rx.Component:
    """What is sold, and what is sold more than once."""
    shown = snap.office
    return panel(
        "Sold once?",
        id="doubles",
        says="Counted in the table of sales of all events, apart from the code that sells.",
        source=(read("postgres", "the table of sales"), counted("attempts since opened")),
        unit="seats",
        figure=rx.cond(
            shown.doubles > 0,
            pill(rx.el.span("✕ ", number(shown.doubles), " sold twice"), tone="error"),
            pill(rx.el.span("✓ ", number(shown.sold), " sold once, all events"), tone="ok"),
        ),
        body=rx.el.div(
            trend(
                ("sold", "office.sold", "ok"), ("sold twice", "office.doubles", "error"),
                label="Seats sold, and sold twice", height=84,
            ),
            stat_tiles(
                ("attempts", number(shown.attempts), ""),
                ("seat taken", number(shown.refused), ""),
                ("sent to the line", number(shown.outside), ""),
            ),
            rx.cond(
                shown.doubles > 0,
                chips(shown.twice, lambda one: one, tone=lambda _: "error", label="Seats sold twice"),
            ),
            class_name="sd-stack",
        ),
        legend=legend(("good", "sold"), ("error", "sold twice")),
        table=_sales_table(shown),
    )  # fmt: skip


def _sales_table(shown: SalesView) -> rx.Component:
    facts = [
        ("rows of sales, one per seat and buyer", number(shown.sold)),
        ("seats sold twice", number(shown.doubles)),
        ("attempts to hold", number(shown.attempts)),
        ("refused: a seat was taken", number(shown.refused)),
        ("refused: not inside", number(shown.outside)),
        ("held", number(shown.holds)),
        ("bookings", number(shown.bookings)),
    ]
    return facts_table(facts, label="Sales")


def money(snap: Snapshot) -> rx.Component:
    """The ledger of payments."""
    columns = [
        column("payment", lambda one: pill(one.state, tone=one.tone)),
        column("lines", lambda one: number(one.lines), numeric=True),
        column("amount", lambda one: one.amount, numeric=True),
    ]
    return panel(
        "The ledger",
        id="money",
        says="A payment is captured, then settled by a booking or refunded. Captured for long is a crash to be put right.",
        source=(read("postgres", "the table of payments"), counted("declined and reconciled since opened")),
        unit="payments",
        figure=rx.el.span(rx.el.b(number(snap.office.reconciled)), " put right"),
        body=rx.el.div(
            data_table(snap.ledger, columns, label="Payments by state"),
            stat_tiles(
                ("declined", number(snap.office.declined), ""),
                ("reconciled", number(snap.office.reconciled), ""),
                ("of these refunded", number(snap.office.refunded), ""),
            ),
            class_name="sd-stack",
        ),
        table=data_table(snap.ledger, columns, label="Payments by state"),
    )


def delivery(snap: Snapshot) -> rx.Component:
    """What each way of keeping a seat map fresh costs."""
    return panel(
        "Seat maps on their way",
        id="delivery",
        says="Real connections, with the headers that the application sees; then those who only look: bare updates.",
        source=counted("since opened"),
        unit="since opened",
        figure=rx.el.span(rx.el.b(number(snap.watchers)), " only look"),
        body=rx.el.div(
            rx.el.p("Both maps of the page, and any client:", class_name="sd-hint"),
            _delivery_table(snap.deliveries, _DELIVERY_COSTS, "Ways of delivery"),
            rx.el.p("Watchers inside the lab, to whom nothing travels:", class_name="sd-hint"),
            _delivery_table(snap.watched, _DELIVERY_COSTS, "Ways of delivery to watchers"),
            class_name="sd-stack",
        ),
        table=rx.el.div(
            data_table(
                snap.deliveries, _DELIVERY_SUMS, label="Bytes and delays by way of delivery, real connections"
            ),
            data_table(snap.watched, _DELIVERY_SUMS, label="Bytes and delays by way of delivery, watchers"),
            class_name="sd-stack",
        ),
        span=2,
    )


def _delivery_table(rows: Any, columns: Sequence[Column], label: str) -> rx.Component:
    return rx.el.div(
        data_table(rows, columns, label=label),
        class_name="sd-scroll",
        tab_index=0,
        role="region",
        aria_label=label,
    )


def _or_dash(count: Any, shown: Any) -> Any:
    return rx.cond(count > 0, shown, "–")


_DELIVERY_WAY = column(
    "way",
    lambda one: rx.el.span(one.label, rx.cond(one.used, rx.el.span(" ", pill("in use", tone="selected")))),
)
_DELIVERY_COSTS = (
    _DELIVERY_WAY,
    column("open", lambda one: number(one.open), numeric=True),
    column("requests", lambda one: number(one.requests), numeric=True),
    column("empty", lambda one: number(one.empty), numeric=True),
    column("updates", lambda one: number(one.updates), numeric=True),
    column("B per update", lambda one: _or_dash(one.updates, number(one.each)), numeric=True),
    column("delay p50, ms", lambda one: _or_dash(one.p50, milliseconds(one.p50)), numeric=True),
)
_DELIVERY_SUMS = (
    _DELIVERY_WAY,
    column("bytes", lambda one: number(one.bytes), numeric=True),
    column("delay p99, ms", lambda one: milliseconds(one.p99), numeric=True),
)


def index(snap: Snapshot) -> rx.Component:
    """How far the index is behind the database, and how wrong."""
    shown = snap.finder
    return panel(
        "Outbox, index",
        id="index",
        says="Changes that the index has not heard of. Wrong is counted event by event against the database.",
        source=(
            read("postgres", "rows of events, and the outbox"),
            read("index", "its stored documents"),
            counted("since opened"),
        ),
        figure=rx.cond(
            shown.wrong > 0,
            pill(rx.el.span("✕ ", number(shown.wrong), " of ", number(shown.events), " wrong"), tone="error"),
            pill(rx.el.span("✓ all ", number(shown.events), " right"), tone="ok"),
        ),
        body=rx.el.div(
            trend(
                ("behind", "finder.behind", "miss"), ("wrong", "finder.wrong", "error"),
                label="Changes behind, and events wrong in the index", height=84,
            ),
            stat_tiles(
                ("lag", number(shown.lag_s, 1), "s"),
                ("never told", number(shown.missed), ""),
                ("scans instead", number(shown.degraded), ""),
            ),
            class_name="sd-stack",
        ),
        legend=legend(("s2", "behind"), ("error", "wrong")),
        table=facts_table(
            [
                ("changes behind", number(shown.behind)),
                ("age of the oldest, s", number(shown.lag_s, 1)),
                ("told by change capture", number(shown.captured)),
                ("told by a second write", number(shown.written)),
                ("changes that nobody will tell", number(shown.missed)),
                ("searches that the database answered instead", number(shown.degraded)),
                ("events wrong in the index", number(shown.wrong)),
                ("searches", number(shown.searches)),
            ],
            label="Outbox and index",
        ),
    )  # fmt: skip


def cache(snap: Snapshot) -> rx.Component:
    """What is answered from a cache, and how often that was wrong."""
    shown = snap.cache
    return panel(
        "Search cache",
        id="cache",
        says="A kept answer counts as wrong when the search behind it would have answered otherwise just then.",
        source=(in_memory("the search cache"), counted("since opened")),
        figure=rx.el.span(rx.el.b(number(shown.hit_pct, 1)), " % hits"),
        body=rx.el.div(
            rx.el.p("Kept by: ", rx.el.b(shown.kind), class_name="sd-hint"),
            gauge(
                shown.hit_pct, maximum=100, label="answered from the cache",
                shown=rx.el.span(number(shown.hits), " of ", number(shown.hits + shown.misses)), tone="ok",
            ),
            stat_tiles(
                ("wrong", number(shown.stale), "answers"),
                ("kept", number(shown.kept), ""),
                ("emptied", number(shown.cleared), "times"),
            ),
            rx.el.p("Cache-Control: ", rx.el.code(shown.header), class_name="sd-hint"),
            chips(
                shown.newest, lambda one: one.query, count=lambda one: number(one.hits),
                label="Searches whose answers are kept, newest first",
            ),
            class_name="sd-stack",
        ),
        table=facts_table(
            [
                ("kind", shown.kind),
                ("hits", number(shown.hits)),
                ("misses", number(shown.misses)),
                ("answers that were wrong", number(shown.stale)),
                ("share of hits, %", number(shown.stale_pct, 1)),
                ("answers kept", number(shown.kept)),
                ("emptied by a change of the index", number(shown.cleared)),
                ("Cache-Control", shown.header),
            ],
            label="Search cache",
        ),
    )  # fmt: skip
