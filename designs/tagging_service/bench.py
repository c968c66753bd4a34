"""A million pairs: three tags by index and without, and four ways to answer alike."""

from __future__ import annotations

import asyncio
import statistics
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

from designs.tagging_service.config import Config
from designs.tagging_service.engine.engine import TaggingService
from designs.tagging_service.engine.names import TagQuery, Wanted
from designs.tagging_service.engine.strategies.approaches import APPROACHES
from sdlab.lab import Quota, Room, SystemClock
from sdlab.launcher.bench.harness import UNBOUNDED, bench_stores, quantile
from sdlab.launcher.bench.measures import Subject
from sdlab.launcher.bench.result import Result
from sdlab.stores.blobs import Blobs
from sdlab.stores.names import RedisNames
from sdlab.stores.postgres import EmbeddedPostgres
from sdlab.stores.redis import connect
from sdlab.stores.sql import Sql

ITEMS = 190_000  # some 5.3 tags each: a million pairs
QUERY = TagQuery(all=("night", "green", "heart"))
ROUNDS, SLOW_ROUNDS = 300, 9
BAR_MS, BAR_RATIO = 20, 50


@asynccontextmanager
async def _library(folder: Path, url: str, redis_url: str) -> AsyncIterator[TaggingService]:
    quota: Quota = replace(UNBOUNDED, prepared=ITEMS)
    redis, sql = connect(redis_url), Sql(url)
    await sql.create()
    room = Room(
        id="bench",
        slug="tagging-service",
        redis=redis,
        sql=sql,
        blobs=Blobs(str(folder / "blobs")),
        names=RedisNames(redis),
        clock=SystemClock(),
        quota=quota,
    )
    engine = TaggingService(room, Config())
    await engine.start()
    try:
        yield engine
    finally:
        await engine.close()
        await sql.close()
        await redis.aclose()


def three_tags(_: Subject) -> Iterator[Result]:
    """The same query for three tags, by each approach and by each index."""
    with bench_stores() as stores:
        postgres = EmbeddedPostgres.start(stores.folder / "postgres")
        try:
            yield from asyncio.run(_three_tags(stores.folder, postgres.url, stores.url))
        finally:
            postgres.stop()


async def _three_tags(folder: Path, url: str, redis_url: str) -> list[Result]:
    async with _library(folder, url, redis_url) as engine:
        wanted = await engine.tags.look_up(QUERY)
        (row,) = await engine.tables.read("SELECT count(*) AS n FROM {pair} p WHERE [p]")
        pairs, found = int(row.n), {}
        results = []
        for copy, approach in APPROACHES.items():
            found[copy] = await approach.find(engine.copies, wanted)
            took = await _took(engine, copy, wanted, ROUNDS)
            detail = f"median {statistics.median(took):.2f} ms, {len(found[copy]):,} answers out of {pairs:,} pairs"
            results.append(
                Result(
                    f"3-tag AND, {approach.label}, p99", quantile(took, 0.99), "ms", bar=BAR_MS, detail=detail
                )
            )
        assert all(one == found["join"] for one in found.values())
        with_index = statistics.median(await _took(engine, "join", wanted, SLOW_ROUNDS))
        for indexes in ("tag_item", "item_tag", "none"):
            await engine.configure(replace(engine.config, indexes=indexes))
            took = await _took(engine, "join", wanted, SLOW_ROUNDS)
            results.append(
                Result(
                    f"3-tag AND, join, index {indexes}, median",
                    statistics.median(took),
                    "ms",
                    detail=f"{pairs:,} pairs",
                )
            )
        without = results[-1].value
        results.append(
            Result(
                "3-tag AND with both indexes, over none",
                without / with_index,
                "x",
                bar=BAR_RATIO,
                at_least=True,
                detail=f"{with_index:.2f} ms against {without:.1f} ms",
            )
        )
        return results


async def _took(engine: TaggingService, approach: str, wanted: Wanted, rounds: int) -> list[float]:
    took = []
    for _ in range(rounds):
        began = time.perf_counter()
        await APPROACHES[approach].find(engine.copies, wanted)
        took.append((time.perf_counter() - began) * 1000)
    return took


MEASURES: dict[str, Callable[[Subject], Iterator[Result]]] = {"tagging-three-tags": three_tags}
