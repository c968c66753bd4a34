"""The inside of Uber: each panel is a function from the live snapshot to a picture and its table."""

from __future__ import annotations

from typing import Any

import reflex as rx

from components.charts import histogram, trend
from components.live import number
from components.panel import legend, panel
from components.sources import computed, counted, in_memory, read
from components.swimlanes import swim_lanes
from components.tables import column, data_table, facts_table, pill
from designs.uber.engine.streets import CITY
from designs.uber.inside.ridemap import ride_map
from designs.uber.inside.views import LockView, Snapshot, SurgeView


def panels(snap: Snapshot) -> list[rx.Component]:
    """All panels, in reading order."""
    return [
        city(snap),
        offers(snap),
        locks(snap),
        queue(snap),
        match(snap),
        updates(snap),
        surge(snap),
        rides(snap),
    ]


def _known(value: Any, digits: int = 0) -> Any:
    """A number that is known, or a dash before it is."""
    return rx.cond(value >= 0, number(value, digits), "–")


def city(snap: Snapshot) -> rx.Component:
    """Where the last search looked."""
    shown = snap.search
    return panel(
        "A search over the map",
        id="map",
        span=2,
        says="Where the last search for a driver looked: cells, the drivers found, and those that it should have found.",
        source=in_memory(
            "the last search, a full scan of the same moment, and the newest position of each car"
        ),
        figure=rx.el.span(
            rx.el.b(rx.cond(shown.asked, number(shown.looked), "–")),
            " of ",
            number(snap.points.total),
            " cars",
        ),
        legend=legend(
            ("selected", "free car"),
            ("moved", "with a rider"),
            ("miss", "asked; and a cell that was looked into"),
            ("error", "silent too long"),
        ),
        facts=[
            ("looked at", rx.cond(shown.asked, number(shown.looked), "–"), "cars"),
            ("cells read", rx.cond(shown.asked, number(shown.cells_read), "–"), ""),
            ("should have been found", rx.cond(shown.asked, number(shown.missed), "–"), "drivers"),
            ("search", _known(shown.ms, 2), "ms"),
        ],
        body=ride_map(CITY, label="The last search", points=snap.points, search=shown),
        table=data_table(
            shown.hits,
            [
                column("driver", lambda one: one.name),
                column("metres away", lambda one: number(one.metres), numeric=True),
                column(
                    "silent for", lambda one: rx.cond(one.age >= 0, rx.el.span(number(one.age, 1), " s"), "–")
                ),
                column("", lambda one: rx.cond(one.missed, pill("not found", tone="error"), "found")),
            ],
            label="Drivers of the last search, the nearest first",
            empty="No search yet.",
        ),
    )


def offers(snap: Snapshot) -> rx.Component:
    """Who was asked when, and what they said."""
    shown = snap.offers
    return panel(
        "Offers, one driver after another",
        id="offers",
        span=2,
        says="The offers of your ride, or of the newest one, on one axis of time; below, all that are open.",
        source=(
            read("valkey", "HGETALL of the open offers"),
            in_memory("when the offers of one ride began and ended"),
            counted("since opened, for offers per matched ride"),
        ),
        figure=rx.el.span(rx.el.b(_known(shown.open_now)), " open now"),
        legend=legend(
            ("good", "yes"),
            ("miss", "no"),
            ("error", "no answer"),
            ("moved", "its matcher ended"),
            ("selected", "thinks"),
        ),
        facts=[
            ("drivers with two offers", rx.cond(shown.open_now >= 0, number(shown.twice), "–"), ""),
            ("offers per matched ride", _known(shown.each, 2), ""),
            ("of", rx.cond(shown.who != "", shown.who, "–"), ""),
        ],
        body=rx.el.div(swim_lanes(shown.lanes, label="Offers of one ride"), class_name="ub-lanes"),
        table=data_table(
            shown.now,
            [
                column("driver", lambda one: one.driver),
                column("by", lambda one: one.matcher),
                column("ends in", lambda one: rx.el.span(number(one.left_s, 1), " s"), numeric=True),
                column("", lambda one: rx.cond(one.twice, pill("asked twice", tone="error"), "")),
            ],
            label="Open offers",
            empty="No offer is open.",
        ),
    )


