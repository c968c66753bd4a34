"""The inside of the drive: each panel is a function from the live snapshot to a picture and its table."""

from __future__ import annotations

from typing import Any

import reflex as rx

from components.charts import histogram, trend
from components.live import milliseconds, number
from components.panel import panel
from components.sources import computed, counted, read
from components.tables import chips, column, data_table, gauge, pill
from designs.dropbox.inside.strips import Strips
from designs.dropbox.inside.views import PlaceView, Snapshot


def panels(snap: Snapshot) -> list[rx.Component]:
    """All panels, in reading order."""
    return [
        chunks(snap),
        wire(snap),
        log(snap),
        polling(snap),
        parts(snap),
        objects(snap),
        versions(snap),
        cuts(snap),
    ]


def chunks(snap: Snapshot) -> rx.Component:
    """Two versions, cut."""
    shown = snap.chunks
    table = data_table(
        shown.strips,
        [
            column("version", lambda one: number(one.version), numeric=True),
            column("bytes", lambda one: number(one.size), numeric=True),
            column("chunks shown", lambda one: number(one.pieces.length()), numeric=True),
            column("more", lambda one: number(one.more), numeric=True),
        ],
        label="The newest two versions",
        empty="Nothing was changed yet.",
    )
    return panel(
        "Chunks of two versions",
        id="chunks",
        says="The file that changed last, before and after: chunks that both have are of one colour, new ones have a plus.",
        source=(
            read("sqlite", "the chunk lists of its two newest versions"),
            computed("from their fingerprints"),
        ),
        unit=shown.approach,
        span=2,
        figure=rx.el.span(rx.el.b(number(shown.shared)), " of ", number(shown.chunks), " chunks shared"),
        body=rx.cond(
            shown.strips.length() > 0,  # type: ignore[attr-defined]
            rx.el.div(
                rx.el.p(rx.el.b(shown.path), class_name="dx-path"),
                Strips.create(strips=shown.strips, label="Versions as strips of chunks"),
                class_name="sd-stack",
            ),
            rx.el.p("Nothing was changed yet.", class_name="sd-empty"),
        ),
        facts=[
            ("in new chunks", number(shown.fresh_bytes), "bytes"),
            ("of the file", number(shown.share, 2), "%"),
            ("mean size of a chunk", number(shown.mean), "bytes"),
        ],
        table=table,
    )


def wire(snap: Snapshot) -> rx.Component:
    """Bytes that travelled."""
    shown = snap.wire

    def place(one: PlaceView) -> rx.Component:
        return rx.el.span(one.where)

    table = rx.el.div(
        data_table(
            shown.places,
            [
                column("one byte put in", place),
                column("times", lambda one: number(one.insertions), numeric=True),
                column("bytes sent each time", lambda one: number(one.sent), numeric=True),
            ],
            label="What one byte more costs",
            empty="No single bytes were put in yet.",
        ),
        data_table(
            shown.kinds,
            [
                column("kind of file", lambda one: one.kind),
                column("bytes", lambda one: number(one.plain), numeric=True),
                column("sent", lambda one: number(one.sent), numeric=True),
            ],
            label="What kinds of files cost",
            empty="No files of the three kinds came yet.",
        ),
        class_name="sd-stack",
    )
    return panel(
        "Bytes on the wire",
        id="wire",
        says="Bytes that both devices sent and fetched, against the bytes of the files that were edited.",
        source=counted("where they pass, since opened"),
        unit="bytes",
        figure=rx.el.span(rx.el.b(number(shown.share, 1)), " % of the edited files sent"),
        body=rx.el.div(
            gauge(
                shown.sent,
                maximum=rx.cond(shown.edited > shown.sent, shown.edited, shown.sent + 1),
                label="Bytes sent, of the bytes of edited files",
                shown=rx.el.span(number(shown.sent), " of ", number(shown.edited)),
                tone="s1",
            ),
            table,
            class_name="sd-stack",
        ),
        facts=[
            ("of edited files", number(shown.edited), "bytes"),
            ("sent", number(shown.sent), "bytes"),
            ("the same uncompressed", number(shown.plain), "bytes"),
            ("fetched", number(shown.fetched), "bytes"),
            ("parts sent", number(shown.parts), ""),
            ("of these for nothing", number(shown.again), "parts"),
        ],
        table=table,
    )


