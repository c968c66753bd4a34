"""Public names that lead to a room, kept in Redis: a short link's code, the code of a class."""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection

from redis.asyncio import Redis

LIVES = 24 * 3600

_RELEASE = "if redis.call('get', KEYS[1]) == ARGV[1] then return redis.call('del', KEYS[1]) else return 0 end"
_CLAIM = """
local owner = redis.call('get', KEYS[1])
if owner and owner ~= ARGV[1] then return 0 end
redis.call('set', KEYS[1], ARGV[1], 'EX', ARGV[2])
return 1
"""


class RedisNames:
    """The first room to claim a name has it until the room's data would be removed anyway."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._claim = redis.register_script(_CLAIM)
        self._release = redis.register_script(_RELEASE)

    async def claim(self, kind: str, name: str, room: str) -> bool:
        """Whether `name` now leads to `room`; false when another room has it."""
        return bool(await self._claim(keys=[_key(kind, name)], args=[room, LIVES]))

    async def owner(self, kind: str, name: str) -> str | None:
        """The room that `name` leads to."""
        found: str | None = await self._redis.get(_key(kind, name))
        return found

    async def release(self, kind: str, name: str, room: str) -> None:
        """Give a name back, if this room has it."""
        await self._release(keys=[_key(kind, name)], args=[room])

    async def forget(self, rooms: Collection[str]) -> None:
        """Give back every name that one of these rooms has: they are no more."""
        async for keys in self._all():
            owners = await self._redis.mget(keys)
            if gone := [key for key, owner in zip(keys, owners, strict=True) if owner in rooms]:
                await self._redis.unlink(*gone)

    async def _all(self) -> AsyncIterator[list[str]]:
        cursor = -1
        while cursor != 0:
            cursor, keys = await self._redis.scan(max(cursor, 0), match=_key("*", "*"), count=1000)
            if keys:
                yield keys


def _key(kind: str, name: str) -> str:
    return f"sdlab:name:{kind}:{name}"
