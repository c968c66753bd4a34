"""Exchanging the approach or its slices takes the counts along."""

from __future__ import annotations

from dataclasses import replace

import pytest

from designs.top_k.engine.strategies import COUNTINGS, SLIDINGS
from sdlab.lab import ManualClock
from tests.designs.top_k.conftest import (
    MakeTopK,
    fleet_of,
    pipeline_of,
    ranking,
    violations,
    watch,
)

VIEWS = [video for number in range(1, 9) for video in [f"v{number}"] * (20 - 2 * number)]
TRUE = [(f"v{number}", 20 - 2 * number) for number in range(1, 9)]
ON_HOSTS = [name for name, one in COUNTINGS.items() if one.on_hosts]


@pytest.mark.parametrize("counting", ON_HOSTS)
@pytest.mark.parametrize("then", COUNTINGS)
async def test_switching_the_approach_takes_the_counts_along(
    topk: MakeTopK, counting: str, then: str
) -> None:
    engine = await topk(counting=counting, width=1024)
    await watch(engine, VIEWS)
    await engine.configure(replace(engine.config, counting=then))
    if engine.approach.pipeline is not None:
        await pipeline_of(engine).step()
    assert ranking((await engine.top("1h", 8)).items) == TRUE


async def test_views_under_way_while_the_hosts_are_exchanged_are_counted_once(topk: MakeTopK) -> None:
    import asyncio

    engine = await topk(counting="partitioned")
    views = asyncio.gather(*(engine.view(f"v{n % 7}") for n in range(200)))
    await asyncio.sleep(0)
    await engine.configure(replace(engine.config, counting="random"))
    await views
    assert sum(store.total("1h") for store in fleet_of(engine).slots.current()) == 200
    engine.checker.check_counts()
    assert violations(engine) == {}


@pytest.mark.parametrize("sliding", SLIDINGS)
async def test_windows_let_old_views_go(topk: MakeTopK, sliding: str) -> None:
    clock = ManualClock(1_800_000_000.0)  # a full hour: tumbling windows begin here
    engine = await topk(clock=clock, sliding=sliding)
    await watch(engine, ["v1"] * 3)
    await clock.advance(59)
    assert ranking((await engine.top("1m", 3)).items) == [("v1", 3)]
    await clock.advance(2)
    assert ranking((await engine.top("1m", 3)).items) == []
    assert ranking((await engine.top("5m", 3)).items) == [("v1", 3)]
    await clock.advance(300)
    assert ranking((await engine.top("5m", 3)).items) == []
    assert ranking((await engine.top("1h", 3)).items) == [("v1", 3)]


async def test_tumbling_forgets_at_the_turn_what_a_ring_still_has(topk: MakeTopK) -> None:
    left = {}
    for sliding in ("tumbling", "ring_12"):
        clock = ManualClock(1_800_000_050.0)
        engine = await topk(clock=clock, sliding=sliding)
        await watch(engine, ["v1"] * 4)
        await clock.advance(20)
        left[sliding] = ranking((await engine.top("1m", 3)).items)
        assert engine.ledger.count("v1", "1m") == 4
    assert left == {"tumbling": [], "ring_12": [("v1", 4)]}


async def test_a_change_of_slices_keeps_what_is_in_the_window(topk: MakeTopK) -> None:
    engine = await topk()
    await watch(engine, VIEWS)
    for sliding in SLIDINGS:
        await engine.configure(replace(engine.config, sliding=sliding))
        assert ranking((await engine.top("1h", 8)).items) == TRUE
