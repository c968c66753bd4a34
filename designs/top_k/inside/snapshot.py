"""The snapshot: what the engine holds in memory, made ready to print."""

from __future__ import annotations

from typing import TYPE_CHECKING

from designs.top_k.boards import Board, compare
from designs.top_k.config import PARTITIONS, aggregator_id, host_id
from designs.top_k.fleet import Fleet
from designs.top_k.ledger import FINE, width
from designs.top_k.pipeline import Pipeline
from designs.top_k.stores import LONGEST, WINDOW_NAMES, WINDOWS, SketchStore
from designs.top_k.strategies import COUNTINGS
from designs.top_k.videos import WALL, title, video_id
from designs.top_k.views import (
    BoardsView,
    BoardView,
    CellView,
    FleetView,
    HeapView,
    HostView,
    PipelineView,
    PlaceView,
    PointView,
    SketchView,
    SliceView,
    SlotView,
    Snapshot,
    StageView,
    TotalsView,
    VideoView,
    WindowView,
)
from sdlab.blocks.count_min import CountMin

if TYPE_CHECKING:
    from designs.top_k.engine import TopK

GRID = 64
POINTS = 30
HEAP = 15
HOT = 1.5
KIB = 1024


def picture(engine: TopK) -> Snapshot:
    """The inside of the engine, now."""
    _label_nodes(engine)
    return Snapshot(
        **engine.common(),
        wall=tuple(_video(engine, number) for number in range(1, WALL + 1)),
        boards=_boards(engine),
        sketch=_sketch(engine),
        fleet=_fleet(engine),
        pipeline=_pipeline(engine),
        windows=tuple(_window(engine, window) for window in WINDOWS),
        totals=_totals(engine),
    )


def _label_nodes(engine: TopK) -> None:
    details = {"log": f"{_tail(engine):,} not put away"}
    if (board := engine.boards.get("1m")) is not None:
        details["merger"] = f"{board.read:,} entries"
    for host, size in engine.memory.items():
        details[host_id(host)] = f"{size / KIB:,.0f} KiB"
    if engine.pipeline is not None:
        pipeline = engine.pipeline
        details["batch"] = f"{pipeline.batches:,} batches"
        details["merger"] = f"{pipeline.late(engine.clock.time()):.1f} s late"
        for one in pipeline.aggregators:
            details[aggregator_id(one.partition)] = f"{one.held:,} held"
    for node in engine.nodes.values():
        node.detail = details.get(node.id, "")


def _tail(engine: TopK) -> int:
    return sum(len(engine.ledger.slice(*one)) for one in engine.ledger.dirty if one[0] == "1m")


def _video(engine: TopK, number: int) -> VideoView:
    video = video_id(number)
    return VideoView(video, title(video), engine.ledger.count(video, "1m"), video in engine.viral)


# Leaderboards


def _boards(engine: TopK) -> BoardsView:
    return BoardsView(*(_board(engine, window) for window in WINDOWS))


def _board(engine: TopK, window: str) -> BoardView:
    board = engine.boards.get(window)
    if board is None:
        return BoardView(window=window, label=WINDOW_NAMES[window], trouble=engine.trouble)
    errors = board.errors
    return BoardView(
        window=window,
        label=WINDOW_NAMES[window],
        places=_places(board, engine.config.k),
        exact=board.exact,
        bound=round(board.bound, 1),
        age_s=round(max(0.0, engine.clock.time() - board.as_of), 1),
        missing=board.missing,
        read=board.read,
        ms=round(board.ms, 2),
        recall_pct=round(100 * errors.recall, 1),
        mean_error=round(errors.mean, 2),
        max_error=errors.largest,
        views=board.views,
        trouble=engine.trouble,
    )


def _places(board: Board, k: int) -> tuple[PlaceView, ...]:
    largest = max((count for _, count in board.ranking), default=1) or 1
    least = board.truth[-1][1] if board.truth else 0
    rows = []
    for place in range(min(k, max(len(board.ranking), len(board.truth)))):
        video, count = board.ranking[place] if place < len(board.ranking) else ("", 0)
        of = board.of[place] if place < len(board.of) else 0
        true_id, truth = board.truth[place] if place < len(board.truth) else ("", 0)
        rows.append(
            PlaceView(
                place=place + 1,
                id=video,
                title=title(video) if video else "",
                views=count,
                share=round(100 * count / largest, 1),
                true_views=of,
                error=count - of,
                belongs=of >= least,
                true_id=true_id,
                true_title=title(true_id) if true_id else "",
                truth=truth,
            )
        )
    return tuple(rows)


# Sketch


