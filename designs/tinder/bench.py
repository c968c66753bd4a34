"""Refills among 200,000 people against the database query, and swipes per second with the match check."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from random import Random
from typing import Any

from designs.tinder.config import Config
from designs.tinder.engine.engine import Tinder
from designs.tinder.engine.people import NAMED
from sdlab.blocks.bloom import BloomFilter
from sdlab.lab import Room
from sdlab.launcher.bench.measures import Subject
from sdlab.launcher.bench.result import Result
from sdlab.stores.blobs import Blobs
from sdlab.stores.names import RedisNames
from sdlab.stores.redis import EmbeddedRedis, connect
from sdlab.stores.sql import Sql

PEOPLE = 200_000
VIEWERS = {"precomputed": 40, "query": 6}
REFILLS = 12
SWIPES = 40_000
AT_ONCE = 256
PAIRS = 1000
LONG_HISTORY = 2000


def quantile(values: list[float], share: float) -> float:
    """The value that this share of them does not exceed."""
    return sorted(values)[min(len(values) - 1, int(share * len(values)))]


@asynccontextmanager
async def at_work(folder: Path, url: str, **config: Any) -> Any:
    """An engine over real stores."""
    folder.mkdir(parents=True, exist_ok=True)
    redis, sql = connect(url), Sql(f"sqlite:///{folder / 'bench.db'}")
    await sql.create()
    room = Room(folder.name, "tinder", redis, sql, Blobs(str(folder / "blobs")), RedisNames(redis))
    engine = Tinder(room, Config(**config))
    await engine.start()
    try:
        yield engine
    finally:
        await engine.close()
        await sql.close()
        await redis.aclose()


def on_valkey(subject: Subject, name: str, work: Callable[[Path, str], Awaitable[Any]]) -> Any:
    """Run `work` with a Valkey of its own."""
    folder = subject.folder / name
    folder.mkdir()
    valkey = EmbeddedRedis.start(folder)
    try:
        return asyncio.run(work(folder, valkey.url))  # type: ignore[arg-type]
    finally:
        valkey.stop()


async def _refills(engine: Tinder, viewers: int) -> list[float]:
    """People around the centre swipe their cards and ask for more; milliseconds of each GET /feed."""
    took: list[float] = []
    for viewer in engine.crowd.residents["city"][:viewers]:
        user = engine.people.id(viewer)
        for _ in range(REFILLS):
            began = time.perf_counter()
            handed = await engine.feed_for(user, by_hand=False)
            took.append((time.perf_counter() - began) * 1000)
            await asyncio.gather(
                *(
                    engine.swipe(user, engine.people.id(one), like=False, card=handed.card, by_hand=False)
                    for one in handed.numbers
                )
            )
    return took


async def _compare(folder: Path, url: str) -> dict[str, list[float]]:
    found = {}
    for way, viewers in VIEWERS.items():
        async with at_work(folder / way, url, people=PEOPLE, feed=way) as engine:
            found[way] = await _refills(engine, viewers)
            assert engine.monitors["not_again"].violations == 0
    return found


def refills(subject: Subject) -> Iterator[Result]:
    """The same people, cards and swipes with feeds prepared, and with the database asked each time."""
    found = on_valkey(subject, "refills", _compare)
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


async def _swipe(folder: Path, url: str) -> dict[str, tuple[float, int, int]]:
    found = {}
    for way in ("atomic", "pair", "replicas"):
        async with at_work(folder / way, url, people=5000, match=way) as engine:
            rng = Random(4)
            pairs = [(rng.randrange(5000), rng.randrange(5000), rng.random() < 0.5) for _ in range(SWIPES)]
            some = [(f"p{a + 1}", f"p{b + 1}", like) for a, b, like in pairs if a != b]

            async def worker(mine: list[tuple[str, str, bool]], engine: Tinder = engine) -> None:
                for user, target, like in mine:
                    await engine.swipe(user, target, like=like, by_hand=False)

            began = time.perf_counter()
            await asyncio.gather(*(worker(some[start::AT_ONCE]) for start in range(AT_ONCE)))
            rate = len(some) / (time.perf_counter() - began)
            for nonce in range(0, PAIRS, 50):
                await asyncio.gather(*(engine.traffic_verbs.both((nonce + n) * 7919) for n in range(50)))
            found[way] = (rate, engine.counts.missed, engine.counts.mutual)
    return found


def swipes(subject: Subject) -> Iterator[Result]:
    """Swipes per second through the whole engine, match check included; and who misses matches."""
    found = on_valkey(subject, "swipes", _swipe)
    for way, label in (("atomic", "atomic"), ("pair", "partition per pair")):
        rate, missed, mutual = found[way]
        yield Result(
            f"swipes with match check, {label}",
            rate,
            "per s",
            bar=5000 if way == "atomic" else None,
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


async def _screen(folder: Path, url: str) -> tuple[float, float, int, int]:
    async with at_work(folder / "screen", url, people=5000) as engine:
        told = [engine.swipe("visitor", f"p{n + 1}", like=False, by_hand=False) for n in range(LONG_HISTORY)]
        await asyncio.gather(*told)
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
            await engine.swipes.said(0, 0, asked)
            ours.append((between - began) * 1000)
            theirs.append((time.perf_counter() - between) * 1000)
        stored = await engine.room.redis.memory_usage(engine.swipes.key(0, 0))
    return quantile(ours, 0.5), quantile(theirs, 0.5), known.bits // 8, int(stored)


def screening(subject: Subject) -> Iterator[Result]:
    """A long history as a filter and as entries: bytes, and the time to ask about 128 people."""
    ours, theirs, small, large = on_valkey(subject, "screening", _screen)
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
