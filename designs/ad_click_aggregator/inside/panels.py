"""The inside of the ad click aggregator: each panel is a function from the live snapshot to a picture and its table."""

from __future__ import annotations

from typing import Any

import reflex as rx

from components.charts import histogram, trend
from components.live import milliseconds, number
from components.panel import panel
from components.sources import computed, counted, in_memory, read
from components.tables import column, data_table, gauge, pill
from designs.ad_click_aggregator.inside.views import PartitionView, Snapshot, WindowView


def panels(snap: Snapshot) -> list[rx.Component]:
    """All panels, in reading order."""
    return [
        windows(snap),
        freshness(snap),
        partitions(snap),
        dedupe(snap),
        visits(snap),
        recovery(snap),
        reconciliation(snap),
        olap(snap),
        totals(snap),
    ]


def windows(snap: Snapshot) -> rx.Component:
    """Open and closed windows, and the watermark."""
    shown = snap.windows

    def where(one: WindowView) -> rx.Component:
        return rx.cond(one.closed, pill("closed", tone="ok"), pill(one.where, tone="miss"))

    def rows(label: str) -> rx.Component:
        return data_table(
            shown.rows,
            [
                column("window, UTC", lambda one: one.clock, mono=True),
                column("clicks", lambda one: number(one.clicks), numeric=True),
                column("state", where),
            ],
            label=label,
            empty="No window has a click yet.",
        )

    return panel(
        "Windows and watermark",
        id="windows",
        says="Windows of two seconds of event time, in place of a minute. The watermark closes them.",
        source=(
            read("duckdb", "totals by window, and the lowest watermark of the partitions"),
            in_memory("windows that aggregators hold, as they said in their last turn"),
            counted("since opened"),
        ),
        figure=rx.el.span("watermark ", rx.el.b(shown.watermark)),
        body=rows("Windows"),
        facts=[
            ("open", number(shown.open), "windows"),
            ("allowed lateness", number(shown.lateness), "s"),
            ("came late", number(shown.late), "clicks"),
            ("dropped", number(shown.dropped), "clicks"),
        ],
        table=rows("Windows, as a table"),
    )


def freshness(snap: Snapshot) -> rx.Component:
    """From the click to a total that has it."""
    shown = snap.freshness
    return panel(
        "From click to dashboard",
        id="freshness",
        says="How old a click was when a total had it that a dashboard can read.",
        source=counted("since opened"),
        unit=shown.approach,
        figure=rx.cond(
            shown.delay.samples > 0, rx.el.span("p99 ", rx.el.b(milliseconds(shown.delay.p99)), " ms"), "–"
        ),
        body=histogram(
            shown.delay.buckets,
            label="Ages of clicks when a total had them",
            p50=shown.delay.p50,
            p95=shown.delay.p95,
            p99=shown.delay.p99,
        ),
        facts=[
            ("rows updated per click", number(shown.updates), "rows"),
            ("rows flushed", number(shown.rows_written), "rows"),
            ("flushes", number(shown.flushes), ""),
            ("batches", number(shown.batches), ""),
            ("until a window is final, p99", number(shown.final_p99_s, 1), "s"),
        ],
        table=data_table(
            shown.delay.buckets,
            [
                column("from, ms", lambda one: milliseconds(one.low), numeric=True),
                column("to, ms", lambda one: milliseconds(one.high), numeric=True),
                column("clicks", lambda one: number(one.samples), numeric=True),
            ],
            label="Ages of clicks when a total had them, as a table",
        ),
    )


def partitions(snap: Snapshot) -> rx.Component:
    """Loads and lag."""
    shown = snap.log

    def load(one: PartitionView) -> rx.Component:
        return gauge(
            one.load,
            maximum=shown.capacity,
            label=rx.el.span("partition ", one.name),
            shown=rx.el.span(number(one.load, 1), " clicks/s"),
            tone=rx.cond(one.load >= shown.capacity, "error", "ok"),
        )

    return panel(
        "Partitions",
        id="partitions",
        says="The load of each partition against what an aggregator takes from it, and how far it is behind.",
        source=(
            read("valkey", "XLEN and XREVRANGE of the streams, HGETALL of how far they were read"),
            counted("in the last seconds"),
        ),
        span=2,
        figure=rx.el.span(rx.el.b(number(shown.lag)), " clicks behind"),
        body=rx.el.div(
            rx.el.div(rx.foreach(shown.partitions, load), class_name="sd-stack"),
            rx.el.div(
                data_table(shown.partitions, _partition_columns(), label="Partitions of the click log"),
                class_name="sd-scroll",
            ),
            class_name="sd-stack",
        ),
        table=data_table(
            shown.partitions, _partition_columns(), label="Partitions of the click log, as a table"
        ),
    )


