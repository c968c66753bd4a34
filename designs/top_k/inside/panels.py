"""The inside of top-k: each panel is a function from the live snapshot to components and the same data as a table."""

from __future__ import annotations

from typing import Any

import reflex as rx

from components.live import milliseconds, number
from components.panel import legend, panel
from components.sources import computed, counted, in_memory, read
from components.tables import column, data_table, facts_table, gauge, pill, stat_tiles
from designs.top_k.inside.counts import (
    error_plot,
    heap_tree,
    meanings,
    shared_counters,
    slices,
    slot_map,
    stages,
)
from designs.top_k.inside.views import (
    BoardsView,
    BoardView,
    FleetView,
    HostView,
    PipelineView,
    RankView,
    SketchView,
    Snapshot,
    WindowView,
)


def panels(snap: Snapshot) -> list[rx.Component]:
    """All panels, in reading order."""
    return [
        answer(snap),
        fleet(snap),
        sketch(snap),
        heap(snap),
        errors(snap),
        ownership(snap),
        windows(snap),
        pipeline(snap),
        requests(snap),
    ]


def answer(snap: Snapshot) -> rx.Component:
    """The answer of the last minute beside the truth."""
    board = snap.boards.minute
    return panel(
        "Answer and truth",
        id="answer",
        span=2,
        says="The last minute as the system answers it, beside the log: same slices, same moment; beside now, if it is late.",
        source=(
            in_memory("the answer, as it was last given"),
            in_memory("the ledger, which counts what is in the log"),
        ),
        figure=rx.cond(board.known, _verdict(board), "–"),
        body=rx.cond(
            board.ranks.length() > 0,
            _beside(snap.boards),
            _empty("Nothing was viewed in the last minute. Click a video, or start the traffic."),
        ),
        table=data_table(
            board.ranks,
            [
                column("rank", lambda one: one.rank, numeric=True),
                column("answer", lambda one: one.title),
                column("views", lambda one: number(one.views), numeric=True),
                column("error", lambda one: number(one.error), numeric=True),
                column("truth", lambda one: one.true_title),
                column("true views", lambda one: number(one.truth), numeric=True),
            ],
            label="Answer and truth of the last minute",
        ),
    )


def _verdict(board: BoardView) -> rx.Component:
    """How far the answer is off, as far as anybody knows."""
    whole = rx.el.span(
        "recall ", rx.el.b(number(board.recall_pct)), " % · largest error ", rx.el.b(number(board.max_error))
    )
    late = rx.el.span(
        rx.el.b(number(board.age_s, 1)),
        " s old · of what is true now it has ",
        number(board.recall_pct),
        " %",
    )
    return rx.cond(
        board.partial, rx.el.span(partial_of(board), " · error unknown"), rx.cond(board.late, late, whole)
    )


def partial_of(board: BoardView) -> rx.Component:
    """What is not in a partial answer."""
    return rx.el.span(
        "partial: ",
        rx.cond(
            board.missing > 0,
            rx.el.span(
                number(board.missing), " of ", _amount_of(board.slots, "slot", "slots"), " did not answer"
            ),
        ),
        rx.cond((board.missing > 0) & (board.lacking > 0), ", ", ""),
        rx.cond(
            board.lacking > 0,
            rx.el.span(
                number(board.lacking), " of ", _amount_of(board.slots, "slot", "slots"), " lost views"
            ),
        ),
    )


def _amount_of(count: Any, one: str, many: str) -> rx.Component:
    return rx.el.span(number(count), rx.cond(count == 1, f" {one}", f" {many}"))


def _beside(boards: BoardsView) -> rx.Component:
    board = boards.minute
    return rx.el.div(
        rx.el.ol(
            _heads(), rx.foreach(board.ranks, lambda one: _sides(one, board.age_s)), class_name="sd-sides"
        ),
        rx.el.p(
            _amount(board.read, "entry", "entries"),
            " merged in ",
            rx.el.b(milliseconds(board.ms), " ms"),
            " · recall 5 min ",
            rx.el.b(number(boards.five.recall_pct)),
            " %, 1 hour ",
            rx.el.b(number(boards.hour.recall_pct)),
            " %",
            class_name="sd-hint",
        ),
        class_name="sd-stack",
    )


def _heads() -> rx.Component:
    return rx.el.li(
        rx.el.span("#", class_name="dim"),
        rx.el.span("answer", class_name="dim"),
        rx.el.span("views", class_name="dim n"),
        rx.el.span("truth", class_name="dim"),
        rx.el.span("views", class_name="dim n"),
    )