def _sketch(engine: TopK) -> SketchView:
    sketch = engine.sketch
    if sketch is None:
        return SketchView()
    shape, window = sketch.shape, "1m"
    grid = _newest(sketch)
    answer = sketch.top(window, engine.config.k)
    truth = engine.ledger.top(window, engine.config.k)
    errors = compare(answer, truth, [engine.ledger.count(video, window) for video, _ in answer])
    points = _points(engine, sketch, window)
    fold = -(-shape.width // GRID)
    last, looked = engine.last_written, engine.looked
    return SketchView(
        on=True,
        role="answers" if engine.config.counting == "sketch" else "runs beside",
        width=shape.width,
        depth=shape.depth,
        rows=_folded(grid, fold),
        folded=fold,
        written=_cells(engine, sketch, grid, last, fold),
        read=_cells(engine, sketch, grid, looked, fold),
        last=title(last) if last else "",
        last_estimate=sketch.count(last, LONGEST) if last else 0,
        last_truth=engine.ledger.count(last, LONGEST) if last else 0,
        looked=title(looked) if looked else "",
        looked_estimate=sketch.count(looked, LONGEST) if looked else 0,
        looked_truth=engine.ledger.count(looked, LONGEST) if looked else 0,
        sketches=sketch.slices * len(WINDOWS),
        kib=round(sketch.nbytes / KIB, 1),
        exact_kib=round(engine.exact_bytes / KIB, 1),
        epsilon_pct=round(100 * shape.empty().epsilon, 3),
        delta_pct=round(100 * shape.empty().delta, 3),
        bound=round(sketch.error_bound(window), 1),
        views=sketch.total(window),
        recall_pct=round(100 * errors.recall, 1),
        mean_error=round(sum(one.error for one in points) / len(points), 2) if points else 0.0,
        max_error=max((one.error for one in points), default=0),
        under=sum(one.error < 0 for one in points),
        points=points,
        heap=tuple(HeapView(video, count) for video, count in sketch.heaps[window].places()[:HEAP]),
        heap_held=len(sketch.heaps[window]),
        heap_size=shape.heap,
    )


def _newest(sketch: SketchStore) -> CountMin | None:
    ring = sketch.rings[LONGEST]
    return ring.peek(ring.newest)


def _folded(grid: CountMin | None, fold: int) -> tuple[tuple[int, ...], ...]:
    """The counters in at most `GRID` columns: of neighbours that share a column, the largest."""
    if grid is None:
        return ()
    return tuple(
        tuple(int(row[start : start + fold].max()) for start in range(0, grid.width, fold))
        for row in grid.rows
    )


def _cells(
    engine: TopK, sketch: SketchStore, grid: CountMin | None, video: str, fold: int
) -> tuple[CellView, ...]:
    if grid is None or not video:
        return ()
    begins = sketch.rings[LONGEST].newest * sketch.rings[LONGEST].width
    there = engine.ledger.count_since(video, LONGEST, begins)
    cells = sketch.cells(video)
    counts = grid.values(cells)
    return tuple(
        CellView(row, cell // fold, cell, count, minimum=count == min(counts), collision=count > there)
        for row, (cell, count) in enumerate(zip(cells, counts, strict=True))
    )


def _points(engine: TopK, sketch: SketchStore, window: str) -> tuple[PointView, ...]:
    truth = engine.ledger.top(window, POINTS)
    return tuple(
        PointView(title(video), count, sketch.count(video, window) - count) for video, count in truth
    )


# Hosts


def _fleet(engine: TopK) -> FleetView:
    fleet = engine.fleet
    approach = COUNTINGS[engine.config.counting].label
    if fleet is None:
        return FleetView(on=False, approach=approach)
    hosts = _hosts(engine, fleet)
    return FleetView(
        on=True,
        approach=approach,
        hosts=hosts,
        slots=tuple(_slot(fleet, slot) for slot in range(fleet.slots)),
        copies=fleet.config.copies,
        largest_kib=max((one.kib for one in hosts), default=0.0),
        lost_views=fleet.lost_views,
        overwritten=fleet.overwritten,
        repaired=fleet.repaired,
        change=fleet.moves.change,
        moving=fleet.moves.going_on,
        moved=fleet.moves.slots - fleet.moves.going_on,
        moved_of=fleet.moves.slots_of,
        moved_counts=fleet.moves.counts,
        modulo_would=fleet.moves.modulo_would,
    )


def _hosts(engine: TopK, fleet: Fleet) -> tuple[HostView, ...]:
    now = engine.clock.monotonic()
    rates = {
        host: load.rate(now) if (load := fleet.load.get(host)) else 0.0
        for host in sorted({one for one, _ in fleet.stores})
    }
    return tuple(_host(engine, fleet, host, rates) for host in rates)


def _host(engine: TopK, fleet: Fleet, host: int, rates: dict[int, float]) -> HostView:
    rate, total = rates[host], sum(rates.values())
    mean = total / len(rates)
    held = fleet.held_by(host)
    node = engine.nodes.get(host_id(host))
    return HostView(
        id=host_id(host),
        label=node.spec.label if node else f"host {host}",
        index=host,
        state=node.state if node else "leaving",
        kib=round(engine.memory.get(host, 0) / KIB, 1),
        videos=sum(store.known for _, store in held),
        slots=len(held),
        stale=sum((host, slot) in fleet.stale for slot, _ in held),
        rate=round(rate, 1),
        load_pct=round(100 * rate / total, 1) if total else 0.0,
        hot=mean > 1 and rate > HOT * mean,
    )


def _slot(fleet: Fleet, slot: int) -> SlotView:
    owner = fleet.answering(slot)
    owners = fleet.owners[slot]
    return SlotView(
        id=slot,
        owner=-1 if owner is None else owner,
        copies=" ".join(map(str, owners)),
        state=_slot_state(fleet, slot, owner),
    )


def _slot_state(fleet: Fleet, slot: int, owner: int | None) -> str:
    if owner is None:
        return "down"
    if slot in fleet.holed:
        return "lost"
    if slot in fleet.moves.last and fleet.moves.going_on:
        return "moved"
    return "stale" if any((host, slot) in fleet.stale for host in fleet.owners[slot]) else "ok"


# Batch


def _pipeline(engine: TopK) -> PipelineView:
    pipeline = engine.pipeline
    if pipeline is None:
        return PipelineView()
    now = engine.clock.time()
    return PipelineView(
        on=True,
        stages=_stages(engine, pipeline, now),
        late_s=round(pipeline.late(now), 1),
        intervals=len(pipeline.files),
        batches=pipeline.batches,
        counted=pipeline.counted,
        read_again=sum(one.read_again for one in pipeline.aggregators),
        flush_s=pipeline.config.flush_s,
        batch_ms=round(pipeline.batch_ms, 1),
    )


def _stages(engine: TopK, pipeline: Pipeline, now: float) -> tuple[StageView, ...]:
    unread = sum(pipeline.unread(partition) for partition in range(PARTITIONS))
    worst = [engine.nodes[aggregator_id(n)].state for n in range(PARTITIONS)]
    state = next((one for one in worst if one != "up"), "up")
    files = sum(len(one) for one in pipeline.files.values())
    states = {one: engine.nodes[one].state for one in ("log", "batch", "merger")}
    told = "files wait for their interval's others or for the batch"
    return (
        StageView(
            "log", "Log", unread, says=f"{PARTITIONS} partitions; views not read yet", state=states["log"]
        ),
        StageView(
            "aggregate", "Aggregators", pipeline.held, says="views in memory, in no file yet", state=state
        ),
        StageView("files", "Files", pipeline.waiting, says=f"{files} {told}"),
        StageView(
            "count",
            "Batch count",
            pipeline.counted,
            says=f"views counted in {pipeline.batches:,} batches",
            state=states["batch"],
        ),
        StageView(
            "rank",
            "Top-k job",
            round(pipeline.late(now)),
            "s late",
            "age of the ranking that answers",
            states["merger"],
        ),
    )


# Windows


def _window(engine: TopK, window: str) -> WindowView:
    """Views per slice, oldest first, as wide as the approach's slices are."""
    per_slice, slices = engine.ledger.per_slice[window], engine.config.slices
    seconds = width(window, slices)
    now = engine.clock.time()
    newest = int(now // seconds)
    sums = dict.fromkeys(range(newest - slices, newest + 1), 0)
    for fine, count in per_slice.items():
        number = int((fine * width(window, FINE) + 1e-6) // seconds)
        if number in sums:
            sums[number] += count
    covered = now - (newest - slices + 1) * seconds
    return WindowView(
        label=WINDOW_NAMES[window],
        slices=tuple(SliceView(count, number > newest - slices) for number, count in sums.items()),
        covered_s=round(covered, 1),
        slice_s=seconds,
        views=sum(count for number, count in sums.items() if number > newest - slices),
        newest_filled_pct=round(100 * (now % seconds) / seconds, 1),
    )


def _totals(engine: TopK) -> TotalsView:
    now = engine.clock.monotonic()
    queries = engine.query_ms.merged(now)
    return TotalsView(
        views=engine.counts.views,
        views_per_s=round(engine.views_in.rate(now), 1),
        queries=engine.counts.queries,
        queries_per_s=round(engine.answers.rate(now), 1),
        refused=engine.counts.refused,
        videos=engine.ledger.known,
        quota=engine.room.quota.rows,
        logged=engine.ledger.seen,
        in_hour=engine.ledger.total(LONGEST),
        tail=_tail(engine),
        query_p50=round(queries.quantile(0.5), 2),
        query_p99=round(queries.quantile(0.99), 2),
    )
