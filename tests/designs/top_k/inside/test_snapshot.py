"""What the panels show is what happened: sketch, boards, windows, hosts."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from designs.top_k.engine.leaderboards import Errors, compare
from designs.top_k.engine.stores import ExactStore, Shape, SketchStore
from designs.top_k.engine.windows import WINDOWS
from designs.top_k.inside.sketch import GRID
from designs.top_k.inside.snapshot import build_snapshot
from sdlab.blocks.hash_ring import hash64
from sdlab.lab import ManualClock
from tests.designs.top_k.conftest import MakeTopK, fleet_of, watch

VIDEOS = [f"v{number}" for number in range(1, 101)]
SHAPE = Shape(width=64, depth=3, seed=1, conservative=False, heap=10)


async def test_the_overlay_compares_a_sketch_with_the_truth(topk: MakeTopK) -> None:
    engine = await topk(width=16, depth=1, sketch_update="plain", overlay="on")
    await watch(engine, VIDEOS * 3 + ["v1"] * 50)
    await engine.leaderboards.refresh()
    sketch = build_snapshot(engine).sketch
    assert sketch.on
    assert sketch.role == "runs beside"
    assert sketch.max_error > 0
    assert sketch.under == 0
    assert sketch.bound == pytest.approx(2.718281 / 16 * 350, abs=0.1)
    assert sketch.mean_error <= sketch.max_error
    await engine.configure(replace(engine.config, overlay="off"))
    assert not build_snapshot(engine).sketch.on
    assert not engine.monitors["sketch_constant"].applies


async def test_more_counters_make_smaller_errors(topk: MakeTopK) -> None:
    engine = await topk(width=16, sketch_update="plain")
    await watch(engine, VIDEOS * 3)
    errors = []
    for width in (16, 64, 1024):
        await engine.configure(replace(engine.config, width=width))
        errors.append(build_snapshot(engine).sketch.mean_error)
    assert errors[0] > errors[1] > errors[2] >= 0
    assert errors[2] < 1


async def test_a_budget_decides_the_width(topk: MakeTopK) -> None:
    engine = await topk(sizing="budget", budget_kib=64, depth=4)
    await watch(engine, VIDEOS)
    sketch = build_snapshot(engine).sketch
    assert sketch.kib <= 64 < sketch.kib * 1.05
    assert sketch.width == 64 * 1024 // (4 * 4 * 36)


async def test_another_seed_lets_other_videos_collide(topk: MakeTopK) -> None:
    engine = await topk(width=64)
    await watch(engine, VIDEOS)
    before = build_snapshot(engine).sketch.rows
    await engine.configure(replace(engine.config, hash_seed=7))
    assert build_snapshot(engine).sketch.rows != before


async def test_the_cells_of_the_last_view_are_lit_with_their_meanings(topk: MakeTopK) -> None:
    engine = await topk(width=16, depth=3, sketch_update="plain")
    await watch(engine, VIDEOS)
    await engine.view("v5")
    sketch = build_snapshot(engine).sketch
    assert [cell.row for cell in sketch.written] == [0, 1, 2]
    assert engine.approach.sketch is not None
    assert tuple(cell.cell for cell in sketch.written) == engine.approach.sketch.cells("v5")
    least = min(cell.count for cell in sketch.written)
    assert [cell.minimum for cell in sketch.written] == [cell.count == least for cell in sketch.written]
    assert all(cell.collision == (cell.count > 2) for cell in sketch.written)
    assert sketch.rows[0][sketch.written[0].column] == sketch.written[0].count


async def test_wide_sketches_are_folded_to_be_seen(topk: MakeTopK) -> None:
    engine = await topk(width=1000)
    await watch(engine, VIDEOS)
    sketch = build_snapshot(engine).sketch
    assert all(len(row) <= GRID for row in sketch.rows)
    assert max(map(max, sketch.rows)) >= 1
    assert sketch.folded == 16


async def test_boards_stand_beside_the_truth(topk: MakeTopK) -> None:
    engine = await topk(replicas=1, k=5)
    await watch(engine, [video for n, video in enumerate(VIDEOS[:10]) for _ in range(30 - n)])
    await engine.leaderboards.refresh()
    board = build_snapshot(engine).boards.minute
    assert [place.id for place in board.ranks] == VIDEOS[:5]
    assert [(place.views, place.error, place.truth) for place in board.ranks][:2] == [
        (30, 0, 30),
        (29, 0, 29),
    ]
    assert (board.recall_pct, board.max_error, board.exact) == (100.0, 0, True)
    for host in ("host-0", "host-1"):
        await engine.set_fault(host, "down")
    await engine.leaderboards.refresh()
    board = build_snapshot(engine).boards.minute
    assert board.recall_pct < 100
    assert board.missing > 0


@pytest.mark.parametrize(
    ("answer", "truth", "of", "errors"),
    [
        ([], [], [], Errors()),
        ([("a", 3)], [("a", 3)], [3], Errors(1.0, 0.0, 0, 0)),
        ([("b", 3)], [("a", 3)], [3], Errors(1.0, 0.0, 0, 0)),
        ([("a", 2)], [("a", 3), ("b", 2)], [3], Errors(0.5, 1.0, 1, 1)),
        ([], [("a", 3)], [], Errors(0.0, 0.0, 0, 0)),
    ],
)
def test_errors_of_an_answer(answer: list, truth: list, of: list, errors: Errors) -> None:
    assert compare(answer, truth, of) == errors


async def test_a_view_that_is_being_logged_is_no_error(topk: MakeTopK) -> None:
    clock = ManualClock()
    engine = await topk(clock=clock)
    await watch(engine, ["v1"] * 3)
    await engine.set_fault("log", "slow", 1000)
    viewing = asyncio.create_task(engine.view("v1"))
    await clock.advance(0.4)
    place = build_snapshot(engine).boards.minute.ranks[0]
    assert (place.views, place.truth, place.error) == (4, 3, 0)
    await clock.advance(1)
    await viewing


async def test_windows_show_their_slices(topk: MakeTopK) -> None:
    clock = ManualClock(1_800_000_000.0)
    engine = await topk(clock=clock, sliding="ring_6")
    await watch(engine, ["v1"] * 4)
    await clock.advance(25)
    await watch(engine, ["v2"])
    minute = build_snapshot(engine).windows[0]
    assert [one.views for one in minute.slices] == [0, 0, 0, 0, 4, 0, 1]
    assert [one.live for one in minute.slices] == [False] + [True] * 6
    assert (minute.views, minute.covered_s, minute.slice_s) == (5, 55.0, 10.0)


async def test_memory_of_exact_hosts_grows_and_that_of_a_sketch_does_not(topk: MakeTopK) -> None:
    sizes = {}
    for counting in ("one_host", "sketch"):
        engine = await topk(counting=counting, replicas=1)
        await watch(engine, VIDEOS)
        first = fleet_of(engine).slots.stores[0, 0].nbytes
        await watch(engine, [f"more-{number}" for number in range(500)])
        sizes[counting] = fleet_of(engine).slots.stores[0, 0].nbytes / first
    assert sizes["one_host"] > 3
    assert sizes["sketch"] == 1.0


async def test_one_host_gets_hot_when_a_video_is(topk: MakeTopK) -> None:
    clock = ManualClock()
    engine = await topk(clock=clock, hosts=4, replicas=1)
    for _ in range(4):
        await watch(engine, ["v1"] * 30 + VIDEOS[:10])
        await clock.advance(1)
    hosts = build_snapshot(engine).fleet.hosts
    assert sum(one.hot for one in hosts) == 1
    assert max(one.load_pct for one in hosts) > 60


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
    assert sketch.nbytes == planned


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
