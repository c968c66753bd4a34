"""What is shown of the sketch: its counters, its errors, its heap."""

from __future__ import annotations

from designs.top_k.engine.engine import TopK
from designs.top_k.engine.leaderboards import compare
from designs.top_k.engine.stores import SketchStore
from designs.top_k.engine.videos import title
from designs.top_k.engine.windows import LONGEST, WINDOWS
from designs.top_k.inside.views import CellView, HeapView, PointView, SketchView
from sdlab.blocks.count_min import CountMin

GRID = 64
POINTS = 30
HEAP = 15
KIB = 1024
SHOWN = "1m"


def sketch_view(engine: TopK) -> SketchView:
    """The newest slice of the hour as a grid; size, errors and heap of the last minute."""
    sketch = engine.approach.sketch
    if sketch is None:
        return SketchView()
    shape, empty = sketch.shape, sketch.shape.empty()
    grid, fold = _newest(sketch), -(-shape.width // GRID)
    last, looked = engine.ingestion.last, engine.looked_up
    points = _points(engine, sketch)
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
        exact_kib=round(engine.leaderboards.exact_bytes / KIB, 1),
        epsilon_pct=round(100 * empty.epsilon, 3),
        delta_pct=round(100 * empty.delta, 3),
        bound=round(sketch.error_bound(SHOWN), 1),
        views=sketch.total(SHOWN),
        recall_pct=_recall(engine, sketch),
        mean_error=round(sum(one.error for one in points) / len(points), 2) if points else 0.0,
        max_error=max((one.error for one in points), default=0),
        under=sum(one.error < 0 for one in points),
        points=points,
        heap=tuple(HeapView(title(video), count) for video, count in sketch.heaps[SHOWN].places()[:HEAP]),
        heap_held=len(sketch.heaps[SHOWN]),
        heap_size=shape.heap,
    )


def _recall(engine: TopK, sketch: SketchStore) -> float:
    """The share of the true k that the sketch names, per cent."""
    answer = sketch.top(SHOWN, engine.config.k)
    truth = engine.ledger.top(SHOWN, engine.config.k)
    of = [engine.ledger.count(video, SHOWN) for video, _ in answer]
    return round(100 * compare(answer, truth, of).recall, 1)


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
    truth = engine.ledger.top(SHOWN, POINTS)
    return tuple(PointView(title(video), count, sketch.count(video, SHOWN) - count) for video, count in truth)
