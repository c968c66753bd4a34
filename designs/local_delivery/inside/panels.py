"""The inside of local delivery: each panel is a function from the live snapshot to a picture and its table."""

from __future__ import annotations

from typing import Any

import reflex as rx

from components.charts import trend
from components.live import number
from components.panel import legend, panel
from components.sources import computed, counted, in_memory, read
from components.swimlanes import swim_lanes
from components.tables import column, data_table, facts_table, pill
from designs.local_delivery.engine.world import CITY
from designs.local_delivery.inside.streetmap import street_map
from designs.local_delivery.inside.views import KeptView, LineView, ScoreView, Snapshot, StateView


def panels(snap: Snapshot) -> list[rx.Component]:
    """All panels, in reading order."""
    return [
        reach(snap),
        stock(snap),
        conflicts(snap),
        carts(snap),
        promises(snap),
        answers(snap),
        regions(snap),
    ]


def _known(count: Any, digits: int = 0) -> Any:
    """A number that was read, or a dash before it was."""
    return rx.cond(count >= 0, number(count, digits), "–")


def _verdict(count: Any, wrong: str, right: str) -> Any:
    """A count that should be none."""
    return rx.cond(
        count > 0,
        pill(rx.el.span("✕ ", number(count), f" {wrong}"), tone="error"),
        rx.cond(count == 0, pill(f"✓ {right}", tone="ok"), "–"),
    )


def reach(snap: Snapshot) -> rx.Component:
    """The hour of the pin."""
    shown = snap.reach
    return panel(
        "One hour, along the streets",
        id="reach",
        span=2,
        says="Streets from which a courier is at the pin in time, after picking, other stops and the line of the quietest "
        "centre; the circle is looked at first. Which centres are in it, and which are in time.",
        source=(
            computed("from the street network: shortest times by cargo bike"),
            in_memory("the lines of the centres, as counted last"),
        ),
        unit="minutes",
        figure=rx.el.span(
            rx.el.b(number(shown.reach)),
            " promised · ",
            rx.el.b(number(shown.near)),
            " in the circle · ",
            rx.el.b(number(shown.wrong)),
            " promised and not in time",
        ),
        legend=legend(
            ("selected", "within the hour"), ("good", "promises"), ("error", "promises, and is late")
        ),
        body=street_map(CITY, shown, label="One hour from the pin"),
        table=data_table(
            shown.centres,
            [
                column("centre", lambda one: one.name),
                column("metres", lambda one: number(one.metres), numeric=True),
                column("ride, min", lambda one: number(one.ride, 1), numeric=True),
                column("line and picking, min", lambda one: number(one.wait, 1), numeric=True),
                column("left for the ride, min", lambda one: number(one.limit, 1), numeric=True),
                column("in the circle", lambda one: rx.cond(one.near, "yes", "no")),
                column("in time", lambda one: rx.cond(one.in_time, "yes", "no")),
                column("", lambda one: one.why),
            ],
            label="Centres and the pin",
        ),
    )


def stock(snap: Snapshot) -> rx.Component:
    """Units by state."""
    shown = snap.stock
    return panel(
        "Units of stock, by state",
        id="stock",
        span=2,
        says="Every unit of every centre: free, reserved for a cart, in doubt between two stores, promised, or sold.",
        source=(
            read("postgres", "units, GROUP BY centre, item and state; lines, GROUP BY unit"),
            counted("since opened: brought by vans"),
        ),
        unit="units",
        figure=_verdict(shown.doubles, "units in two orders", "no unit in two orders"),
        legend=legend(
            ("good", "free"),
            ("miss", "reserved"),
            ("error", "in doubt"),
            ("moved", "promised"),
            ("selected", "sold"),
        ),
        facts=[
            ("free", _known(shown.free), "units"),
            ("reserved", _known(shown.reserved), "units"),
            ("locked", _known(shown.locks), "keys"),
            ("over, not freed", _known(shown.overdue), "units"),
            ("consoles left", _known(shown.hot_left), "of 20"),
        ],
        body=rx.el.ul(rx.foreach(shown.centres, _states), class_name="ld-bars"),
        table=rx.el.div(
            data_table(
                shown.centres,
                [
                    column("centre", lambda one: one.name),
                    column("free", lambda one: _known(one.free), numeric=True),
                    column("reserved", lambda one: _known(one.reserved), numeric=True),
                    column("in doubt", lambda one: _known(one.doubt), numeric=True),
                    column("promised", lambda one: _known(one.promised), numeric=True),
                    column("sold", lambda one: _known(one.sold), numeric=True),
                ],
                label="Units by centre and state",
            ),
            facts_table(
                [
                    ("in doubt", _known(shown.doubt)),
                    ("promised", _known(shown.promised)),
                    ("sold", _known(shown.sold)),
                    ("consoles sold", _known(shown.hot_sold)),
                    ("brought by vans", number(shown.brought)),
                ],
                label="Units of all centres",
            ),
            class_name="sd-stack",
        ),
    )


