"""Which worker runs a room, when several share one Redis: a lease with a fencing token."""

from __future__ import annotations

from typing import Protocol

from redis.asyncio import Redis

from sdlab.parts.lease import FencedLeases

LEASE_MS = 4000
RENEW_EVERY = 1.0


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


class RedisLeases:
    """Leases of `LEASE_MS` that the holder renews every `RENEW_EVERY` seconds."""

    def __init__(self, redis: Redis) -> None:
        self._leases = FencedLeases(redis, lasts_ms=LEASE_MS)

    async def take(self, room: str) -> int:
        return await self._leases.take(_key(room))

    async def give(self, room: str) -> None:
        await self._leases.give(_key(room))


def _key(room: str) -> str:
    return f"sdlab:lease:{{{room}}}"
