"""Checks per second against the `limits` library: the same Redis, the same clients, the same run."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterator
from functools import partial

from designs.rate_limiter.config import Config
from designs.rate_limiter.engine.checks import CheckRequest
from designs.rate_limiter.engine.steady_clock import SteadyClock
from designs.rate_limiter.engine.strategies.stores import SharedAtomic
from sdlab.blocks.rate_rule import Rule
from sdlab.blocks.token_bucket import TokenBucket
from sdlab.lab import EngineContext
from sdlab.launcher.bench.harness import (
    ROUNDS,
    BenchStores,
    Ratio,
    bench_room,
    bench_stores,
    compare,
    rate_of,
    ratio_of,
)
from sdlab.launcher.bench.measures import Subject
from sdlab.launcher.bench.result import Result

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
IN_MEMORY = 100_000
BAR = 2.0

Hit = Callable[[str], Awaitable[object]]


def against_limits(_: Subject) -> Iterator[Result]:
    """For each algorithm that the peer has too: checks per second through Redis, ours over theirs."""
    with bench_stores() as stores:
        yield from asyncio.run(_through_redis(stores))


async def _through_redis(stores: BenchStores) -> list[Result]:
    import limits.aio

    storage = limits.aio.storage.RedisStorage(
        f"async+redis+unix://{stores.valkey.socket_path}", implementation="redispy"
    )
    item = limits.parse(PEER_RULE)
    results = []
    async with bench_room(stores, "rate-limiter") as room:
        context = EngineContext(room, Config())
        store = SharedAtomic(context, SteadyClock(context))
        for name, peer in PEERS.items():
            theirs = partial(getattr(limits.aio.strategies, peer)(storage).hit, item, peer)
            ratio = await compare(partial(_rate, _ours(store, name)), partial(_rate, theirs))
            detail = f"of limits, {AT_ONCE} callers at once"
            results.append(_result(f"checks through Redis, {name}", ratio, detail))
        await store.close()
    return results


def _ours(store: SharedAtomic, name: str) -> Hit:
    return lambda client: store.check(CheckRequest(client, "", (name,), RULE))


async def _rate(hit: Hit) -> float:
    return await rate_of([f"user-{n % CLIENTS}" for n in range(AT_ONCE * EACH)], hit, callers=AT_ONCE)


def _result(name: str, ratio: Ratio, detail: str) -> Result:
    said = f"{ratio.ours:,.0f}/s against {ratio.theirs:,.0f}/s {detail}"
    return Result(name, ratio.times, "x", bar=BAR, at_least=True, detail=said)


def in_memory(_: Subject) -> Iterator[Result]:
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
    yield _result("checks in memory, token bucket", ratio_of(pairs), "of limits' fixed window")


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
