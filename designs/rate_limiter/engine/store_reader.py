"""What is kept of the client in focus, as a reader sees it where the counters live: all of it in one look."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from designs.rate_limiter.config import Config
from designs.rate_limiter.engine.checks import DECIDED
from designs.rate_limiter.engine.claims import ClaimChecker
from designs.rate_limiter.engine.clients import Clients
from designs.rate_limiter.engine.counter_stores import CounterStores
from designs.rate_limiter.engine.nodes import STORE, gateway_ids
from designs.rate_limiter.engine.strategies import ALGORITHMS
from designs.rate_limiter.engine.strategies.algorithms import Block, size_of
from designs.rate_limiter.engine.strategies.stores import restored
from sdlab.lab import EngineContext, Unavailable

IN_STORE = "counter store"


@dataclass(frozen=True, slots=True)
class Sizes:
    """Bytes of the state for one algorithm: as the store accounts for it, and as objects of this process."""

    redis: int = 0
    memory: int = 0


@dataclass(frozen=True, slots=True)
class Stored:
    """What was kept under one key at one moment: `at` in Unix seconds, `where` in words.

    `counted` is by algorithm how many requests passed, as the store numbers them; `logged` how many
    entries the global rule's log had, `clients` for how many the algorithm that decides has counted.
    `estimate` and `truth` are of one cut: what the sliding
    counter takes for the window until `at`, and how many of those that it had counted passed in it.
    """

    key: str = ""
    where: str = ""
    at: float = 0.0
    blocks: Mapping[str, Block] = field(default_factory=dict)
    sizes: Mapping[str, Sizes] = field(default_factory=dict)
    counted: Mapping[str, int] = field(default_factory=dict)
    logged: int = 0
    clients: int = 0
    estimate: float = 0.0
    truth: int = 0

    def size_of(self, algorithm: str) -> Sizes:
        """The bytes of that algorithm's state; none where it keeps nothing."""
        return self.sizes.get(algorithm, Sizes())


class StoreReader:
    """Reads beside the limiter: it asks the store as a gateway does, and counts as no check."""

    def __init__(
        self, context: EngineContext[Config], clients: Clients, stores: CounterStores, checker: ClaimChecker
    ) -> None:
        self._context, self._clients, self._stores, self._checker = context, clients, stores, checker
        self.look = context.look(self._read, Stored())

    async def _read(self) -> Stored:
        answers = self._clients.focused
        if not answers.counted_as:
            return Stored()
        if self._stores.current.shared:
            found = await self._in_store(answers.counted_as)
        else:
            found = self._in_memory(answers.counted_as, answers.gateway)
        return self._cut(found)

    async def _in_store(self, key: str) -> Stored:
        context = self._context
        if (node := context.nodes.get(STORE)) is not None and node.down:
            raise Unavailable(f"{node.spec.label} is down")
        at, room = self._stores.clock.now(), context.room
        pipe = room.redis.pipeline(transaction=True)
        for name, algorithm in ALGORITHMS.items():
            kept = room.key(name, key)
            pipe.memory_usage(kept, samples=0)
            pipe.lrange(kept, 0, -1) if algorithm.listed else pipe.get(kept)
            pipe.hget(room.key("ledger", name), key)
        pipe.llen(room.key("all", DECIDED))
        pipe.hlen(room.key("ledger", context.config.algorithm))
        *found, logged, clients = await pipe.execute()
        rows = dict(zip(ALGORITHMS, zip(found[::3], found[1::3], found[2::3], strict=True), strict=True))
        blocks = {name: restored(name, state) for name, (_, state, _) in rows.items() if state}
        return Stored(
            key=key,
            where=IN_STORE,
            at=at,
            blocks=blocks,
            sizes={name: Sizes(int(rows[name][0] or 0), size_of(block)) for name, block in blocks.items()},
            counted={name: int(number or 0) for name, (_, _, number) in rows.items()},
            logged=int(logged),
            clients=int(clients),
        )

    def _in_memory(self, key: str, gateway: str) -> Stored:
        """What the gateway keeps that has answered last; one that is gone keeps nothing."""
        known = gateway in gateway_ids(self._context.config)
        table = self._stores.local.table(gateway) if known else None
        blocks = table.copies(key) if table else {}
        return Stored(
            key=key,
            where=gateway.replace("-", " "),
            at=self._stores.clock.now(),
            blocks=blocks,
            sizes={name: Sizes(0, size_of(block)) for name, block in blocks.items()},
            logged=table.logged(DECIDED) if table else 0,
            clients=table.counted(self._context.config.algorithm) if table else 0,
        )

    def _cut(self, found: Stored) -> Stored:
        """With estimate and truth of one moment; those of before while answers are still on their way."""
        rule, name = self._context.config.rule, "sliding_counter"
        log = self._checker.records[name].look(found.key)
        number = found.counted.get(name, 0)
        before: Any = self.look.last
        if self._stores.current.exact and not log.knows(number) and before.key == found.key:
            return replace(found, estimate=before.estimate, truth=before.truth)
        until = number if self._stores.current.exact and number else None
        block = found.blocks.get(name)
        looked = block.check(found.at, rule, take=False) if block else None
        return replace(
            found,
            estimate=looked.level - looked.allowed if looked else 0.0,
            truth=log.within(found.at, rule.window, counted=until),
        )
