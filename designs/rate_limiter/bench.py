"""Checks per second against the `limits` library: the same Redis, the same clients, the same run."""

from __future__ import annotations

import asyncio
import statistics
import time
from collections.abc import Awaitable, Callable, Iterator
from functools import partial
from typing import Any

from designs.rate_limiter.engine.strategies.stores import Ask, Means, SharedAtomic
from sdlab.blocks.rate_rule import Rule
from sdlab.blocks.token_bucket import TokenBucket
from sdlab.launcher.bench.measures import Subject
from sdlab.launcher.bench.result import Result
from sdlab.stores.redis import EmbeddedRedis, connect

RULE = Rule(limit=100, window=1.0, burst=100)
PEER_RULE = "100 per 1 second"
PEERS = {
    "fixed_window": "FixedWindowRateLimiter",
    "sliding_log": "MovingWindowRateLimiter",
    "sliding_counter": "SlidingWindowCounterRateLimiter",
}
CLIENTS = 50
AT_ONCE = 64
EACH = 150
ROUNDS = 5
IN_MEMORY = 100_000
BAR = 2.0

Hit = Callable[[str], Awaitable[object]]


def against_limits(subject: Subject) -> Iterator[Result]:
    """For each algorithm that the peer has too: checks per second through Redis, ours over theirs."""
    folder = subject.folder / "limits"
    folder.mkdir()
    valkey = EmbeddedRedis.start(folder)
    try:
        yield from asyncio.run(_through_redis(valkey))
    finally:
        valkey.stop()


async def _through_redis(valkey: EmbeddedRedis) -> list[Result]:
    import limits.aio

    redis = connect(valkey.url)
    storage = limits.aio.storage.RedisStorage(
        f"async+redis+unix://{valkey.socket_path}", implementation="redispy"
    )
    item = limits.parse(PEER_RULE)

    async def work(operation: str, gateway: str, work: Callable[[], Awaitable[Any]]) -> Any:
        return await work()

    store = SharedAtomic(Means(redis, lambda *parts: ":".join(map(str, parts)), time.time, work))
    results = []
    for name, peer in PEERS.items():
        theirs = getattr(limits.aio.strategies, peer)(storage)
        results.append(await _ratio(name, _ours(store, name), partial(theirs.hit, item, peer)))
    await redis.aclose()
    return results


def _ours(store: SharedAtomic, name: str) -> Hit:
    return lambda client: store.check(Ask(client, "", (name,), RULE))


async def _ratio(name: str, ours: Hit, theirs: Hit) -> Result:
    await _rate(ours)
    await _rate(theirs)
    pairs = [(await _rate(ours), await _rate(theirs)) for _ in range(ROUNDS)]
    mine, peers = (statistics.median(rates) for rates in zip(*pairs, strict=True))
    return Result(
        f"checks through Redis, {name}",
        statistics.median(one / other for one, other in pairs),
        "x",
        bar=BAR,
        at_least=True,
        detail=f"{mine:,.0f}/s against {peers:,.0f}/s of limits, {AT_ONCE} callers at once",
    )


async def _rate(hit: Hit) -> float:
    async def caller(number: int) -> None:
        for turn in range(EACH):
            await hit(f"user-{(number + turn) % CLIENTS}")

    began = time.perf_counter()
    await asyncio.gather(*(caller(number) for number in range(AT_ONCE)))
    return AT_ONCE * EACH / (time.perf_counter() - began)


def in_memory(subject: Subject) -> Iterator[Result]:
    """A token bucket per client in a table, against the peer's fastest strategy in its memory storage."""
    import limits

    theirs = limits.strategies.FixedWindowRateLimiter(limits.storage.MemoryStorage())
    item = limits.parse(PEER_RULE)
    table: dict[str, TokenBucket] = {}

    def ours(client: str) -> bool:
        bucket = table.get(client)
        if bucket is None:
            bucket = table[client] = TokenBucket()
        return bucket.check(time.time(), RULE).allowed

    pairs = [(_hits(ours), _hits(lambda client: theirs.hit(item, client))) for _ in range(ROUNDS)]
    mine, peers = (statistics.median(rates) for rates in zip(*pairs, strict=True))
    yield Result(
        "checks in memory, token bucket",
        statistics.median(one / other for one, other in pairs),
        "x",
        bar=BAR,
        at_least=True,
        detail=f"{mine:,.0f}/s against {peers:,.0f}/s of limits' fixed window",
    )


def _hits(hit: Callable[[str], bool]) -> float:
    clients = [f"user-{number % CLIENTS}" for number in range(IN_MEMORY)]
    began = time.perf_counter()
    for client in clients:
        hit(client)
    return IN_MEMORY / (time.perf_counter() - began)


MEASURES: dict[str, Callable[[Subject], Iterator[Result]]] = {
    "limits-redis": against_limits,
    "limits-memory": in_memory,
}