def locks(snap: Snapshot) -> rx.Component:
    """Who is locked by whom, and for how long."""
    shown = snap.locks
    return panel(
        "Locks of drivers",
        id="locks",
        says="A key for each driver who is being asked. It is freed by its owner, or by time.",
        source=(
            read("valkey", "MGET of the keys of drivers asked lately"),
            in_memory("the tables of the matchers"),
            counted("since opened, for taken and refused"),
        ),
        unit="keys",
        figure=rx.el.span(rx.el.b(_known(shown.held)), " keys"),
        facts=[
            ("in matchers' memory", number(shown.in_memory), "drivers"),
            ("taken", number(shown.taken), ""),
            ("found held", number(shown.refused), ""),
        ],
        body=rx.el.div(
            rx.cond(
                shown.kept.length() > 0,
                rx.el.ul(rx.foreach(shown.kept, _lock), class_name="ub-bars"),
                rx.el.p("No key is held in Redis.", class_name="sd-empty"),
            ),
            class_name="ub-tall",
        ),
        table=data_table(
            shown.kept,
            [
                column("driver", lambda one: one.driver),
                column("owner", lambda one: one.matcher),
                column("ends in", lambda one: rx.el.span(number(one.left_s, 1), " s"), numeric=True),
            ],
            label="Keys with what is left of their time",
            empty="No key is held in Redis.",
        ),
    )


def _lock(one: LockView) -> rx.Component:
    return rx.el.li(
        rx.el.span(one.driver),
        rx.el.span(rx.el.i(style={"width": f"calc({one.share} * 1%)"})),
        rx.el.span(number(one.left_s, 1), " s"),
    )


def queue(snap: Snapshot) -> rx.Component:
    """What waits, and who is at what."""
    shown = snap.queue
    return panel(
        "Requests and matchers",
        id="queue",
        says="Rides that wait in the queue, and those that matchers have in hand: a matcher that ends loses its memory.",
        source=(
            read("valkey", "XLEN and XPENDING of the queue"),
            in_memory("rides in the hands of the matchers"),
            counted("since opened, for matched, claimed, refused and dropped"),
        ),
        unit="rides",
        figure=rx.el.span(rx.el.b(_known(shown.waiting)), " wait"),
        facts=[
            ("taken, not done", _known(shown.taken), "rides"),
            ("in matchers' hands", number(shown.in_hand), "rides"),
            ("dropped by matchers that ended", number(shown.lost), "rides"),
            ("claimed after that", number(shown.claimed), "rides"),
            ("refused", number(shown.refused), "requests"),
        ],
        body=rx.el.div(
            trend(
                ("wait", "queue.waiting", "s0"),
                ("in hand", "queue.in_hand", "s3"),
                label="Rides that wait and rides in hand",
                unit="rides",
            )
        ),
        table=data_table(
            shown.matchers,
            [
                column("matcher", lambda one: one.label),
                column("state", lambda one: rx.cond(one.up, "up", pill("✕ ended", tone="error"))),
                column("in hand", lambda one: number(one.rides), numeric=True),
                column("of the queue", lambda one: number(one.jobs), numeric=True),
                column("matched", lambda one: number(one.matched), numeric=True),
                column("claimed", lambda one: number(one.claimed), numeric=True),
            ],
            label="Matchers",
        ),
    )


def match(snap: Snapshot) -> rx.Component:
    """How long riders wait."""
    shown = snap.match
    return panel(
        "Time to match, time to pick-up",
        id="match",
        span=2,
        says="From the request to a driver's yes, and from there until the car is at the pick-up, along the streets.",
        source=(
            counted("in the last 30 s, for the histogram"),
            counted("since opened, of the newest 2,000 rides, for the rest"),
            computed("times along the streets, from the table of shortest ways"),
        ),
        unit="ms",
        figure=rx.el.span("pick-up ", rx.el.b(_known(shown.pickup_s, 1)), " s"),
        facts=[
            ("matched", number(shown.matched), "rides"),
            ("mean to match", _known(shown.match_s, 2), "s"),
            ("mean pick-up", _known(shown.pickup_s, 1), "s"),
            ("worst pick-up", _known(shown.worst_s, 1), "s"),
            ("median wait in all", _known(shown.wait_s, 1), "s"),
            ("without a driver", number(shown.failed), "rides"),
        ],
        body=histogram(
            shown.recent.buckets,
            label="Time from the request to a driver's yes",
            p50=shown.recent.p50,
            p95=shown.recent.p95,
            p99=shown.recent.p99,
        ),
        table=facts_table(
            [
                (
                    "p50 of the last 30 s",
                    rx.cond(shown.recent.samples > 0, number(shown.recent.p50), "–"),
                    "ms",
                ),
                (
                    "p99 of the last 30 s",
                    rx.cond(shown.recent.samples > 0, number(shown.recent.p99), "–"),
                    "ms",
                ),
                ("rides in the last batch", number(shown.batch), ""),
            ],
            label="Times to match",
        ),
    )


