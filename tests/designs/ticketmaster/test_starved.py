"""The default claims hold when the loop has hardly any time: all workloads, one after another, in one room."""

from __future__ import annotations

import asyncio
import time

import pytest

from designs.ticketmaster.engine.traffic import TicketmasterTraffic
from designs.ticketmaster.workloads import WORKLOADS
from sdlab.lab import SystemClock, WorkloadRunner
from tests.designs.ticketmaster.conftest import Make

BUSY_S, REST_S, EACH_S, RATE = 0.04, 0.01, 1.0, 100.0


async def starving() -> None:
    """Four fifths of the loop's time are gone, in pieces as long as a garbage collection."""
    while True:
        time.sleep(BUSY_S)
        await asyncio.sleep(REST_S)


@pytest.mark.parametrize("seed", [3, 4])
async def test_the_default_claims_hold_on_a_starved_loop(office: Make, seed: int) -> None:
    engine = await office(clock=SystemClock())
    starved = asyncio.create_task(starving())
    runner = WorkloadRunner(
        clock=SystemClock(), perform=TicketmasterTraffic(engine).perform, crashed=engine.crashed
    )
    for workload in WORKLOADS:
        runner.start(workload, rate=RATE, seed=seed, seconds=EACH_S)
        await runner.wait()
    starved.cancel()
    await asyncio.gather(starved, return_exceptions=True)
    await engine.checker.check()
    found = {name: (one.violations, one.checked > 0) for name, one in engine.monitors.items()}
    assert found == dict.fromkeys(found, (0, True))