def _partition_columns() -> list[Any]:
    def state(one: PartitionView) -> rx.Component:
        return rx.el.span(
            rx.cond(one.aggregator != "", one.aggregator, "nobody"),
            rx.cond((one.state != "up") & (one.state != ""), pill(one.state, tone="error"), ""),
        )

    return [
        column("partition", lambda one: one.name, numeric=True),
        column("read by", state),
        column("lag", lambda one: number(one.lag), numeric=True),
        column("read", lambda one: number(one.read), numeric=True),
        column("kept", lambda one: number(one.entries_kept), numeric=True),
        column("newest", lambda one: one.newest, mono=True),
    ]


def dedupe(snap: Snapshot) -> rx.Component:
    """Keys of clicked impressions."""
    shown = snap.dedupe

    def keys(label: str) -> rx.Component:
        return data_table(
            shown.marks,
            [
                column("impression", lambda one: one.id, mono=True),
                column(
                    "key",
                    lambda one: rx.cond(
                        one.there, pill(rx.el.span("until ", one.until), tone="ok"), pill("none", tone="none")
                    ),
                ),
            ],
            label=label,
            empty="No impression was clicked yet.",
        )

    return panel(
        "Impression keys",
        id="dedupe",
        says="The key of each impression that was clicked last: until when a second click does not count.",
        source=(read("valkey", "GET of the newest impressions' keys"), counted("since opened")),
        figure=rx.el.span(rx.el.b(number(shown.repeats)), " repeats dropped"),
        body=keys("Keys of the newest impressions"),
        facts=[
            ("repeats dropped", number(shown.repeats), "clicks"),
            ("forged, refused", number(shown.forged), "clicks"),
            ("expired, refused", number(shown.expired), "clicks"),
        ],
        table=keys("Keys of the newest impressions, as a table"),
    )


def visits(snap: Snapshot) -> rx.Component:
    """Their log and ours."""
    shown = snap.visits
    return panel(
        "Visits and clicks",
        id="visits",
        says="Who came to the advertisers, by their own log, and how many of them our log knows.",
        source=(read("valkey", "XLEN of the advertisers' stream of visits"), counted("since opened")),
        figure=rx.cond(
            shown.missing > 0,
            pill(rx.el.span("✕ ", number(shown.missing), " unlogged"), tone="error"),
            rx.cond(shown.visits > 0, pill("✓ all logged", tone="ok"), "–"),
        ),
        body=trend(
            ("visits", "visits.visits", "s0"), ("clicks logged", "visits.logged", "ok"),
            ("unlogged", "visits.missing", "error"), label="Visits, clicks, and visits without a click", height=72,
        ),
        facts=[
            ("visits kept in the advertisers' log", number(shown.visits), ""),
            ("clicks logged", number(shown.logged), ""),
            ("repeats, redirected all the same", number(shown.repeats), ""),
            ("told by a pixel", number(shown.pixels), ""),
            ("visits without a click", number(shown.missing), ""),
        ],
    )  # fmt: skip


