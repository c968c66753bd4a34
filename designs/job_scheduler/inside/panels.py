"""The inside of the job scheduler: each panel is a function from the live snapshot to a picture and its table."""

from __future__ import annotations

from typing import Any

import reflex as rx

from components.charts import histogram, trend
from components.live import milliseconds, number
from components.panel import panel
from components.sources import computed, counted, in_memory, read
from components.swimlanes import swim_lanes
from components.tables import column, data_table, gauge, pill
from designs.job_scheduler.inside.scatter import Scatter
from designs.job_scheduler.inside.views import PartitionView, Snapshot


def panels(snap: Snapshot) -> list[rx.Component]:
    """All panels, in reading order."""
    return [
        partitions(snap),
        firing(snap),
        queue(snap),
        doubles(snap),
        outcomes(snap),
        retries(snap),
        dead(snap),
    ]


def _known(count: Any) -> Any:
    return rx.cond(count >= 0, number(count), "–")


def partitions(snap: Snapshot) -> rx.Component:
    """Who owns what."""
    shown = snap.partitions
    return panel(
        "Partitions and their owners",
        id="partitions",
        span=2,
        says="Which extractor scans which partition, with the token of its lease. Every new owner has a higher one.",
        source=(
            read("postgres", "rows of leases"),
            counted("since opened"),
            computed("from the log of the queue: writes of former owners"),
        ),
        figure=rx.cond(
            shown.owners > 0,
            rx.el.span(rx.el.b(number(shown.owners)), " owners, led by ", rx.el.b(shown.leader)),
            "no partition has an owner",
        ),
        facts=[
            ("leader's token", number(shown.leader_token), ""),
            ("given to another", number(shown.moves), "partitions"),
            ("refused by the token", number(shown.refused), "partitions"),
            ("written by a former owner", number(shown.stale), "times"),
        ],
        body=rx.cond(
            shown.partitions.length() > 0,
            rx.el.ul(rx.foreach(shown.partitions, _cell), class_name="js-map"),
            rx.el.p("Nothing was due yet, or partitions are not shared out.", class_name="sd-empty"),
        ),
        table=data_table(
            shown.partitions,
            [
                column("partition", lambda one: one.name),
                column("owner", lambda one: rx.cond(one.holder != "", one.holder, "nobody")),
                column("token", lambda one: number(one.token), numeric=True),
                column("the owner is", lambda one: rx.cond(one.state == "", "–", one.state)),
            ],
            label="Partitions and their owners",
        ),
    )


def _cell(one: PartitionView) -> rx.Component:
    return rx.el.li(
        rx.el.b(one.name),
        rx.el.span(rx.cond(one.holder != "", one.holder, "nobody")),
        rx.el.small("token ", number(one.token)),
        class_name="js-cell",
        custom_attrs={"data-holder": one.holder, "data-state": one.state},
    )


def firing(snap: Snapshot) -> rx.Component:
    """Scheduled against fired."""
    shown = snap.firing
    return panel(
        "Due and called",
        id="firing",
        span=2,
        says="Each point is a run: to the right when it was due, upwards how much later its first callback came.",
        source=(
            read("valkey", "XREVRANGE of the bin"),
            counted("in the last 30 s: the histogram; since opened: the other figures"),
        ),
        unit="ms",
        figure=rx.cond(
            shown.delay.samples > 0, rx.el.span("p99 ", rx.el.b(milliseconds(shown.delay.p99)), " ms"), "–"
        ),
        facts=[
            ("due", number(shown.due_per_s, 1), "runs/s"),
            ("called", number(shown.fired_per_s, 1), "runs/s"),
            ("p50 since opened", milliseconds(shown.lifetime_p50), "ms"),
            ("p99 since opened", milliseconds(shown.lifetime_p99), "ms"),
            ("most in one second", number(shown.most_due), "runs"),
        ],
        body=rx.el.div(
            Scatter.create(
                points=shown.points, label="Delays of the newest runs by the time that they were due"
            ),
            histogram(
                shown.delay.buckets,
                label="Delays of first callbacks",
                p50=shown.delay.p50,
                p95=shown.delay.p95,
                p99=shown.delay.p99,
            ),
            class_name="sd-stack",
        ),
        table=data_table(
            shown.delay.buckets,
            [
                column("from, ms", lambda one: milliseconds(one.low), numeric=True),
                column("to, ms", lambda one: milliseconds(one.high), numeric=True),
                column("runs", lambda one: number(one.samples), numeric=True),
            ],
            label="Delays of first callbacks",
        ),
    )


def queue(snap: Snapshot) -> rx.Component:
    """Depth and threshold."""
    shown = snap.queue
    return panel(
        "Ready queue",
        id="queue",
        says="Runs that are due and not acknowledged, against the threshold above which extractors pause.",
        source=(
            read("valkey", "XLEN of the stream, ZCARD of what was taken and what waits, SCARD of the undone"),
            counted("since opened"),
            computed("from the rows and the undone: lost"),
        ),
        unit="runs",
        figure=rx.el.span(rx.el.b(_known(shown.depth)), " deep"),
        facts=[
            ("taken by workers", number(shown.taken), "runs"),
            ("wait for another try", number(shown.delayed), "runs"),
            ("not done", number(shown.undone), "runs"),
            ("deepest", number(shown.deepest), "runs"),
            ("scans held back", number(shown.held_back), ""),
            ("workers died", number(shown.deaths), "times"),
            ("lost", number(shown.lost), "runs"),
        ],
        body=rx.el.div(
            gauge(
                rx.cond(shown.depth > 0, shown.depth, 0),
                maximum=rx.cond(shown.threshold > 0, shown.threshold * 2, 1000),
                label="in the stream",
                shown=_known(shown.depth),
                mark=rx.cond(shown.threshold > 0, shown.threshold, 1000),
                mark_label="threshold",
                tone=rx.cond((shown.threshold > 0) & (shown.depth >= shown.threshold), "miss", "ok"),
            ),
            trend(
                ("deep", "queue.depth", "s0"),
                ("wait for another try", "queue.delayed", "miss"),
                label="Depth of the ready queue",
                height=84,
            ),
            class_name="sd-stack",
        ),
    )


