"""Job schedulers at work over real stores and with real processes, on virtual time."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace

import pytest

from designs.job_scheduler.config import Config
from designs.job_scheduler.engine.engine import JobScheduler
from designs.job_scheduler.engine.job_request import JobRequest
from sdlab.lab import WorkloadRunner
from sdlab.registry import design as design_of
from tests.conftest import MakeRoom

Make = Callable[..., Awaitable[JobScheduler]]
SETTLED = 3.0


@pytest.fixture
async def scheduler(make_room: MakeRoom) -> AsyncIterator[Make]:
    """`await scheduler(ack="before", ...)`: an engine at work over PostgreSQL, closed after the test."""
    opened: list[JobScheduler] = []

    async def make(*, room: str = "", **config: object) -> JobScheduler:
        place = await make_room("job-scheduler", room=room, database="postgres")
        engine = JobScheduler(place, replace(Config(), **config))  # type: ignore[arg-type]
        await engine.start()
        opened.append(engine)
        return engine

    yield make
    for engine in opened:
        await engine.close()


async def schedule(engine: JobScheduler, **more: object) -> str:
    """The id of a job that is due in half a second, unless `more` says otherwise."""
    wanted: dict[str, object] = {"callback": "/bin", "delay_ms": 500, **more}
    if "cron" in more or "run_at_ms" in more:
        del wanted["delay_ms"]
    return (await engine.schedule(JobRequest(**wanted))).job.id  # type: ignore[arg-type]


async def play(engine: JobScheduler, workload: str, *, rate: float, seconds: float, seed: int = 3) -> None:
    """That traffic, and the time until all is done."""
    chosen = design_of("job-scheduler")
    runner = WorkloadRunner(
        clock=engine.clock, perform=chosen.traffic(engine).perform, crashed=engine.crashed
    )
    runner.start(chosen.workload(workload), rate=rate, seed=seed, seconds=seconds)
    await runner.wait()
    await engine.clock.sleep(SETTLED)


def broken(engine: JobScheduler) -> dict[str, int]:
    """Claims that were broken, and how often."""
    return {name: one.violations for name, one in engine.monitors.items() if one.violations}


async def states(engine: JobScheduler) -> dict[str, int]:
    """Runs by state, as the rows say."""
    await engine.refresh_looks(now=True)
    return dict(engine.reader.rows.last.states)
