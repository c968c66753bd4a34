"""What the ad click aggregator measures: clicks through log, windows and store; a query over ten million clicks."""

from __future__ import annotations

import asyncio
import random
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import duckdb
import numpy as np

from designs.ad_click_aggregator.engine.aggregator_process import WINDOW_S
from designs.ad_click_aggregator.engine.olap_process import opened
from sdlab.launcher.bench.harness import BenchStores, bench_stores
from sdlab.launcher.bench.measures import Subject
from sdlab.launcher.bench.result import Result
from sdlab.parts.worker_process import WorkerProcess, address_of
from sdlab.stores.redis import connect

CLICKS = 100_000
ADS = 1_000
PARTITIONS = 4
BATCH = 500
TURN = 2_000
SPAN_S = 60
STORED = 10_000_000
STORED_ADS = 10_000
STORED_WINDOWS = 1_800
QUERIES = 100
ENGINE = "designs.ad_click_aggregator.engine"


def pipeline(_: Subject) -> Iterator[Result]:
    """A hundred thousand clicks are appended and counted at the same time; the clock stops when the store has all."""
    with bench_stores() as stores:
        rate, exact = asyncio.run(_pipeline(stores, CLICKS))
        if not exact:
            raise AssertionError("totals differ from the raw log")
        yield Result(
            "clicks through log, window, OLAP",
            rate,
            "/s",
            bar=10_000,
            at_least=True,
            detail="totals equal the raw log",
        )


async def _pipeline(stores: BenchStores, clicks: int) -> tuple[float, bool]:
    """Clicks per second, and whether every total is what the log says."""
    redis, chance = connect(stores.url), random.Random(1)
    streams = {str(one): f"bench:clicks:{one}" for one in range(PARTITIONS)}
    picks = [chance.randrange(ADS) + 1 for _ in range(clicks)]
    raw = Counter((int(n * SPAN_S / clicks // WINDOW_S) * WINDOW_S, ad) for n, ad in enumerate(picks))
    store = WorkerProcess("olap", f"{ENGINE}.olap_process:make")
    counting = [WorkerProcess(f"aggregator-{n}", f"{ENGINE}.aggregator_process:make") for n in (1, 2)]
    address = address_of(redis)
    try:
        file = str(stores.folder / "clicks.duckdb")
        await store.start(redis=address, file=file, streams=streams, read="bench:read")
        for number, one in enumerate(counting):
            mine = {str(part): streams[str(part)] for part in range(PARTITIONS) if part % 2 == number}
            await one.start(
                redis=address,
                streams=mine,
                checkpoint="bench:checkpoint",
                sink={},
                recovery="checkpoint",
                lateness=1.0,
            )
        began = time.perf_counter()

        async def append() -> None:
            for first in range(0, clicks, BATCH):
                pipe = redis.pipeline(transaction=False)
                for number in range(first, min(first + BATCH, clicks)):
                    at = repr(number * SPAN_S / clicks)
                    fields = {"t": at, "a": at, "k": str(picks[number]), "n": str(number)}
                    pipe.xadd(streams[str(number % PARTITIONS)], fields)  # type: ignore[arg-type]
                await pipe.execute()

        async def count(one: WorkerProcess, left: int) -> None:
            while left > 0:
                did = await one.ask("turn", now=float(SPAN_S), limit=TURN, late="correct", lateness=1.0)
                left -= did["read"]
                if did["read"] == 0:
                    await asyncio.sleep(0.002)
                    continue
                await store.ask("upsert", flushes=await one.ask("flush"), corrupt=0)
                await one.ask("acknowledged", keeps=True)

        await asyncio.gather(append(), *(count(one, clicks // 2) for one in counting))
        took = time.perf_counter() - began
        found = await store.ask("totals", since=0)
        return clicks / took, {(s, ad): n for s, ad, n in found["rows"]} == raw
    finally:
        for one in (store, *counting):
            await one.close()
        await redis.aclose()


def _filled(folder: Path, clicks: int) -> duckdb.DuckDBPyConnection:
    """A store whose totals stand for so many clicks."""
    base = opened(str(folder / "totals.duckdb"))
    chance = np.random.default_rng(1)
    start = chance.integers(0, STORED_WINDOWS, clicks) * WINDOW_S
    ad = chance.integers(1, STORED_ADS + 1, clicks)
    base.register("clicked", {"start": start, "ad": ad.astype(np.int32)})
    base.execute(
        "INSERT INTO totals SELECT 'w', start, ad, 0, count(*), true FROM clicked GROUP BY start, ad ORDER BY start, ad"
    )
    base.unregister("clicked")
    return base


def query(subject: Subject) -> Iterator[Result]:
    """Clicks of four ads per minute; the peer is the same question to the raw clicks, in the same DuckDB."""
    folder = subject.folder / "ad-click-aggregator"
    folder.mkdir(parents=True, exist_ok=True)
    yield _query(folder, STORED)


def _query(folder: Path, clicks: int) -> Result:
    base = _filled(folder, clicks)
    took = []
    for number in range(QUERIES):
        began = time.perf_counter()
        base.execute(
            "SELECT (start // 60) * 60 AS at, ad, sum(clicks)::BIGINT FROM totals WHERE kind = 'w' AND start >= 0 "
            "AND start < 3600 AND list_contains(?, ad) GROUP BY ALL ORDER BY ALL",
            [[number * 7 % STORED_ADS + 1 + step for step in range(4)]],
        ).fetchall()
        took.append((time.perf_counter() - began) * 1000)
    took.sort()
    detail = f"{clicks:,} clicks, p50 {took[len(took) // 2]:.1f} ms"
    return Result("metrics query, p99", took[int(len(took) * 0.99)], "ms", bar=1_000, detail=detail)


MEASURES: dict[str, Callable[[Subject], Iterator[Result]]] = {
    "ad-click-pipeline": pipeline,
    "ad-click-query": query,
}
