"""Which serving process has a room now, by the room's lease."""

from __future__ import annotations

import time
from collections.abc import Callable

from redis.asyncio import Redis
from redis.exceptions import RedisError

from sdlab.balancer.routing import place_of
from sdlab.rooms.fork_rooms import home_of
from sdlab.rooms.lease import holder_of, place_of_holder

REMEMBERED_S = 0.5
MOST_REMEMBERED = 20_000


class Holders:
    """Asks the stores, and remembers the answer for half a second."""

    def __init__(self, redis: Redis, places: int, *, now: Callable[[], float] = time.monotonic) -> None:
        self._redis, self.places, self._now = redis, places, now
        self._known: dict[str, tuple[int, float]] = {}

    async def place(self, room: str) -> int:
        """The process that holds the room, else the one that it falls to."""
        known = self._known.get(room)
        if known is not None and known[1] > self._now():
            return known[0]
        try:
            held = place_of_holder(await holder_of(self._redis, room))
            home = await home_of(self._redis, room) if held is None else ""
        except (RedisError, OSError):
            held, home = None, ""
        if home:  # a fork is at work where its class is
            return await self.place(home)
        if held is None or held >= self.places:
            return place_of(room, self.places)
        if len(self._known) >= MOST_REMEMBERED:
            self._known.clear()
        self._known[room] = (held, self._now() + REMEMBERED_S)
        return held
