"""Refills among 200,000 people against the database query, and swipes per second with the match check."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from functools import partial
from random import Random
from typing import Any

from designs.tinder.config import Config
from designs.tinder.engine.engine import Tinder
from designs.tinder.engine.people import NAMED
from sdlab.blocks.bloom import BloomFilter
from sdlab.lab import as_user
from sdlab.launcher.bench.harness import BenchStores, bench_engine, bench_stores, each, quantile, rate_of
from sdlab.launcher.bench.measures import Subject
from sdlab.launcher.bench.result import Result

PEOPLE = 200_000
VIEWERS = {"precomputed": 40, "query": 6}
REFILLS = 12
SWIPES = 40_000
AT_ONCE = 256
PAIRS, PAIRS_AT_ONCE = 1000, 50
LONG_HISTORY = 2000


@asynccontextmanager
async def at_work(stores: BenchStores, name: str, **config: Any) -> AsyncIterator[Tinder]:
    """An engine with people of its own."""
    async with bench_engine(stores, "tinder", Tinder, Config(**config), name=name) as engine:
        yield engine


async def _swipe(engine: Tinder, swipe: tuple[str, str, bool], mark: str = "") -> None:
    user, target, like = swipe
    await as_user(user, engine.swipe(target, like=like, mark=mark), by_hand=False)


async def _refills(engine: Tinder, viewers: int) -> list[float]:
    """People around the centre swipe their cards and ask for more; milliseconds of each GET /feed."""
    took: list[float] = []
    for viewer in engine.people.residents["city"][:viewers]:
        user = engine.people.id(viewer)
        for _ in range(REFILLS):
            began = time.perf_counter()
            refill = await as_user(user, engine.refill(), by_hand=False)
            took.append((time.perf_counter() - began) * 1000)
            swipes = [(user, engine.people.id(one), False) for one in refill.numbers]
            await asyncio.gather(*(_swipe(engine, one, refill.mark) for one in swipes))
    return took


async def _compare(stores: BenchStores) -> dict[str, list[float]]:
    found = {}
    for source, viewers in VIEWERS.items():
        async with at_work(stores, source, people=PEOPLE, feed=source) as engine:
            found[source] = await _refills(engine, viewers)
            assert engine.monitors["not_again"].violations == 0
    return found


def refills(subject: Subject) -> Iterator[Result]:
    """The same people, cards and swipes with feeds prepared, and with the database asked each time."""
    with bench_stores() as stores:
        found = asyncio.run(_compare(stores))
    ours, theirs = found["precomputed"], found["query"]
    yield Result(
        "feed refill p99, 200,000 people",
        quantile(ours, 0.99),
        "ms",
        bar=100,
        detail=f"prepared, p50 {quantile(ours, 0.5):.1f} ms; {len(ours)} refills, one in {REFILLS} finds no feed yet",
    )
    yield Result(
        "database query over prepared feed, p50",
        quantile(theirs, 0.5) / quantile(ours, 0.5),
        "x",
        bar=1,
        at_least=True,
        detail=f"query p50 {quantile(theirs, 0.5):.0f} ms, p99 {quantile(theirs, 0.99):.0f} ms",
    )


async def _matching(stores: BenchStores) -> dict[str, tuple[float, int, int]]:
    found = {}
    for matching in ("atomic", "pair", "replicas"):
        async with at_work(stores, matching, people=5000, match=matching) as engine:
            rng = Random(4)
            pairs = [(rng.randrange(5000), rng.randrange(5000), rng.random() < 0.5) for _ in range(SWIPES)]
            some = [(f"p{a + 1}", f"p{b + 1}", like) for a, b, like in pairs if a != b]
            rate = await rate_of(some, partial(_swipe, engine), callers=AT_ONCE)
            nonces = [nonce * 7919 for nonce in range(PAIRS)]
            await each(nonces, engine.like_each_other, callers=PAIRS_AT_ONCE)
            found[matching] = (rate, engine.counters.missed, engine.counters.mutual)
    return found


def swipes(subject: Subject) -> Iterator[Result]:
    """Swipes per second through the whole engine, match check included; and who misses matches."""
    with bench_stores() as stores:
        found = asyncio.run(_matching(stores))
    for matching, label in (("atomic", "atomic"), ("pair", "partition per pair")):
        rate, missed, mutual = found[matching]
        yield Result(
            f"swipes with match check, {label}",
            rate,
            "per s",
            bar=5000 if matching == "atomic" else None,
            at_least=True,
            detail=f"{AT_ONCE} phones at once, {SWIPES:,} swipes",
        )
        yield Result(f"matches missed, {label}", missed, "pairs", bar=1, detail=f"of {mutual:,} mutual likes")
    rate, missed, mutual = found["replicas"]
    yield Result(
        "matches missed, read then write",
        missed,
        "pairs",
        detail=f"of {mutual:,} mutual likes, at {rate:,.0f} swipes/s; this is what it costs",
    )


async def _screen(stores: BenchStores) -> tuple[float, float, int, int]:
    async with at_work(stores, "screen", people=5000) as engine:
        history = [("visitor", f"p{n + 1}", False) for n in range(LONG_HISTORY)]
        await each(history, partial(_swipe, engine), callers=AT_ONCE)
        known = BloomFilter(capacity=LONG_HISTORY, error=0.01)
        for one in await engine.swipes.everyone(0):
            known.add(str(one))
        asked = list(range(NAMED + LONG_HISTORY, NAMED + LONG_HISTORY + 128))
        ours, theirs = [], []
        for _ in range(300):
            began = time.perf_counter()
            for one in asked:
                known.may_contain(str(one))
            between = time.perf_counter()
            await engine.swipes.entries(0, 0, asked)
            ours.append((between - began) * 1000)
            theirs.append((time.perf_counter() - between) * 1000)
        stored = await engine.room.redis.memory_usage(engine.swipes.key(0, 0))
    return quantile(ours, 0.5), quantile(theirs, 0.5), known.bits // 8, int(stored)


def screening(subject: Subject) -> Iterator[Result]:
    """A long history as a filter and as entries: bytes, and the time to ask about 128 people."""
    with bench_stores() as stores:
        ours, theirs, small, large = asyncio.run(_screen(stores))
    yield Result(
        f"bytes of {LONG_HISTORY:,} swipes, entries over filter",
        large / small,
        "x",
        bar=1,
        at_least=True,
        detail=f"{large:,} bytes in Redis against {small:,} with one wrong yes in a hundred",
    )
    yield Result(
        "asking about 128 people, entries over filter",
        theirs / ours,
        "x",
        detail=f"filter {ours:.2f} ms of Python, one HMGET over a local socket {theirs:.2f} ms",
    )


MEASURES: dict[str, Callable[[Subject], Iterator[Result]]] = {
    "tinder-refills": refills,
    "tinder-swipes": swipes,
    "tinder-screening": screening,
}