def _states(one: StateView) -> rx.Component:
    def bar(count: Any, tone: str) -> rx.Component:
        return rx.el.i(style={"flexGrow": rx.cond(count > 0, count, 0)}, custom_attrs={"data-tone": tone})

    return rx.el.li(
        rx.el.span(one.name, rx.cond(one.open, "", " · closed")),
        rx.el.span(
            bar(one.free, "ok"),
            bar(one.reserved, "miss"),
            bar(one.doubt, "error"),
            bar(one.promised, "moved"),
            bar(one.sold, "acc"),
            class_name="ld-track",
        ),
        rx.el.b(_known(one.free), rx.el.small(" free")),
    )


def conflicts(snap: Snapshot) -> rx.Component:
    """Orders that meet."""
    shown = snap.conflicts
    return panel(
        "Orders that meet",
        id="conflicts",
        span=2,
        says="The statements that sell, and what the last orders did with the same units, in time. Tries are made again "
        "when the database gives them up (40001), or when a row was another's by then.",
        source=(
            in_memory("the steps of the last orders, as measured"),
            counted("since opened"),
        ),
        figure=rx.el.span(rx.el.b(number(shown.retried_pct, 1)), " % of tries made again"),
        facts=[
            ("orders", number(shown.orders), ""),
            ("tries", number(shown.tries), ""),
            ("serialisation failures", number(shown.conflicts), "40001"),
            ("rows that were another's", number(shown.beaten), ""),
            ("sold more than once", number(shown.oversold), "times"),
            ("not whole", number(shown.halves), "orders"),
        ],
        body=rx.el.div(
            rx.el.p(rx.el.code(shown.does, class_name="mono"), class_name="ld-sql"),
            rx.el.p(
                rx.el.code("SELECT id … ", shown.picks, class_name="mono"),
                " · ",
                shown.how,
                class_name="ld-sql",
            ),
            rx.cond(
                shown.lanes.length() > 0,
                swim_lanes(shown.lanes, label="What the last orders did with the same units"),
                rx.el.p("Nobody has ordered yet.", class_name="sd-empty"),
            ),
            trend(
                ("40001", "conflicts.conflicts", "s0"),
                ("rows that were another's", "conflicts.beaten", "s2"),
                ("sold more than once", "conflicts.oversold", "error"),
                label="Conflicts since opened",
                height=64,
            ),
            rx.cond(
                shown.database == "SQLite",
                rx.el.p("SQLite: one writer, no row locks", class_name="sd-hint"),
                "",
            ),
            class_name="sd-stack",
        ),
        table=facts_table(
            [
                ("committed", number(shown.committed)),
                ("deadlocks (40P01)", number(shown.deadlocks)),
                ("given up after ten tries", number(shown.gave_up)),
                ("a transaction, median of 30 s", number(shown.p50, 1), "ms"),
                ("a transaction, 99 of 100", number(shown.p99, 1), "ms"),
            ],
            label="Transactions",
        ),
    )


