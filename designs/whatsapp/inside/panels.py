"""The inside of the messenger: each panel is a function from the live snapshot to a picture and its table."""

from __future__ import annotations

from typing import Any

import reflex as rx

from components.charts import histogram, trend
from components.live import milliseconds, number
from components.panel import panel
from components.sources import computed, counted, in_memory, read
from components.tables import column, data_table, gauge, pill
from designs.whatsapp.inside.views import ServerView, Snapshot, StopView


def panels(snap: Snapshot) -> list[rx.Component]:
    """All panels, in reading order."""
    return [
        path(snap),
        servers(snap),
        delivery(snap),
        inboxes(snap),
        channels(snap),
        ticks(snap),
        numbers(snap),
        people(snap),
        access(snap),
    ]


def path(snap: Snapshot) -> rx.Component:
    """One message on its way."""
    shown = snap.path
    table = data_table(
        shown.stops,
        [
            column("what", lambda one: one.what),
            column("where", lambda one: one.who),
            column("after, ms", lambda one: milliseconds(one.after_ms), numeric=True),
        ],
        label="Steps of the newest message",
        empty="Nobody on the page has written yet.",
    )

    def stop(one: StopView) -> rx.Component:
        return gauge(
            one.after_ms,
            maximum=shown.longest,
            label=one.what + ": " + one.who,  # type: ignore[arg-type]
            shown=rx.el.span(milliseconds(one.after_ms), " ms"),
            tone=one.tone,
        )

    return panel(
        "A message and its ticks",
        id="message",
        says="The newest message that somebody on the page wrote: when it was numbered, on which phone, and ticked.",
        source=in_memory("what the devices of the page have received, and when"),
        unit="ms since the send",
        figure=rx.cond(shown.seq > 0, rx.el.span("number ", rx.el.b(number(shown.seq))), "–"),
        body=rx.cond(
            shown.stops.length() > 0,  # type: ignore[attr-defined]
            rx.el.div(
                rx.el.p(rx.el.b(shown.by), ": ", shown.text, class_name="wa-said"),
                rx.foreach(shown.stops, stop),
                class_name="sd-stack",
            ),
            rx.el.p("Nobody on the page has written yet.", class_name="sd-empty"),
        ),
        table=table,
    )


def servers(snap: Snapshot) -> rx.Component:
    """Processes and who is connected where."""
    shown = snap.servers
    return panel(
        "Chat servers",
        id="servers",
        says="Processes of their own, with the devices that are connected to each, and what they keep to hear of messages.",
        source=(
            in_memory("the connections of each server, and what it said with its last turn"),
            counted("deaths and reconnects since opened"),
        ),
        unit=shown.approach,
        span=2,
        figure=rx.el.span(rx.el.b(number(shown.connections)), " devices"),
        body=rx.el.div(
            data_table(shown.servers, _server_columns(), label="Chat servers"), class_name="sd-scroll"
        ),
        facts=[
            ("subscriptions", number(shown.channels), ""),
            ("topics read", number(shown.topics), ""),
            ("lines to others", number(shown.lines), ""),
            ("most, over the mean", number(shown.spread, 2), "×"),
            ("died", number(shown.deaths), "times"),
            ("came back", number(shown.reconnects), "devices"),
        ],
        table=data_table(shown.servers, _server_columns(), label="Chat servers, as a table"),
    )


def _server_columns() -> list[Any]:
    def state(one: ServerView) -> rx.Component:
        return rx.el.span(one.name, rx.cond(one.state != "up", pill(one.state, tone="error"), ""))

    return [
        column("server", state),
        column("process", lambda one: one.process, numeric=True),
        column("devices", lambda one: number(one.connections), numeric=True),
        column("channels", lambda one: number(one.channels), numeric=True),
        column("topics", lambda one: number(one.topics), numeric=True),
        column("lines", lambda one: number(one.lines), numeric=True),
        column("chats cached", lambda one: number(one.cached), numeric=True),
        column("of the page", lambda one: one.who),
    ]