def log(snap: Snapshot) -> rx.Component:
    """The change log and the cursors."""
    shown = snap.log
    entries = data_table(
        shown.log,
        [
            column("entry", lambda one: number(one.seq), numeric=True),
            column("what", lambda one: one.kind),
            column("path", lambda one: rx.el.span(one.path, class_name="dx-path")),
            column("version", lambda one: number(one.version), numeric=True),
            column("by", lambda one: one.device),
        ],
        label="Newest entries of the change log",
        empty="The log is empty.",
    )
    cursors = data_table(
        shown.cursors,
        [
            column("device", lambda one: one.device),
            column("cursor", lambda one: number(one.seq), numeric=True),
            column("entries behind", lambda one: number(one.behind), numeric=True),
        ],
        label="Cursors of the devices",
        empty="No device has asked with a cursor.",
    )
    return panel(
        "Change log and cursors",
        id="log",
        says="Every change in order, and how far each device has read; what was told of, and what nobody heard.",
        source=(
            read("sqlite", "the newest entries of the log, and the cursors of devices"),
            counted("told, lost and repaired since opened"),
            computed("from folders and rows, what stayed different"),
        ),
        unit=shown.approach,
        span=2,
        figure=rx.cond(
            shown.differing > 0,
            pill(rx.el.span("✕ ", number(shown.differing), " stayed different"), tone="error"),
            rx.el.span("entry ", rx.el.b(number(shown.head))),
        ),
        body=rx.el.div(cursors, entries, class_name="sd-stack sd-scroll"),
        facts=[
            ("notifications", number(shown.told), ""),
            ("of these lost", number(shown.untold), ""),
            ("entries in answers", number(shown.listed), ""),
            ("repaired by comparing", number(shown.repaired), "files"),
            ("stayed different", number(shown.differing), "files"),
        ],
        table=rx.el.div(cursors, entries, class_name="sd-stack"),
    )


def polling(snap: Snapshot) -> rx.Component:
    """Questions, and delays."""
    shown = snap.polling
    return panel(
        "Questions and delay",
        id="polling",
        says="How often devices asked for changes, and how long after an edit its version was on the other device.",
        source=counted("since opened; the histogram and the rate in the last seconds"),
        unit=shown.approach,
        figure=rx.el.span(rx.el.b(milliseconds(shown.p50)), " ms to the other device, p50"),
        body=histogram(
            shown.delay.buckets,
            label="From edit to other device",
            p50=shown.delay.p50,
            p95=shown.delay.p95,
            p99=shown.delay.p99,
        ),
        facts=[
            ("questions", number(shown.asked), ""),
            ("of these without news", number(shown.empty), ""),
            ("questions per change", number(shown.per_change, 2), ""),
            ("edit to other device, p50", milliseconds(shown.p50), "ms"),
            ("edit to other device, p95", milliseconds(shown.p95), "ms"),
        ],
        table=data_table(
            shown.delay.buckets,
            [
                column("from, ms", lambda one: milliseconds(one.low), numeric=True),
                column("to, ms", lambda one: milliseconds(one.high), numeric=True),
                column("versions", lambda one: number(one.samples), numeric=True),
            ],
            label="Delays of versions",
        ),
    )


def _part_columns(state: str) -> list[Any]:
    return [
        column("chunk", lambda one: one.print, mono=True),
        column("bytes", lambda one: number(one.size), numeric=True),
        column("stored", lambda one: number(one.stored), numeric=True),
        column("packed", lambda one: one.codec),
        column("references", lambda one: number(one.refs), numeric=True),
        column(state, lambda one: one.there),
    ]


def parts(snap: Snapshot) -> rx.Component:
    """Parts of the newest version."""
    shown = snap.parts
    table = data_table(
        shown.parts,
        _part_columns("in the store"),
        label="Parts of the newest version",
        empty="No version yet.",
    )
    return panel(
        "Parts and their verification",
        id="parts",
        says="The parts of the version that came last, by their rows and by a look into the store; below, what was refused.",
        source=(
            read("sqlite", "the rows of its chunks"),
            read("disk", "a listing of the store"),
            counted("since opened"),
            computed("by reading the chunks of new versions"),
        ),
        span=2,
        figure=rx.cond(
            shown.unverified > 0,
            pill(rx.el.span("✕ ", number(shown.unverified), " cannot be read"), tone="error"),
            rx.el.span(rx.el.b(number(shown.completed)), " versions completed"),
        ),
        body=rx.el.div(
            rx.el.p(rx.el.b(shown.path), class_name="dx-path"), table, class_name="sd-stack sd-scroll"
        ),
        facts=[
            ("objects in the store", number(shown.objects), ""),
            ("their bytes", number(shown.size), "bytes"),
            ("damaged on the line", number(shown.damaged), "parts"),
            ("refused", number(shown.rejected), "parts"),
            ("not completed, a part missing", number(shown.refused), "times"),
            ("cut", number(shown.cuts), "uploads"),
            ("went on after a cut", number(shown.resumed), "uploads"),
            ("sent though it was there", number(shown.again), "parts"),
            ("cannot be read", number(shown.unverified), "versions"),
            ("edit to visible, p50", milliseconds(shown.upload_p50), "ms"),
        ],
        table=table,
    )