def carts(snap: Snapshot) -> rx.Component:
    """Reservations and their time."""
    shown = snap.carts
    return panel(
        "Carts and their time",
        id="carts",
        says="Units that lie in carts, those first whose time ends first; and what was freed after its time.",
        source=(
            read("postgres", "carts, and units that are reserved; where locks keep them, the keys in Valkey"),
            counted("since opened: filled, swept, stuck"),
        ),
        figure=_verdict(shown.overdue, "over, and not freed", "nothing is over"),
        facts=[
            ("open carts", _known(shown.open), ""),
            ("swept", number(shown.swept), "units"),
            ("blocked for nobody", number(shown.blocked_s, 0), "unit-seconds"),
            ("stuck", number(shown.stuck), "units"),
        ],
        body=rx.el.ul(rx.foreach(shown.kept, _kept), class_name="ld-kept"),
        table=facts_table(
            [
                ("kept by", shown.where),
                ("carts filled", number(shown.filled)),
                ("carts refused", number(shown.refused)),
                ("carts that expired", number(shown.expired)),
                ("turns with something to sweep", number(shown.turns)),
                ("sweeper killed at work", number(shown.killed)),
                ("in doubt, then confirmed", number(shown.confirmed)),
                ("in doubt, then cancelled", number(shown.cancelled)),
            ],
            label="Carts and reservations",
        ),
    )


def _kept(one: KeptView) -> rx.Component:
    return rx.el.li(
        rx.el.span(one.unit),
        rx.el.span(
            rx.el.i(style={"width": f"calc({one.share} * 1%)"}, custom_attrs={"data-tone": "miss"}),
            class_name="ld-track",
        ),
        rx.el.b(rx.cond(one.over, "over", rx.cond(one.left_s > 1e6, "no end", number(one.left_s, 0) + " s"))),
    )


def promises(snap: Snapshot) -> rx.Component:
    """Lines and late orders."""
    shown = snap.promises
    return panel(
        "Promises, and who keeps them",
        id="promises",
        span=2,
        says="Orders of each centre: waiting, being picked, with the courier; and how the last order found its centre, in "
        "minutes. A minute of the city is a second here.",
        source=(
            read("postgres", "orders, GROUP BY centre and state"),
            in_memory("the choice of the last order"),
            counted("since opened: late, in time, moved, bound"),
        ),
        figure=_verdict(shown.late, "promises broken", "every promise kept so far"),
        facts=[
            ("promised, not bound", _known(shown.promised), "orders"),
            ("in time", number(shown.on_time), "orders"),
            ("too late", number(shown.late), "orders"),
            ("moved from closed centres", number(shown.moved), "orders"),
        ],
        body=rx.el.div(
            rx.el.ul(rx.foreach(shown.lines, _line), class_name="ld-bars"),
            rx.el.p(
                rx.el.small("The last order: "),
                rx.el.b(rx.cond(shown.what, shown.what, "–")),
                class_name="ld-last",
            ),
            rx.el.ul(rx.foreach(shown.scores, _score), class_name="ld-scores"),
            class_name="sd-stack",
        ),
        table=rx.el.div(
            data_table(
                shown.lines,
                [
                    column("centre", lambda one: one.name),
                    column("waiting", lambda one: _known(one.waiting), numeric=True),
                    column("picking", lambda one: _known(one.picking), numeric=True),
                    column("with the courier or there", lambda one: _known(one.left), numeric=True),
                    column("wait and picking, min", lambda one: number(one.wait, 1), numeric=True),
                ],
                label="Lines of the centres",
            ),
            facts_table(
                [
                    ("waiting", _known(shown.waiting)),
                    ("being picked", _known(shown.picking)),
                    ("with the courier, or there", _known(shown.left)),
                    ("promises bound", number(shown.bound)),
                    ("of them to another centre", number(shown.swapped)),
                    ("refused: gone", number(shown.gone)),
                    ("refused: nobody in time", number(shown.far)),
                ],
                label="Orders",
            ),
            class_name="sd-stack",
        ),
    )


