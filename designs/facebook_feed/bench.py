"""Timelines and fan-out with 100,000 members and a million follows; hybrid against pure push in the same run."""

from __future__ import annotations

import asyncio
import statistics
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from functools import cache
from pathlib import Path
from random import Random
from typing import ClassVar

from designs.facebook_feed.config import PAGE, Config
from designs.facebook_feed.engine import Feed
from designs.facebook_feed.graph import Ties, power_law
from designs.facebook_feed.texts import sentence
from sdlab.lab import Quota, Room, SystemClock
from sdlab.launcher.bench.measures import Subject
from sdlab.launcher.bench.result import Result
from sdlab.stores.blobs import Blobs
from sdlab.stores.names import RedisNames
from sdlab.stores.redis import EmbeddedRedis, connect
from sdlab.stores.sql import Sql

MEMBERS, FOLLOWS = 100_000, 1_000_000
THRESHOLD = 200
POSTS = 1_500
PUSHED_POSTS, EVEN_POSTS = 400, 4_000
VIEWS = 1_500
AT_ONCE = 8
ENTRIES = 250_000
UNLIMITED = 100_000


@cache
def crowd() -> Ties:
    """A hundred thousand members."""
    return power_law(MEMBERS, FOLLOWS, seed=1)


class Crowd(Feed):
    """The same feed over a larger graph."""

    ties: ClassVar[Callable[[], Ties]] = staticmethod(crowd)


@asynccontextmanager
async def _feed(folder: Path, url: str, name: str, fanout: str) -> AsyncIterator[Crowd]:
    place = folder / name
    place.mkdir()
    redis, sql = connect(url), Sql(f"sqlite:///{place / 'bench.db'}")
    await sql.create()
    room = Room(
        id=name,
        slug="facebook-feed",
        redis=redis,
        sql=sql,
        blobs=Blobs(str(place / "blobs")),
        names=RedisNames(redis),
        clock=SystemClock(),
        quota=Quota(rows=10**7),
    )
    engine = Crowd(
        room,
        Config(fanout=fanout, threshold=THRESHOLD, worker_rate=UNLIMITED, workers=4, node_rate=UNLIMITED),
    )
    await engine.start()
    try:
        yield engine
    finally:
        await engine.close()
        await engine.forget()
        await sql.close()
        await redis.aclose()


def authors(count: int, *, evenly: bool = False) -> list[int]:
    """Who posts: half anybody, half whoever is followed more; or, evenly, everybody alike."""
    rng, fans = Random("bench authors"), crowd().popularity()
    weighed = rng.choices(range(MEMBERS), weights=fans.tolist(), k=count)
    anybody = [rng.randrange(MEMBERS) for _ in range(count)]
    if evenly:
        return anybody
    return [weighed[n] if n % 2 else anybody[n] for n in range(count)]


async def _each(work: list[int], do: Callable[[int], object]) -> list[float]:
    """Do it for each, `AT_ONCE` at a time; milliseconds each."""
    todo, took = list(work), []

    async def serve() -> None:
        while todo:
            one = todo.pop()
            began = time.perf_counter()
            await do(one)  # type: ignore[misc]
            took.append((time.perf_counter() - began) * 1000)

    await asyncio.gather(*[serve() for _ in range(AT_ONCE)])
    return took


async def _timelines(folder: Path, url: str) -> tuple[float, float, float]:
    """Views of timelines while posts come in: p50 and p99 in ms, and lists read per view."""
    rng = Random("bench views")
    async with _feed(folder, url, "views", "hybrid") as feed:
        texts = Random("bench texts")
        await _each(authors(POSTS), lambda one: feed.post(sentence(texts), by=one, by_hand=False))
        await feed.settled()
        readers = [rng.randrange(MEMBERS) for _ in range(VIEWS)]
        posting = asyncio.create_task(
            _each(authors(VIEWS // 10), lambda one: feed.post(sentence(texts), by=one, by_hand=False))
        )
        took = await _each(readers, lambda one: feed.timeline(one, size=PAGE, by_hand=False))
        await posting
        measured = feed.ledger.measured["hybrid"]
        cuts = statistics.quantiles(took, n=100)
        assert not any(one.violations for one in feed.monitors.values())
        return cuts[49], cuts[98], measured.reads / measured.views


async def _fan_out(folder: Path, url: str) -> tuple[float, int]:
    """Feed entries per second from the first post to the last entry, and how many there were."""
    fans = crowd().popularity()
    async with _feed(folder, url, "push", "queue") as feed:
        chosen, planned = [], 0
        for one in authors(20_000):
            if planned >= ENTRIES:
                break
            chosen.append(one)
            planned += int(fans[one])
        texts = Random("bench texts")
        began = time.perf_counter()
        await _each(chosen, lambda one: feed.post(sentence(texts), by=one, by_hand=False))
        await feed.settled()
        return feed.fanout.written / (time.perf_counter() - began), feed.fanout.written


async def _writes(folder: Path, url: str, fanout: str, chosen: list[int]) -> int:
    """Feed entries really written for these posts."""
    async with _feed(folder, url, f"writes-{fanout}-{len(set(chosen))}", fanout) as feed:
        texts = Random("bench texts")
        await _each(chosen, lambda one: feed.post(sentence(texts), by=one, by_hand=False))
        await feed.settled()
        return feed.fanout.written


def measures(_: Subject) -> Iterator[Result]:
    """All of it, over one Valkey."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        valkey = EmbeddedRedis.start(folder / "valkey")
        try:
            p50, p99, lists = asyncio.run(_timelines(folder, valkey.url))
            yield Result(
                "timeline, 100,000 members, 1 M follows, p99",
                p99,
                "ms",
                bar=50.0,
                detail=f"hybrid, {AT_ONCE} at once beside posts; p50 {p50:.1f} ms, {lists:.1f} lists a view",
            )
            rate, written = asyncio.run(_fan_out(folder, valkey.url))
            yield Result(
                "fan-out through the queue",
                rate,
                "entries/s",
                bar=50_000,
                at_least=True,
                detail=f"{written:,} entries with storing, queueing and acknowledging, 4 workers in one process",
            )
            for evenly in (False, True):
                chosen = authors(EVEN_POSTS if evenly else PUSHED_POSTS, evenly=evenly)
                push = asyncio.run(_writes(folder, valkey.url, "queue", chosen))
                hybrid = asyncio.run(_writes(folder, valkey.url, "hybrid", chosen))
                who = "everybody posts alike" if evenly else "half by popularity"
                yield Result(
                    f"feed writes, push over hybrid, {who}",
                    push / max(1, hybrid),
                    "x",
                    bar=None if evenly else 10.0,
                    at_least=True,
                    detail=f"{push:,} against {hybrid:,} for the same {len(chosen)} posts, threshold {THRESHOLD}",
                )
        finally:
            valkey.stop()


MEASURES: dict[str, Callable[[Subject], Iterator[Result]]] = {"facebook-feed": measures}
