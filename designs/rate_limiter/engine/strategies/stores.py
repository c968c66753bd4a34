"""Where the counters live: in Redis behind atomic scripts, in Redis without, or in each gateway's memory."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, Protocol, TypeVar

from designs.rate_limiter.engine.checks import (
    BY_CLIENT_RULE,
    BY_GLOBAL_RULE,
    NOBODY,
    Access,
    Branch,
    CheckRequest,
    Outcome,
    Outcomes,
)
from designs.rate_limiter.engine.nodes import STORE
from designs.rate_limiter.engine.steady_clock import SteadyClock
from designs.rate_limiter.engine.strategies.algorithms import ALGORITHMS, Block, branch_of
from designs.rate_limiter.engine.strategies.scripts import Scripts, ttl_ms
from sdlab.blocks.rate_rule import Rule
from sdlab.blocks.sliding_log import SlidingLog
from sdlab.lab import EngineContext
from sdlab.parts.coalescer import Coalescer

MAX_KEPT = 4_000
CONNECTIONS = 16
HERE = Path(__file__)

T = TypeVar("T")


class CounterStore(Protocol):
    """Answers checks.

    Implementations say in `shared` whether all gateways see the same counters, and in `exact` whether
    every request that passes is counted there once.
    """

    label: str
    tradeoff: str
    shared: bool
    exact: bool

    def __init__(self, context: EngineContext[Any], clock: SteadyClock) -> None: ...

    async def check(self, request: CheckRequest) -> Outcomes:
        """What each algorithm says; `Unavailable` or a Redis error when the store does not answer."""
        ...

    async def close(self) -> None:
        """Nobody asks any more."""
        ...


async def at_store(
    context: EngineContext[Any], operation: str, gateway: str, work: Callable[[], Awaitable[T]]
) -> T:
    """What `work` gives at the store's node, faults included, on behalf of a gateway."""
    node = context.nodes.get(STORE)
    if node is None:  # the configuration has just moved the counters elsewhere
        return await work()
    return await node.call(operation, work, source=gateway)


class SharedAtomic:
    """Counters in Redis; read, decide and write are one step there."""

    label = "shared, atomic"
    tradeoff = (
        "A Redis script: exact across all gateways; every check is a trip to Redis, shared by those who wait."
    )
    shared, exact = True, True

    def __init__(self, context: EngineContext[Any], clock: SteadyClock) -> None:
        self._context, self._clock = context, clock
        self.scripts = Scripts(context, clock)
        self.coalescer: Coalescer[CheckRequest, Outcomes] = Coalescer(self.scripts.decide)

    async def check(self, request: CheckRequest) -> Outcomes:
        asked = self._clock.now()
        outcomes = await at_store(
            self._context, "EVALSHA", request.gateway, lambda: self.coalescer.ask(request)
        )
        decided = outcomes[request.decider]
        trip = Access("write", asked, self._clock.now(), f"number {decided.number}" if decided.number else "")
        return {**outcomes, request.decider: decided._replace(trips=(trip,))}

    async def close(self) -> None:
        await self.coalescer.close()


class SharedRacy:
    """Counters in Redis; the gateway reads, decides, and writes back: others may do so in between."""

    label = "shared, read then write"
    tradeoff = "Redis without scripts; two gateways that read the same state both let their request through."
    shared, exact = True, False

    def __init__(self, context: EngineContext[Any], clock: SteadyClock) -> None:
        self._context, self._clock = context, clock
        self._redis, self._key = context.room.redis, context.room.key
        self._connections = asyncio.Semaphore(CONNECTIONS)

    async def check(self, request: CheckRequest) -> Outcomes:
        asked = self._clock.now()
        read = await at_store(self._context, "GET", request.gateway, lambda: self._read(request))
        now = self._clock.now()
        stamp = now if request.stamp is None else request.stamp
        outcomes: Outcomes = {}
        blocks: dict[str, Block] = {}
        for position, name in enumerate(request.algorithms):
            state, number, passed = read[3 * position : 3 * position + 3]
            blocks[name] = block = restored(name, state)
            counted = int(number or 0) + 1
            outcomes[name] = both_rules(
                name, block, log_of(passed), request, stamp=stamp, number=counted, at=now
            )
        trips = [Access("read", asked, now, f"{int(read[1] or 0)} counted")]
        self._context.decide(
            f"{request.gateway} decides by what it has read: {int(read[1] or 0)} counted before"
        )
        if any(one.verdict.allowed for one in outcomes.values()):
            await at_store(
                self._context, "SET", request.gateway, lambda: self._write(request, outcomes, blocks)
            )
            if number := outcomes[request.decider].number:
                trips.append(Access("write", now, self._clock.now(), f"number {number}"))
        return {**outcomes, request.decider: outcomes[request.decider]._replace(trips=tuple(trips))}

    async def _read(self, request: CheckRequest) -> list[Any]:
        pipe, key = self._redis.pipeline(transaction=False), self._key
        for name in request.algorithms:
            if ALGORITHMS[name].listed:
                pipe.lrange(key(name, request.key), 0, -1)
            else:
                pipe.get(key(name, request.key))
            pipe.hget(key("ledger", name), request.key)
            if request.global_limit:
                pipe.lrange(key("all", request.global_log(name)), 0, -1)
            else:
                pipe.echo("")
        async with self._connections:
            answers: list[Any] = await pipe.execute()
        return answers

    async def _write(self, request: CheckRequest, outcomes: Outcomes, blocks: dict[str, Block]) -> None:
        pipe, key, ttl = self._redis.pipeline(transaction=False), self._key, ttl_ms(request.rule)
        for name, outcome in outcomes.items():
            if not outcome.verdict.allowed:
                continue
            pipe.hset(key("ledger", name), request.key, outcome.number)
            if ALGORITHMS[name].listed:
                pipe.rpush(key(name, request.key), repr(outcome.stamp))
                pipe.pexpire(key(name, request.key), ttl)
            else:
                pipe.set(key(name, request.key), ALGORITHMS[name].dump(blocks[name]), px=ttl)
            if request.global_limit:
                pipe.rpush(key("all", request.global_log(name)), repr(outcome.stamp))
                pipe.pexpire(key("all", request.global_log(name)), ttl)
        async with self._connections:
            await pipe.execute()

    async def close(self) -> None:
        return None


