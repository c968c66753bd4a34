"""What is shown of the batch pipeline: its stages, and what waits before each."""

from __future__ import annotations

from designs.top_k.engine.engine import TopK
from designs.top_k.engine.nodes import BATCH, LOG, MERGER, PARTITIONS, aggregator_id
from designs.top_k.engine.pipeline import Pipeline
from designs.top_k.inside.views import PipelineView, StageView
from sdlab.lab import amount


def pipeline_view(engine: TopK) -> PipelineView:
    """The stages; off while hosts count."""
    pipeline = engine.approach.pipeline
    if pipeline is None:
        return PipelineView()
    now = engine.clock.time()
    seen = engine.reader.look.last
    late = None if seen.as_of is None else max(0.0, now - seen.as_of)
    return PipelineView(
        on=True,
        stages=_stages(engine, pipeline, late),
        late_s=None if late is None else round(late, 1),
        rows=seen.rows,
        files=seen.files,
        intervals=len(pipeline.files.sizes),
        batches=pipeline.batches,
        counted=pipeline.counted,
        read_again=sum(one.read_again for one in pipeline.aggregators),
        flush_s=pipeline.interval_s,
        batch_ms=round(pipeline.batch_ms, 1),
    )


def _stages(engine: TopK, pipeline: Pipeline, late: float | None) -> tuple[StageView, ...]:
    states = {node.id: node.state for node in engine.nodes.values()}
    aggregators = [states[aggregator_id(n)] for n in range(PARTITIONS)]
    worst = next((one for one in aggregators if one != "up"), "up")
    unread = sum(pipeline.unread(partition) for partition in range(PARTITIONS))
    files = sum(len(one) for one in pipeline.files.sizes.values())
    batches = amount(pipeline.batches, "batch", "batches")
    return (
        StageView(
            "log",
            "Log",
            engine.reader.look.last.logged,
            "entries",
            f"in {PARTITIONS} partitions; {amount(unread, 'view')} not read yet",
            states[LOG],
        ),
        StageView(
            "aggregate", "Aggregators", pipeline.held, "views", "views in memory, in no file yet", worst
        ),
        StageView(
            "files",
            "Files",
            pipeline.files.waiting,
            says=f"in {amount(files, 'file')}, waiting for the interval's others or for the batch; "
            f"{amount(engine.reader.look.last.files, 'file')} on disk",
        ),
        StageView(
            "count",
            "Batch count",
            pipeline.counted,
            "views",
            f"views counted in {batches}",
            states[BATCH],
        ),
        StageView(
            "rank",
            "Top-k job",
            None if late is None else round(late),
            "s late",
            f"age of the {amount(engine.reader.look.last.rows, 'row')} that answer",
            states[MERGER],
        ),
    )
