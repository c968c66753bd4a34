"""The inside of YouTube: each panel is a function from the live snapshot to a picture and its table."""

from __future__ import annotations

from typing import Any

import reflex as rx

from components.live import milliseconds, number
from components.panel import legend, panel
from components.sources import computed, counted, in_memory, read
from components.tables import column, data_table, gauge, pill
from designs.youtube.inside.plot import PlayerPlot
from designs.youtube.inside.views import CellView, ChunkView, RowView, ShardView, Snapshot, StageView


def panels(snap: Snapshot) -> list[rx.Component]:
    """All panels, in reading order."""
    return [
        chunks(snap),
        grid(snap),
        abr(snap),
        manifest(snap),
        bytes_on_their_way(snap),
        queue(snap),
        shards(snap),
    ]


def _known(count: Any) -> Any:
    return rx.cond(count >= 0, number(count), "–")


def chunks(snap: Snapshot) -> rx.Component:
    """What came of a file."""
    shown = snap.chunks
    return panel(
        "Chunk map",
        id="chunks",
        says="Each square is a chunk of the video that is followed: pending, coming, stored, or stored and compared.",
        source=(
            read("sqlite", "chunks of that video"),
            in_memory("which are coming just now"),
            counted("since opened: the figures"),
        ),
        figure=rx.cond(
            shown.title != "",
            rx.el.span(
                rx.el.b(_known(shown.stored)),
                " of ",
                number(shown.chunks.length()),
                " of “",
                shown.title,
                "”",
            ),
            "no video yet",
        ),
        facts=[
            ("refused by fingerprint", number(shown.refused), "chunks"),
            ("stored with other bytes", number(shown.wrong), "chunks"),
            ("connections broken", number(shown.cuts), ""),
            ("stored, and sent again", number(shown.again_chunks), "chunks"),
            ("sent twice", number(shown.again_percent, 1), "%"),
        ],
        legend=legend(
            ("none", "pending"), ("selected", "coming"), ("miss", "stored"), ("good", "stored and compared")
        ),
        body=rx.cond(
            shown.chunks.length() > 0,
            rx.el.ul(rx.foreach(shown.chunks, _chunk), class_name="yt-map", aria_label="Chunks, in order"),
            rx.el.p("Nothing was announced yet.", class_name="sd-empty"),
        ),
        table=data_table(
            shown.chunks,
            [
                column("chunk", lambda one: number(one.number), numeric=True),
                column("bytes", lambda one: number(one.size), numeric=True),
                column("state", lambda one: one.state),
                column("fingerprint", lambda one: one.fingerprint, mono=True),
            ],
            label="Chunks of the video that is followed",
        ),
    )


def _chunk(one: ChunkView) -> rx.Component:
    return rx.el.li(rx.el.span("chunk ", number(one.number), ": ", one.state, class_name="sd-sr"),
                    custom_attrs={"data-state": one.state})  # fmt: skip


def grid(snap: Snapshot) -> rx.Component:
    """Segments × renditions."""
    shown = snap.grid
    return panel(
        "Transcoding grid",
        id="grid",
        span=2,
        says="Each cell is a segment as one rendition: who did it, and how long that took. Dashed: from an earlier run.",
        source=(
            read("sqlite", "segments of the video that is followed"),
            in_memory("who has which cell in its hand"),
            counted("since opened: the figures"),
        ),
        figure=rx.cond(
            shown.title != "",
            rx.el.span(
                rx.el.b(number(shown.done)), " of ", number(shown.cells), " cells of “", shown.title, "”"
            ),
            "no video yet",
        ),
        facts=[
            ("upload to ready", number(shown.makespan_ms), "ms"),
            ("one encoder would take", number(shown.encoder_ms), "ms"),
            ("upload to ready, p50", number(shown.makespan_p50), "ms"),
            ("cells done", number(shown.cells_per_s, 1), "cells/s"),
            ("videos ready", number(shown.ready), ""),
            ("worked at it", number(shown.workers), "transcoders"),
            ("taken after a lease", number(shown.taken_again), "jobs"),
            ("refused by the token", number(shown.fenced), "writes"),
            ("in a manifest twice", number(shown.doubled), "cells"),
            ("transcoders died", number(shown.deaths), "times"),
        ],
        body=rx.el.div(
            rx.el.ol(
                rx.foreach(shown.stages, _stage), class_name="yt-stages", aria_label="Stages of this video"
            ),
            rx.cond(
                shown.rows.length() > 0,
                rx.el.div(rx.foreach(shown.rows, _row), class_name="yt-grid"),
                rx.el.p("Cells are known when the file is cut.", class_name="sd-empty"),
            ),
            class_name="sd-stack",
        ),
        table=rx.el.div(rx.foreach(shown.rows, _row_table), class_name="sd-stack"),
    )


def _stage(one: StageView) -> rx.Component:
    return rx.el.li(
        one.name, rx.el.span(": ", one.state, class_name="sd-sr"), custom_attrs={"data-state": one.state}
    )


