"""The inside of live comments: each panel is a function from the live snapshot to a picture and its table."""

from __future__ import annotations

from typing import Any

import reflex as rx

from components.charts import histogram, trend
from components.live import milliseconds, noun, number
from components.panel import legend, panel
from components.sources import counted, in_memory, read
from components.tables import column, data_table, facts_table, gauge, pill, stat_tiles
from designs.live_comments.inside.subscriptions import server_map, subscription_matrix
from designs.live_comments.inside.views import Snapshot


def panels(snap: Snapshot) -> list[rx.Component]:
    """All panels, in reading order."""
    return [
        servers(snap),
        delay(snap),
        matrix(snap),
        methods(snap),
        bus(snap),
        paging(snap),
        buffers(snap),
        dispatcher(snap),
        totals(snap),
    ]


def servers(snap: Snapshot) -> rx.Component:
    """Servers with their maps from stream to connections."""
    return panel(
        "Servers and who they hold",
        id="servers",
        says="Each server's map from stream to connections, the fullest four; how much of what it was sent was for somebody.",
        source=(in_memory("the servers' maps of connections"), counted("since opened")),
        unit="connections",
        figure=rx.el.span(rx.el.b(number(snap.totals.viewers)), " connected or polling"),
        body=server_map(snap.servers),
        table=data_table(
            snap.servers,
            [
                column("server", lambda one: one.label),
                column("up", lambda one: rx.cond(one.up, "yes", "no")),
                column("connections", lambda one: number(one.connections), numeric=True),
                column("simulated", lambda one: number(one.simulated + one.slow), numeric=True),
                column("on the page", lambda one: number(one.demo), numeric=True),
                column("real SSE", lambda one: number(one.sse), numeric=True),
                column("real WebSocket", lambda one: number(one.websocket), numeric=True),
                column("received", lambda one: number(one.received), numeric=True),
                column("useful", lambda one: number(one.useful), numeric=True),
                column("delivered", lambda one: number(one.delivered), numeric=True),
            ],
            label="Servers",
        ),
        span=2,
    )


def delay(snap: Snapshot) -> rx.Component:
    """From a comment's arrival to a viewer's screen."""
    seen = snap.delay
    return panel(
        "Delivery delay",
        id="delay",
        says="From the moment a comment came in until a viewer got it, of the last seconds.",
        source=counted("in the last seconds"),
        unit="ms",
        figure=rx.el.span(
            "p50 ", rx.el.b(milliseconds(seen.p50)), " · p99 ", rx.el.b(milliseconds(seen.p99))
        ),
        body=histogram(
            seen.buckets, label="Delivery delay", p50=seen.p50, p95=seen.p95, p99=seen.p99, height=150
        ),
        table=facts_table(
            [
                ("p50", milliseconds(seen.p50), "ms"),
                ("p95", milliseconds(seen.p95), "ms"),
                ("p99", milliseconds(seen.p99), "ms"),
                ("deliveries", number(seen.samples)),
            ],
            label="Delivery delay",
        ),
    )


def matrix(snap: Snapshot) -> rx.Component:
    """Which server listens for which stream."""
    shown = snap.matrix
    return panel(
        "Who listens for what",
        id="matrix",
        says="A row per server, a column per stream. Listening for nobody is wasted; watching unheard is worse.",
        source=in_memory("the servers' subscriptions and connections"),
        figure=rx.el.span(rx.el.b(number(shown.useful_pct, 1)), " % of messages useful"),
        body=subscription_matrix(shown.streams, shown.rows, label="Subscriptions by server and stream"),
        legend=legend(("ok", "watched"), ("miss", "for nobody"), ("error", "not listened for")),
        table=data_table(
            shown.rows,
            [
                column("server", lambda one: one.server),
                column("channels", lambda one: number(one.channels), numeric=True),
                column("by stream: 2 watched, 1 for nobody, x unheard", lambda one: one.signs, mono=True),
            ],
            label="Subscriptions",
        ),
        span=2,
    )