def updates(snap: Snapshot) -> rx.Component:
    """Traffic against error."""
    shown = snap.updates
    return panel(
        "Location updates and their error",
        id="updates",
        says="Positions per second, and how far the cars really are from where the system believes them.",
        source=(
            counted("in the last seconds, and since opened"),
            computed("from where the cars of the fleet really are"),
        ),
        unit="per s",
        figure=rx.el.span(rx.el.b(number(shown.rate)), " per s"),
        facts=[
            ("per car", _known(shown.per_car, 1), "per min"),
            ("error, mean", _known(shown.error, 1), "m"),
            ("error, p95", _known(shown.error_p95, 1), "m"),
            ("silent too long", number(shown.silent), "cars"),
        ],
        body=trend(
            ("updates per second", "updates.rate", "s0"),
            ("mean error, m", "updates.error", "s3"),
            label="Updates per second and mean error in metres",
        ),
        table=facts_table(
            [
                ("positions since opened", number(shown.total), ""),
                ("fresh", number(shown.fresh), "cars"),
                ("updates × error, per car", _known(shown.product, 2), "m per s"),
            ],
            label="Location updates",
        ),
    )


def surge(snap: Snapshot) -> rx.Component:
    """Riders, cars and the factor by cell."""
    shown = snap.surges
    return panel(
        "Surge by cell",
        id="surge",
        says="Hexagons with the highest factor: riders who asked in the last 20 s, free cars, and the factor of prices.",
        source=(
            computed("from the riders of the last 20 s and the free cars, by H3 cell"),
            counted("since opened, for who declined"),
        ),
        unit="×",
        figure=rx.el.span("highest ", rx.el.b(number(shown.highest, 1)), " ×"),
        facts=[("declined", number(shown.declined), "riders")],
        body=rx.el.div(rx.el.ul(rx.foreach(shown.cells, _surge), class_name="ub-bars"), class_name="ub-tall"),
        table=data_table(
            shown.cells,
            [
                column("around", lambda one: one.where),
                column("riders", lambda one: number(one.riders), numeric=True),
                column("free cars", lambda one: number(one.cars), numeric=True),
                column("factor", lambda one: rx.el.span(number(one.factor, 1), " ×"), numeric=True),
            ],
            label="Cells",
        ),
    )


def _surge(one: SurgeView) -> rx.Component:
    return rx.el.li(
        rx.el.span(one.where),
        rx.el.span(rx.el.i(style={"width": f"calc(({one.factor} - 1) * 50%)"})),
        rx.el.span(number(one.riders), " : ", number(one.cars), " · ", number(one.factor, 1), " ×"),
    )


def rides(snap: Snapshot) -> rx.Component:
    """The rows."""
    shown = snap.rides
    return panel(
        "Rides and their states",
        id="rides",
        span=3,
        says="Rows of rides by state, the newest ones, and rides of which two drivers were told that they are theirs.",
        source=read("sqlite", "rides GROUP BY status, the newest ones, acceptances GROUP BY ride"),
        unit="rides",
        figure=rx.el.span(rx.el.b(_known(shown.total)), " rides"),
        body=rx.el.div(
            rx.el.dl(
                rx.foreach(
                    shown.states,
                    lambda one: rx.el.div(rx.el.dt(one.status), rx.el.dd(rx.el.b(_known(one.rides)))),
                ),
                rx.el.div(rx.el.dt("given to two drivers"), rx.el.dd(rx.el.b(_known(shown.twice)))),
                class_name="sd-stats",
            ),
        ),
        table=data_table(
            shown.newest,
            [
                column("asked", lambda one: one.clock),
                column("rider", lambda one: one.rider),
                column("from", lambda one: one.start),
                column("state", lambda one: one.status),
                column("driver", lambda one: rx.cond(one.driver != "", one.driver, "–")),
                column("offers", lambda one: number(one.offers), numeric=True),
                column("€", lambda one: number(one.price, 2), numeric=True),
            ],
            label="The newest rides",
            empty="No rides yet.",
        ),
    )
