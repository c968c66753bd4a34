"""Where the counters live: in Redis behind atomic scripts, in Redis without, or in each gateway's memory."""

from __future__ import annotations

import asyncio
import math
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol

from redis.asyncio import Redis
from redis.exceptions import NoScriptError

from designs.rate_limiter.strategies import ALGORITHMS
from designs.rate_limiter.strategies.algorithms import Block
from sdlab.blocks.rate_rule import Rule, Verdict
from sdlab.blocks.sliding_log import SlidingLog
from sdlab.parts.coalescer import Coalescer

MAX_KEPT = 4_000
LIVES_LONGER = 60.0
CONNECTIONS = 16
NOBODY, CLIENT, EVERYBODY = 0, 1, 2

Work = Callable[[str, str, Callable[[], Awaitable[Any]]], Awaitable[Any]]
"""`(operation, gateway, work)`: does `work` at the store on behalf of a gateway, faults included."""


@dataclass(frozen=True, slots=True)
class Ask:
    """One check. `key` is what is counted, `skew` seconds by which the gateway's stamp is wrong.

    `algorithms` evaluate it, the first decides. `together` is the global limit, 0 for none.
    `stamp` is the gateway's own time, None where the store's counts.
    """

    key: str
    gateway: str
    algorithms: tuple[str, ...]
    rule: Rule
    together: int = 0
    stamp: float | None = None


class Outcome(NamedTuple):
    """What an algorithm said: refused by the client's rule, the global rule, or nobody.

    `number` counts what this key got through, as the store has it. `stamp` is the time that was
    decided with, `at` the true one.
    """

    verdict: Verdict
    refused_by: int
    number: int
    stamp: float
    at: float


Outcomes = dict[str, Outcome]


class Keys(Protocol):
    """Names in the store."""

    def __call__(self, *parts: object) -> str: ...


class CounterStore(Protocol):
    """Answers checks. Implementations say in `shared` whether all gateways see the same counters."""

    label: str
    tradeoff: str
    shared: bool

    def __init__(self, means: Means) -> None: ...

    async def check(self, ask: Ask) -> Outcomes:
        """What each algorithm says; `Unavailable` or a Redis error when the store does not answer."""
        ...

    async def close(self) -> None:
        """Nobody asks any more."""
        ...


@dataclass(frozen=True, slots=True)
class Means:
    """What a store is built from. `now` never runs backwards."""

    redis: Redis
    key: Keys
    now: Callable[[], float]
    work: Work


def ttl_ms(rule: Rule) -> int:
    """How long state outlives its last use: longer than any of it can matter."""
    return math.ceil((2 * rule.window + rule.burst * rule.gap + LIVES_LONGER) * 1000)


class Scripts:
    """The six scripts, loaded once and called by their digest."""

    def __init__(self, redis: Redis, key: Keys) -> None:
        self._redis = redis
        self._key = key
        self._digests: dict[str, str] = {}
        self._names: dict[tuple[str, str], bytes] = {}

    async def load(self) -> None:
        """Make them known to Redis."""
        for name, algorithm in ALGORITHMS.items():
            self._digests[name] = await self._redis.script_load(algorithm.lua)

    async def decide(self, asks: Sequence[Ask], *, now: float) -> list[Outcomes]:
        """All answers, in one round trip: one script call per algorithm and rule."""
        if not self._digests:
            await self.load()
        calls = self._calls(asks)
        try:
            answers = await self._send(calls, now, asks)
        except NoScriptError:
            await self.load()  # the store was emptied or replaced; nothing of the batch has run
            answers = await self._send(calls, now, asks)
        found: list[Outcomes] = [{} for _ in asks]
        for (name, _, _), places, said in zip(calls, calls.values(), answers, strict=True):
            for place, text in zip(places, said, strict=True):
                stamp = asks[place].stamp
                found[place][name] = outcome(text, stamp=now if stamp is None else stamp, at=now)
        return found

    @staticmethod
    def _calls(asks: Sequence[Ask]) -> dict[tuple[str, Rule, int], list[int]]:
        calls: dict[tuple[str, Rule, int], list[int]] = {}
        for place, ask in enumerate(asks):
            for name in ask.algorithms:
                calls.setdefault((name, ask.rule, ask.together), []).append(place)
        return calls

    async def _send(
        self, calls: dict[tuple[str, Rule, int], list[int]], now: float, asks: Sequence[Ask]
    ) -> list[list[str]]:
        if len(calls) == 1:
            [(call, places)] = calls.items()
            return [await self._redis.evalsha(*self._arguments(call, places, now, asks))]
        pipe = self._redis.pipeline(transaction=False)
        for call, places in calls.items():
            pipe.evalsha(*self._arguments(call, places, now, asks))
        answers: list[list[str]] = await pipe.execute()
        return answers

    def _arguments(
        self, call: tuple[str, Rule, int], places: list[int], now: float, asks: Sequence[Ask]
    ) -> list[Any]:
        name, rule, together = call
        keys = [self.name("ledger", name), self.name("all", name)]
        keys += [self.name(name, asks[place].key) for place in places]
        before = len(self.name(name, ""))
        values = (rule.limit, rule.window, rule.burst, ttl_ms(rule), together, before)
        return [self._digests[name], len(keys), *keys, *values, self._stamps(places, now, asks)]

    @staticmethod
    def _stamps(places: list[int], now: float, asks: Sequence[Ask]) -> str:
        if all(asks[place].stamp is None for place in places):
            return repr(now)
        return " ".join(repr(asks[place].stamp or now) for place in places)

    def name(self, kind: str, which: str) -> bytes:
        """The key of one thing, encoded; names are made once."""
        found = self._names.get((kind, which))
        if found is None:
            if len(self._names) > MAX_KEPT:
                self._names.clear()
            found = self._names[kind, which] = self._key(kind, which).encode()
        return found