def _sides(one: RankView, age: Any) -> rx.Component:
    off = rx.cond(
        one.error > 0,
        pill(rx.el.span("+", number(one.error)), tone="miss"),
        rx.cond(one.error < 0, pill(number(one.error), tone=rx.cond(age > 0.5, "miss", "error"))),
    )
    name = rx.cond(one.id != "", one.title, "–")
    return rx.el.li(
        rx.el.span(one.rank, class_name="dim"),
        rx.el.span(
            name, rx.cond(one.belongs, "", rx.el.span(" ", pill("◆ not in the true list", tone="miss")))
        ),
        rx.el.span(off, " ", number(one.views), class_name="n"),
        rx.el.span(one.true_title, class_name="dim"),
        rx.el.span(number(one.truth), class_name="n"),
    )


def fleet(snap: Snapshot) -> rx.Component:
    """The hosts: memory, load, state."""
    hosts = snap.fleet
    return panel(
        "Hosts",
        id="fleet",
        says="Memory that the counters really take, and views per second. Hot is over 1.5 × the mean.",
        source=(in_memory("the hosts' counters"), counted("since these hosts began")),
        unit=hosts.approach,
        figure=rx.cond(hosts.on, _amount(hosts.copies, "copy", "copies"), ""),
        body=rx.cond(
            hosts.on,
            _hosts(hosts),
            _empty("The batch pipeline counts in files: no host keeps counters for an answer."),
        ),
        table=data_table(
            hosts.hosts,
            [
                column("host", lambda one: one.label),
                column("state", lambda one: one.state),
                column("KiB", lambda one: number(one.kib, 1), numeric=True),
                column("videos", lambda one: number(one.videos), numeric=True),
                column("slots", lambda one: one.slots, numeric=True),
                column("stale", lambda one: one.stale, numeric=True),
                column("views/s", lambda one: number(one.rate, 1), numeric=True),
            ],
            label="Hosts",
        ),
    )


def _hosts(hosts: FleetView) -> rx.Component:
    return rx.el.div(
        rx.el.ul(rx.foreach(hosts.hosts, lambda one: _host(one, hosts.largest_kib)), class_name="sd-hosts"),
        stat_tiles(
            ("views lost", number(hosts.lost_views), ""),
            ("views overwritten", number(hosts.overwritten), ""),
            ("slots copied again", number(hosts.repaired), ""),
        ),
        class_name="sd-stack",
    )


def _host(one: HostView, largest: Any) -> rx.Component:
    return rx.el.li(
        rx.el.div(
            rx.el.span(
                rx.el.i(class_name=f"sd-key s{one.index}", aria_hidden="true"),
                one.label,
                rx.cond(one.state != "up", pill(rx.el.span("✕ ", one.state), tone="error")),
                rx.cond(one.hot, pill("▲ hot", tone="miss")),
                rx.cond(one.stale > 0, pill(rx.el.span("◆ ", one.stale, " stale"), tone="miss")),
            ),
            rx.el.small(_amount(one.videos, "video", "videos"), " · ", number(one.rate), "/s"),
            class_name="sd-hosthead",
        ),
        gauge(
            one.kib,
            maximum=rx.cond(largest > 0, largest, 1),
            label=f"memory of {one.label}",
            shown=f"{number(one.kib, 0)} KiB",
            tone=rx.cond(one.hot, "miss", "selected"),
        ),
    )


def sketch(snap: Snapshot) -> rx.Component:
    """The counters of the sketch, and what the last view did to them."""
    seen = snap.sketch
    return panel(
        "Count-min sketch",
        id="sketch",
        span=2,
        says="One row per hash function; a view raises one cell in each. Darker cells hold more. This is the newest slice.",
        source=(in_memory("the sketch"), in_memory("the ledger, which counts what is in the log")),
        unit=rx.cond(seen.on, f"{number(seen.depth)} rows × {number(seen.width)} counters", ""),
        figure=rx.cond(seen.on, rx.el.span(seen.role), "off"),
        body=rx.cond(seen.on, _grid(seen), _no_sketch()),
        legend=rx.el.div(
            meanings(),
            rx.cond(
                seen.folded > 1,
                rx.el.small(
                    "each column shows the largest of ", seen.folded, " counters", class_name="sd-hint"
                ),
            ),
        ),
        table=data_table(
            seen.written,
            [
                column("row", lambda one: one.row + 1),
                column("column", lambda one: number(one.cell), numeric=True),
                column("count", lambda one: number(one.count), numeric=True),
                column("least", lambda one: rx.cond(one.minimum, "yes", "")),
                column("shared", lambda one: rx.cond(one.collision, "yes", "")),
            ],
            label="Cells of the last view",
        ),
    )