def _row(one: RowView) -> rx.Component:
    return rx.el.div(rx.el.b(one.rendition), rx.foreach(one.cells, _cell), class_name="yt-gridrow")


def _cell(one: CellView) -> rx.Component:
    return rx.el.span(
        rx.match(
            one.state,
            ("done", rx.fragment(rx.el.span(one.short), rx.el.span(number(one.took_ms), " ms"))),
            ("twice", rx.fragment(rx.el.span("✕ twice"), rx.el.span(one.short))),
            ("working", rx.el.span(one.short, " ", number(one.percent), " %")),
            ("failed", rx.el.span("✕")),
            rx.el.span(number(one.seq)),
        ),
        class_name="yt-cell",
        custom_attrs={"data-state": one.state, "data-earlier": rx.cond(one.earlier, "true", "false")},
    )


def _row_table(one: RowView) -> rx.Component:
    return data_table(
        one.cells,
        [
            column("segment", lambda cell: number(cell.seq), numeric=True),
            column("rendition", lambda cell: cell.rendition),
            column("state", lambda cell: cell.state),
            column("by", lambda cell: rx.cond(cell.worker != "", cell.worker, "–")),
            column("token", lambda cell: number(cell.token), numeric=True),
            column("took, ms", lambda cell: number(cell.took_ms), numeric=True),
            column("bytes", lambda cell: number(cell.size), numeric=True),
            column("from", lambda cell: rx.cond(cell.earlier, "an earlier run", "this run")),
        ],
        label="Cells of a rendition",
    )


def abr(snap: Snapshot) -> rx.Component:
    """One player and its network."""
    shown = snap.abr
    return panel(
        "Player",
        id="abr",
        span=2,
        says="The network as the player measures it, the rendition that it chose, and the seconds in its buffer below.",
        source=(
            in_memory("what the player that is followed has told"),
            counted("since opened: all players"),
        ),
        unit="kbit/s",
        figure=rx.cond(
            shown.viewer != "",
            rx.el.span(
                "follows ",
                rx.el.b(shown.viewer),
                ": ",
                number(shown.stalls),
                " stalls, ",
                number(shown.switches),
                " switches",
            ),
            "nobody plays yet",
        ),
        facts=[
            ("players", number(shown.sessions), ""),
            ("stalls of all", number(shown.all_stalls), ""),
            ("stalled, all together", number(shown.all_stalled_s, 1), "s"),
            ("switches of all", number(shown.all_switches), ""),
            ("played", number(shown.played_s), "s"),
            ("fetched per second of video", number(shown.mean_kbits), "kbit/s"),
            ("segments served", number(shown.served), ""),
        ],
        legend=legend(
            ("none", "network, dashed"),
            ("selected", "chosen rendition"),
            ("good", "buffer"),
            ("error", "stall"),
        ),
        body=rx.cond(
            shown.points.length() > 0,
            PlayerPlot.create(points=shown.points, ladder=shown.ladder, target=snap.screen.target_s),
            rx.el.p("Nobody plays yet.", class_name="sd-empty"),
        ),
        table=data_table(
            shown.points,
            [
                column("at, s", lambda one: number(one.t, 1), numeric=True),
                column("network, kbit/s", lambda one: number(one.kbits), numeric=True),
                column("chosen, kbit/s", lambda one: number(one.chosen), numeric=True),
                column("buffer, s", lambda one: number(one.buffer_s, 1), numeric=True),
                column("stalled", lambda one: rx.cond(one.stalled, "yes", "")),
            ],
            label="Moments of the player",
        ),
    )


def manifest(snap: Snapshot) -> rx.Component:
    """The text that players read."""
    shown = snap.manifest
    return panel(
        "Manifest",
        id="manifest",
        says="The manifest of the highest rendition, as it lies in the store, and whether what it names is there; for a "
        "video that has none, that of the newest.",
        source=(
            read("disk", "manifests of the video that is followed"),
            read("sqlite", "its segments"),
            counted("since opened: written, asked for in vain"),
            computed("by the claim checker: named and not stored"),
        ),
        figure=rx.cond(
            shown.named > 0,
            rx.cond(
                (shown.stored == shown.named) & (shown.twice == 0),
                pill(rx.el.span("✓ ", number(shown.named), " segments, all stored"), tone="ok"),
                pill(
                    rx.el.span("✕ ", number(shown.stored), " of ", number(shown.named), " stored"),
                    tone="error",
                ),
            ),
            "not written yet",
        ),
        facts=[
            ("named", number(shown.named), "segments"),
            ("of these stored", number(shown.stored), ""),
            ("named once too often", number(shown.twice), ""),
            ("named before it was stored", number(shown.missing), "segments"),
            ("asked for in vain", number(shown.unplayable), "times"),
            ("manifests written", number(shown.published), ""),
        ],
        body=rx.cond(
            shown.text != "",
            rx.el.div(
                rx.el.pre(shown.master, class_name="yt-text", tab_index=0, aria_label="Master manifest"),
                rx.el.pre(
                    shown.text, class_name="yt-text", tab_index=0, aria_label="Manifest of a rendition"
                ),
                class_name="sd-stack",
            ),
            rx.el.p("No manifest is written for this video.", class_name="sd-empty"),
        ),
        table=rx.el.p(rx.cond(shown.text != "", shown.text, "nothing"), class_name="yt-text"),
    )