def outcome(text: str, *, stamp: float, at: float) -> Outcome:
    """A script's answer to one check."""
    by, remaining, retry, reset, level, delay, number = text.split()
    verdict = Verdict(by == "0", int(remaining), float(retry), float(reset), float(level), float(delay))
    return Outcome(verdict, int(by), int(number), stamp, at)


class SharedAtomic:
    """Counters in Redis; read, decide and write are one step there."""

    label = "shared, atomic"
    tradeoff = (
        "A Redis script: exact across all gateways; every check is a trip to Redis, shared by those who wait."
    )
    shared = True

    def __init__(self, means: Means) -> None:
        self._means = means
        self.scripts = Scripts(means.redis, means.key)
        self.coalescer: Coalescer[Ask, Outcomes] = Coalescer(self._decide)

    async def check(self, ask: Ask) -> Outcomes:
        found: Outcomes = await self._means.work("EVALSHA", ask.gateway, lambda: self.coalescer.ask(ask))
        return found

    async def close(self) -> None:
        await self.coalescer.close()

    async def _decide(self, asks: Sequence[Ask]) -> list[Outcomes]:
        return await self.scripts.decide(asks, now=self._means.now())


class SharedRacy:
    """Counters in Redis; the gateway reads, decides, and writes back: others may do so in between."""

    label = "shared, read then write"
    tradeoff = "Redis without scripts; two gateways that read the same state both let their request through."
    shared = True

    def __init__(self, means: Means) -> None:
        self._means = means
        self._connections = asyncio.Semaphore(CONNECTIONS)

    async def check(self, ask: Ask) -> Outcomes:
        read: list[Any] = await self._means.work("GET", ask.gateway, lambda: self._read(ask))
        now = self._means.now()
        stamp = now if ask.stamp is None else ask.stamp
        found: Outcomes = {}
        blocks: dict[str, Block] = {}
        for place, name in enumerate(ask.algorithms):
            state, number, listed = read[3 * place : 3 * place + 3]
            blocks[name] = block = restored(name, state)
            found[name] = _decided(block, _log(listed), ask, stamp=stamp, number=int(number or 0) + 1, at=now)
        if any(one.verdict.allowed for one in found.values()):
            await self._means.work("SET", ask.gateway, lambda: self._write(ask, found, blocks))
        return found

    async def _read(self, ask: Ask) -> list[Any]:
        pipe, key = self._means.redis.pipeline(transaction=False), self._means.key
        for name in ask.algorithms:
            if ALGORITHMS[name].listed:
                pipe.lrange(key(name, ask.key), 0, -1)
            else:
                pipe.get(key(name, ask.key))
            pipe.hget(key("ledger", name), ask.key)
            if ask.together:
                pipe.lrange(key("all", name), 0, -1)
            else:
                pipe.echo("")
        async with self._connections:
            answers: list[Any] = await pipe.execute()
        return answers

    async def _write(self, ask: Ask, found: Outcomes, blocks: dict[str, Block]) -> None:
        pipe, key, ttl = self._means.redis.pipeline(transaction=False), self._means.key, ttl_ms(ask.rule)
        for name, said in found.items():
            if not said.verdict.allowed:
                continue
            pipe.hset(key("ledger", name), ask.key, said.number)
            if ALGORITHMS[name].listed:
                pipe.rpush(key(name, ask.key), repr(said.stamp))
                pipe.pexpire(key(name, ask.key), ttl)
            else:
                pipe.set(key(name, ask.key), ALGORITHMS[name].dump(blocks[name]), px=ttl)
            if ask.together:
                pipe.rpush(key("all", name), repr(said.stamp))
                pipe.pexpire(key("all", name), ttl)
        async with self._connections:
            await pipe.execute()

    async def close(self) -> None:
        return None