def _grid(seen: SketchView) -> rx.Component:
    return rx.el.div(
        shared_counters(
            seen.rows, written=seen.written, read=seen.read, label="Counters of the newest slice of the hour"
        ),
        rx.el.div(
            _estimated("Last view: ", seen.last, seen.last_estimate, seen.last_truth),
            _estimated("Looked up: ", seen.looked, seen.looked_estimate, seen.looked_truth),
        ),
        stat_tiles(
            ("memory", number(seen.kib), f"KiB, {number(seen.sketches)} sketches"),
            ("heaps", number(seen.heap_kib), "KiB"),
            ("exact counts", number(seen.exact_kib), "KiB, growing"),
            ("ε", number(seen.epsilon_pct, 2), "% of all views"),
            ("δ", number(seen.delta_pct, 2), "%"),
        ),
        class_name="sd-stack",
    )


def _estimated(what: str, video: Any, estimate: Any, truth: Any) -> rx.Component:
    return rx.cond(
        video != "",
        rx.el.p(
            what,
            rx.el.b(video),
            ", estimated ",
            rx.el.b(number(estimate)),
            " in the last hour; there were ",
            rx.el.b(number(truth)),
            ".",
            class_name="sd-hint",
        ),
    )


def _no_sketch() -> rx.Component:
    return _empty("No sketch runs. Choose it above, or switch the comparison on.")


def _amount(count: Any, one: str, many: str) -> rx.Component:
    return rx.el.span(rx.el.b(number(count)), rx.cond(count == 1, f" {one}", f" {many}"))


def _empty(text: str) -> rx.Component:
    return rx.el.p(text, class_name="sd-empty")


def heap(snap: Snapshot) -> rx.Component:
    """The names that the sketch knows."""
    seen = snap.sketch
    return panel(
        "Heap of the largest",
        id="heap",
        says="A sketch has no names: the heap keeps those of the largest. The least is at the root, and leaves first.",
        source=in_memory("the heap"),
        figure=rx.cond(seen.on, rx.el.span(rx.el.b(seen.heap_held), " of ", seen.heap_size), "off"),
        body=rx.cond(
            seen.on,
            rx.cond(
                seen.heap.length() > 0,
                heap_tree(seen.heap, label="Heap of the last minute"),
                _empty("Empty. Click a video."),
            ),
            _no_sketch(),
        ),
        table=data_table(
            seen.heap,
            [
                column("video", lambda one: one.label),
                column("count", lambda one: number(one.count), numeric=True),
            ],
            label="The first entries of the heap, root first",
        ),
    )


def errors(snap: Snapshot) -> rx.Component:
    """Estimates of the truly most viewed against their true counts."""
    seen = snap.sketch
    return panel(
        "Error of the sketch",
        id="errors",
        says="The 30 most viewed of the last minute: how much too large each is estimated, over the slices of the sketch.",
        source=(
            computed("at one moment"),
            in_memory("the sketch"),
            in_memory("the ledger, which counts what is in the log"),
        ),
        unit="views",
        figure=rx.cond(
            seen.on,
            rx.el.span(
                "mean ", rx.el.b(number(seen.mean_error, 2)), " · max ", rx.el.b(number(seen.max_error))
            ),
            "off",
        ),
        body=rx.cond(
            seen.on,
            rx.cond(
                seen.lost,
                _empty("Its host has lost views of the last minute: there is nothing to compare."),
                rx.cond(
                    seen.points.length() > 0,
                    error_plot(seen.points, bound=seen.bound, label="Error over true views"),
                    _empty("Nothing was viewed in the last minute."),
                ),
            ),
            _no_sketch(),
        ),
        legend=rx.el.ul(
            rx.el.li("recall ", rx.el.b(number(seen.recall_pct)), " %"),
            rx.el.li("too small ", rx.el.b(number(seen.under))),
            rx.el.li("bound ", rx.el.b(number(seen.bound, 1)), f" of {number(seen.views)} views"),
            class_name="sd-keys",
        ),
        table=data_table(
            seen.points,
            [
                column("video", lambda one: one.label),
                column("true views", lambda one: number(one.truth), numeric=True),
                column("error", lambda one: number(one.error), numeric=True),
            ],
            label="Errors of the sketch",
        ),
    )


def ownership(snap: Snapshot) -> rx.Component:
    """Which host answers for which slot."""
    hosts = snap.fleet
    return panel(
        "Who owns what",
        id="ownership",
        says="Slots of videos, with the host that answers for each. Add or remove a host, and slots move.",
        source=in_memory("the table of slots"),
        figure=rx.cond(hosts.moving > 0, rx.el.span(rx.el.b(number(hosts.moving)), " moving"), ""),
        body=rx.cond(
            hosts.on,
            rx.el.div(
                slot_map(hosts.slots, label="Slots"),
                rx.cond(hosts.change != "", _moved(hosts)),
                class_name="sd-stack",
            ),
            _empty("In the batch pipeline the four partitions of the log own the videos."),
        ),
        legend=legend(
            ("moved", "→ just moved"), ("miss", "◆ a copy is stale"), ("error", "✕ down, ∅ counts lost")
        ),
        table=data_table(
            hosts.slots,
            [
                column("slot", lambda one: one.id),
                column("hosts", lambda one: one.copies, mono=True),
                column("answers", lambda one: one.owner, numeric=True),
                column("state", lambda one: one.state),
            ],
            label="Slots",
        ),
    )