def delivery(snap: Snapshot) -> rx.Component:
    """Delays, lost, twice."""
    shown = snap.delivery
    return panel(
        "From send to device",
        id="delivery",
        says="From the send to each device that receives it, in the last seconds; below, what went wrong.",
        source=(
            counted("in the last seconds; totals since opened"),
            computed("from what devices have received, and keys"),
        ),
        figure=rx.cond(
            shown.lost + shown.twice + shown.disordered > 0,
            pill(
                rx.el.span("✕ ", number(shown.lost + shown.twice + shown.disordered), " wrong"), tone="error"
            ),
            rx.cond(shown.delivered > 0, pill("✓ all arrived", tone="ok"), "–"),
        ),
        body=histogram(
            shown.delay.buckets, label="Delays", p50=shown.delay.p50, p95=shown.delay.p95, p99=shown.delay.p99
        ),
        facts=[
            ("sent", number(shown.sent), "messages"),
            ("on devices", number(shown.delivered), "messages"),
            ("p99 since opened", milliseconds(shown.p99), "ms"),
            ("lost", number(shown.lost), ""),
            ("shown twice", number(shown.twice), ""),
            ("out of order", number(shown.disordered), ""),
            ("sent again, and known", number(shown.again), ""),
            ("came again, and dropped", number(shown.known), ""),
            ("caught up", number(shown.caught_up), "messages"),
        ],
        table=data_table(
            shown.delay.buckets,
            [
                column("from, ms", lambda one: milliseconds(one.low), numeric=True),
                column("to, ms", lambda one: milliseconds(one.high), numeric=True),
                column("messages", lambda one: number(one.samples), numeric=True),
            ],
            label="Delays of messages",
        ),
    )


def inboxes(snap: Snapshot) -> rx.Component:
    """What waits, and for whom."""
    shown = snap.inboxes
    table = data_table(
        shown.boxes,
        [
            column("inbox of", lambda one: one.of, mono=True),
            column("rows", lambda one: number(one.rows), numeric=True),
            column("bytes", lambda one: number(one.size), numeric=True),
        ],
        label="Inboxes in which something waits",
        empty="Every inbox is empty: all devices have everything.",
    )
    return panel(
        "Inboxes",
        id="inboxes",
        says="Rows that wait for an acknowledgement, and messages that the servers still have.",
        source=read("valkey", "ZCARD and MEMORY USAGE of the inboxes, and the index of kept messages"),
        figure=rx.el.span(rx.el.b(number(shown.rows)), " rows wait"),
        body=rx.el.div(
            trend(
                ("rows", "inboxes.rows", "miss"),
                ("kept", "inboxes.kept", "s0"),
                label="Rows and messages",
                height=72,
            ),
            table,
            class_name="sd-stack",
        ),
        facts=[
            ("inboxes with something", number(shown.waiting), ""),
            ("messages kept", number(shown.kept), ""),
            ("rows written", number(shown.written), "since the room began"),
        ],
        table=table,
    )


def channels(snap: Snapshot) -> rx.Component:
    """How word of a message travels."""
    shown = snap.channels
    table = data_table(
        shown.channels,
        [
            column("user", lambda one: one.user),
            column("subscribers", lambda one: number(one.subscribers), numeric=True),
            column("entries of the topic", lambda one: number(one.topic), numeric=True),
        ],
        label="Channels and topics of the people on the page",
    )
    return panel(
        "Channels",
        id="channels",
        says="Who listens to the channels of the people on the page, and what was told over them.",
        source=(
            read("valkey", "PUBSUB NUMSUB, XLEN of the topics, HLEN of the owner map, GET of rows written"),
            counted("by the chat servers since opened"),
        ),
        figure=rx.el.span(rx.el.b(number(shown.published + shown.appended + shown.forwarded)), " told"),
        body=table,
        facts=[
            ("published", number(shown.published), ""),
            ("heard by a server", number(shown.heard), ""),
            ("appended to topics", number(shown.appended), ""),
            ("handed over lines", number(shown.forwarded), ""),
            ("polls", number(shown.polls), ""),
            ("inboxes read", number(shown.inbox_reads), "times"),
            ("devices in the owner map", number(shown.owners), ""),
            ("rows behind the channels", number(shown.behind), "written"),
        ],
        table=table,
    )