def doubles(snap: Snapshot) -> rx.Component:
    """Twice, and kept from being twice."""
    shown = snap.doubles
    return panel(
        "Doubles",
        id="doubles",
        says="What was done or queued twice for one timestamp, and what a key or the queue kept away.",
        source=(
            read("valkey", "XLEN of the bin and of the queue's log"),
            computed("from every entry of both"),
            counted("since opened"),
        ),
        figure=rx.cond(
            shown.doubles > 0,
            pill(rx.el.span("✕ ", number(shown.doubles), " done twice"), tone="error"),
            rx.cond(shown.kept > 0, pill("✓ nothing done twice", tone="ok"), "–"),
        ),
        facts=[
            ("done twice", number(shown.doubles), "runs"),
            ("kept away by the key", number(shown.prevented), "callbacks"),
            ("queued twice", number(shown.requeued), "runs"),
            ("in the queue before", number(shown.skipped), "runs"),
            ("delivered again", number(shown.again), "runs"),
            ("callbacks kept", _known(shown.kept), ""),
            ("lines of the log", number(shown.logged), ""),
        ],
        body=trend(
            ("done twice", "doubles.doubles", "error"),
            ("kept away", "doubles.prevented", "ok"),
            ("queued twice", "doubles.requeued", "moved"),
            label="Doubles since opened",
            height=72,
        ),
    )


def outcomes(snap: Snapshot) -> rx.Component:
    """Runs by state."""
    shown = snap.outcomes
    return panel(
        "Runs by state",
        id="outcomes",
        says="Every run of every job, as its row says; those that were run although their window was over.",
        source=(
            read("postgres", "runs, GROUP BY state; jobs, counted"),
            computed("from the entries of the bin: run too late"),
            counted("since opened: reads of the store"),
        ),
        unit="runs",
        figure=rx.el.span(rx.el.b(_known(shown.jobs)), " jobs"),
        facts=[
            ("waiting", number(shown.waiting), ""),
            ("queued", number(shown.queued), ""),
            ("done", number(shown.done), ""),
            ("dead", number(shown.dead), ""),
            ("dropped", number(shown.dropped), ""),
            ("cancelled", number(shown.cancelled), ""),
            ("run too late", number(shown.late), ""),
            ("reads of the store", number(shown.scans), ""),
            ("rows read", number(shown.rows_read), ""),
            ("accepted", number(shown.accepted), "jobs"),
        ],
        body=trend(
            ("waiting", "outcomes.waiting", "s0"),
            ("queued", "outcomes.queued", "miss"),
            ("done", "outcomes.done", "ok"),
            label="Runs by state",
            height=84,
        ),
    )


def retries(snap: Snapshot) -> rx.Component:
    """One run and its attempts."""
    shown = snap.retries
    return panel(
        "Retry ladder",
        id="retries",
        says="The newest run that failed, try by try: how long each waits for the next.",
        source=(
            read("postgres", "attempts of that run"),
            in_memory("which run failed last"),
            counted("since opened"),
        ),
        figure=rx.cond(
            shown.tries.length() > 0,
            rx.el.span(rx.el.b(number(shown.tries.length())), " tries of “", shown.name, "”"),
            "nothing has failed",
        ),
        facts=[
            ("callbacks failed", number(shown.failed), ""),
            ("tried again", number(shown.retried), ""),
            ("given up", number(shown.dead), "runs"),
        ],
        body=rx.cond(
            shown.lanes.length() > 0,
            swim_lanes(shown.lanes, label="Tries of one run"),
            rx.el.p("Nothing has failed yet.", class_name="sd-empty"),
        ),
        table=data_table(
            shown.tries,
            [
                column("try", lambda one: number(one.number), numeric=True),
                column("at, UTC", lambda one: one.clock, mono=True),
                column("by", lambda one: one.worker),
                column("answer", lambda one: one.said),
                column("took, ms", lambda one: number(one.took_ms), numeric=True),
                column("then waits, ms", lambda one: number(one.wait_ms), numeric=True),
            ],
            label="Tries of one run",
        ),
    )


def dead(snap: Snapshot) -> rx.Component:
    """What was given up."""
    shown = snap.screen
    columns = [
        column("job", lambda one: one.name),
        column("callback", lambda one: one.callback, mono=True),
        column("due, UTC", lambda one: one.clock, mono=True),
        column("tries", lambda one: number(one.attempts), numeric=True),
    ]
    letters = data_table(
        shown.dead, columns, label="Dead letters, the newest first", empty="No run was given up."
    )
    return panel(
        "Dead letters",
        id="dead",
        says="Runs whose tries are used up. They stay until somebody has them tried anew.",
        source=read("postgres", "runs whose state is dead, with their jobs"),
        figure=rx.el.span(rx.el.b(number(snap.outcomes.dead)), " dead"),
        body=rx.el.div(letters, class_name="sd-scroll"),
        table=data_table(shown.dead, columns, label="Dead letters, as a table"),
    )
