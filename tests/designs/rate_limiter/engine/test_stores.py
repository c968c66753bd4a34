"""Each script decides as its block does, to the last bit; a batch is one step; nothing passes twice."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from random import Random
from typing import Any

import pytest

from designs.rate_limiter.config import Config
from designs.rate_limiter.engine.checks import DECIDED, CheckRequest, Outcome
from designs.rate_limiter.engine.nodes import STORE
from designs.rate_limiter.engine.pass_log import Passed, PassLog
from designs.rate_limiter.engine.strategies import ALGORITHMS, STORES
from designs.rate_limiter.engine.strategies.stores import PerGateway, SharedAtomic, SharedRacy
from sdlab.blocks.rate_rule import Rule
from sdlab.lab import EngineContext
from tests.conftest import MakeRoom

START = 1_800_000_000.0
ALL = pytest.mark.parametrize("name", ALGORITHMS)
EXACT = [name for name, algorithm in ALGORITHMS.items() if algorithm.exact]


class SetClock:
    """Says the time that the test has set, also an earlier one."""

    def __init__(self) -> None:
        self.time = START

    def now(self) -> float:
        return self.time


class MeetingNode:
    """The store's node: everybody has read before anybody writes."""

    def __init__(self, writers: int) -> None:
        self._writers = asyncio.Barrier(writers)

    async def call(self, operation: str, work: Callable[[], Awaitable[Any]], *, source: str) -> Any:
        if operation == "SET":
            await self._writers.wait()
        return await work()


@pytest.fixture
def clock() -> SetClock:
    return SetClock()


@pytest.fixture
async def context(make_room: MakeRoom) -> EngineContext[Config]:
    """Of a store without nodes: nothing stands between a gateway and Redis."""
    return EngineContext(await make_room("rate-limiter"), Config())


def trace(seed: int, count: int = 150) -> list[float]:
    """Times of requests: clusters, pauses, and now and then a clock that steps back."""
    chance, now, times = Random(seed), START + seed / 7, []
    for _ in range(count):
        now += chance.choice((0.0, 0.0, 1e-7, 0.013, 0.4, 2.1, -0.3)) * chance.random()
        times.append(now)
    return times


