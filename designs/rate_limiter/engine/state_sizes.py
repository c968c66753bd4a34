"""What the state of one client costs, measured: in Redis, and as objects of this process."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from redis.exceptions import RedisError

from designs.rate_limiter.engine.clients import Clients
from designs.rate_limiter.engine.nodes import STORE
from designs.rate_limiter.engine.strategies import ALGORITHMS
from designs.rate_limiter.engine.strategies.algorithms import size_of
from designs.rate_limiter.engine.strategies.stores import restored
from sdlab.lab import EngineContext, Room


@dataclass(frozen=True, slots=True)
class Sizes:
    """Bytes; 0 where there is no state."""

    redis: int = 0
    memory: int = 0


class StateSizes:
    """Those of the client in focus, by algorithm, as they were last measured."""

    def __init__(self, context: EngineContext[Any], clients: Clients) -> None:
        self._context, self._clients = context, clients
        self._measured = ("", 0)
        self._sizes: dict[str, Sizes] = {}

    def of(self, algorithm: str) -> Sizes:
        """The bytes of that algorithm's state."""
        return self._sizes.get(algorithm, Sizes())

    async def measure(self) -> None:
        """Look again, if the client has sent anything since; without an answer all stays as it was."""
        node, answers = self._context.nodes.get(STORE), self._clients.focused
        now = answers.counted_as, answers.sent
        if now == self._measured or not answers.counted_as or node is None or node.down:
            return
        with suppress(RedisError):
            self._sizes = await measure(self._context.room, answers.counted_as)
            self._measured = now


async def measure(room: Room, client: str) -> dict[str, Sizes]:
    """The bytes of that client's state for each algorithm that has one."""
    pipe = room.redis.pipeline(transaction=False)
    for name, algorithm in ALGORITHMS.items():
        key = room.key(name, client)
        pipe.memory_usage(key, samples=0)
        if algorithm.listed:
            pipe.lrange(key, 0, -1)
        else:
            pipe.get(key)
    answers = await pipe.execute()
    return {
        name: Sizes(int(answers[2 * n]), size_of(restored(name, answers[2 * n + 1])))
        for n, name in enumerate(ALGORITHMS)
        if answers[2 * n]
    }