class PerGateway:
    """Counters in the memory of each gateway, which knows nothing of the others."""

    label = "per gateway"
    tradeoff = "In its memory: fastest, no store to fail; N gateways let up to N × the limit through."
    shared, exact = False, False

    def __init__(self, context: EngineContext[Any], clock: SteadyClock) -> None:
        self._context, self._clock = context, clock
        self._tables: dict[str, CounterTable] = {}

    async def check(self, request: CheckRequest) -> Outcomes:
        self._context.decide(f"{request.gateway} counts in its own memory, and asks nobody")
        return self.check_now(request)

    def check_now(self, request: CheckRequest) -> Outcomes:
        """The same without waiting for anything."""
        return self._tables.setdefault(request.gateway, CounterTable()).check(request, now=self._clock.now())

    def table(self, gateway: str) -> CounterTable | None:
        """The counters of that gateway; None before its first check."""
        return self._tables.get(gateway)

    async def close(self) -> None:
        return None


class CounterTable:
    """The counters of one gateway, the least recently used forgotten beyond `MAX_KEPT`."""

    def __init__(self) -> None:
        self._blocks: OrderedDict[tuple[str, str], Block] = OrderedDict()
        self._all_clients: dict[str, SlidingLog] = {}
        self._numbers: dict[tuple[str, str], int] = {}

    def check(self, request: CheckRequest, *, now: float) -> Outcomes:
        """What each algorithm says."""
        stamp = now if request.stamp is None else request.stamp
        return {name: self._evaluate(name, request, stamp, now) for name in request.algorithms}

    def copies(self, key: str) -> dict[str, Block]:
        """What is kept under that key now, by algorithm."""
        found = {name: self._blocks.get((name, key)) for name in ALGORITHMS}
        return {name: copied(name, block) for name, block in found.items() if block is not None}

    def counted(self, name: str) -> int:
        """For how many clients that algorithm has state here."""
        return sum(algorithm == name for algorithm, _ in self._blocks)

    def logged(self, name: str) -> int:
        """How many entries a log of the global rule has."""
        log = self._all_clients.get(name)
        return len(log.times) if log else 0

    def _evaluate(self, name: str, request: CheckRequest, stamp: float, now: float) -> Outcome:
        key = (name, request.key)
        block = self._blocks.get(key)
        if block is None:
            block = self._blocks[key] = ALGORITHMS[name].block()
            if len(self._blocks) > MAX_KEPT:
                self._numbers.pop(self._blocks.popitem(last=False)[0], None)
        else:
            self._blocks.move_to_end(key)
        all_clients = self._all_clients.setdefault(request.global_log(name), SlidingLog())
        number = self._numbers.get(key, 0) + 1
        outcome = both_rules(name, block, all_clients, request, stamp=stamp, number=number, at=now)
        if outcome.verdict.allowed:
            self._numbers[key] = number
        return outcome


def restored(name: str, state: Any) -> Block:
    """The block that a state read from Redis describes; a new one for no state."""
    algorithm = ALGORITHMS[name]
    if not state:
        return algorithm.block()
    return log_of(state) if algorithm.listed else algorithm.load(state)


def copied(name: str, block: Block) -> Block:
    """The same state in another block."""
    algorithm = ALGORITHMS[name]
    return log_of(block.times) if isinstance(block, SlidingLog) else algorithm.load(algorithm.dump(block))


def log_of(times: Any) -> SlidingLog:
    """A log of those times, as Redis lists them."""
    log = SlidingLog()
    log.times.extend(map(float, times or ()))
    return log


def both_rules(
    name: str,
    block: Block,
    all_clients: SlidingLog,
    request: CheckRequest,
    *,
    stamp: float,
    number: int,
    at: float,
) -> Outcome:
    """Both rules or none: a request that one of them refuses uses up neither."""
    rule = request.rule
    if not request.global_limit:
        verdict = block.check(stamp, rule)
        refused_by = NOBODY if verdict.allowed else BY_CLIENT_RULE
        passed = number * verdict.allowed
        return Outcome(verdict, refused_by, passed, stamp, at, branch_of(name, verdict.allowed))
    verdict = block.check(stamp, rule, take=False)
    if not verdict.allowed:
        return Outcome(verdict, BY_CLIENT_RULE, 0, stamp, at, branch_of(name, False))
    whole = all_clients.check(stamp, Rule(request.global_limit, rule.window, 1))
    if not whole.allowed:  # branch: global-log-full
        return Outcome(whole, BY_GLOBAL_RULE, 0, stamp, at, Branch(HERE, "global-log-full"))
    verdict = block.check(stamp, rule)  # branch: both-rules-fit
    verdict = verdict._replace(remaining=min(verdict.remaining, whole.remaining))
    return Outcome(verdict, NOBODY, number, stamp, at, Branch(HERE, "both-rules-fit"))


STORES: dict[str, type[CounterStore]] = {"shared": SharedAtomic, "racy": SharedRacy, "local": PerGateway}
