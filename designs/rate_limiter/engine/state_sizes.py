"""What the state of one client costs, measured: in Redis, and as objects of this process."""

from __future__ import annotations

from dataclasses import dataclass

from redis.asyncio import Redis

from designs.rate_limiter.engine.strategies.stores import Keys, restored
from designs.rate_limiter.engine.strategies import ALGORITHMS
from designs.rate_limiter.engine.strategies.algorithms import size_of


@dataclass(frozen=True, slots=True)
class Sizes:
    """Bytes; 0 where there is no state."""

    redis: int = 0
    memory: int = 0


async def measure(redis: Redis, key: Keys, client: str) -> dict[str, Sizes]:
    """The bytes of that client's state for each algorithm that has one."""
    pipe = redis.pipeline(transaction=False)
    for name, algorithm in ALGORITHMS.items():
        place = key(name, client)
        pipe.memory_usage(place, samples=0)
        if algorithm.listed:
            pipe.lrange(place, 0, -1)
        else:
            pipe.get(place)
    said = await pipe.execute()
    return {
        name: Sizes(int(said[2 * n]), size_of(restored(name, said[2 * n + 1])))
        for n, name in enumerate(ALGORITHMS)
        if said[2 * n]
    }
