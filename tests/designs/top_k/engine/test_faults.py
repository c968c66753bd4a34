"""Hosts die, stand still, fail by chance, join and leave; counters race."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from designs.top_k.engine.engine import TopK
from designs.top_k.engine.layout import copies_of
from designs.top_k.engine.strategies import SLOTS
from designs.top_k.inside.snapshot import build_snapshot
from sdlab.lab import ManualClock, Unavailable
from tests.designs.top_k.conftest import MakeTopK, fleet_of, ranking, violations, watch

VIDEOS = [f"v{number}" for number in range(1, 61)]


async def settle(engine: TopK) -> None:
    """All moves and repairs done."""
    for _ in range(100):
        if await engine.approach.step_moves():
            return
    raise AssertionError("moves do not end")


async def configure(engine: TopK, **change: object) -> None:
    """Change the configuration while time goes on."""
    clock = engine.clock
    assert isinstance(clock, ManualClock)
    changing = asyncio.create_task(engine.configure(replace(engine.config, **change)))
    for _ in range(1000):
        await clock.advance(0.01)
        if changing.done():
            break
    await changing


async def total(engine: TopK) -> int:
    return sum(one.views for one in (await engine.top("1h", 100)).items)


def audited(engine: TopK) -> dict[str, int]:
    engine.ingestion.unchecked |= set(VIDEOS)
    engine.checker.check_counts()
    return violations(engine)


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
    assert audited(engine) == {}
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
    assert audited(engine) == {}


async def test_views_of_slots_without_a_host_are_refused_and_not_logged(topk: MakeTopK) -> None:
    engine = await topk(replicas=1)
    await engine.set_fault("host-0", "down")
    outcomes = await asyncio.gather(*(engine.view(video) for video in VIDEOS), return_exceptions=True)
    refused = [one for one in outcomes if isinstance(one, Unavailable)]
    assert 0 < len(refused) < len(VIDEOS)
    assert engine.ledger.total("1h") == len(VIDEOS) - len(refused)
    found = await engine.top("1m", 100)
    assert found.missing > 0
    assert len(found.items) == len(VIDEOS) - len(refused)


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


async def test_a_loss_that_copies_should_have_prevented_is_a_violation(topk: MakeTopK) -> None:
    engine = await topk(replicas=2)
    await watch(engine, VIDEOS)
    for slot in range(SLOTS):  # copies that are there, but empty
        for host in fleet_of(engine).slots.owners[slot]:
            if host != 1:
                fleet_of(engine).slots.stores[host, slot] = (
                    fleet_of(engine).slots.stores[host, slot].__class__(slices=12)
                )
    await engine.set_fault("host-1", "lose")
    assert "nothing_lost" in violations(engine)
    assert len(engine.monitors["nothing_lost"].view().evidence) >= 2


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
    assert audited(engine) == {}


async def test_a_log_that_is_down_acknowledges_nothing(topk: MakeTopK) -> None:
    engine = await topk()
    await engine.set_fault("log", "down")
    with pytest.raises(Unavailable):
        await engine.view("v1")
    await engine.clear_fault()
    assert (await engine.view("v1")).views == 1
    assert await total(engine) == 1


async def test_a_view_that_cannot_be_logged_is_taken_back(
    topk: MakeTopK, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = await topk()

    async def broken(group: object) -> list[str]:
        raise ConnectionError("gone")

    monkeypatch.setattr(engine.log.events, "append", broken)
    with pytest.raises(ConnectionError):
        await engine.view("v1")
    monkeypatch.undo()
    assert await total(engine) == 0
    await engine.view("v1")
    assert await total(engine) == 1
    assert audited(engine) == {}


async def test_a_slow_merger_makes_answers_late_and_not_wrong(topk: MakeTopK) -> None:
    clock = ManualClock()
    engine = await topk(clock=clock)
    await watch(engine, VIDEOS)
    await engine.set_fault("merger", "slow", 400)
    asked = asyncio.create_task(engine.top("1m", 5))
    await clock.advance(0.3)
    assert not asked.done()
    await clock.advance(0.2)
    assert len((await asked).items) == 5
    assert build_snapshot(engine).totals.query_p50 >= 350  # a bucket of the histogram below 400


# Joining and leaving


async def test_a_host_that_joins_takes_about_its_share_with_the_counts(topk: MakeTopK) -> None:
    engine = await topk(hosts=3, replicas=1)
    await watch(engine, VIDEOS * 2)
    await configure(engine, hosts=4)
    await settle(engine)
    fleet = build_snapshot(engine).fleet
    assert 2 <= fleet.moved <= 14
    assert fleet.moved_counts > 0
    assert fleet.modulo_would == 23
    assert fleet_of(engine).slots.held_by(3)
    assert await total(engine) == 120
    assert audited(engine) == {}


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
    assert audited(engine) == {}


async def test_slots_of_a_dead_host_can_move_away_empty(topk: MakeTopK) -> None:
    engine = await topk(hosts=3, replicas=1)
    await watch(engine, VIDEOS)
    await engine.set_fault("host-2", "down")
    await configure(engine, hosts=2)
    await settle(engine)
    found = await engine.top("1m", 100)
    assert found.missing == 0
    await watch(engine, VIDEOS)


# Counters


async def test_reading_and_writing_apart_loses_views_of_the_popular(topk: MakeTopK) -> None:
    engine = await topk(counters="read_then_write")
    await watch(engine, ["hot"] * 50 + [f"cold-{n}" for n in range(50)])
    counted = dict(ranking((await engine.top("1h", 100)).items))
    assert counted["hot"] < 50
    assert all(counted[f"cold-{n}"] == 1 for n in range(50))
    assert fleet_of(engine).counting.overwritten > 0
    engine.checker.check_counts()
    assert violations(engine) == {"counted_once": 1}
    evidence = engine.monitors["counted_once"].view().evidence
    assert [step.text for step in evidence if "wrote" in step.text]
    assert "hot" in evidence[-1].text


async def test_a_sketch_that_reads_and_writes_apart_counts_too_small(topk: MakeTopK) -> None:
    engine = await topk(counting="sketch", counters="read_then_write", replicas=1)
    await watch(engine, ["hot"] * 50)
    engine.checker.check_counts()
    assert "sketch_never_under" in violations(engine)


async def test_in_one_step_nothing_is_lost_however_many_come_at_once(topk: MakeTopK) -> None:
    engine = await topk()
    await watch(engine, ["hot"] * 300)
    assert ranking((await engine.top("1h", 1)).items) == [("hot", 300)]


async def test_a_wrong_merge_is_told(topk: MakeTopK, monkeypatch: pytest.MonkeyPatch) -> None:
    engine = await topk()
    await watch(engine, [*VIDEOS, "v1"])
    monkeypatch.setattr(
        fleet_of(engine).slots.counting, "merge", staticmethod(lambda lists, k: (lists[0][-k:], k))
    )
    engine.checker.check_sorted(fleet_of(engine))
    assert "exact_is_sorted" in violations(engine)
