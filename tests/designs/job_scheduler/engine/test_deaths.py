"""Processes are really killed and stopped: with the safeguards no job is lost and none is done twice."""

from __future__ import annotations

import psutil
import pytest

from designs.job_scheduler.engine.models import DONE
from sdlab.lab import as_user
from tests.designs.job_scheduler.conftest import Make, broken, play, schedule, states

pytestmark = pytest.mark.virtual_time


@pytest.mark.parametrize(
    "fault",
    [
        ("extractor-1", "down"),
        ("extractor-1", "stopped"),
        ("worker-1", "after"),
        ("worker-1", "before"),
        ("worker-1", "down"),
        ("worker-1", "paused"),
        ("coordinator-1", "down"),
    ],
)
async def test_whoever_dies_all_is_done_once(scheduler: Make, fault: tuple[str, str]) -> None:
    engine = await scheduler()
    await schedule(engine, delay_ms=100)
    await engine.clock.sleep(1)
    await engine.set_fault(*fault)
    await play(engine, "steady", rate=30, seconds=2)
    await engine.clear_fault()
    await engine.clock.sleep(6)
    assert await states(engine) == {DONE: 61}
    assert broken(engine) == {}
    assert engine.checker.doubles == engine.checker.lost == 0


@pytest.mark.parametrize(
    ("config", "fault", "claim"),
    [
        ({"idempotency": "off"}, ("worker-1", "after"), "once"),
        ({"ack": "before"}, ("worker-1", "before"), "run"),
        ({"fencing": "off"}, ("extractor-1", "stopped"), "owner"),
        ({"scanning": "shared", "gap_ms": 20}, ("bin", "slow"), "queued"),
    ],
)
async def test_without_the_safeguard_it_breaks(
    scheduler: Make, config: dict[str, object], fault: tuple[str, str], claim: str
) -> None:
    engine = await scheduler(**config)
    await engine.set_fault(*fault)
    await play(engine, "steady", rate=30, seconds=4)
    assert broken(engine).get(claim, 0) > 0
    causes = [one for one in engine.monitors[claim].view().evidence if one.kind == "cause"]
    assert claim == "queued" or any(one.text.startswith("has a fault") for one in causes)


async def test_partitions_of_a_dead_extractor_go_to_others(scheduler: Make) -> None:
    engine = await scheduler()
    await play(engine, "steady", rate=20, seconds=1)
    await engine.set_fault("extractor-2", "down")
    await play(engine, "steady", rate=20, seconds=3)
    await engine.refresh_looks(now=True)
    owners = {one.holder for one in engine.reader.rows.last.leases if one.kind == "partition"}
    assert owners == {"extractor-1", "extractor-3"}
    assert max(one.token for one in engine.reader.rows.last.leases if one.kind == "partition") == 2


async def test_the_other_leads_when_the_leader_is_killed(scheduler: Make) -> None:
    engine = await scheduler()
    await play(engine, "steady", rate=20, seconds=1)
    await engine.refresh_looks(now=True)
    led = next(one for one in engine.reader.rows.last.leases if one.kind == "leader")
    await engine.set_fault(led.holder, "down")
    await play(engine, "steady", rate=20, seconds=3)
    await engine.refresh_looks(now=True)
    now = next(one for one in engine.reader.rows.last.leases if one.kind == "leader")
    assert now.holder != led.holder
    assert now.token == led.token + 1


async def test_back_pressure_keeps_the_queue_short(scheduler: Make) -> None:
    engine = await scheduler(threshold=20)
    await play(engine, "slow", rate=60, seconds=2)
    assert engine.counters.deepest <= 60
    assert engine.counters.held_back > 0


async def test_processes_start_at_first_need_and_end_with_the_room(scheduler: Make) -> None:
    engine = await scheduler()
    driven = (*engine.extractors, *engine.workers)
    await engine.clock.sleep(5)
    assert all(one.process is None for one in driven)
    await as_user("ann", schedule(engine, delay_ms=100))
    await engine.clock.sleep(2)
    pids = [one.process.pid for one in driven if one.process is not None]
    assert len(pids) == 5
    assert all(map(_works, pids))
    await engine.close()
    assert not any(map(_works, pids))


def _works(pid: int) -> bool:
    """Whether there is a process of that number that is not about to be gone."""
    try:
        return psutil.Process(pid).status() not in (psutil.STATUS_ZOMBIE, psutil.STATUS_DEAD)
    except psutil.NoSuchProcess:
        return False