def bytes_on_their_way(snap: Snapshot) -> rx.Component:
    """Who carries them."""
    shown = snap.bytes
    return panel(
        "Bytes on their way",
        id="bytes",
        says="Bytes of chunks by the way that they took into the store, and what an app server had to carry.",
        source=(
            counted("since opened, where bytes are read and written"),
            in_memory("bytes in the room's store"),
        ),
        unit="bytes",
        figure=rx.el.span(rx.el.b(number(shown.app)), " through app servers"),
        facts=[
            ("through app servers", number(shown.app), "bytes"),
            ("straight to the store", number(shown.direct), "bytes"),
            ("sent by uploaders", number(shown.sent), "bytes"),
            ("of these for nothing", number(shown.again), "bytes"),
            ("requests with a chunk", number(shown.puts), ""),
            ("announced to complete, p50", milliseconds(shown.upload_p50), "ms"),
            ("the store holds", number(shown.kept), "bytes"),
        ],
        body=gauge(
            shown.app,
            maximum=rx.cond(shown.stored > 0, shown.stored, 1),
            label="carried by app servers, of all that was stored",
            shown=number(shown.app),
            tone=rx.cond(shown.app > 0, "miss", "ok"),
        ),
        table=rx.fragment(),
    )


def queue(snap: Snapshot) -> rx.Component:
    """Jobs, hands, dead letters."""
    shown = snap.queue
    hands = [
        column("transcoder", lambda one: one.name),
        column("is", lambda one: one.state),
        column("at", lambda one: rx.cond(one.cell != "", one.cell, "–")),
    ]
    letters = [
        column("video", lambda one: one.video, mono=True),
        column("job", lambda one: one.cell),
    ]
    return panel(
        "Queue and dead letters",
        id="queue",
        says="Jobs that wait, are in a hand, or wait for another try; those that were given up, and who is at what.",
        source=(
            read("valkey", "LLEN, ZCARD, HGETALL of the queue, LRANGE of the dead letters"),
            in_memory("what transcoders have in hand"),
            counted("since opened: failed, refused"),
        ),
        unit="jobs",
        figure=rx.el.span(rx.el.b(_known(shown.ready)), " wait, ", rx.el.b(number(shown.dead)), " dead"),
        facts=[
            ("waiting", _known(shown.ready), ""),
            ("in a hand", number(shown.taken), ""),
            ("for another try", number(shown.delayed), ""),
            ("dead letters", number(shown.dead), ""),
            ("failed tries", number(shown.failed), ""),
            ("files refused as no video", number(shown.refused), ""),
        ],
        body=rx.el.div(
            data_table(shown.hands, hands, label="Transcoders"),
            data_table(
                shown.letters, letters, label="Dead letters, the newest first", empty="No job was given up."
            ),
            class_name="sd-stack",
        ),
        table=data_table(shown.letters, letters, label="Dead letters, as a table"),
    )


def shards(snap: Snapshot) -> rx.Component:
    """Where metadata lie."""
    shown = snap.shards
    columns = [
        column("shard", lambda one: rx.cond(one.followed, rx.el.b(one.name, " ←"), one.name)),
        column("of the ring, %", lambda one: number(one.share, 1), numeric=True),
        column("videos", lambda one: number(one.videos), numeric=True),
        column("chunks", lambda one: number(one.chunks), numeric=True),
        column("segments", lambda one: number(one.segments), numeric=True),
    ]
    return panel(
        "Shard map of the metadata",
        id="shards",
        says="Rows by shard. The hash of a video's id says which shard has it, with all its chunks and segments.",
        source=(
            read("sqlite", "rows of videos, chunks and segments, GROUP BY shard"),
            computed("shares of the ring, 32 places each"),
        ),
        unit="rows",
        figure=rx.cond(
            shown.owner != "",
            rx.el.span(
                rx.el.b(_known(shown.videos)), " videos; ", shown.video, " is on ", rx.el.b(shown.owner)
            ),
            "–",
        ),
        body=rx.el.div(data_table(shown.shards, columns, label="Shards"), class_name="sd-scroll"),
        table=data_table(
            shown.shards,
            [*columns, column("bytes", lambda one: number(one.bytes), numeric=True), column("is", _state)],
            label="Shards, as a table",
        ),
    )


def _state(one: ShardView) -> Any:
    return rx.cond(one.state == "", "–", one.state)
