"""Which worker runs a room, when several share one Redis: a lease with a fencing token."""

from __future__ import annotations

from typing import Protocol

from redis.asyncio import Redis

from sdlab.parts.lease import FencedLeases

LEASE_MS = 4000
RENEW_EVERY = 1.0
AT_PLACE = "place-"
PLACE_HEADER = "X-SDLab-Place"  # of a refusal: the process of this server that has the room


class Leases(Protocol):
    """Who may run a room."""

    async def take(self, room: str) -> int:
        """Take or renew; the fencing token (1 or more), or 0 when another worker holds the room."""
        ...

    async def give(self, room: str) -> None:
        """Give the room back."""
        ...

    async def is_elsewhere(self, room: str) -> bool:
        """Whether another worker has the room now."""
        ...


class SoleWorker:
    """The only process on its data: every room is its own."""

    async def take(self, room: str) -> int:
        return 1

    async def give(self, room: str) -> None:
        return None

    async def is_elsewhere(self, room: str) -> bool:
        return False


class RedisLeases:
    """Leases of `LEASE_MS` that the holder renews every `RENEW_EVERY` seconds.

    `place` numbers the processes of one server: whoever replaces a dead one takes its leases over at once.
    """

    def __init__(self, redis: Redis, *, place: int | None = None) -> None:
        holder = "" if place is None else f"{AT_PLACE}{place}"
        self._redis = redis
        self._leases = FencedLeases(redis, lasts_ms=LEASE_MS, holder=holder)

    async def take(self, room: str) -> int:
        return await self._leases.take(_key(room))

    async def give(self, room: str) -> None:
        await self._leases.give(_key(room))

    async def is_elsewhere(self, room: str) -> bool:
        return await holder_of(self._redis, room) not in ("", self._leases.holder)


async def holder_of(redis: Redis, room: str) -> str:
    """Who holds the room, or nothing."""
    return str(await redis.hget(_key(room), "worker") or "")


def place_of_holder(holder: str) -> int | None:
    """The place of that holder among the processes of one server; `None` for one of another server.

    >>> place_of_holder("place-2")
    2
    """
    number = holder.removeprefix(AT_PLACE)
    return int(number) if holder.startswith(AT_PLACE) and number.isdecimal() else None


def _key(room: str) -> str:
    return f"sdlab:lease:{{{room}}}"
