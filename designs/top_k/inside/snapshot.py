"""The snapshot: the last look at the stores, and what hosts hold in memory, made ready to print."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from designs.top_k.engine.engine import TopK
from designs.top_k.engine.layout import slices_of
from designs.top_k.engine.leaderboards import Board
from designs.top_k.engine.nodes import BATCH, LOG, MERGER, aggregator_id, host_id
from designs.top_k.engine.stores import Store
from designs.top_k.engine.videos import WALL, title, video_id
from designs.top_k.engine.windows import LONGEST, WINDOW_NAMES, WINDOWS, slice_seconds
from designs.top_k.inside.hosts import fleet_view
from designs.top_k.inside.sketch import sketch_view
from designs.top_k.inside.stages import pipeline_view
from designs.top_k.inside.views import (
    BoardsView,
    BoardView,
    RankView,
    SliceView,
    Snapshot,
    TotalsView,
    VideoView,
    WindowView,
)
from sdlab.lab import Tally, amount
from sdlab.lab.views import view_of

KIB = 1024


def build_snapshot(engine: TopK) -> Snapshot:
    """Everything that the panels may show of now."""
    _label_nodes(engine)
    return Snapshot(
        **engine.common(),
        wall=tuple(_video(engine, number) for number in range(1, WALL + 1)),
        boards=BoardsView(*(_board(engine, window) for window in WINDOWS)),
        sketch=sketch_view(engine),
        fleet=fleet_view(engine),
        pipeline=pipeline_view(engine),
        windows=tuple(_window(engine, window) for window in WINDOWS),
        totals=_totals(engine),
    )


def build_tallies(engine: TopK) -> tuple[Tally, ...]:
    """What tells the approaches apart."""
    sketch, fleet = engine.approach.sketch, engine.approach.fleet
    board, counters = engine.leaderboards.boards.get("1m"), engine.counters
    memory = sum(engine.leaderboards.host_bytes.values()) / KIB if fleet else 0.0
    errors = board.errors if board else None
    age = engine.clock.time() - board.as_of if board else 0.0
    lost = fleet.slots.lost_views if fleet else 0
    moved = fleet.rebalancer.moves.counts if fleet else 0
    per_query = counters.read / max(1, counters.queries)
    sketch_kib = round(sketch.nbytes / KIB, 1) if sketch else 0.0
    return (
        Tally("memory", "Memory of all hosts", "KiB", round(memory, 1)),
        Tally("read", "Entries merged per query", "entries", round(per_query, 1)),
        Tally(
            "recall",
            "Recall of the last minute's top k",
            "%",
            round(100 * errors.recall if errors else 0.0, 1),
            "more",
        ),
        Tally("max_error", "Largest error shown", "views", float(errors.largest if errors else 0)),
        Tally("late", "Age of the answer", "s", round(age, 2)),
        Tally("lost", "Views that died with a host", "views", float(lost)),
        Tally("moved", "Counters copied in moves", "counters", float(moved)),
        Tally("sketch", "Memory of the sketch", "KiB", sketch_kib, "same"),
    )


def _label_nodes(engine: TopK) -> None:
    details = {LOG: f"{amount(engine.reader.look.last.logged, 'entry', 'entries')}"}
    if (board := engine.leaderboards.boards.get("1m")) is not None:
        details[MERGER] = amount(board.read, "entry", "entries")
    for host, size in engine.leaderboards.host_bytes.items():
        details[host_id(host)] = f"{size / KIB:,.0f} KiB"
    if (pipeline := engine.approach.pipeline) is not None:
        details[BATCH] = amount(pipeline.batches, "batch", "batches")
        published = engine.reader.look.last.as_of
        details[MERGER] = (
            f"{engine.clock.time() - published:.1f} s late" if published else "nothing published"
        )
        for one in pipeline.aggregators:
            details[aggregator_id(one.partition)] = f"{one.held:,} held"
    for node in engine.nodes.values():
        node.detail = details.get(node.id, "")


def _video(engine: TopK, number: int) -> VideoView:
    video = video_id(number)
    board = engine.leaderboards.boards.get("1m")
    return VideoView(
        video, title(video), board.wall[number - 1] if board else 0, video in engine.spikes.views_left
    )


# Leaderboards


def _board(engine: TopK, window: str) -> BoardView:
    problem, label = engine.leaderboards.problem, WINDOW_NAMES[window]
    board = engine.leaderboards.boards.get(window)
    if board is None:
        return BoardView(window=window, label=label, problem=problem)
    errors = board.errors
    return view_of(
        BoardView,
        board,
        label=label,
        ranks=_ranks(board, engine.config.k),
        bound=round(board.bound, 1),
        age_s=round(max(0.0, engine.clock.time() - board.as_of), 1),
        ms=round(board.ms, 2),
        known=True,
        recall_pct=round(100 * errors.recall, 1) if errors else None,
        mean_error=round(errors.mean, 2) if errors and not board.partial else None,
        max_error=errors.largest if errors and not board.partial else None,
        late=engine.approach.pipeline is not None,
        problem=problem,
    )


def _ranks(board: Board, k: int) -> tuple[RankView, ...]:
    largest = max((count for _, count in board.ranking), default=1) or 1
    rows = []
    for at in range(min(k, max(len(board.ranking), len(board.truth)))):
        video, count = board.ranking[at] if at < len(board.ranking) else ("", 0)
        of = board.of[at] if at < len(board.of) else 0
        true_id, truth = board.truth[at] if at < len(board.truth) else ("", 0)
        rows.append(
            RankView(
                rank=at + 1,
                id=video,
                title=title(video) if video else "",
                views=count,
                share=round(100 * count / largest, 1),
                true_views=of,
                error=count - of,
                belongs=of >= board.least,
                true_id=true_id,
                true_title=title(true_id) if true_id else "",
                truth=truth,
            )
        )
    return tuple(rows)


# Windows


def _window(engine: TopK, window: str) -> WindowView:
    """Views per slice as hosts or batch hold them, oldest first; the slice that has just left, as the log had it."""
    slices, now = slices_of(engine.config), engine.clock.time()
    seconds = slice_seconds(window, slices)
    newest = int(now // seconds)
    held = _held(engine, window)
    left = engine.ledger.total_since(window, (newest - slices) * seconds) - engine.ledger.total_since(
        window, (newest - slices + 1) * seconds
    )
    live = [held.get(number, 0) for number in range(newest - slices + 1, newest + 1)]
    covered = now - (newest - slices + 1) * seconds
    return WindowView(
        label=WINDOW_NAMES[window],
        slices=(SliceView(left, False), *(SliceView(count, True) for count in live)),
        covered_s=round(covered, 1),
        slice_s=seconds,
        views=sum(live),
        newest_filled_pct=round(100 * (now % seconds) / seconds, 1),
    )


def _held(engine: TopK, window: str) -> Counter[int]:
    """The views of each slice, over all slots that can be reached, or of what the batch has counted."""
    fleet, pipeline = engine.approach.fleet, engine.approach.pipeline
    stores: Iterable[Store] = fleet.slots.current() if fleet else [pipeline.counts] if pipeline else []
    held: Counter[int] = Counter()
    for store in stores:
        held.update(store.slice_totals(window))
    return held


def _totals(engine: TopK) -> TotalsView:
    now, counters, ledger = engine.clock.monotonic(), engine.counters, engine.ledger
    latency = counters.query_ms.merged(now)
    return view_of(
        TotalsView,
        counters,
        views_per_s=round(counters.views_in.rate(now), 1),
        queries_per_s=round(counters.answers.rate(now), 1),
        videos=ledger.known,
        quota=engine.room.quota.rows,
        logged=ledger.seen,
        in_hour=ledger.total(LONGEST),
        in_log=engine.reader.look.last.logged,
        stored_slices=engine.reader.look.last.stored_slices,
        query_p50=round(latency.quantile(0.5), 2),
        query_p99=round(latency.quantile(0.99), 2),
    )
