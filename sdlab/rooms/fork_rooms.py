"""Which class a fork is of: rooms that an exercise gives to students, all of this process.

What leads from a fork to its class outlives the fork, so that a page that comes late finds the way back.
"""

from __future__ import annotations

from redis.asyncio import Redis

from sdlab.rooms.polls import LIVES

MAX_REMEMBERED = 20_000  # rooms that are known to be forks, or none


class ForkRooms:
    """The forks of all classes of this process."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._classes: dict[str, str] = {}
        self._open: dict[str, float] = {}

    @property
    def count(self) -> int:
        """How many are open now."""
        return len(self._open)

    @property
    def load(self) -> float:
        """What they cost together, in operations per second."""
        return sum(self._open.values())

    async def add(self, fork: str, room: str, load: float) -> None:
        """That fork is of the class in `room`, and costs as much as so many operations per second."""
        await self._redis.set(_key(fork), room, ex=LIVES)
        self.recall(fork, room, load)

    def recall(self, fork: str, room: str, load: float) -> None:
        """That fork is still open after a restart."""
        self._classes[fork] = room
        self._open[fork] = load

    def close(self, *forks: str) -> None:
        """These are closed; they still lead to their class."""
        for fork in forks:
            self._open.pop(fork, None)

    def is_open(self, fork: str) -> bool:
        """Whether somebody may still work there."""
        return fork in self._open

    async def home(self, room: str) -> str:
        """The room of the class that `room` is or was a fork of; empty for any other room."""
        if room not in self._classes:
            if len(self._classes) >= MAX_REMEMBERED:
                self._classes = {one: self._classes[one] for one in self._open}
            self._classes[room] = await home_of(self._redis, room)
        return self._classes[room]


async def home_of(redis: Redis, room: str) -> str:
    """What the stores say of it; see `ForkRooms.home`."""
    return str(await redis.get(_key(room)) or "")


def _key(fork: str) -> str:
    """Without the braces of a room's keys: it stays when the room is removed, and ends by itself."""
    return f"sdlab:fork-of:{fork}"
