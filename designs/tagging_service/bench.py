"""A million pairs: three tags by index and without, and four ways to answer alike."""

from __future__ import annotations

import asyncio
import statistics
import time
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from random import Random

from designs.tagging_service.config import Config
from designs.tagging_service.engine.engine import TaggingService
from designs.tagging_service.engine.library import pictures
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

ITEMS = 221_000  # some 4.5 tags each: a million pairs
QUERIES = 12
ROUNDS, SLOW_ROUNDS = 25, 3
INDEXED = "bitmap"
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


def _queries() -> list[TagQuery]:
    """Three tags each that somebody could have in mind: those of a picture, drawn at random."""
    rng = Random("bench queries")
    seen = [one.tags for one in pictures(rng, 20 * QUERIES) if len(one.tags) >= 3]
    return [TagQuery(all=tuple(rng.sample(tags, 3))) for tags in rng.sample(seen, QUERIES)]


async def _three_tags(folder: Path, url: str, redis_url: str) -> list[Result]:
    async with _library(folder, url, redis_url) as engine:
        wanted = [await engine.tags.look_up(query) for query in _queries()]
        (row,) = await engine.tables.read("SELECT count(*) AS n FROM {pair} p WHERE [p]")
        pairs, found, medians = int(row.n), {}, {}
        results = []
        for copy, approach in APPROACHES.items():
            found[copy] = [await approach.find(engine.copies, one) for one in wanted]
            took = await _took(engine, copy, wanted, ROUNDS)
            answers = statistics.median(len(one) for one in found[copy])
            detail = (
                f"median {statistics.median(took):.2f} ms; {QUERIES} queries, the tags of a picture at random, median "
                f"{answers:,.0f} answers out of {pairs:,} pairs"
            )
            bar = (
                BAR_MS if copy in INDEXED else None
            )  # SQL sends every answer as a row: with 20,000 of them it takes its time
            name = f"3-tag AND, {approach.label}, p99"
            results.append(Result(name, quantile(took, 0.99), "ms", bar=bar, detail=detail))
            medians[copy] = statistics.median(took)
        assert all(one == found["join"] for one in found.values())
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
        for name, ours, bar in (
            ("3-tag AND, no index over inverted index", medians[INDEXED], BAR_RATIO),
            ("3-tag AND, no index over both indexes, join", medians["join"], None),
        ):
            detail = f"{ours:.2f} ms against {without:.1f} ms, medians"
            results.append(Result(name, without / ours, "x", bar=bar, at_least=True, detail=detail))
        return results


async def _took(engine: TaggingService, approach: str, wanted: Sequence[Wanted], rounds: int) -> list[float]:
    took = []
    for _ in range(rounds):
        for one in wanted:
            began = time.perf_counter()
            await APPROACHES[approach].find(engine.copies, one)
            took.append((time.perf_counter() - began) * 1000)
    return took


MEASURES: dict[str, Callable[[Subject], Iterator[Result]]] = {"tagging-three-tags": three_tags}