def methods(snap: Snapshot) -> rx.Component:
    """What each method of delivery costs."""
    columns = [
        column("method", lambda one: rx.cond(one.used, rx.el.b("▸ ", one.label), one.label)),
        column("deliveries", lambda one: number(one.deliveries), numeric=True),
        column("of them real", lambda one: number(one.events), numeric=True),
        column("B each", lambda one: _or_dash(one.events, number(one.each, 1)), numeric=True),
    ]
    return panel(
        "Bytes by method of delivery",
        id="deliveries",
        says="▸ is in use. Bytes are of real connections, these screens among them, with all that surrounds a comment. "
        "To simulated viewers no bytes are written.",
        source=counted("since opened, where they are written to a connection"),
        unit="bytes",
        body=rx.el.div(
            data_table(snap.methods, columns, label="Methods of delivery"),
            stat_tiles(
                ("polls", number(snap.polling.polls), ""),
                ("empty", number(snap.polling.empty_pct, 1), "%"),
                (
                    "an empty one",
                    rx.cond(snap.polling.empty_bytes > 0, number(snap.polling.empty_bytes), "–"),
                    "B over HTTP",
                ),
            ),
            class_name="sd-stack",
        ),
        table=data_table(
            snap.methods,
            [*columns[:3], column("bytes", lambda one: number(one.bytes), numeric=True)],
            label="Methods of delivery",
        ),
        span=1,
    )


def _or_dash(count: Any, shown: Any) -> Any:
    return rx.cond(count > 0, shown, "–")


def bus(snap: Snapshot) -> rx.Component:
    """The log or the channels."""
    shown = snap.bus
    return panel(
        "The bus",
        id="bus",
        says="The log of the stream on screen can be read from any id that it still has; a channel keeps nothing.",
        source=(read("valkey", "XLEN, first and last id of the stream's log"), counted("since opened")),
        unit=rx.cond(shown.silent != "", "no answer: as of the last look", shown.label),
        figure=rx.cond(
            shown.kept > 0,
            rx.el.span(rx.el.b(number(shown.kept)), " ", noun(shown.kept, "entry", "entries")),
            "nothing to resume from",
        ),
        facts=[
            ("first id", rx.cond(shown.kept > 0, number(shown.first), "–"), ""),
            ("last id", rx.cond(shown.kept > 0, number(shown.last), "–"), ""),
            ("published", number(shown.published), "messages"),
            ("waiting", number(shown.waiting), ""),
            ("lost", number(shown.lost), "messages"),
            ("read again", number(shown.read_again), ""),
            ("resumed: log", number(shown.log_reads), "reads"),
            ("resumed: store", number(shown.store_reads), "reads"),
        ],
        body=rx.cond(
            snap.totals.missed > 0,
            rx.el.p(
                pill(rx.el.span("✕ ", number(snap.totals.missed)), tone="error"),
                " comments never came to a viewer who was waiting for them.",
                class_name="sd-hint",
            ),
            rx.el.p("No viewer has missed anything.", class_name="sd-hint"),
        ),
        table=facts_table(
            [
                ("transport", shown.label),
                ("entries in the log of this stream", number(shown.kept)),
                ("read by servers that resume", rx.cond(shown.resumes, "yes", "no: channels keep nothing")),
                ("comments missed by viewers", number(snap.totals.missed)),
            ],
            label="Log and viewers",
        ),
    )


def paging(snap: Snapshot) -> rx.Component:
    """What readers of history found."""
    shown = snap.paging
    return panel(
        "Pages of history",
        id="paging",
        says="What readers were shown twice, or never, because something was added or hidden between two pages.",
        source=(counted("since opened"), read("sqlite", "the rows of the stream on screen")),
        unit=shown.form,
        figure=rx.el.span(
            rx.el.b(number(shown.duplicates)), " twice · ", rx.el.b(number(shown.gaps)), " never"
        ),
        facts=[
            ("pages", number(shown.pages), ""),
            ("from the store", number(shown.reads), "reads"),
            ("from the cache", number(shown.cached), "pages"),
            ("stored", number(shown.rows), "rows"),
            ("hidden", number(shown.hidden), "of them"),
        ],
        body=trend(
            ("twice", "paging.duplicates", "error"),
            ("never", "paging.gaps", "miss"),
            label="Duplicates and gaps",
            height=72,
        ),
        legend=legend(("error", "shown twice"), ("miss", "never shown")),
        table=facts_table(
            [
                ("form", shown.form),
                ("comments on them", number(shown.comments)),
                ("pages in the cache now", number(shown.cached_pages)),
                ("duplicates", number(shown.duplicates)),
                ("gaps", number(shown.gaps)),
            ],
            label="Readers of history",
        ),
    )


