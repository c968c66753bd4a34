"""Hosts join and leave, copies are repaired."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from designs.top_k.engine.layout import copies_of
from designs.top_k.engine.strategies import SLOTS
from sdlab.lab import ManualClock
from tests.designs.top_k.conftest import (
    MakeTopK,
    broken_claims,
    configure,
    fleet_of,
    picture,
    settle,
    total,
    watch,
)

VIDEOS = [f"v{number}" for number in range(1, 61)]


async def test_a_copy_that_missed_a_view_is_stale_until_it_was_copied_again(topk: MakeTopK) -> None:
    engine = await topk(replicas=2)
    await engine.set_fault("host-1", "flaky", 100)
    await watch(engine, VIDEOS * 2)
    assert fleet_of(engine).slots.stale
    assert {host for host, _ in fleet_of(engine).slots.stale} == {1}
    await engine.clear_fault()
    assert await total(engine) == 120
    await settle(engine)
    assert fleet_of(engine).rebalancer.repaired > 0
    for slot in range(SLOTS):
        totals = {
            fleet_of(engine).slots.stores[host, slot].total("1h")
            for host in fleet_of(engine).slots.owners[slot]
        }
        assert len(totals) == 1
    assert broken_claims(engine, VIDEOS) == {}


async def test_a_host_that_joins_takes_about_its_share_with_the_counts(topk: MakeTopK) -> None:
    engine = await topk(hosts=3, replicas=1)
    await watch(engine, VIDEOS * 2)
    await configure(engine, hosts=4)
    await settle(engine)
    fleet = (await picture(engine)).fleet
    assert 2 <= fleet.moved <= 14
    assert fleet.moved_counts > 0
    assert fleet.modulo_would == 23
    assert fleet_of(engine).slots.held_by(3)
    assert await total(engine) == 120
    assert broken_claims(engine, VIDEOS) == {}


@pytest.mark.parametrize("change", [{"hosts": 1}, {"hosts": 6}, {"replicas": 1}, {"replicas": 3}])
async def test_moving_loses_nothing_while_views_go_on(topk: MakeTopK, change: dict) -> None:
    engine = await topk(hosts=3, replicas=2)
    await watch(engine, VIDEOS)
    views = asyncio.gather(*(engine.view(VIDEOS[n % 60]) for n in range(240)))
    await asyncio.sleep(0)
    changing = asyncio.create_task(engine.configure(replace(engine.config, **change)))
    clock = engine.clock
    assert isinstance(clock, ManualClock)
    while not (changing.done() and views.done()):
        await clock.advance(0.01)
    await asyncio.gather(changing, views)
    await settle(engine)
    assert await total(engine) == 300
    assert set(fleet_of(engine).slots.hosts()) == set(range(engine.config.hosts))
    for slot, owners in fleet_of(engine).slots.owners.items():
        assert {host for host, one in fleet_of(engine).slots.stores if one == slot} == set(owners)
        assert len(owners) == copies_of(engine.config)
    assert broken_claims(engine, VIDEOS) == {}


async def test_slots_of_a_dead_host_can_move_away_empty(topk: MakeTopK) -> None:
    engine = await topk(hosts=3, replicas=1)
    await watch(engine, VIDEOS)
    await engine.set_fault("host-2", "down")
    await configure(engine, hosts=2)
    await settle(engine)
    found = await engine.top("1m", 100)
    assert found.missing == 0
    await watch(engine, VIDEOS)
