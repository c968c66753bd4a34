"""Which worker runs a room, when several share one Redis: a lease with a fencing token.

After Martin Kleppmann, "How to do distributed locking" (2016): a lease ends by itself, and
every later holder has a higher token.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import Protocol

from redis.asyncio import Redis

LEASE_MS = 4000
RENEW_EVERY = 1.0

_TAKE = """
local holder = redis.call('hget', KEYS[1], 'worker')
if holder and holder ~= ARGV[1] then return 0 end
if not holder then redis.call('hset', KEYS[1], 'worker', ARGV[1], 'token', redis.call('incr', KEYS[2])) end
redis.call('pexpire', KEYS[1], ARGV[2])
return tonumber(redis.call('hget', KEYS[1], 'token'))
"""
_GIVE = (
    "if redis.call('hget', KEYS[1], 'worker') == ARGV[1] then return redis.call('del', KEYS[1]) end return 0"
)


class Leases(Protocol):
    """Who may run a room."""

    async def take(self, room: str) -> int:
        """Take or renew; the fencing token (1 or more), or 0 when another worker holds the room."""
        ...

    async def give(self, room: str) -> None:
        """Give the room back."""
        ...


class SoleWorker:
    """The only process on its data: every room is its own."""

    async def take(self, room: str) -> int:
        return 1

    async def give(self, room: str) -> None:
        return None


@dataclass(slots=True)
class RedisLeases:
    """Leases of `LEASE_MS` that the holder renews every `RENEW_EVERY` seconds."""

    redis: Redis
    worker: str = ""

    def __post_init__(self) -> None:
        self.worker = self.worker or secrets.token_hex(8)

    async def take(self, room: str) -> int:
        names = [f"sdlab:lease:{{{room}}}", f"sdlab:lease:{{{room}}}:token"]
        return int(await self.redis.eval(_TAKE, 2, *names, self.worker, str(LEASE_MS)))

    async def give(self, room: str) -> None:
        await self.redis.eval(_GIVE, 1, f"sdlab:lease:{{{room}}}", self.worker)
