"""A lock on one URL, kept in Redis: taken with SET NX PX, given back only by who took it.

The pattern of https://redis.io/docs/latest/develop/use/patterns/distributed-locks/ for one server.
"""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from redis.asyncio import Redis

from designs.url_shortener.named_locks import NamedLocks
from sdlab.lab import Clock, Unavailable

HELD_MS = 30_000
PATIENCE = 10.0
ASK_AGAIN = 0.005

Reach = Callable[[Callable[[], Awaitable[str]]], Awaitable[str]]

_RELEASE = "if redis.call('get', KEYS[1]) == ARGV[1] then return redis.call('del', KEYS[1]) else return 0 end"


class UrlLock:
    """Mutual exclusion per name across processes; within one process, waiters queue in order.

    A holder that dies blocks a name for `HELD_MS` at most. `taken`, `waited` and `lapsed` count
    leases, waiters, and leases that had ended before they were given back.
    """

    def __init__(self, redis: Redis, *, clock: Clock) -> None:
        self._redis = redis
        self._clock = clock
        self._release = redis.register_script(_RELEASE)
        self._queues = NamedLocks()
        self.taken = self.lapsed = 0

    @property
    def waited(self) -> int:
        """How many found their URL locked in this process."""
        return self._queues.waited

    @asynccontextmanager
    async def hold(self, key: str, *, reach: Reach) -> AsyncIterator[None]:
        """Hold `key`; `Unavailable` when it cannot be had within `PATIENCE` seconds."""
        async with self._queues.hold(key):
            token: str = await reach(lambda: self._take(key))
            try:
                yield
            finally:
                self.lapsed += not await self._release(keys=[key], args=[token])

    async def _take(self, key: str) -> str:
        token = secrets.token_hex(12)
        deadline = self._clock.monotonic() + PATIENCE
        while not await self._redis.set(key, token, nx=True, px=HELD_MS):
            if self._clock.monotonic() > deadline:
                raise Unavailable("another request holds the lock on this URL", retry_after=1)
            await self._clock.sleep(ASK_AGAIN)
        self.taken += 1
        return token
