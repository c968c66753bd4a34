"""What top-k measures: sketch updates against a peer, queries over a million videos, constant memory."""

from __future__ import annotations

import asyncio
import importlib
import statistics
import time
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from designs.top_k.config import Config
from designs.top_k.engine.engine import TopK
from designs.top_k.engine.layout import slices_of
from designs.top_k.engine.stores import Shape, SketchStore
from designs.top_k.engine.windows import slice_at
from sdlab.blocks.count_min import CountMin, Hashes
from sdlab.launcher.bench.harness import (
    ROUNDS,
    BenchStores,
    bench_engine,
    bench_stores,
    each,
    quantile,
    ratio_of,
)
from sdlab.launcher.bench.measures import Subject
from sdlab.launcher.bench.result import Result

UPDATES = 1_000_000
PEER_UPDATES = 200_000
WIDTH, DEPTH = 2048, 4
VIDEOS = 1_000_000
QUERIES = 300
HEAP_VIEWS = 20_000


def updates(_: Subject) -> Iterator[Result]:
    """Updates per second against the peer's, on the same stream; the median of the rounds' ratios.

    In batches, which the peer does not offer in Python, and one by one, which is what a host does.
    """
    peer = importlib.import_module("datasketches").count_min_sketch
    stream = np.random.default_rng(1).zipf(1.2, UPDATES).astype(np.uint64)
    listed = stream[:PEER_UPDATES].tolist()
    pairs = [(_ours(stream), _peers(peer(DEPTH, WIDTH), listed)) for _ in range(ROUNDS)]
    rates = ratio_of(pairs)
    detail = f"{rates.ours / 1e6:.1f} M/s against {rates.theirs / 1e6:.1f} M/s of datasketches, {DEPTH} rows of {WIDTH}"
    yield Result("sketch updates / datasketches", rates.times, "x", bar=5, at_least=True, detail=detail)
    single = ratio_of([(_one_by_one(listed), _peers(peer(DEPTH, WIDTH), listed)) for _ in range(ROUNDS)])
    detail = (
        f"{single.ours / 1e6:.2f} M/s against {single.theirs / 1e6:.2f} M/s: what a host does for each view"
    )
    yield Result("sketch updates one by one / datasketches", single.times, "x", detail=detail)
    conservative = _ours(stream, conservative=True)
    yield Result("conservative updates", conservative / 1e6, "M/s", detail="in batches, no peer offers them")


def _ours(stream: Hashes, *, conservative: bool = False) -> float:
    sketch = CountMin(width=WIDTH, depth=DEPTH, conservative=conservative)
    began = time.perf_counter()
    sketch.add(stream)
    return len(stream) / (time.perf_counter() - began)


def _one_by_one(keys: list[int]) -> float:
    """As hosts count: the cells of a key are found, then raised."""
    sketch = CountMin(width=WIDTH, depth=DEPTH)
    began = time.perf_counter()
    for key in keys:
        sketch.add_one(sketch.cells(key))
    return len(keys) / (time.perf_counter() - began)


def _peers(sketch: Any, keys: list[int]) -> float:
    began = time.perf_counter()
    for key in keys:
        sketch.update(key)
    return len(keys) / (time.perf_counter() - began)


def memory(_: Subject) -> Iterator[Result]:
    """How much a sketch grows over a million updates, and what a store with its heaps takes of what it may."""
    sketch = CountMin(width=WIDTH, depth=DEPTH)
    before = sketch.nbytes
    sketch.add(np.arange(UPDATES, dtype=np.uint64))
    grown = float(sketch.nbytes - before)
    yield Result(
        "sketch growth in 1 M videos", grown, "bytes", bar=1, detail=f"{before:,} bytes before and after"
    )
    store = SketchStore(slices=12, shape=Shape(width=WIDTH, depth=DEPTH, seed=1, conservative=False, heap=50))
    for number in range(HEAP_VIEWS):
        store.add(f"video-{number}", 0.0)
    share, detail = store.nbytes / store.most_bytes, f"{store.nbytes:,} of at most {store.most_bytes:,} bytes"
    yield Result(f"store with heaps after {HEAP_VIEWS:,} videos", share, "x", bar=1, detail=detail)


def queries(_: Subject) -> Iterator[Result]:
    """How long a query takes when a host counts a million different videos, with the whole engine around it."""
    with bench_stores() as stores:
        for counting in ("one_host", "partitioned"):
            rounds = asyncio.run(_queries(stores, counting))
            slow = statistics.median(quantile(times, 0.99) for times in rounds)
            middle = statistics.median(statistics.median(times) for times in rounds)
            detail = f"p99 of {QUERIES}, median of {ROUNDS} rounds; median query {middle:.2f} ms"
            yield Result(f"top 10 of {VIDEOS:,}, {counting}", slow, "ms", bar=5, detail=detail)


async def _queries(stores: BenchStores, counting: str) -> list[list[float]]:
    config = Config(counting=counting, replicas=1, overlay="off")
    async with bench_engine(stores, "top-k", TopK, config, name=counting.replace("_", "-")) as engine:
        _fill(engine)

        async def ask(_: int) -> None:
            found = await engine.top("1h", 10)
            assert len(found.items) == 10

        return [await each(range(QUERIES), ask) for _ in range(ROUNDS)]


def _fill(engine: TopK) -> None:
    """A million videos on the hosts, most of them seen once."""
    assert engine.approach.fleet is not None
    slots, window = engine.approach.fleet.slots, "1h"
    number = slice_at(window, slices_of(engine.config), engine.clock.time())
    parts: dict[int, dict[str, int]] = {}
    for n in range(VIDEOS):
        video = f"video-{n}"
        parts.setdefault(slots.slot_of(video) or 0, {})[video] = 1 + 200_000 // (n + 1)
    for slot, part in parts.items():
        store = slots.store_of(slot)
        assert store is not None
        store.fill(window, number, part)


MEASURES: dict[str, Callable[[Subject], Iterator[Result]]] = {
    "top-k-updates": updates,
    "top-k-memory": memory,
    "top-k-queries": queries,
}
