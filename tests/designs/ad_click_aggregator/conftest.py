"""The ad click aggregator at work over real stores and processes, on virtual time."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import pytest

from designs.ad_click_aggregator.config import Config
from designs.ad_click_aggregator.engine.engine import AdClickAggregator
from sdlab.lab import WorkloadRunner
from sdlab.registry import design as design_of
from tests.conftest import AtWork
from tests.virtual_time import VirtualClock

Opener = Callable[..., Awaitable[AdClickAggregator]]
SLUG = "ad-click-aggregator"
SETTLED = 6.0  # seconds in which every window is closed, flushed and judged


@pytest.fixture
def opener(at_work: AtWork, usual_clock: VirtualClock) -> Opener:
    """`await opener(room=..., **config)`; naming a room twice re-opens it."""
    return at_work(SLUG, AdClickAggregator, Config, clock=lambda: usual_clock)


async def play(
    engine: AdClickAggregator, workload: str, *, rate: float, seconds: float, settled: float = SETTLED
) -> None:
    """That traffic, and the time until everything is judged."""
    chosen = design_of(SLUG)
    runner = WorkloadRunner(
        clock=engine.clock, perform=chosen.traffic(engine).perform, crashed=engine.crashed
    )
    runner.start(chosen.workload(workload), rate=rate, seed=3, seconds=seconds)
    await runner.wait()
    await engine.clock.sleep(settled)


async def stored(engine: AdClickAggregator) -> dict[tuple[int, int], int]:
    """Every total of the OLAP store, by window and ad."""
    found = await engine.processes.ask("totals", since=0)
    return {(start, ad): clicks for start, ad, clicks in found["rows"]}


async def raw(engine: AdClickAggregator) -> dict[tuple[int, int], int]:
    """What the raw log says, counted here."""
    counted: dict[tuple[int, int], int] = {}
    for partition in range(engine.log.log.partitions):
        for one in await engine.log.log.newest(50_000, partition=partition):
            key = (int(float(one.fields["t"]) // 2) * 2, int(one.fields["k"]))
            counted[key] = counted.get(key, 0) + 1
    return counted


def broken(engine: AdClickAggregator) -> dict[str, int]:
    """Claims that were broken, and how often."""
    return {name: one.violations for name, one in engine.monitors.items() if one.violations}
