"""What is shown of the batch pipeline: its stages, and what waits before each."""

from __future__ import annotations

from designs.top_k.engine.engine import TopK
from designs.top_k.engine.nodes import BATCH, LOG, MERGER, PARTITIONS, aggregator_id
from designs.top_k.engine.pipeline import Pipeline
from designs.top_k.inside.views import PipelineView, StageView


def pipeline_view(engine: TopK) -> PipelineView:
    """The stages; off while hosts count."""
    pipeline = engine.approach.pipeline
    if pipeline is None:
        return PipelineView()
    now = engine.clock.time()
    return PipelineView(
        on=True,
        stages=_stages(engine, pipeline, now),
        late_s=round(pipeline.late(now), 1),
        intervals=len(pipeline.files.sizes),
        batches=pipeline.batches,
        counted=pipeline.counted,
        read_again=sum(one.read_again for one in pipeline.aggregators),
        flush_s=pipeline.interval_s,
        batch_ms=round(pipeline.batch_ms, 1),
    )


def _stages(engine: TopK, pipeline: Pipeline, now: float) -> tuple[StageView, ...]:
    states = {node.id: node.state for node in engine.nodes.values()}
    aggregators = [states[aggregator_id(n)] for n in range(PARTITIONS)]
    worst = next((one for one in aggregators if one != "up"), "up")
    unread = sum(pipeline.unread(partition) for partition in range(PARTITIONS))
    files = sum(len(one) for one in pipeline.files.sizes.values())
    wait = "1 file waits" if files == 1 else f"{files} files wait"
    batches = "1 batch" if pipeline.batches == 1 else f"{pipeline.batches:,} batches"
    return (
        StageView("log", "Log", unread, "views", f"{PARTITIONS} partitions; views not read yet", states[LOG]),
        StageView(
            "aggregate", "Aggregators", pipeline.held, "views", "views in memory, in no file yet", worst
        ),
        StageView(
            "files",
            "Files",
            pipeline.files.waiting,
            says=f"{wait} for the others of the interval or for the batch",
        ),
        StageView(
            "count", "Batch count", pipeline.counted, "views", f"views counted in {batches}", states[BATCH]
        ),
        StageView(
            "rank",
            "Top-k job",
            round(pipeline.late(now)),
            "s late",
            "age of the ranking that answers",
            states[MERGER],
        ),
    )