def recovery(snap: Snapshot) -> rx.Component:
    """Crashes and checkpoints."""
    shown = snap.recovery

    def newest(label: str) -> rx.Component:
        return data_table(
            shown.newest,
            [
                column("who", lambda one: one.who),
                column("back at, UTC", lambda one: one.clock, mono=True),
                column("by", lambda one: one.how),
                column("read again", lambda one: number(one.again), numeric=True),
                column("took, ms", lambda one: milliseconds(one.ms), numeric=True),
            ],
            label=label,
            empty="No aggregator has crashed yet.",
        )

    return panel(
        "Crashes and checkpoints",
        id="recovery",
        says="What an aggregator goes on from when its process was killed, and what that costs.",
        source=(read("valkey", "HSTRLEN of the checkpoints"), counted("since opened")),
        span=2,
        unit=shown.approach,
        figure=rx.el.span(rx.el.b(number(shown.crashes)), " crashes"),
        body=rx.el.div(newest("The last recoveries"), class_name="sd-scroll"),
        facts=[
            ("recovered", number(shown.recoveries), "times"),
            ("read again", number(shown.again), "clicks"),
            ("longest recovery", milliseconds(shown.longest_ms), "ms"),
            ("checkpoints written", number(shown.checkpoints), ""),
            ("checkpoints now", number(shown.bytes), "bytes"),
        ],
        table=newest("The last recoveries, as a table"),
    )


def reconciliation(snap: Snapshot) -> rx.Component:
    """Differences that the second count found."""
    shown = snap.reconciliation

    def diffs(label: str) -> rx.Component:
        return data_table(
            shown.diffs,
            [
                column("window, UTC", lambda one: one.clock, mono=True),
                column("ad", lambda one: one.title),
                column("partition", lambda one: number(one.partition), numeric=True),
                column("total was", lambda one: number(one.was), numeric=True),
                column("raw log", lambda one: number(one.raw), numeric=True),
            ],
            label=label,
            empty="Nothing was overridden.",
        )

    return panel(
        "Reconciliation",
        id="reconciliation",
        says="Totals of closed windows that the raw log contradicted; the log's count stands now.",
        source=(
            in_memory("what the last runs of the batch answered"),
            counted("since opened"),
            computed("from the raw log, for final windows"),
        ),
        span=2,
        unit=shown.approach,
        figure=rx.cond(
            shown.wrong > 0,
            pill(rx.el.span("✕ ", number(shown.wrong), " clicks off"), tone="error"),
            pill("✓ nothing off", tone="ok"),
        ),
        body=rx.el.div(diffs("Totals that were overridden"), class_name="sd-scroll"),
        facts=[
            ("compared last", number(shown.compared), "totals"),
            ("overridden", number(shown.repaired), "totals"),
            ("off now, in final windows", number(shown.wrong), "clicks"),
            ("counted twice up to", shown.upto, "UTC"),
        ],
        table=diffs("Totals that were overridden, as a table"),
    )


def olap(snap: Snapshot) -> rx.Component:
    """The store of totals, and the tables."""
    shown, rows = snap.olap, snap.rows
    return panel(
        "Stores of totals",
        id="olap",
        says="The OLAP store has a row per window, ad and partition; the tables a row per window and ad.",
        source=(
            read("duckdb", "count and sum of the totals; the size of its file"),
            read("sqlite", "count of ads; count and sum of the rows that are updated per click"),
            counted("since opened; the last query"),
        ),
        figure=rx.el.span(rx.el.b(number(shown.rows)), " totals"),
        body=trend(
            ("totals", "olap.rows", "s0"), ("clicks in them", "olap.clicks", "ok"), label="Totals and clicks in them",
            height=72,
        ),
        facts=[
            ("clicks in windows", number(shown.clicks), ""),
            ("clicks in days", number(shown.day), ""),
            ("file", number(shown.bytes), "bytes"),
            ("last query", milliseconds(shown.query_ms), "ms"),
            ("queries", number(shown.queries), ""),
            ("ads in the table", number(rows.ads), "rows"),
            ("updated per click", number(rows.counts), "rows"),
            ("clicks in these", number(rows.clicks), ""),
        ],
    )  # fmt: skip


def totals(snap: Snapshot) -> rx.Component:
    """Counts since opened."""
    shown = snap.totals
    return panel(
        "Clicks",
        id="totals",
        says="What came in since the lab was opened, and what aggregators have counted of it.",
        source=counted("since opened; the rate in the last seconds"),
        figure=rx.el.span(rx.el.b(number(shown.clicks_per_s)), " clicks/s"),
        body=trend(
            ("clicks/s", "totals.clicks_per_s", "s0"), label="Clicks per second", unit="/s", height=72
        ),
        facts=[
            ("came in", number(shown.clicks), "clicks"),
            ("in the log", number(shown.logged), "clicks"),
            ("read by aggregators", number(shown.counted), "clicks"),
        ],
    )