@ALL
@pytest.mark.parametrize("seed", range(4))
async def test_a_script_and_its_block_say_the_same(
    context: EngineContext[Config], clock: SetClock, name: str, seed: int
) -> None:
    store, block = SharedAtomic(context, clock), ALGORITHMS[name].block()
    chance = Random(seed)
    rules = [
        Rule(chance.randint(1, 9), chance.choice((1.0, 3.0, 10.0)), chance.randint(1, 6)) for _ in range(3)
    ]
    for number, t in enumerate(trace(seed)):
        rule = rules[number // 60]
        clock.time = t
        [said] = (await store.check(CheckRequest("user:ana", "g", (name,), rule))).values()
        assert said.verdict == block.check(t, rule)


@ALL
@pytest.mark.parametrize("together", [0, 7])
async def test_all_stores_agree_while_one_request_comes_after_the_other(
    context: EngineContext[Config], clock: SetClock, name: str, together: int
) -> None:
    rule = Rule(5, 3.0, 3)
    stores = {kind: built(context, clock) for kind, built in STORES.items()}
    chance = Random(name)
    for t in trace(11, 100):
        clock.time = max(clock.time, t)
        client = f"user:{chance.randrange(3)}"
        said: dict[str, Outcome] = {}
        for kind, store in stores.items():
            request = CheckRequest(f"{client}:{kind}", "g", (name,), rule, together)
            said[kind] = (await store.check(request))[name]
        if not together:  # the stores in Redis share one global log, so each would use the other's
            assert said["shared"][:3] == said["racy"][:3] == said["local"][:3]


@ALL
async def test_both_rules_or_none(context: EngineContext[Config], clock: SetClock, name: str) -> None:
    store, rule = SharedAtomic(context, clock), Rule(4, 10.0, 4)
    requests = [CheckRequest(f"user:{n % 3}", "g", (name,), rule, 6) for n in range(15)]
    said = [(await store.check(request))[name] for request in requests]
    assert sum(one.verdict.allowed for one in said) == 6
    assert {one.refused_by for one in said[6:]} == {2}
    clock.time += 20.5  # the global window is free again; nobody was charged for what it refused
    again = [(await store.check(CheckRequest("user:0", "g", (name,), rule, 100)))[name] for _ in range(4)]
    assert [one.verdict.allowed for one in again] == [True] * 4
    whole = await context.room.redis.llen(context.room.key("all", DECIDED))
    assert whole == 4


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("name", EXACT)
async def test_sixty_four_clients_at_once_never_exceed_an_exact_limit(
    context: EngineContext[Config], clock: SetClock, name: str, seed: int
) -> None:
    chance, store = Random(seed), SharedAtomic(context, clock)
    rule = Rule(chance.randint(1, 20), chance.choice((1.0, 5.0)), chance.randint(1, 10))
    logs: dict[str, PassLog] = {}
    numbers: dict[str, list[int]] = {}

    async def hammer(own: Random) -> None:
        for _ in range(25):
            client = f"user:{own.randrange(3)}"
            said = (await store.check(CheckRequest(client, "g", (name,), rule)))[name]
            if said.verdict.allowed:
                logs.setdefault(client, PassLog()).add(said.at + said.verdict.delay, Passed(client, "g"))
                numbers.setdefault(client, []).append(said.number)
            clock.time += own.choice((0.0, 0.0, 0.0, 0.002, 0.03))

    await asyncio.gather(*(hammer(Random(f"{seed}{n}")) for n in range(64)))
    assert store.coalescer.batches < store.coalescer.questions
    for client, log in logs.items():
        worst = max(log.fullest_with(position, rule.window)[0] for position in range(len(log.times)))
        assert 0 < worst <= ALGORITHMS[name].promise(rule)
        assert sorted(numbers[client]) == list(range(1, len(numbers[client]) + 1))
        assert int(await context.room.redis.hget(context.room.key("ledger", name), client)) == len(
            numbers[client]
        )


@ALL
async def test_without_atomicity_the_same_crowd_gets_more_through(
    context: EngineContext[Config], clock: SetClock, name: str
) -> None:
    store, rule = SharedRacy(context, clock), Rule(5, 10.0, 5)
    context.nodes[STORE] = MeetingNode(64)
    requests = [store.check(CheckRequest("user:ana", "g", (name,), rule)) for _ in range(64)]
    said = [one[name] for one in await asyncio.gather(*requests)]
    passed = [one.number for one in said if one.verdict.allowed]
    assert passed == [1] * 64


async def test_gateways_of_their_own_multiply_the_limit(
    context: EngineContext[Config], clock: SetClock
) -> None:
    store, rule = PerGateway(context, clock), Rule(5, 10.0, 5)
    said = [
        (await store.check(CheckRequest("user:ana", f"gateway-{n % 4}", ("sliding_log",), rule)))[
            "sliding_log"
        ]
        for n in range(60)
    ]
    assert sum(one.verdict.allowed for one in said) == 4 * 5


async def test_scripts_are_loaded_again_when_the_server_forgot_them(
    context: EngineContext[Config], clock: SetClock
) -> None:
    store, rule = SharedAtomic(context, clock), Rule(2, 10.0, 2)
    request = CheckRequest("user:ana", "g", tuple(ALGORITHMS), rule)
    first = await store.check(request)
    await context.room.redis.script_flush()
    second = await store.check(request)
    assert {one.number for one in first.values()} == {1}
    assert {one.number for one in second.values()} == {2}


async def test_state_outlives_what_it_can_influence_and_then_goes(
    context: EngineContext[Config], clock: SetClock
) -> None:
    store, rule = SharedAtomic(context, clock), Rule(3, 10.0, 6)
    request = CheckRequest("user:ana", "g", tuple(ALGORITHMS), rule, 9)
    await store.check(request)
    for name in ALGORITHMS:
        left = await context.room.redis.pttl(context.room.key(name, "user:ana"))
        assert 2 * 10_000 < left <= 100_000
        assert await context.room.redis.pttl(context.room.key("all", request.global_log(name))) > 10_000
