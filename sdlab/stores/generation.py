"""How a process hears that stores which another one keeps were gone and are back."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Awaitable, Callable
from contextlib import suppress

from redis.asyncio import Redis
from redis.exceptions import RedisError

GENERATION = "sdlab:generation"
LOOK_EVERY = 0.5


async def next_generation(redis: Redis) -> None:
    """Say that the stores have been started."""
    await redis.set(GENERATION, secrets.token_hex(8))  # not a count: the last one may have been lost


async def follow(redis: Redis, revived: Callable[[], Awaitable[None]]) -> None:
    """Call `revived` each time that the stores have been started since, until cancelled."""
    known: str | None = None
    while True:
        with suppress(RedisError, OSError):
            found = str(await redis.get(GENERATION))
            if known not in (None, found):
                await revived()
            known = found
        await asyncio.sleep(LOOK_EVERY)
