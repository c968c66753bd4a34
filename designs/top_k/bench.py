"""What top-k measures: sketch updates against a peer, questions over a million videos, constant memory."""

from __future__ import annotations

import asyncio
import importlib
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from designs.top_k.config import Config
from designs.top_k.engine import TopK
from designs.top_k.ledger import width
from sdlab.blocks.count_min import CountMin, Hashes
from sdlab.lab import Quota, Room, SystemClock
from sdlab.launcher.bench.measures import Subject
from sdlab.launcher.bench.result import Result
from sdlab.stores.blobs import Blobs
from sdlab.stores.names import RedisNames
from sdlab.stores.redis import EmbeddedRedis, connect
from sdlab.stores.sql import Sql

UPDATES = 1_000_000
PEER_UPDATES = 200_000
ROUNDS = 5
WIDTH, DEPTH = 2048, 4
VIDEOS = 1_000_000
QUESTIONS = 300


def updates(_: Subject) -> Iterator[Result]:
    """Updates per second in batches against the peer's, on the same stream; the median of the rounds' ratios."""
    peer = importlib.import_module("datasketches").count_min_sketch
    stream = np.random.default_rng(1).zipf(1.2, UPDATES).astype(np.uint64)
    listed = stream[:PEER_UPDATES].tolist()
    pairs = [(_ours(stream), _peers(peer(DEPTH, WIDTH), listed)) for _ in range(ROUNDS)]
    ours, theirs = (statistics.median(rates) for rates in zip(*pairs, strict=True))
    ratio = statistics.median(our / their for our, their in pairs)
    detail = f"{ours / 1e6:.1f} M/s against {theirs / 1e6:.1f} M/s of datasketches, {DEPTH} rows of {WIDTH}"
    yield Result("sketch updates / datasketches", ratio, "x", bar=5, at_least=True, detail=detail)
    conservative = _ours(stream, conservative=True)
    yield Result("conservative updates", conservative / 1e6, "M/s", detail="in batches, no peer offers them")


def _ours(stream: Hashes, *, conservative: bool = False) -> float:
    sketch = CountMin(width=WIDTH, depth=DEPTH, conservative=conservative)
    began = time.perf_counter()
    sketch.add(stream)
    return len(stream) / (time.perf_counter() - began)


def _peers(sketch: Any, keys: list[int]) -> float:
    began = time.perf_counter()
    for key in keys:
        sketch.update(key)
    return len(keys) / (time.perf_counter() - began)


def memory(_: Subject) -> Iterator[Result]:
    """How much a sketch grows over a million updates."""
    sketch = CountMin(width=WIDTH, depth=DEPTH)
    before = sketch.nbytes
    sketch.add(np.arange(UPDATES, dtype=np.uint64))
    grown = float(sketch.nbytes - before)
    yield Result(
        "sketch growth in 1 M videos", grown, "bytes", bar=1, detail=f"{before:,} bytes before and after"
    )


def questions(_: Subject) -> Iterator[Result]:
    """How long a question takes when a host counts a million different videos, with the whole engine around it."""
    with tempfile.TemporaryDirectory() as folder:
        valkey = EmbeddedRedis.start(Path(folder) / "valkey")
        try:
            for counting in ("one_host", "partitioned"):
                rounds = asyncio.run(_questions(Path(folder) / counting, valkey.url, counting))
                slow = statistics.median(statistics.quantiles(times, n=100)[98] for times in rounds)
                middle = statistics.median(statistics.median(times) for times in rounds)
                detail = f"p99 of {QUESTIONS}, median of {ROUNDS} rounds; median question {middle:.2f} ms"
                yield Result(f"top 10 of {VIDEOS:,}, {counting}", slow, "ms", bar=5, detail=detail)
        finally:
            valkey.stop()


async def _questions(folder: Path, redis_url: str, counting: str) -> list[list[float]]:
    folder.mkdir()
    redis, sql = connect(redis_url), Sql(f"sqlite:///{folder / 'bench.db'}")
    await sql.create()
    room = Room(
        id=counting.replace("_", "-"),
        slug="top-k",
        redis=redis,
        sql=sql,
        blobs=Blobs(str(folder / "blobs")),
        names=RedisNames(redis),
        clock=SystemClock(),
        quota=Quota(rows=2 * VIDEOS),
    )
    engine = TopK(room, Config(counting=counting, replicas=1, overlay="off"))
    await engine.start()
    try:
        _fill(engine)
        return [[await _timed(engine) for _ in range(QUESTIONS)] for _ in range(ROUNDS)]
    finally:
        await engine.close()
        await sql.close()
        await redis.aclose()


def _fill(engine: TopK) -> None:
    """A million videos on the hosts, most of them seen once."""
    assert engine.fleet is not None
    fleet, window = engine.fleet, "1h"
    counts = {f"video-{n}": 1 + 200_000 // (n + 1) for n in range(VIDEOS)}
    number = int(engine.clock.time() // width(window, fleet.config.slices))
    parts: dict[int, dict[str, int]] = {}
    for video, count in counts.items():
        parts.setdefault(fleet.slot_of(video) or 0, {})[video] = count
    for slot, part in parts.items():
        store = fleet.store_of(slot)
        assert store is not None
        store.fill(window, number, part)


async def _timed(engine: TopK) -> float:
    began = time.perf_counter()
    found = await engine.top("1h", 10, by_hand=False)
    took = (time.perf_counter() - began) * 1000
    assert len(found.items) == 10
    return took


MEASURES: dict[str, Callable[[Subject], Iterator[Result]]] = {
    "top-k-updates": updates,
    "top-k-memory": memory,
    "top-k-questions": questions,
}