def _line(one: LineView) -> rx.Component:
    def bar(count: Any, tone: str) -> rx.Component:
        share = rx.cond(count > 40, 40, rx.cond(count > 0, count, 0))
        return rx.el.i(style={"width": f"calc({share} * 2.5%)"}, custom_attrs={"data-tone": tone})

    return rx.el.li(
        rx.el.span(one.name, rx.cond(one.open, "", " · closed")),
        rx.el.span(bar(one.picking, "acc"), bar(one.waiting, "miss"), class_name="ld-track"),
        rx.el.b(_known(one.waiting), rx.el.small(" wait")),
    )


def _score(one: ScoreView) -> rx.Component:
    return rx.el.li(
        rx.el.b(one.name),
        rx.el.span(
            rx.cond(one.ride >= 0, number(one.ride, 1), "?"),
            " min ride · ",
            number(one.wait, 1),
            " min line · ",
            number(one.scarce),
            " last units",
        ),
        rx.el.b(number(one.score, 1)),
        custom_attrs={"data-chosen": one.chosen},
    )


def answers(snap: Snapshot) -> rx.Component:
    """How fast, and how wrong."""
    shown = snap.answers
    return panel(
        "Answers about what is left",
        id="answers",
        says="How long an answer takes, and how many of its counts were wrong, where it was compared "
        "with the rows right afterwards.",
        source=(
            counted("in the last 30 s: the times"),
            counted("since opened: compared answers, hits of the cache"),
        ),
        figure=rx.el.span(
            rx.el.b(number(shown.p99, 1)),
            " ms, 99 of 100 · ",
            rx.el.b(number(shown.stale_pct, 2)),
            " % of counts wrong",
        ),
        facts=[
            ("median", number(shown.p50, 2), "ms"),
            ("99 of 100", number(shown.p99, 2), "ms"),
            ("wrong when given", number(shown.stale_pct, 2), "% of counts"),
            ("said more than there was", number(shown.over), "answers"),
        ],
        body=trend(
            ("wrong when given", "answers.stale_pct", "error"),
            label="Wrong counts",
            unit="%",
            height=64,
            digits=1,
        ),
        table=facts_table(
            [
                ("answers, last 30 s", number(shown.answers)),
                ("answered from rows", number(shown.rows)),
                ("answered from copies", number(shown.replicas)),
                ("answered from what was kept", number(shown.cached)),
                ("compared with the rows", number(shown.compared)),
                ("counts in them", number(shown.counts)),
                ("of them wrong", number(shown.stale)),
                ("hits of the cache", number(shown.hits)),
                ("misses", number(shown.misses)),
                ("kept in the cache", number(shown.kept)),
            ],
            label="Answers",
        ),
    )


def regions(snap: Snapshot) -> rx.Component:
    """Copies of the counts."""
    shown = snap.regions
    return panel(
        "Region shards and their copies",
        id="regions",
        says="Counts of free units by postal region, each in two copies that hear of changes one after the other.",
        source=(
            read("valkey", "HVALS of every copy"),
            read("postgres", "units that are free"),
            counted("since opened: reads and applied changes"),
        ),
        figure=rx.el.span(rx.el.b(number(shown.lag_p50)), " ms behind, median"),
        facts=[
            ("shelves on their way", number(shown.waiting), ""),
            ("free by the rows", _known(shown.true), "units"),
            ("behind, 99 of 100", number(shown.lag_p99), "ms"),
        ],
        body=data_table(
            shown.copies,
            [
                column("region", lambda one: one.region),
                column("copy", lambda one: number(one.copy), numeric=True),
                column("centres", lambda one: one.centres),
                column("units", lambda one: _known(one.units), numeric=True),
                column("reads", lambda one: number(one.reads), numeric=True),
            ],
            label="Copies of the counts",
            empty="There are no copies: the database, or a cache, answers.",
        ),
        table=facts_table(
            [
                ("changes applied", number(shown.applied)),
                ("turns with something to copy", number(shown.turns)),
            ],
            label="The replicator",
        ),
    )
