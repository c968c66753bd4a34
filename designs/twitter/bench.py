"""Likes per second and writes per hot tweet; searches among 200,000 tweets: each beside its peer, in the same run."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator
from random import Random

from designs.twitter.config import Config
from designs.twitter.engine.archive import LARGEST
from designs.twitter.engine.cast import PLACES, SUBJECTS
from designs.twitter.engine.engine import Twitter
from sdlab.blocks.inverted_index import tokens
from sdlab.lab import as_user
from sdlab.launcher.bench.harness import BenchStores, bench_engine, bench_stores, each, quantile
from sdlab.launcher.bench.measures import Subject
from sdlab.launcher.bench.result import Result
from sdlab.parts.two_stage_counter import POWERS_OF_TWO, writes_for

LIKES = 50_000
AT_ONCE = 512
SEARCHES = 300
SCANS = 40
CALLERS = 8


async def _likes(stores: BenchStores, counting: str) -> tuple[float, int, int]:
    """Likes of one tweet per second, the writes of its count, and how many likes it has."""
    config = Config(counting=counting)
    async with bench_engine(stores, "twitter", Twitter, config, name=f"likes-{counting}") as engine:
        tweet = await as_user("ada", engine.post("Like me"), by_hand=False)
        fans = [f"fan{number}" for number in range(LIKES)]
        waves = [fans[start : start + AT_ONCE] for start in range(0, LIKES, AT_ONCE)]
        began = time.perf_counter()
        for wave in waves:
            await engine.like_wave(tweet.id, wave)
        took = time.perf_counter() - began
        name = str(tweet.id)
        likes = (await engine.likes.counter.counts([name]))[name]
        assert likes == LIKES == (await engine.likes.counter.truth([name]))[name]
        return LIKES / took, engine.likes.writes[name], likes


def _terms(count: int) -> list[str]:
    """Two words each, as people search."""
    rng = Random("bench terms")
    words = [[word for phrase in slot for word in tokens(phrase)] for slot in (SUBJECTS, PLACES)]
    return [" ".join(rng.choice(some) for some in words) for _ in range(count)]


async def _searches(stores: BenchStores, search: str, count: int) -> tuple[float, float]:
    """Searches among 200,000 tweets, first pages: p50 and p99 in ms."""
    config = Config(search=search, archive=LARGEST)
    async with bench_engine(stores, "twitter", Twitter, config, name=f"search-{search}") as engine:
        await engine.search("warm up")
        took = await each(
            _terms(count),
            lambda term: as_user("ada", engine.search(term), by_hand=False),
            callers=CALLERS,
        )
        return quantile(took, 0.50), quantile(took, 0.99)


def measures(_: Subject) -> Iterator[Result]:
    """All of it, over one Valkey."""
    with bench_stores() as stores:
        rate, writes, likes = asyncio.run(_likes(stores, "powers"))
        plain, all_writes, _likes_then = asyncio.run(_likes(stores, "every"))
        yield Result(
            "likes of one tweet, each a row and in the set",
            rate,
            "likes/s",
            bar=10_000,
            at_least=True,
            detail=f"{AT_ONCE} at once, at powers of two; {plain:,.0f}/s with a write of the count for each",
        )
        yield Result(
            "writes of a count, every like over powers of two",
            all_writes / max(1, writes),
            "x",
            detail=f"{all_writes:,} against {writes} for {likes:,} likes; a million cost {writes_for(POWERS_OF_TWO, 10**6)}",
        )
        p50, p99 = asyncio.run(_searches(stores, "index", SEARCHES))
        yield Result(
            f"search among {LARGEST:,} tweets, p99",
            p99,
            "ms",
            bar=50.0,
            detail=f"own inverted index, two words, {CALLERS} at once; p50 {p50:.1f} ms",
        )
        scan50, _scan99 = asyncio.run(_searches(stores, "scan", SCANS))
        engine50, engine99 = asyncio.run(_searches(stores, "engine", SEARCHES))
        yield Result(
            "search p50, tantivy over own index",
            engine50 / p50,
            "x",
            detail=f"the same tweets in tantivy: p50 {engine50:.1f} ms, p99 {engine99:.1f} ms",
        )
        yield Result(
            "search p50, LIKE over index",
            scan50 / p50,
            "x",
            detail=f"SQLite LIKE on the same texts, {scan50:.0f} ms against {p50:.1f} ms",
        )


MEASURES: dict[str, Callable[[Subject], Iterator[Result]]] = {"twitter": measures}
