"""Timelines and fan-out with 100,000 members and a million follows; hybrid against pure push in the same run."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager
from functools import cache
from random import Random
from typing import ClassVar

from designs.facebook_feed.config import Config
from designs.facebook_feed.engine.engine import Feed
from designs.facebook_feed.engine.graph import FollowEdges, power_law
from designs.facebook_feed.engine.members import member
from designs.facebook_feed.engine.sentences import sentence
from designs.facebook_feed.engine.timeline_page import PAGE
from sdlab.lab import as_user
from sdlab.launcher.bench.harness import BenchStores, bench_engine, bench_stores, each, quantile
from sdlab.launcher.bench.measures import Subject
from sdlab.launcher.bench.result import Result

MEMBERS, FOLLOWS = 100_000, 1_000_000
THRESHOLD = 200
POSTS = 1_500
PUSHED_POSTS, EVEN_POSTS = 400, 4_000
VIEWS = 1_500
CALLERS = 8
ENTRIES = 250_000
UNLIMITED = 100_000


@cache
def large_graph() -> FollowEdges:
    """A hundred thousand members."""
    return power_law(MEMBERS, FOLLOWS, seed=1)


class LargeFeed(Feed):
    """The same feed over a larger graph."""

    initial_follows: ClassVar[Callable[[], FollowEdges]] = staticmethod(large_graph)


@asynccontextmanager
async def _feed(stores: BenchStores, name: str, fanout: str) -> AsyncIterator[LargeFeed]:
    config = Config(fanout=fanout, threshold=THRESHOLD, worker_rate=UNLIMITED, workers=4, node_rate=UNLIMITED)
    async with bench_engine(stores, "facebook-feed", LargeFeed, config, name=name) as feed:
        yield feed


def authors(count: int, *, evenly: bool = False) -> list[int]:
    """Who posts: half anybody, half whoever is followed more; or, evenly, everybody alike."""
    rng, fans = Random("bench authors"), large_graph().popularity()
    weighed = rng.choices(range(MEMBERS), weights=fans.tolist(), k=count)
    anybody = [rng.randrange(MEMBERS) for _ in range(count)]
    if evenly:
        return anybody
    return [weighed[n] if n % 2 else anybody[n] for n in range(count)]


async def _post(feed: Feed, chosen: Sequence[int]) -> None:
    """A post of each of these, `CALLERS` at a time, as traffic."""
    texts = Random("bench texts")
    await each(
        chosen,
        lambda one: as_user(member(one).handle, feed.post(sentence(texts)), by_hand=False),
        callers=CALLERS,
    )


async def _timelines(stores: BenchStores) -> tuple[float, float, float]:
    """Views of timelines while posts come in: p50 and p99 in ms, and lists read per view."""
    rng = Random("bench views")
    async with _feed(stores, "views", "hybrid") as feed:
        await _post(feed, authors(POSTS))
        await feed.workers.settled()
        readers = [rng.randrange(MEMBERS) for _ in range(VIEWS)]
        posting = asyncio.create_task(_post(feed, authors(VIEWS // 10)))
        took = await each(
            readers,
            lambda one: as_user(member(one).handle, feed.timeline(size=PAGE), by_hand=False),
            callers=CALLERS,
        )
        await posting
        costs = feed.costs.by_approach["hybrid"]
        assert not any(one.violations for one in feed.monitors.values())
        return quantile(took, 0.50), quantile(took, 0.99), costs.reads / costs.views


async def _fan_out(stores: BenchStores) -> tuple[float, int]:
    """Feed entries per second from the first post to the last entry, and how many there were."""
    fans = large_graph().popularity()
    async with _feed(stores, "push", "queue") as feed:
        chosen, planned = [], 0
        for one in authors(20_000):
            if planned >= ENTRIES:
                break
            chosen.append(one)
            planned += int(fans[one])
        began = time.perf_counter()
        await _post(feed, chosen)
        await feed.workers.settled()
        return feed.writer.written / (time.perf_counter() - began), feed.writer.written


async def _writes(stores: BenchStores, fanout: str, chosen: Sequence[int]) -> int:
    """Feed entries really written for these posts."""
    async with _feed(stores, f"writes-{fanout}-{len(set(chosen))}", fanout) as feed:
        await _post(feed, chosen)
        await feed.workers.settled()
        return feed.writer.written


def measures(_: Subject) -> Iterator[Result]:
    """All of it, over one Valkey."""
    with bench_stores() as stores:
        p50, p99, lists = asyncio.run(_timelines(stores))
        yield Result(
            "timeline, 100,000 members, 1 M follows, p99",
            p99,
            "ms",
            bar=50.0,
            detail=f"hybrid, {CALLERS} at once beside posts; p50 {p50:.1f} ms, {lists:.1f} lists a view",
        )
        rate, written = asyncio.run(_fan_out(stores))
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
            push = asyncio.run(_writes(stores, "queue", chosen))
            hybrid = asyncio.run(_writes(stores, "hybrid", chosen))
            who = "everybody posts alike" if evenly else "half by popularity"
            yield Result(
                f"feed writes, push over hybrid, {who}",
                push / max(1, hybrid),
                "x",
                bar=None if evenly else 10.0,
                at_least=True,
                detail=f"{push:,} against {hybrid:,} for the same {len(chosen)} posts, threshold {THRESHOLD}",
            )


MEASURES: dict[str, Callable[[Subject], Iterator[Result]]] = {"facebook-feed": measures}
