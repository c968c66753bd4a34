"""Who may have a room: made here, registered on first use, a bounded number for each address."""

from __future__ import annotations

from collections.abc import Iterable

from redis.asyncio import Redis

from sdlab.lab import Clock, NotFound, TooMany
from sdlab.rooms.ids import PUBLIC, RoomIds
from sdlab.settings import Settings

MAX_ENTERED = 20_000
LAST_SEEN = "sdlab:rooms"  # when somebody was last in a room


class Admission:
    """Rooms by their ids; whether a lab is at work in one is not known here."""

    def __init__(self, redis: Redis, ids: RoomIds, clock: Clock, settings: Settings) -> None:
        self._redis, self._ids, self.clock, self._settings = redis, ids, clock, settings
        self._temporary: set[str] = set()
        self._entered: set[str] = set()  # rooms that are known to be registered, so that nobody asks again

    async def new_room(self, address: str) -> str:
        """A fresh private room for somebody at this address. `TooMany` beyond the quota."""
        room = self._ids.new()
        await self._admit(room, address)
        return room

    async def fork(self) -> str:
        """A fresh room that counts for no address: a class asks for it, and bounds how many it has."""
        room = self._ids.new()
        await self._redis.zadd(LAST_SEEN, {room: self.clock.time()})
        self._entered.add(room)
        return room

    async def enter(self, room: str, address: str) -> str:
        """Check an id that came from outside; the room is registered on its first use.

        `NotFound` for an id that was not made here, `TooMany` beyond the address's quota.
        """
        if not self._ids.known(room):
            raise NotFound("there is no such room; make one with POST /api/rooms")
        if room == PUBLIC or room in self._entered:
            return room
        if await self._redis.zscore(LAST_SEEN, room) is None:
            await self._admit(room, address)
        if len(self._entered) >= MAX_ENTERED:
            self._entered.clear()
        self._entered.add(room)
        return room

    async def unused(self, room: str) -> bool:
        """Whether nobody has entered this room yet: there is nothing in it that could be disturbed."""
        if room in self._entered:
            return False
        return room != PUBLIC and await self._redis.zscore(LAST_SEEN, room) is None

    def temporary_room(self) -> str:
        """A room for a comparison or a headless run; it is removed as soon as it is idle."""
        room = self._ids.new()
        self._temporary.add(room)
        return room

    async def _admit(self, room: str, address: str) -> None:
        key, now = f"sdlab:address:{address}", self.clock.time()
        oldest = now - self._settings.keep_hours * 3600
        await self._redis.zremrangebyscore(key, "-inf", oldest)
        if await self._redis.zcard(key) >= self._settings.rooms_per_address:
            raise TooMany(
                f"{self._settings.rooms_per_address} rooms were opened from your address within "
                f"{self._settings.keep_hours:g} h; use one of them",
                retry_after=3600,
            )
        async with self._redis.pipeline(transaction=True) as pipe:
            pipe.zadd(key, {room: now})
            pipe.expire(key, int(self._settings.keep_hours * 3600))
            pipe.zadd(LAST_SEEN, {room: now})
            await pipe.execute()

    def is_temporary(self, room: str) -> bool:
        """Whether the room goes as soon as it is idle."""
        return room in self._temporary

    def forget(self, rooms: Iterable[str]) -> None:
        """These rooms are removed."""
        self._entered.difference_update(rooms)
        self._temporary.difference_update(rooms)
