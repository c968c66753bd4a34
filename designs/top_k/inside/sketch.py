"""What is shown of the sketch: its counters, its errors, its heap."""

from __future__ import annotations

from designs.top_k.engine.engine import TopK
from designs.top_k.engine.leaderboards import compare
from designs.top_k.engine.stores import SketchStore
from designs.top_k.engine.videos import title
from designs.top_k.engine.windows import LONGEST, WINDOWS, slice_seconds
from designs.top_k.inside.views import CellView, HeapView, PointView, SketchView
from sdlab.blocks.count_min import CountMin

GRID = 64
POINTS = 30
HEAP = 15
KIB = 1024
SHOWN = "1m"


def sketch_view(engine: TopK) -> SketchView:
    """The newest slice of the hour as a grid; size, errors and heap of the last minute.

    Sketch and log are looked at in one step, over the slices that the sketch still has.
    """
    sketch = engine.approach.sketch
    if sketch is None:
        return SketchView()
    now = engine.clock.time()
    sketch.roll(now)
    engine.ledger.roll(now)
    shape, empty = sketch.shape, sketch.shape.empty()
    grid, fold = _newest(sketch), -(-shape.width // GRID)
    last, looked = engine.ingestion.last, engine.looked_up
    lost = _lost(engine)
    points = () if lost else _points(engine, sketch)
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
        last_truth=_true(engine, sketch, last, LONGEST) if last else 0,
        looked=title(looked) if looked else "",
        looked_estimate=sketch.count(looked, LONGEST) if looked else 0,
        looked_truth=_true(engine, sketch, looked, LONGEST) if looked else 0,
        sketches=sketch.slices * len(WINDOWS),
        kib=round(sketch.sketch_bytes / KIB, 1),
        heap_kib=round((sketch.nbytes - sketch.sketch_bytes) / KIB, 1),
        exact_kib=round(engine.leaderboards.exact_bytes / KIB, 1),
        epsilon_pct=round(100 * empty.epsilon, 3),
        delta_pct=round(100 * empty.delta, 3),
        bound=round(sketch.error_bound(SHOWN), 1),
        views=sketch.total(SHOWN),
        lost=lost,
        recall_pct=None if lost else _recall(engine, sketch),
        mean_error=round(sum(one.error for one in points) / len(points), 2) if points else None,
        max_error=max((one.error for one in points), default=None),
        under=sum(one.error < 0 for one in points),
        points=points,
        heap=tuple(HeapView(title(video), count) for video, count in sketch.heaps[SHOWN].places()[:HEAP]),
        heap_held=len(sketch.heaps[SHOWN]),
        heap_size=shape.heap,
    )


def _lost(engine: TopK) -> bool:
    """Whether the host of the sketch has lost views of the last minute."""
    fleet = engine.approach.fleet
    return fleet is not None and not fleet.exact and fleet.slots.lacks(0, SHOWN)


def _begins(sketch: SketchStore, window: str) -> float:
    return sketch.first_slice(window) * slice_seconds(window, sketch.slices)


def _true(engine: TopK, sketch: SketchStore, video: str, window: str) -> int:
    """The views in the log, in the slices that the sketch still has."""
    return engine.ledger.count_since(video, window, _begins(sketch, window))


def _recall(engine: TopK, sketch: SketchStore) -> float | None:
    """The share of the true k that the sketch names, per cent; that of the leaderboard, when it is the sketch's."""
    if engine.config.counting == "sketch":
        board = engine.leaderboards.boards.get(SHOWN)
        return round(100 * board.errors.recall, 1) if board and board.errors else None
    k = engine.config.k
    truth = engine.ledger.top_since(SHOWN, k, _begins(sketch, SHOWN))
    answer = sketch.top(SHOWN, k)
    of = [_true(engine, sketch, video, SHOWN) for video, _ in answer]
    return round(100 * compare(answer, truth, of).recall, 1) if truth else None


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


def _points(engine: TopK, sketch: SketchStore) -> tuple[PointView, ...]:
    truth = engine.ledger.top_since(SHOWN, POINTS, _begins(sketch, SHOWN))
    return tuple(
        PointView(title(video), count, _error(engine, sketch.count(video, SHOWN), count, video))
        for video, count in truth
    )


def _error(engine: TopK, estimate: int, true: int, video: str) -> int:
    """A view on its way, that the log has and the sketch's host has not or the other way round, is no error."""
    coming = engine.ingestion.in_flight.get(video, 0)
    return estimate - max(true - coming, min(estimate, true + coming))