def ticks(snap: Snapshot) -> rx.Component:
    """Ticks and whether they were true."""
    shown = snap.ticks
    return panel(
        "Ticks",
        id="ticks",
        says="Two ticks and blue ticks that senders were shown, held against what the devices really have.",
        source=(counted("since opened"), computed("from what devices have received")),
        unit=shown.approach,
        figure=rx.cond(
            shown.early > 0,
            pill(rx.el.span("✕ ", number(shown.early), " untrue"), tone="error"),
            rx.cond(shown.delivered > 0, pill("✓ all true", tone="ok"), "–"),
        ),
        body=trend(
            ("two ticks", "ticks.delivered", "s1"), ("read", "ticks.read", "s2"), ("untrue", "ticks.early", "error"),
            label="Ticks", height=72,
        ),
        facts=[
            ("two ticks", number(shown.delivered), ""),
            ("read", number(shown.read), ""),
            ("before anybody had it", number(shown.early), ""),
        ],
    )  # fmt: skip


def numbers(snap: Snapshot) -> rx.Component:
    """Sequence numbers."""
    shown = snap.numbers
    table = data_table(
        shown.chats,
        [
            column("chat", lambda one: one.chat),
            column("newest number", lambda one: number(one.seq), numeric=True),
            column("still kept", lambda one: number(one.kept), numeric=True),
        ],
        label="Newest numbers of chats",
    )
    return panel(
        "Numbers of chats",
        id="numbers",
        says="The counter of each chat; devices put messages in the order of their numbers.",
        source=(
            read("valkey", "GET of the counters, ZCARD of kept messages"),
            computed("from what devices have received"),
        ),
        figure=rx.cond(
            shown.twice > 0,
            pill(rx.el.span("✕ ", number(shown.twice), " not in order"), tone="error"),
            pill("✓ in order", tone="ok"),
        ),
        body=table,
        facts=[("number not above the one before", number(shown.twice), "messages")],
        table=table,
    )


def people(snap: Snapshot) -> rx.Component:
    """Participants."""
    shown = snap.people
    return panel(
        "Participants",
        id="people",
        says="Who is in which chat: rows, and how often a server had to read them.",
        source=(
            read("sqlite", "rows of chats, members and devices"),
            counted("by the chat servers since opened"),
        ),
        figure=rx.el.span(rx.el.b(number(shown.share, 1)), " % from caches"),
        body=trend(
            ("from a cache", "people.hits", "ok"),
            ("read", "people.reads", "miss"),
            label="Lookups",
            height=72,
        ),
        facts=[
            ("from a cache", number(shown.hits), ""),
            ("reads of the database", number(shown.reads), ""),
            ("chats", number(shown.chats), "rows"),
            ("members", number(shown.members), "rows"),
            ("devices", number(shown.devices), "rows"),
        ],
    )


def access(snap: Snapshot) -> rx.Component:
    """Who asked by id."""
    shown = snap.access
    return panel(
        "Asked by id",
        id="access",
        says="Calls for a chat or for media by id, and whether an outsider was answered.",
        source=(
            counted("since opened"),
            computed("from who was answered, and the rows of members"),
            read("sqlite", "rows of attachments"),
        ),
        figure=rx.cond(
            shown.leaked > 0,
            pill(rx.el.span("✕ ", number(shown.leaked), " to outsiders"), tone="error"),
            pill("✓ none to outsiders", tone="ok"),
        ),
        body=trend(
            ("answered", "access.answered", "ok"), ("refused", "access.denied", "miss"),
            ("outsiders", "access.leaked", "error"), label="Calls by id", height=72,
        ),
        facts=[
            ("answered", number(shown.answered), ""),
            ("refused", number(shown.denied), ""),
            ("answered to outsiders", number(shown.leaked), ""),
            ("announced", number(shown.attachments), "attachments"),
            ("uploaded", number(shown.uploaded), "attachments"),
        ],
    )  # fmt: skip
