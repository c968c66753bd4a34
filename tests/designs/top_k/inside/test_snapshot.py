"""What the panels show is what happened: sketch, boards, windows, hosts."""

from __future__ import annotations

from dataclasses import replace

import pytest

from designs.top_k.engine.traffic import TopKTraffic
from designs.top_k.inside.sketch import GRID
from sdlab.lab import ManualClock, Operation
from tests.designs.top_k.conftest import MakeTopK, picture, watch

VIDEOS = [f"v{number}" for number in range(1, 101)]


async def test_the_overlay_compares_a_sketch_with_the_truth(topk: MakeTopK) -> None:
    engine = await topk(width=16, depth=1, sketch_update="plain", overlay="on")
    await watch(engine, VIDEOS * 3 + ["v1"] * 50)
    await engine.leaderboards.refresh()
    sketch = (await picture(engine)).sketch
    assert sketch.on
    assert sketch.role == "runs beside"
    assert sketch.max_error > 0
    assert sketch.under == 0
    assert sketch.bound == pytest.approx(2.718281 / 16 * 350, abs=0.1)
    assert sketch.mean_error <= sketch.max_error
    await engine.configure(replace(engine.config, overlay="off"))
    assert not (await picture(engine)).sketch.on
    assert not engine.monitors["sketch_constant"].applies


async def test_more_counters_make_smaller_errors(topk: MakeTopK) -> None:
    engine = await topk(width=16, sketch_update="plain")
    await watch(engine, VIDEOS * 3)
    errors = []
    for width in (16, 64, 1024):
        await engine.configure(replace(engine.config, width=width))
        errors.append((await picture(engine)).sketch.mean_error)
    assert errors[0] > errors[1] > errors[2] >= 0
    assert errors[2] < 1


async def test_a_budget_decides_the_width(topk: MakeTopK) -> None:
    engine = await topk(sizing="budget", budget_kib=64, depth=4)
    await watch(engine, VIDEOS)
    sketch = (await picture(engine)).sketch
    assert sketch.kib <= 64 < sketch.kib * 1.05
    assert sketch.width == 64 * 1024 // (4 * 4 * 36)


async def test_another_seed_lets_other_videos_collide(topk: MakeTopK) -> None:
    engine = await topk(width=64)
    await watch(engine, VIDEOS)
    before = (await picture(engine)).sketch.rows
    await engine.configure(replace(engine.config, hash_seed=7))
    assert (await picture(engine)).sketch.rows != before


async def test_the_cells_of_the_last_view_are_lit_with_their_meanings(topk: MakeTopK) -> None:
    engine = await topk(width=16, depth=3, sketch_update="plain")
    await watch(engine, VIDEOS)
    await engine.view("v5")
    sketch = (await picture(engine)).sketch
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
    sketch = (await picture(engine)).sketch
    assert all(len(row) <= GRID for row in sketch.rows)
    assert max(map(max, sketch.rows)) >= 1
    assert sketch.folded == 16


async def test_boards_stand_beside_the_truth(topk: MakeTopK) -> None:
    engine = await topk(replicas=1, k=5)
    await watch(engine, [video for n, video in enumerate(VIDEOS[:10]) for _ in range(30 - n)])
    await engine.leaderboards.refresh()
    board = (await picture(engine)).boards.minute
    assert [place.id for place in board.ranks] == VIDEOS[:5]
    assert [(place.views, place.error, place.truth) for place in board.ranks][:2] == [
        (30, 0, 30),
        (29, 0, 29),
    ]
    assert (board.recall_pct, board.max_error, board.exact) == (100.0, 0, True)
    for host in ("host-0", "host-1"):
        await engine.set_fault(host, "down")
    await engine.leaderboards.refresh()
    board = (await picture(engine)).boards.minute
    assert board.recall_pct < 100
    assert board.missing > 0


async def test_windows_show_their_slices(topk: MakeTopK) -> None:
    clock = ManualClock(1_800_000_000.0)
    engine = await topk(clock=clock, sliding="ring_6")
    await watch(engine, ["v1"] * 4)
    await clock.advance(25)
    await watch(engine, ["v2"])
    minute = (await picture(engine)).windows[0]
    assert [one.views for one in minute.slices] == [0, 0, 0, 0, 4, 0, 1]
    assert [one.live for one in minute.slices] == [False] + [True] * 6
    assert (minute.views, minute.covered_s, minute.slice_s) == (5, 55.0, 10.0)


async def test_one_host_gets_hot_when_a_video_is(topk: MakeTopK) -> None:
    clock = ManualClock()
    engine = await topk(clock=clock, hosts=4, replicas=1)
    for _ in range(4):
        await watch(engine, ["v1"] * 30 + VIDEOS[:10])
        await clock.advance(1)
    hosts = (await picture(engine)).fleet.hosts
    assert sum(one.hot for one in hosts) == 1
    assert max(one.load_pct for one in hosts) > 60


async def test_a_lookup_shows_the_cells_that_are_read(topk: MakeTopK) -> None:
    engine = await topk()
    await watch(engine, ["v1", "v1", "v2"])
    assert await TopKTraffic(engine).perform(Operation("look", {"video": "v1"}, "visitor")) >= 2
    cells = (await picture(engine)).sketch.read
    assert [one.row for one in cells] == [0, 1, 2, 3]
    assert any(one.minimum for one in cells)
