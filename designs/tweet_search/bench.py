"""What tweet search measures: searches over 100,000 tweets, from posted to found, index writes of likes, recall."""

from __future__ import annotations

import asyncio
import statistics
import time
from collections.abc import Callable, Iterator
from random import Random

from designs.tweet_search.config import Config
from designs.tweet_search.engine.analysis import WORD_RULES, parse
from designs.tweet_search.engine.engine import TweetSearch
from designs.tweet_search.engine.postings import postings_of, terms_of
from designs.tweet_search.engine.search_engine import FIELDS, archived_entries
from designs.tweet_search.workloads import QUERIES
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
from sdlab.parts.search_index import Either, Has, IndexQuery, IndexShard, build_index, name_of

SIZE = 100_000
SEARCHES = 300
TWEETS = 10
LIKES, OF_ONE = 4_000, 10_000
PAGE = 20


def searches(_: Subject) -> Iterator[Result]:
    """A first page through the whole engine, for each approach, at 100,000 tweets; nothing kept."""
    with bench_stores() as stores:
        for approach in ("engine", "own", "scan"):
            rounds = asyncio.run(_searches(stores, approach))
            slow = statistics.median(quantile(times, 0.99) for times in rounds)
            middle = statistics.median(statistics.median(times) for times in rounds)
            bar = 20 if approach != "scan" else None
            detail = f"p99 of {SEARCHES}, median of {ROUNDS} rounds; median search {middle:.2f} ms"
            yield Result(f"search at {SIZE:,}, {approach}", slow, "ms", bar=bar, detail=detail)


async def _built(engine: TweetSearch) -> None:
    """The machine's first segments are there."""
    while engine.index.building:  # noqa: ASYNC110 - it happens once
        await asyncio.sleep(0.1)


async def _searches(stores: BenchStores, approach: str) -> list[list[float]]:
    config = Config(approach=approach, hot="off", pages="again")
    async with bench_engine(stores, "tweet-search", TweetSearch, config, name=approach) as engine:
        await _built(engine)

        async def ask(number: int) -> None:
            await engine.search(QUERIES[number % len(QUERIES)], "Likes" if number % 2 else "Time", size=PAGE)

        await each(range(len(QUERIES)), ask)
        return [await each(range(SEARCHES), ask) for _ in range(ROUNDS)]


def lists(subject: Subject) -> Iterator[Result]:
    """Own lists against tantivy on one core: all tweets of a query counted, the same terms, in one process."""
    folder = subject.folder / "tweet-search-lists"
    build_index(folder, FIELDS, 1, archived_entries(SIZE, "telling"))
    peer = IndexShard(FIELDS, folder / name_of(0, 0))
    own = postings_of(SIZE, "telling")
    asked = [parse(text, WORD_RULES["telling"]) for text in QUERIES if '"' not in text]
    theirs = [
        IndexQuery(
            (Either(tuple(tuple(Has("body", (t,)) for t in r.terms) for r in one.readings)),), limit=PAGE
        )
        for one in asked
    ]
    for one, other in zip(asked, theirs, strict=True):
        assert len(own.find(one, bigrams=False).ids) == peer.search(other).total
    pairs = [
        (
            _rate(lambda n: own.find(asked[n], bigrams=False), len(asked)),
            _rate(lambda n: peer.search(theirs[n]), len(asked)),
        )
        for _ in range(ROUNDS)
    ]
    rates = ratio_of(pairs)
    detail = (
        f"{rates.ours:,.0f}/s against {rates.theirs:,.0f}/s of tantivy 0.27, which also gives the {PAGE} newest; "
        "arrays in memory against segments on disk"
    )
    yield Result("own lists / tantivy", rates.times, "x", detail=detail)
    terms = terms_of(SIZE, "telling")
    pairs = [
        (
            _rate(lambda n: own.find(asked[n], bigrams=False), len(asked)),
            _rate(lambda n: terms.scan(asked[n]), len(asked)),
        )
        for _ in range(ROUNDS)
    ]
    rates = ratio_of(pairs)
    yield Result(
        "own lists / scan", rates.times, "x", detail=f"{rates.theirs:,.0f} scans/s of columns in memory"
    )


def _rate(work: Callable[[int], object], count: int) -> float:
    began = time.perf_counter()
    for number in range(count):
        work(number)
    return count / (time.perf_counter() - began)


def found(_: Subject) -> Iterator[Result]:
    """How long a tweet takes from the answer to its post until a search finds it, commits a second apart."""
    with bench_stores() as stores:
        times = asyncio.run(_found(stores))
    detail = (
        f"largest of {TWEETS}, median {statistics.median(times):.2f} s; commits at most 1 s apart, 2 shards"
    )
    yield Result("posted to found", max(times), "s", bar=2, detail=detail)


async def _found(stores: BenchStores) -> list[float]:
    async with bench_engine(stores, "tweet-search", TweetSearch, Config(), name="found") as engine:
        await _built(engine)
        times = []
        for number in range(TWEETS):
            began = time.perf_counter()
            tweet = await engine.post(f"benchword{number} of good coffee")
            while not await engine.searching.is_found(tweet.id):  # noqa: ASYNC110 - as a reader asks again
                await asyncio.sleep(0.01)
            times.append(time.perf_counter() - began)
        return times


def likes(_: Subject) -> Iterator[Result]:
    """Index writes for likes, and the recall of the true first page by 200 candidates, after likes by popularity."""
    with bench_stores() as stores:
        told, hot, recalls = asyncio.run(_likes(stores))
    detail = f"{hot} index writes for the first {OF_ONE:,} likes of a tweet"
    yield Result(
        "likes per index write, one tweet", OF_ONE / max(1, hot), "x", bar=100, at_least=True, detail=detail
    )
    detail = (
        f"{told} index writes for {LIKES:,} likes; most tweets have few, and the first few are powers of two"
    )
    yield Result("likes per index write, by popularity", LIKES / max(1, told), "x", detail=detail)
    detail = f"least of {len(recalls)} queries, 200 ranked again; mean {statistics.mean(recalls):.3f}"
    yield Result(f"recall of the true first {PAGE}", min(recalls), "", bar=0.95, at_least=True, detail=detail)


async def _likes(stores: BenchStores) -> tuple[int, int, list[float]]:
    chance = Random(1)
    async with bench_engine(stores, "tweet-search", TweetSearch, Config(), name="likes") as engine:
        await _built(engine)

        async def like(number: int) -> None:
            await engine.likes.like(engine.tweets.popular(chance.random()), f"user{number}")

        await each(range(LIKES), like)
        told = engine.likes.told
        tweet = await engine.post("the one that everybody likes")
        await each(range(OF_ONE), lambda number: engine.likes.like(tweet.id, f"fan{number}"))
        hot = engine.likes.told - told
        engine.indexer.due()
        await engine.indexer.round()
        recalls = []
        for text in QUERIES:
            page = await engine.search(text, "Likes", size=PAGE)
            order = await engine.truth.order(engine.searching.parsed(text), engine.tweets.newest)
            recalls.append(order.recall(tuple(one.tweet.id for one in page.items), PAGE))
        return told, hot, recalls


MEASURES: dict[str, Callable[[Subject], Iterator[Result]]] = {
    "tweet-search-searches": searches,
    "tweet-search-lists": lists,
    "tweet-search-found": found,
    "tweet-search-likes": likes,
}
