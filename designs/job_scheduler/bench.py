"""What the job scheduler measures: due jobs end to end, the delay at 500 a second, and APScheduler on the same jobs."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime

from designs.job_scheduler.config import Config
from designs.job_scheduler.engine.engine import JobScheduler
from designs.job_scheduler.engine.job_request import JobRequest
from sdlab.launcher.bench.harness import BenchStores, bench_room, bench_stores
from sdlab.launcher.bench.measures import Subject
from sdlab.launcher.bench.result import Result
from sdlab.stores.postgres import EmbeddedPostgres
from sdlab.stores.sql import Sql

JOBS = 10_000
AT_ONCE = 250
LEAD_MS = 6_000
PEER_JOBS = 2_000
RATE, SECONDS = 500, 8
PATIENCE_S = 60.0


@asynccontextmanager
async def _engine(stores: BenchStores, url: str, config: Config, *, name: str) -> AsyncIterator[JobScheduler]:
    """An engine at work over Valkey and PostgreSQL, with processes of its own."""
    sql = Sql(url)
    await sql.create()
    try:
        async with bench_room(stores, "job-scheduler", name=name) as room:
            engine = JobScheduler(replace(room, sql=sql), config)
            await engine.start()
            try:
                yield engine
            finally:
                await engine.close()
    finally:
        await sql.close()


async def _done(engine: JobScheduler, count: int) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while engine.counters.fired < count or await engine.queue.depth():  # noqa: ASYNC110 - counts, no event
            await asyncio.sleep(0.01)


async def _at_once(stores: BenchStores, url: str, jobs: int) -> tuple[float, str]:
    """Jobs per second from the moment that all are due to the last acknowledgement."""
    config = Config(threshold=5_000, workers=4, scan_ms=50)
    async with _engine(stores, url, config, name=f"jobs-{jobs}") as engine:
        due = int(time.time() * 1000) + LEAD_MS
        for first in range(0, jobs, AT_ONCE):
            await engine.schedule_many(
                [
                    JobRequest(callback="/bin", payload=f"job {first + n}", run_at_ms=due)
                    for n in range(AT_ONCE)
                ]
            )
        accepted = time.time()
        await asyncio.sleep(max(0.0, due / 1000 - accepted))
        began = time.perf_counter()
        await _done(engine, jobs)
        took = time.perf_counter() - began
        seen = engine.counters.delays
        return (
            jobs / took,
            f"{jobs:,} due at one moment, last done after {took:.2f} s, p99 {seen.quantile(0.99):,.0f} ms",
        )


def _apscheduler(url: str, jobs: int) -> float:
    """APScheduler 3 with its SQLAlchemy job store on the same PostgreSQL, and a pool of 20 threads; jobs per second."""
    from apscheduler.executors.pool import ThreadPoolExecutor  # type: ignore[import-untyped]
    from apscheduler.jobstores.sqlalchemy import SQLAlchemyJobStore  # type: ignore[import-untyped]
    from apscheduler.schedulers.background import BackgroundScheduler  # type: ignore[import-untyped]

    done: list[int] = []
    _PEER["call"] = done.append
    store = SQLAlchemyJobStore(url=url.replace("postgresql://", "postgresql+psycopg://"))
    scheduler = BackgroundScheduler(
        jobstores={"default": store},
        executors={"default": ThreadPoolExecutor(20)},
        job_defaults={"misfire_grace_time": 3600, "coalesce": False, "max_instances": 100},
        timezone="UTC",
    )
    scheduler.start(paused=True)
    due = datetime.now(UTC)
    for number in range(jobs):
        scheduler.add_job(_called, "date", run_date=due, args=[number])
    began = time.perf_counter()
    scheduler.resume()
    while len(done) < jobs and time.perf_counter() - began < PATIENCE_S:
        time.sleep(0.005)
    took = time.perf_counter() - began
    scheduler.shutdown(wait=False)
    return len(done) / took


_PEER: dict[str, Callable[[int], None]] = {}


def _called(number: int) -> None:
    _PEER["call"](number)


def throughput(subject: Subject) -> Iterator[Result]:
    """Ten thousand jobs due at one moment: scanned, queued, called, written and acknowledged; then the peer."""
    server = EmbeddedPostgres.start(subject.folder / "jobs")
    try:
        with bench_stores() as stores:
            ours, detail = asyncio.run(_at_once(stores, server.url, JOBS))
            yield Result("due jobs, end to end", ours, "/s", bar=2_000, at_least=True, detail=detail)
            same, _ = asyncio.run(_at_once(stores, server.url, PEER_JOBS))
            theirs = _apscheduler(server.url, PEER_JOBS)
            said = f"{same:,.0f}/s against {theirs:,.0f}/s, {PEER_JOBS:,} jobs in PostgreSQL, calls that do nothing"
            yield Result(
                "due jobs / APScheduler 3.11.3", same / theirs, "x", bar=3, at_least=True, detail=said
            )
    finally:
        server.stop()


def delays(subject: Subject) -> Iterator[Result]:
    """500 jobs a second, due within a second: from the time that they are due to their first callback."""
    server = EmbeddedPostgres.start(subject.folder / "delays")
    try:
        with bench_stores() as stores:
            yield asyncio.run(_delays(stores, server.url))
    finally:
        server.stop()


async def _delays(stores: BenchStores, url: str) -> Result:
    config = Config(threshold=5_000, scan_ms=100)
    async with _engine(stores, url, config, name="delays") as engine:
        began, sent = time.perf_counter(), 0
        while (elapsed := time.perf_counter() - began) < SECONDS:
            while sent < elapsed * RATE:
                requests = [
                    JobRequest(callback="/bin", payload=f"job {sent + n}", delay_ms=1_000) for n in range(5)
                ]
                await engine.schedule_many(requests)
                sent += len(requests)
            await asyncio.sleep(0.002)
        await _done(engine, sent)
        seen = engine.counters.delays
        detail = f"{seen.total:,} jobs, p50 {seen.quantile(0.5):,.0f} ms, scans every 100 ms"
        return Result("firing delay, p99 at 500/s", seen.quantile(0.99), "ms", bar=1_000, detail=detail)


MEASURES: dict[str, Callable[[Subject], Iterator[Result]]] = {
    "job-scheduler-throughput": throughput,
    "job-scheduler-delay": delays,
}
