"""Each claim fails when top-k is made to do what it says it does not."""

from __future__ import annotations

from typing import Any

import pytest

from designs.top_k.engine.engine import TopK
from designs.top_k.engine.host_counting import HostCounting
from designs.top_k.engine.merger import Merger
from designs.top_k.engine.pipeline import Pipeline
from designs.top_k.engine.rankings import Rankings
from designs.top_k.engine.stores import ExactStore, SketchStore
from sdlab.blocks.count_min import CountMin
from tests.sabotage import Sabotage, run_sabotage, sabotage_test


def counts_popular_views_twice(patch: pytest.MonkeyPatch, engine: TopK) -> None:
    """A host raises some counters by two."""
    add = ExactStore._add

    def more(self: ExactStore, window: str, number: int, video: str, by: int) -> None:
        add(self, window, number, video, by + (by == 1 and self.slices < 60 and video.endswith("1")))

    patch.setattr(ExactStore, "_add", more)


def one_copy_counts_nothing(patch: pytest.MonkeyPatch, engine: TopK) -> None:
    """Host 1 says that it has counted, and has not."""
    count_on = HostCounting._count_on

    async def some(self: HostCounting, host: int, slot: int, video: str, t: float) -> None:
        if host != 1:
            await count_on(self, host, slot, video, t)

    patch.setattr(HostCounting, "_count_on", some)


def merges_tails(patch: pytest.MonkeyPatch, engine: TopK) -> None:
    """Each host sends its list without the first."""
    listed = Merger._list
    patch.setattr(Merger, "_list", lambda *arguments: listed(*arguments)[1:])


def forgets_cells(patch: pytest.MonkeyPatch, engine: TopK) -> None:
    """Every other view raises nothing."""
    add_one, turns = CountMin.add_one, [0]

    def sometimes(self: CountMin, cells: Any) -> None:
        turns[0] += 1
        if turns[0] % 2:
            add_one(self, cells)

    patch.setattr(CountMin, "add_one", sometimes)


def keeps_every_name(patch: pytest.MonkeyPatch, engine: TopK) -> None:
    """The heaps let nobody go."""
    sketch = engine.approach.sketch
    assert isinstance(sketch, SketchStore)
    for heap in sketch.heaps.values():
        heap.capacity = 10**9


SABOTAGES = {
    "counted_once": Sabotage(breaks=counts_popular_views_twice, workload="zipf", rate=100, seconds=2),
    "nothing_lost": Sabotage(breaks=one_copy_counts_nothing, workload="zipf", rate=100, seconds=2),
    "exact_is_sorted": Sabotage(breaks=merges_tails, workload="zipf", rate=100, seconds=2),
    "sketch_never_under": Sabotage(
        breaks=forgets_cells, workload="zipf", rate=100, seconds=2, config={"width": 4096}
    ),
    "sketch_constant": Sabotage(
        breaks=keeps_every_name, workload="flat", rate=300, seconds=4, config={"width": 16, "heap_size": 10}
    ),
}

test_every_claim_can_fail = sabotage_test("top-k", SABOTAGES)


def counts_a_file_twice(patch: pytest.MonkeyPatch, engine: TopK) -> None:
    """The batch adds up an interval, and then once more."""
    publish = Pipeline._publish

    async def doubled(self: Pipeline, interval: int, counts: dict[str, int]) -> None:
        await publish(self, interval, {video: 2 * count for video, count in counts.items()})

    patch.setattr(Pipeline, "_publish", doubled)


def leaves_out_a_video(patch: pytest.MonkeyPatch, engine: TopK) -> None:
    """The batch counts an interval without its most viewed."""
    publish = Pipeline._publish

    async def without(self: Pipeline, interval: int, counts: dict[str, int]) -> None:
        await publish(self, interval, dict(sorted(counts.items(), key=lambda one: one[1])[:-1]))

    patch.setattr(Pipeline, "_publish", without)


def publishes_upside_down(patch: pytest.MonkeyPatch, engine: TopK) -> None:
    """The rows are read from the last to the first."""
    read = Rankings.read

    async def reversed_rows(self: Rankings, window: str, k: int) -> Any:
        found, as_of = await read(self, window, 100)
        return found[::-1][:k], as_of

    patch.setattr(Rankings, "read", reversed_rows)


BATCH = {
    "a file counted twice": ("counted_once", counts_a_file_twice),
    "a video left out": ("counted_once", leaves_out_a_video),
    "rows in another order": ("exact_is_sorted", publishes_upside_down),
}


@pytest.mark.virtual_time
@pytest.mark.parametrize("change", BATCH)
async def test_the_batch_is_judged_by_the_log_and_the_rows(
    make_room: Any, monkeypatch: pytest.MonkeyPatch, change: str
) -> None:
    claim, breaks = BATCH[change]
    sabotage = Sabotage(
        breaks=breaks, workload="zipf", rate=60, seconds=6, config={"counting": "batch", "flush_s": 1}
    )
    left_alone = await run_sabotage(make_room, "top-k", claim, sabotage, monkeypatch, sabotaged=False)
    assert left_alone.checked > 0
    assert left_alone.violations == 0, left_alone.evidence
    broken = await run_sabotage(make_room, "top-k", claim, sabotage, monkeypatch)
    assert broken.violations > 0
    assert len({step.actor for step in broken.evidence}) >= 2
