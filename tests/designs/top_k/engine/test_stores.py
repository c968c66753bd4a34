"""What a slot is counted in: exactly or in a sketch."""

from __future__ import annotations

import pytest

from designs.top_k.engine.stores import ExactStore, Shape, SketchStore
from designs.top_k.engine.windows import WINDOWS
from sdlab.blocks.hash_ring import hash64
from tests.designs.top_k.conftest import MakeTopK, fleet_of, watch

VIDEOS = [f"v{number}" for number in range(1, 101)]
SHAPE = Shape(width=64, depth=3, seed=1, conservative=False, heap=10)


async def test_memory_of_exact_hosts_grows_and_that_of_a_sketch_does_not(topk: MakeTopK) -> None:
    sizes = {}
    for counting in ("one_host", "sketch"):
        engine = await topk(counting=counting, replicas=1)
        await watch(engine, VIDEOS)
        store = fleet_of(engine).slots.stores[0, 0]
        first = store.sketch_bytes if isinstance(store, SketchStore) else store.nbytes
        await watch(engine, [f"more-{number}" for number in range(500)])
        sizes[counting] = (store.sketch_bytes if isinstance(store, SketchStore) else store.nbytes) / first
        if isinstance(store, SketchStore):
            assert store.sketch_bytes < store.nbytes <= store.most_bytes, (
                "with its heaps it is bounded as well"
            )
    assert sizes["one_host"] > 3
    assert sizes["sketch"] == 1.0


def test_a_window_of_sketches_is_never_too_small_when_slices_leave() -> None:
    sketch, exact = SketchStore(slices=6, shape=SHAPE), ExactStore(slices=6)
    for step in range(400):
        video, t = f"v{hash64(str(step)) % 60}", step * 1.0
        sketch.add(video, t)
        exact.add(video, t)
        if step % 37 == 0:
            for window in WINDOWS:
                assert all(sketch.count(f"v{n}", window) >= exact.count(f"v{n}", window) for n in range(60))
                assert sketch.total(window) == exact.total(window)
    planned = 4 * 64 * 3 * 6 * 3
    assert sketch.sketch_bytes == planned
    assert planned < sketch.nbytes <= sketch.most_bytes


def test_copies_of_stores_are_independent_and_equal() -> None:
    for store in (SketchStore(slices=3, shape=SHAPE), ExactStore(slices=3)):
        for n in range(50):
            store.add(f"v{n % 7}", 1000.0 + n)
        twin = store.copy()
        assert twin.top("1h", 5) == store.top("1h", 5)
        twin.add("v1", 1050.0)
        assert twin.count("v1", "1h") == store.count("v1", "1h") + 1
        assert twin.nbytes == pytest.approx(store.nbytes, rel=0.2)


async def test_a_question_over_many_videos_finds_the_most_seen(topk: MakeTopK) -> None:
    engine = await topk(counting="one_host", replicas=1, overlay="off")
    now = engine.clock.time()
    store = fleet_of(engine).slots.stores[0, 0]
    store.fill("1m", int(now // 5), {f"video-{n}": 1 + 20_000 // (n + 1) for n in range(100_000)})
    found = await engine.top("1m", 10)
    assert [one.views for one in found.items] == [1 + 20_000 // (n + 1) for n in range(10)]
