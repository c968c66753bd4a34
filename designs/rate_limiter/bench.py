"""Checks per second against the `limits` library: the same Redis, the same clients, the same algorithm, the same run.

Each of the peer's asynchronous strategies runs as its documentation shows: one storage with redis-py and a
pool of connections, a script per check. What is ours beyond that is one script call for all checks
that wait at the same time; so both are also measured with one caller, for whom nothing can be batched,
and with eight. The bar is for 64 callers.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterator
from functools import partial
from importlib.metadata import version

from designs.rate_limiter.config import Config
from designs.rate_limiter.engine.checks import CheckRequest
from designs.rate_limiter.engine.steady_clock import SteadyClock
from designs.rate_limiter.engine.strategies.stores import CounterTable, SharedAtomic
from sdlab.blocks.fixed_window import FixedWindow
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
CALLERS = (1, 8, 64)
AT_ONCE = CALLERS[-1]
CHECKS = {1: 1_500, 8: 4_000, 64: 9_600}
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
            for callers in CALLERS:
                ratio = await compare(
                    partial(_rate, _ours(store, name), callers), partial(_rate, theirs, callers)
                )
                who = "1 caller" if callers == 1 else f"{callers} callers"
                detail = f"of limits {version('limits')}, {peer}"
                results.append(
                    _result(f"checks through Redis, {name}, {who}", ratio, detail, held=callers == AT_ONCE)
                )
        await store.close()
    return results


def _ours(store: SharedAtomic, name: str) -> Hit:
    return lambda client: store.check(CheckRequest(client, "", (name,), RULE))


async def _rate(hit: Hit, callers: int) -> float:
    return await rate_of([f"user-{n % CLIENTS}" for n in range(CHECKS[callers])], hit, callers=callers)


def _result(name: str, ratio: Ratio, detail: str, *, held: bool = True) -> Result:
    said = f"{ratio.ours:,.0f}/s against {ratio.theirs:,.0f}/s {detail}"
    return Result(name, ratio.times, "x", bar=BAR if held else None, at_least=True, detail=said)


def in_memory(_: Subject) -> Iterator[Result]:
    """Fixed window against fixed window in the memory of one process; then what the lab's gateways run.

    The peer's storage is one for all threads and locks for each hit; ours belongs to one event loop.
    It has no token bucket, so ours stands beside its fixed window without a bar.
    """
    import limits

    theirs = limits.strategies.FixedWindowRateLimiter(limits.storage.MemoryStorage())
    item = limits.parse(PEER_RULE)

    def hit(client: str) -> bool:
        return bool(theirs.hit(item, client))

    detail = f"of limits {version('limits')}, FixedWindowRateLimiter"
    for name, block in (("fixed window", FixedWindow), ("token bucket", TokenBucket)):
        pairs = [(_hits(_block_per_client(block)), _hits(hit)) for _ in range(ROUNDS)]
        yield _result(f"checks in memory, {name}", ratio_of(pairs), detail, held=block is FixedWindow)
    pairs = [(_hits(_through_gateway("fixed_window")), _hits(hit)) for _ in range(ROUNDS)]
    yield _result("checks in memory, fixed window, as gateways count", ratio_of(pairs), detail, held=False)


def _block_per_client(kind: type[FixedWindow] | type[TokenBucket]) -> Callable[[str], bool]:
    table: dict[str, FixedWindow | TokenBucket] = {}

    def hit(client: str) -> bool:
        block = table.get(client)
        if block is None:
            block = table[client] = kind()
        return block.check(time.time(), RULE).allowed

    return hit


def _through_gateway(name: str) -> Callable[[str], bool]:
    """The path of the lab's gateways that count alone, without their trace."""
    counters = CounterTable()

    def hit(client: str) -> bool:
        request = CheckRequest(client, "gateway-1", (name,), RULE)
        return counters.check(request, now=time.time())[name].verdict.allowed

    return hit


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