def _moved(hosts: FleetView) -> rx.Component:
    return rx.el.p(
        hosts.change,
        ": ",
        rx.el.b(number(hosts.moved), " of ", number(hosts.moved_of), " slots moved"),
        rx.cond(hosts.moving > 0, rx.el.span(", ", number(hosts.moving), " to go")),
        ", ",
        number(hosts.moved_counts),
        " counters copied. By remainder ",
        number(hosts.modulo_would),
        " slots would have another first host.",
        class_name="sd-hint",
    )


def windows(snap: Snapshot) -> rx.Component:
    """The slices of each window."""
    return panel(
        "Sliding windows",
        id="windows",
        says="Views per slice as hosts or batch hold them, the newest on the right. The dashed one has just left.",
        source=(
            in_memory("the slices that answer"),
            in_memory("the slice that has left: the ledger, which counts what is in the log"),
        ),
        body=slices(snap.windows, label="Slices of the windows"),
        legend=rx.el.ul(rx.foreach(snap.windows, _covers), class_name="sd-keys"),
        table=data_table(
            snap.windows,
            [
                column("window", lambda one: one.label),
                column("slice, s", lambda one: number(one.slice_s), numeric=True),
                column("covers, s", lambda one: number(one.covered_s, 1), numeric=True),
                column("views", lambda one: number(one.views), numeric=True),
            ],
            label="Windows",
        ),
    )


def _covers(one: WindowView) -> rx.Component:
    return rx.el.li(one.label, " covers ", rx.el.b(number(one.covered_s), " s"))


def pipeline(snap: Snapshot) -> rx.Component:
    """The stages of the batch pipeline."""
    batch = snap.pipeline
    return panel(
        "Batch pipeline",
        id="pipeline",
        span=2,
        says="Views wait before each stage; an interval is counted when all its files are there.",
        source=(
            read("valkey", "the length of the log"),
            read("disk", "the files of the intervals"),
            read("sqlite", "the published rows and their time"),
            in_memory("what the aggregators hold"),
            counted("since the batch was chosen"),
        ),
        unit=rx.cond(batch.on, f"intervals of {number(batch.flush_s)} s", ""),
        figure=rx.cond(batch.on, rx.el.span(rx.el.b(number(batch.late_s, 1)), " s late"), "off"),
        body=rx.cond(
            batch.on,
            _stages(batch),
            _empty(
                "Choose “batch” above: the log is cut into intervals, counted in files, and ranked by a job."
            ),
        ),
        table=data_table(
            batch.stages,
            [
                column("stage", lambda one: one.label),
                column("figure", lambda one: number(one.waiting), numeric=True),
                column("unit", lambda one: one.unit),
                column("meaning", lambda one: one.says),
                column("state", lambda one: one.state),
            ],
            label="Stages of the batch pipeline",
        ),
    )


def _stages(batch: PipelineView) -> rx.Component:
    return rx.el.div(
        stages(batch.stages, number=number, label="Stages"),
        rx.el.p(
            _amount(batch.batches, "batch", "batches"),
            ", the last in ",
            rx.el.b(milliseconds(batch.batch_ms), " ms"),
            "; ",
            number(batch.read_again),
            " views were read a second time after an aggregator died.",
            class_name="sd-hint",
        ),
        class_name="sd-stack",
    )


def requests(snap: Snapshot) -> rx.Component:
    """What was asked since the lab was opened."""
    totals, minute = snap.totals, snap.boards.minute
    return panel(
        "Requests",
        id="requests",
        says="Since this lab was opened in your room. The log holds what is in no checkpoint yet.",
        source=(
            counted("since opened"),
            read("valkey", "the length of the log, and the stored slices"),
            in_memory("the ledger, which counts what is in the log"),
        ),
        figure=rx.el.span(_amount(totals.videos, "video", "videos"), " of ", number(totals.quota)),
        facts=[
            ("views", number(totals.views), f"{number(totals.views_per_s)}/s"),
            ("queries", number(totals.queries), f"p99 {milliseconds(totals.query_p99)} ms"),
            ("refused", number(totals.refused), "503 or 429"),
            ("in the hour", number(totals.in_hour), "views"),
        ],
        table=facts_table(
            [
                ("different videos of the hour", number(totals.videos)),
                ("entries in the log", number(totals.in_log)),
                ("slices of the last hour in a checkpoint", number(totals.stored_slices)),
                ("age of the last answer", number(minute.age_s, 1), "s"),
                ("query p50", milliseconds(totals.query_p50), "ms"),
            ],
            label="Requests, the rest",
        ),
    )