def restored(name: str, state: Any) -> Block:
    """The block that a state read from Redis describes; a new one for no state."""
    algorithm = ALGORITHMS[name]
    if not state:
        return algorithm.block()
    return _log(state) if algorithm.listed else algorithm.load(state)


def _log(listed: Any) -> SlidingLog:
    log = SlidingLog()
    log.times.extend(map(float, listed or ()))
    return log


def _decided(
    block: Block, everybody: SlidingLog, ask: Ask, *, stamp: float, number: int, at: float
) -> Outcome:
    """Both rules or none: a request that one of them refuses uses up neither."""
    if not ask.together:
        verdict = block.check(stamp, ask.rule)
        return Outcome(verdict, NOBODY if verdict.allowed else CLIENT, number * verdict.allowed, stamp, at)
    verdict = block.check(stamp, ask.rule, take=False)
    if not verdict.allowed:
        return Outcome(verdict, CLIENT, 0, stamp, at)
    whole = everybody.check(stamp, Rule(ask.together, ask.rule.window, 1))
    if not whole.allowed:
        return Outcome(whole, EVERYBODY, 0, stamp, at)
    verdict = block.check(stamp, ask.rule)
    smaller = min(verdict.remaining, whole.remaining)
    return Outcome(verdict._replace(remaining=smaller), NOBODY, number, stamp, at)


class Memory:
    """The counters of one gateway, the least recently used forgotten beyond `MAX_KEPT`."""

    def __init__(self) -> None:
        self._blocks: OrderedDict[tuple[str, str], Block] = OrderedDict()
        self._everybody: dict[str, SlidingLog] = {}
        self._numbers: dict[tuple[str, str], int] = {}

    def check(self, ask: Ask, *, now: float) -> Outcomes:
        """What each algorithm says."""
        stamp = now if ask.stamp is None else ask.stamp
        return {name: self._one(name, ask, stamp, now) for name in ask.algorithms}

    def _one(self, name: str, ask: Ask, stamp: float, now: float) -> Outcome:
        place = (name, ask.key)
        block = self._blocks.get(place)
        if block is None:
            block = self._blocks[place] = ALGORITHMS[name].block()
            if len(self._blocks) > MAX_KEPT:
                self._numbers.pop(self._blocks.popitem(last=False)[0], None)
        else:
            self._blocks.move_to_end(place)
        everybody = self._everybody.setdefault(name, SlidingLog())
        number = self._numbers.get(place, 0) + 1
        said = _decided(block, everybody, ask, stamp=stamp, number=number, at=now)
        if said.verdict.allowed:
            self._numbers[place] = number
        return said


class PerGateway:
    """Counters in the memory of each gateway, which knows nothing of the others."""

    label = "per gateway"
    tradeoff = "In its memory: fastest, no store to fail; N gateways let up to N × the limit through."
    shared = False

    def __init__(self, means: Means) -> None:
        self._means = means
        self._memories: dict[str, Memory] = {}

    async def check(self, ask: Ask) -> Outcomes:
        return self.check_now(ask)

    def check_now(self, ask: Ask) -> Outcomes:
        """The same without waiting for anything."""
        return self._memories.setdefault(ask.gateway, Memory()).check(ask, now=self._means.now())

    async def close(self) -> None:
        return None


STORES: dict[str, type[CounterStore]] = {"shared": SharedAtomic, "racy": SharedRacy, "local": PerGateway}
