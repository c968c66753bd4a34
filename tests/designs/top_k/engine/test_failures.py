"""Hosts die: what goes with them, and what is answered then."""

from __future__ import annotations

import pytest

from sdlab.lab import Unavailable
from tests.designs.top_k.conftest import (
    MakeTopK,
    broken_claims,
    fleet_of,
    ranking,
    settle,
    total,
    violations,
    watch,
)

VIDEOS = [f"v{number}" for number in range(1, 61)]


@pytest.mark.parametrize("kind", ["lose", "down"])
async def test_with_one_copy_a_killed_host_takes_its_counts_along(topk: MakeTopK, kind: str) -> None:
    engine = await topk(replicas=1)
    await watch(engine, VIDEOS * 3)
    held = sum(store.total("1h") for _, store in fleet_of(engine).slots.held_by(1))
    await engine.set_fault("host-1", kind)
    assert fleet_of(engine).slots.lost_views == held > 0
    assert await total(engine) == 180 - held
    await engine.clear_fault()
    await settle(engine)
    assert await total(engine) == 180 - held
    assert engine.ledger.total("1h") == 180
    assert broken_claims(engine, VIDEOS) == {}
    assert not engine.monitors["nothing_lost"].applies


@pytest.mark.parametrize("counting", ["one_host", "random", "partitioned", "sketch"])
@pytest.mark.parametrize("kind", ["lose", "down"])
async def test_with_two_copies_nothing_is_lost(topk: MakeTopK, counting: str, kind: str) -> None:
    engine = await topk(counting=counting, replicas=2, width=2048, heap_size=100)
    await watch(engine, VIDEOS * 3)
    for killed, host in enumerate(("host-0", "host-1"), start=1):
        await engine.set_fault(host, kind)
        assert await total(engine) == 180 + killed - 1
        await watch(engine, ["v1"])
        await engine.clear_fault()
        await settle(engine)
        assert ranking((await engine.top("1h", 1)).items) == [("v1", 3 + killed)]
        assert await total(engine) == 180 + killed
    assert fleet_of(engine).slots.lost_views == 0
    assert engine.monitors["nothing_lost"].checked >= 2
    assert broken_claims(engine, VIDEOS) == {}


async def test_random_routing_goes_round_a_dead_host(topk: MakeTopK) -> None:
    engine = await topk(counting="random", replicas=1)
    await engine.set_fault("host-0", "down")
    await watch(engine, VIDEOS)
    assert await total(engine) == len(VIDEOS)


@pytest.mark.parametrize("counting", ["one_host", "partitioned", "sketch", "random"])
async def test_nobody_answers_when_all_hosts_are_down(topk: MakeTopK, counting: str) -> None:
    engine = await topk(counting=counting, replicas=1)
    await watch(engine, VIDEOS)
    for node in [one for one in engine.nodes if one.startswith("host-")]:
        await engine.set_fault(node, "down")
    with pytest.raises(Unavailable):
        await engine.top("1m", 5)
    with pytest.raises(Unavailable):
        await engine.view("v1")


async def test_both_copies_killed_at_once_is_more_than_two_copies_promise(topk: MakeTopK) -> None:
    engine = await topk(hosts=2, replicas=2)
    await watch(engine, VIDEOS)
    await engine.set_fault("host-0", "down")
    await engine.set_fault("host-1", "down")
    assert fleet_of(engine).slots.lost_views == len(VIDEOS)
    assert violations(engine) == {}
