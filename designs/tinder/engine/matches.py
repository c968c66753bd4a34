"""Matches: made once per pair, numbered in order, and told to whoever listens."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass

import orjson

from designs.tinder.config import Config
from designs.tinder.engine.swipe_scripts import JOIN
from sdlab.lab import EngineContext


@dataclass(frozen=True, slots=True)
class Match:
    """A match as one of the two sees it; `number` grows with every match of the room, `at` is Unix seconds."""

    number: int
    partner: int
    at: float


class Matches:
    """The matches of a room, in Redis: a sorted set per person, and a log of all."""

    def __init__(self, context: EngineContext[Config]) -> None:
        self._room = context.room
        self._redis = context.room.redis
        self._join = context.room.redis.register_script(JOIN)
        self._listeners: dict[int, set[asyncio.Event]] = {}

    async def join(self, me: int, them: int, at: float) -> int:
        """Make two people a match, once; its number."""
        key = self._room.key
        keys = [key("matches", me), key("matches", them), key("match-seq"), key("match-log")]
        return int(await self._join(keys=keys, args=[me, them, f"{at:.4f}"]))

    async def of(self, me: int, *, after: int = 0, limit: int = 50) -> list[Match]:
        """Matches of a person numbered above `after`, oldest first."""
        key = self._room.key("matches", me)
        found = await self._redis.zrange(
            key, f"({after}", "+inf", byscore=True, offset=0, num=limit, withscores=True
        )
        return await self._with_times(found)

    async def _with_times(self, found: Sequence[tuple[str, float]]) -> list[Match]:
        if not found:
            return []
        logs = await self._redis.hmget(self._room.key("match-log"), [int(score) for _, score in found])
        times = [float(orjson.loads(one)[2]) if one else 0.0 for one in logs]
        return [Match(int(score), int(them), at) for (them, score), at in zip(found, times, strict=True)]

    async def newest(self, me: int, count: int) -> tuple[tuple[Match, ...], int]:
        """The newest matches of a person, newest first, and how many there are."""
        key = self._room.key("matches", me)
        async with self._redis.pipeline(transaction=True) as pipe:
            pipe.zrange(key, 0, count - 1, desc=True, withscores=True).zcard(key)
            found, total = await pipe.execute()
        return tuple(await self._with_times(found)), int(total)

    async def made(self, pairs: Sequence[tuple[int, int]]) -> list[tuple[bool, bool]]:
        """Of each pair, whether the one has the other among their matches, and the other way round."""
        key = self._room.key
        async with self._redis.pipeline(transaction=True) as pipe:
            for one, other in pairs:
                pipe.zscore(key("matches", one), str(other)).zscore(key("matches", other), str(one))
            found = [score is not None for score in await pipe.execute()]
        return list(zip(found[::2], found[1::2], strict=True))

    async def number_of(self, me: int, them: int) -> int:
        """The number of their match, 0 for none."""
        return int(await self._redis.zscore(self._room.key("matches", me), str(them)) or 0)

    @property
    def listened_to(self) -> list[int]:
        """Whose matches somebody follows."""
        return list(self._listeners)

    def announce(self, number: int) -> None:
        """That person has a new match."""
        for listener in self._listeners.get(number, ()):
            listener.set()

    async def follow(self, number: int, after: int | None = None) -> AsyncGenerator[Match, None]:
        """A person's matches behind `after`, then each new one as it comes; None begins now."""
        listener = asyncio.Event()
        self._listeners.setdefault(number, set()).add(listener)
        try:
            position = await self._newest(number) if after is None else after
            while True:
                listener.clear()
                page = await self.of(number, after=position)
                for match in page:
                    position = match.number
                    yield match
                if not page:
                    await listener.wait()
        finally:
            self._listeners[number].discard(listener)
            if not self._listeners[number]:
                del self._listeners[number]

    async def _newest(self, me: int) -> int:
        newest = await self._redis.zrange(self._room.key("matches", me), 0, 0, desc=True, withscores=True)
        return int(newest[0][1]) if newest else 0
