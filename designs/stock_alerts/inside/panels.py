"""The inside of stock alerts: each panel is a function from the live snapshot to a picture and its table."""

from __future__ import annotations

from typing import Any

import reflex as rx

from components.charts import histogram, trend
from components.live import milliseconds, number
from components.panel import panel
from components.sources import computed, counted, in_memory, read
from components.tables import column, data_table, gauge, pill
from designs.stock_alerts.inside.ladder import Ladder
from designs.stock_alerts.inside.views import PartitionView, Snapshot


def panels(snap: Snapshot) -> list[rx.Component]:
    """All panels, in reading order."""
    return [
        ladder(snap),
        cost(snap),
        delay(snap),
        partitions(snap),
        dedupe(snap),
        queue(snap),
        verdicts(snap),
        day(snap),
        totals(snap),
    ]


def ladder(snap: Snapshot) -> rx.Component:
    """Thresholds around the price, and the crossed band."""
    shown = snap.ladder
    return panel(
        "Price ladder",
        id="ladder",
        says="Alerts in force nearest to the price of the stock on screen. A move touches those between two prices.",
        source=(
            read("sqlite", "armed rows around the price, by price"),
            in_memory("the newest crossed band, and how many alerts the consumers' copy holds"),
        ),
        figure=rx.el.span(rx.el.b(number(shown.held)), " in memory"),
        body=Ladder.create(ladder=shown, label="Alerts in force around the price"),
        table=data_table(
            shown.rungs,
            [
                column("price", lambda one: number(one.price, 2), numeric=True),
                column("waits for", lambda one: rx.cond(one.above, "a rise", "a fall")),
                column("alerts", lambda one: number(one.alerts), numeric=True),
            ],
            label="Alerts in force around the price",
        ),
    )


def cost(snap: Snapshot) -> rx.Component:
    """Milliseconds and alerts looked at."""
    shown = snap.cost
    return panel(
        "What a tick costs",
        id="cost",
        says="Around the search and nothing else, since this approach was chosen.",
        source=(
            counted("since the approach was chosen"),
            in_memory("the consumers' copy of alerts in force"),
        ),
        unit=shown.approach,
        figure=rx.el.span(rx.el.b(milliseconds(shown.mean_ms)), " ms a tick"),
        body=trend(
            ("ms per tick", "cost.mean_ms", "s0"),
            label="Milliseconds per tick",
            unit="ms",
            height=150,
            digits=3,
        ),
        facts=[
            ("a tick, mean", milliseconds(shown.mean_ms), "ms"),
            ("a tick, p99", milliseconds(shown.p99_ms), "ms"),
            ("looked at", number(shown.looked, 1), "alerts a tick"),
            ("searched for", number(shown.ticks), "ticks"),
            ("found", number(shown.found), "alerts"),
            ("copy in memory", number(shown.held), "alerts"),
        ],
    )


def delay(snap: Snapshot) -> rx.Component:
    """From the tick to the inbox."""
    shown = snap.feed
    return panel(
        "From tick to notification",
        id="delay",
        says="From the tick that crossed the alert to the inbox of its owner, in the last seconds.",
        source=counted("in the last seconds; polls, late and duplicate ticks since opened"),
        unit=shown.approach,
        figure=rx.cond(
            shown.delay.samples > 0,
            rx.el.span("p99 ", rx.el.b(milliseconds(shown.delay.p99)), " ms"),
            "–",
        ),
        body=histogram(
            shown.delay.buckets,
            label="Delays of notifications",
            p50=shown.delay.p50,
            p95=shown.delay.p95,
            p99=shown.delay.p99,
        ),
        facts=[
            ("p99 since opened", milliseconds(shown.lifetime_p99), "ms"),
            ("polls", number(shown.polls), "since opened"),
            ("late ticks", number(shown.late), "since opened"),
            ("duplicate ticks", number(shown.duplicates), "since opened"),
        ],
        table=data_table(
            shown.delay.buckets,
            [
                column("from, ms", lambda one: milliseconds(one.low), numeric=True),
                column("to, ms", lambda one: milliseconds(one.high), numeric=True),
                column("notifications", lambda one: number(one.samples), numeric=True),
            ],
            label="Delays of notifications",
        ),
    )


def partitions(snap: Snapshot) -> rx.Component:
    """Partitions, consumers, lag."""
    shown = snap.log
    return panel(
        "Partitions and lag",
        id="partitions",
        says="The tick log: who reads which partition, how far behind, and whose ticks came last.",
        source=(
            read("valkey", "XINFO and XREVRANGE of the streams, HGETALL of the checkpoints"),
            counted("since opened"),
        ),
        span=2,
        figure=rx.el.span(rx.el.b(number(shown.lag)), " ticks behind"),
        body=rx.el.div(
            data_table(shown.partitions, _partition_columns(), label="Partitions of the tick log"),
            class_name="sd-scroll",
        ),
        facts=[
            ("dropped as late", number(shown.dropped), "ticks"),
            ("late, and taken as an excursion", number(shown.excursions), "ticks"),
            ("consumers that died", number(shown.deaths), ""),
        ],
        table=data_table(
            shown.partitions, _partition_columns(), label="Partitions of the tick log, as a table"
        ),
    )


def _partition_columns() -> list[Any]:
    def state(one: PartitionView) -> rx.Component:
        return rx.el.span(one.consumer, rx.cond(one.state != "up", pill(one.state, tone="error"), ""))

    return [
        column("partition", lambda one: one.name, numeric=True),
        column("read by", state),
        column("lag", lambda one: number(one.lag), numeric=True),
        column("read", lambda one: number(one.read), numeric=True),
        column("kept", lambda one: number(one.entries_kept), numeric=True),
        column("newest ticks", lambda one: one.newest, mono=True),
    ]