def buffers(snap: Snapshot) -> rx.Component:
    """Slow viewers and their buffers."""
    return panel(
        "Slow viewers",
        id="buffers",
        says="A buffer that is full ends its connection, with a word why; its viewer reads on from the log and returns.",
        source=in_memory("the slow viewers' buffers"),
        figure=rx.el.span(rx.el.b(number(snap.totals.dropped)), " dropped"),
        body=rx.cond(
            snap.buffers.length() > 0,
            rx.el.div(rx.foreach(snap.buffers, buffer), class_name="sd-stack"),
            rx.el.p(
                "Nobody reads slowly. Set the fault of the viewers, or let them come and go.",
                class_name="sd-empty",
            ),
        ),
        table=data_table(
            snap.buffers,
            [
                column("viewer", lambda one: one.name),
                column("reads, per s", lambda one: number(one.pace, 1), numeric=True),
                column("waiting", lambda one: number(one.waiting), numeric=True),
                column("limit", lambda one: number(one.limit), numeric=True),
                column("behind by", lambda one: number(one.behind_by), numeric=True),
                column("dropped", lambda one: number(one.dropped), numeric=True),
                column("state", lambda one: one.state),
            ],
            label="Slow viewers",
        ),
    )


def buffer(one: Any) -> rx.Component:
    """How full one buffer is."""
    return gauge(
        one.waiting,
        maximum=one.limit,
        label=f"{one.name}, {one.state}",
        shown=f"{number(one.waiting)} of {number(one.limit)} · {number(one.behind_by)} behind",
        tone=rx.cond(one.state == "live", "selected", "miss"),
    )


def dispatcher(snap: Snapshot) -> rx.Component:
    """The dispatcher's table beside what viewers watch."""
    shown = snap.dispatcher
    columns = [
        column("stream", lambda one: one.stream),
        column("table says", lambda one: one.table, mono=True),
        column("watched on", lambda one: one.watched, mono=True),
        column("", lambda one: rx.cond(one.right, pill("✓", tone="ok"), pill("✕ wrong", tone="error"))),
    ]
    return panel(
        "Dispatcher's table",
        id="dispatcher",
        says="Servers that the dispatcher believes to need a stream, and those whose viewers do. A report lasts 1.5 s.",
        source=in_memory("the dispatcher's table"),
        unit="servers",
        figure=rx.cond(
            shown.on, rx.el.span(rx.el.b(number(shown.wrong)), " of its lines wrong"), "no dispatcher"
        ),
        body=rx.cond(
            shown.on,
            rx.el.div(
                data_table(shown.rows, columns, label="Table and viewers"),
                class_name="sd-scroll",
                tab_index=0,
                role="region",
                aria_label="Table and viewers",
            ),
            rx.el.p(
                "Servers subscribe for themselves. Choose the dispatcher service to see its table.",
                class_name="sd-empty",
            ),
        ),
        table=data_table(shown.rows, columns, label="Table and viewers"),
    )


def totals(snap: Snapshot) -> rx.Component:
    """Comments in, deliveries out."""
    sums = snap.totals
    return panel(
        "Comments in, deliveries out",
        id="totals",
        says="Simulated viewers are objects in this process; real connections are counted apart.",
        source=counted("since opened"),
        unit="per s",
        figure=rx.el.span(rx.el.b(number(sums.rate)), " deliveries/s"),
        facts=[
            ("comments", number(sums.comments), ""),
            ("per write", number(sums.per_batch, 1), ""),
            ("refused", number(sums.refused), "429"),
            ("real", number(sums.real), "connections"),
            ("reconnects", number(sums.reconnects), ""),
            ("on their way", number(sums.returning), "viewers"),
        ],
        body=trend(("deliveries", "totals.rate", "s0"), label="Deliveries per second", height=72),
        table=facts_table(
            [
                ("batches", number(sums.batches)),
                ("deliveries", number(sums.delivered)),
                ("viewers", number(sums.viewers)),
                ("no server had room", number(sums.no_room)),
                ("dropped", number(sums.dropped)),
            ],
            label="Since the lab was opened",
        ),
        span=2,
    )