def objects(snap: Snapshot) -> rx.Component:
    """Chunks with their references."""
    shown = snap.objects
    table = data_table(
        shown.objects,
        _part_columns("state"),
        label="Chunks with most references",
        empty="The store is empty.",
    )
    return panel(
        "Objects and references",
        id="objects",
        says="Chunks of the room, those with most references first, and what the collector deleted.",
        source=(
            read("sqlite", "the rows of chunks and versions"),
            counted("collected since opened"),
            computed("from references and a listing of the store, what is missing"),
        ),
        span=2,
        figure=rx.cond(
            shown.missing > 0,
            pill(rx.el.span("✕ ", number(shown.missing), " versions miss a chunk"), tone="error"),
            rx.el.span(rx.el.b(number(shown.factor, 2)), " × stored once"),
        ),
        body=rx.el.div(
            trend(
                ("chunks", "objects.chunks", "s0"), ("free", "objects.free", "miss"),
                label="Chunks, and those without references", height=72,
            ),
            table,
            class_name="sd-stack sd-scroll",
        ),
        facts=[
            ("chunks", number(shown.chunks), ""),
            ("without references", number(shown.free), "chunks"),
            ("references", number(shown.references), ""),
            ("bytes of all versions", number(shown.logical), "bytes"),
            ("in the store, sealed", number(shown.stored), "bytes"),
            ("collected", number(shown.collected), "chunks"),
            ("that a version misses", number(shown.missing), "chunks"),
        ],
        table=table,
    )  # fmt: skip


def versions(snap: Snapshot) -> rx.Component:
    """Versions and conflicts."""
    shown = snap.versions
    table = data_table(
        shown.kept,
        [
            column("version", lambda one: number(one.number), numeric=True),
            column("its writer had seen", lambda one: number(one.base), numeric=True),
            column("bytes", lambda one: number(one.size), numeric=True),
            column("chunks", lambda one: number(one.chunks), numeric=True),
            column("by", lambda one: one.by),
        ],
        label="Versions of the file that changed last",
        empty="No version yet.",
    )
    return panel(
        "Versions and conflicts",
        id="versions",
        says="Versions of the file that changed last, with the one that each writer had seen; conflict copies; lost edits.",
        source=(
            read("sqlite", "rows of versions, and files that are conflict copies"),
            counted("since opened"),
            computed("from folders and versions, what is lost"),
        ),
        figure=rx.cond(
            shown.lost > 0,
            pill(rx.el.span("✕ ", number(shown.lost), " lost"), tone="error"),
            rx.el.span(rx.el.b(number(shown.total)), " versions of ", number(shown.files), " files"),
        ),
        body=rx.el.div(
            rx.el.p(rx.el.b(shown.path), class_name="dx-path"),
            table,
            chips(shown.copies, lambda one: one, label="Conflict copies"),
            class_name="sd-stack",
        ),
        facts=[
            ("edits that met another", number(shown.conflicts), ""),
            ("conflict copies made", number(shown.made), ""),
            ("edits dropped", number(shown.dropped), ""),
            ("edits lost", number(shown.lost), ""),
        ],
        table=table,
    )


def cuts(snap: Snapshot) -> rx.Component:
    """Where the gear hash cuts."""
    shown = snap.cuts
    table = data_table(
        shown.places,
        [
            column("cut behind byte", lambda one: number(one.at), numeric=True),
            column("chunk, bytes", lambda one: number(one.size), numeric=True),
            column("text before it", lambda one: one.before, mono=True),
            column("hash there", lambda one: one.bits, mono=True),
        ],
        label="Boundaries by the gear hash",
        empty="The laptop has no text open.",
    )
    return panel(
        "Where the hash cuts",
        id="cuts",
        says="The gear hash over the text that is open on the laptop: it cuts where all bits of the mask are zero.",
        source=(
            read("disk", "the open file in the folder of the laptop"),
            computed("by the gear hash of its bytes"),
        ),
        figure=rx.el.span(rx.el.b(number(shown.chunks)), " chunks"),
        body=rx.el.div(
            rx.el.p("mask ", rx.el.code(shown.mask, class_name="dx-bits"), class_name="dx-path"),
            rx.el.div(table, class_name="sd-scroll"),
            class_name="sd-stack",
        ),
        facts=[
            ("positions that the hash allows", number(shown.allowed), ""),
            ("chunks cut", number(shown.chunks), ""),
        ],
        table=table,
    )