def dedupe(snap: Snapshot) -> rx.Component:
    """Keys with their time left."""
    shown = snap.dedupe
    keys = data_table(
        shown.marks,
        [
            column("alert and arming", lambda one: one.name, mono=True),
            column("owner", lambda one: one.user),
            column(
                "key",
                lambda one: rx.cond(
                    one.there,
                    pill(rx.el.span(number(one.seconds), " s left"), tone="ok"),
                    pill("none", tone="none"),
                ),
            ),
        ],
        label="Dedupe keys of the newest notifications",
        empty="Nothing was sent yet.",
    )
    return panel(
        "Dedupe keys",
        id="dedupe",
        says="The key of each of the newest notifications, and how long it still keeps a second one away.",
        source=(read("valkey", "PTTL of the newest notifications' keys"), counted("since opened")),
        figure=rx.el.span(rx.el.b(number(shown.held)), " of the newest have one"),
        body=keys,
        facts=[
            ("dropped by the key", number(shown.by_key), ""),
            ("dropped by the row", number(shown.by_status), ""),
        ],
        table=keys,
    )


def queue(snap: Snapshot) -> rx.Component:
    """What waits for the notifier."""
    shown = snap.queue
    return panel(
        "Notification queue",
        id="queue",
        says="Messages that were found and not acknowledged, and what became of the others.",
        source=(read("valkey", "XLEN of the queue and of the inbox"), counted("since opened")),
        figure=rx.el.span(rx.el.b(number(shown.messages)), " waiting"),
        body=trend(
            ("waiting", "queue.messages", "miss"),
            ("sent", "queue.sent", "ok"),
            label="Waiting and sent",
            height=72,
        ),
        facts=[
            ("messages waiting", number(shown.messages), ""),
            ("entries of the inbox", number(shown.inbox), ""),
            ("sent", number(shown.sent), ""),
            ("the notifier died", number(shown.deaths), "times"),
            ("died in its hand", number(shown.lost), "alerts"),
        ],
    )


def verdicts(snap: Snapshot) -> rx.Component:
    """False, missed, twice."""
    shown = snap.verdicts
    return panel(
        "Crossed and told",
        id="verdicts",
        says="Every tick against every alert, one by one, held against the entries of the inbox.",
        source=(counted("since opened, in the ledger of the market"), computed("from the entries of the inbox")),
        figure=rx.cond(
            shown.false + shown.missed + shown.twice > 0,
            pill(
                rx.el.span("✕ ", number(shown.false + shown.missed + shown.twice), " wrong"),
                tone="error",
            ),
            rx.cond(shown.told > 0, pill("✓ all right", tone="ok"), "–"),
        ),
        body=trend(
            ("false", "verdicts.false", "error"), ("missed", "verdicts.missed", "miss"),
            ("twice", "verdicts.twice", "moved"), label="False, missed and twice", height=72,
        ),
        facts=[
            ("crossed by the market", number(shown.crossings), "alerts"),
            ("in the inbox", number(shown.told), "entries"),
            ("missed", number(shown.missed), ""),
            ("false", number(shown.false), ""),
            ("twice", number(shown.twice), ""),
        ],
    )  # fmt: skip


def day(snap: Snapshot) -> rx.Component:
    """Counters of the day."""
    shown = snap.day
    table = data_table(
        shown.users,
        [column("user", lambda one: one.user), column("today", lambda one: number(one.today), numeric=True)],
        label="Counters of the day",
        empty="Nobody was told anything today.",
    )
    return panel(
        "Counters of the day",
        id="day",
        says="How often those who were told last came up today. What is beyond the cap is kept, and does not ring.",
        source=(read("valkey", "GET of the users' counters of the day"), counted("since opened")),
        figure=rx.cond(shown.cap > 0, rx.el.span("cap ", rx.el.b(number(shown.cap))), "no cap"),
        body=rx.el.div(
            rx.foreach(
                shown.users,
                lambda one: gauge(
                    one.today,
                    maximum=60,
                    label=one.user,
                    shown=number(one.today),
                    mark=shown.cap,
                    mark_label="cap",
                    tone=rx.cond((shown.cap > 0) & (one.today > shown.cap), "miss", "ok"),
                ),
            ),
            class_name="sd-stack",
        ),
        facts=[("kept quiet", number(shown.quiet), "notifications")],
        table=table,
    )


def totals(snap: Snapshot) -> rx.Component:
    """Counts since opened."""
    shown = snap.totals
    return panel(
        "Ticks and alerts",
        id="totals",
        says="What has come in since the lab was opened, and the rows as they are now.",
        source=(counted("since opened; rates in the last seconds"), read("sqlite", "rows by status")),
        figure=rx.el.span(rx.el.b(number(shown.ticks_per_s)), " ticks/s"),
        body=trend(
            ("ticks/s", "totals.ticks_per_s", "s0"), ("notifications/s", "totals.sent_per_s", "ok"), label="Rates",
            unit="/s", height=72,
        ),
        facts=[
            ("ticks", number(shown.ticks), ""),
            ("taken by consumers", number(shown.matched), "ticks"),
            ("rows armed", number(shown.armed), ""),
            ("rows fired", number(shown.fired), ""),
        ],
    )  # fmt: skip
