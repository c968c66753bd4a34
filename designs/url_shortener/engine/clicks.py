"""Clicks that were made and clicks that were seen.

Seen clicks are counted in memory and written to Redis in batches. Whatever a caller is told was
written before it was told; what a killed process had not written yet, nobody has been told.
"""

from __future__ import annotations

import asyncio
from collections import Counter, OrderedDict

from redis.exceptions import RedisError

from designs.url_shortener.config import Config
from sdlab.blocks.windows import SlidingCounter
from sdlab.lab import EngineContext, Unavailable

MINUTES_KEPT = 60
RECENT_LINKS = 2000


class Clicks:
    """Counts per link, per minute and in total."""

    def __init__(self, context: EngineContext[Config]) -> None:
        self._room = context.room
        self._clock = context.clock
        self._pending: Counter[tuple[str, int]] = Counter()
        self._pending_made = 0
        self._flushing = asyncio.Lock()
        self.recent: OrderedDict[str, list[int]] = OrderedDict()
        self.shown: dict[str, int] = {}
        self.made = SlidingCounter(seconds=60)
        self.seen = SlidingCounter(seconds=60)
        self.total_made = 0
        self.total_seen = 0
        self.from_browsers = 0

    async def open(self) -> None:
        """Take up the stored totals."""
        self.total_made, self.total_seen = await self.stored()

    def record_made(self, code: str) -> list[int]:
        """Somebody clicked on that link; returns the link's recent [made, seen], for `record_seen`."""
        self.made.add(self._clock.monotonic())
        self.total_made += 1
        self._pending_made += 1
        counts = self._recent(code)
        counts[0] += 1
        return counts

    def record_seen(self, code: str, counts: list[int]) -> None:
        """A redirect was answered for that link."""
        self.seen.add(self._clock.monotonic())
        self.total_seen += 1
        self._pending[code, int(self._clock.time() // 60)] += 1
        counts[1] += 1

    def record_from_browser(self, code: str) -> None:
        """Somebody clicked on that link, and the browser did not ask us."""
        self.record_made(code)
        self.from_browsers += 1

    def _recent(self, code: str) -> list[int]:
        counts = self.recent.get(code)
        if counts is None:
            counts = self.recent[code] = [0, 0]
            if len(self.recent) > RECENT_LINKS:
                self.recent.popitem(last=False)
        return counts

    async def flush(self) -> None:
        """Write what was counted; `Unavailable`, and nothing forgotten, when the store does not answer."""
        async with self._flushing:
            writing = asyncio.create_task(self._write())
            try:
                await asyncio.shield(writing)
            except asyncio.CancelledError:
                await writing  # what has left the counters must arrive
                raise

    async def _write(self) -> None:
        pending, made = self._pending, self._pending_made
        if not pending and not made:
            return
        self._pending, self._pending_made = Counter(), 0
        try:
            await self._store(pending, made)
        except (RedisError, OSError) as error:
            self._pending.update(pending)
            self._pending_made += made
            raise Unavailable(f"clicks cannot be stored: {error}", retry_after=1) from None

    async def _store(self, pending: Counter[tuple[str, int]], made: int) -> None:
        key, per_link = self._room.key, Counter[str]()
        for (code, _), count in pending.items():
            per_link[code] += count
        async with self._room.redis.pipeline(transaction=True) as pipe:
            pipe.hincrby(key("click-totals"), "made", made)
            pipe.hincrby(key("click-totals"), "seen", per_link.total())
            for (code, minute), count in pending.items():
                pipe.hincrby(key("clicks", minute), code, count)
            for minute in {minute for _, minute in pending}:
                pipe.expire(key("clicks", minute), (MINUTES_KEPT + 2) * 60)
            for code, count in per_link.items():
                pipe.hincrby(key("clicks"), code, count)
            answers = await pipe.execute()
        for code, total in zip(per_link, answers[len(answers) - len(per_link) :], strict=True):
            if code in self.shown:
                self.shown[code] = int(total)

    async def stored(self) -> tuple[int, int]:
        """Made and seen, as the store has them."""
        totals = await self._room.redis.hgetall(self._room.key("click-totals"))
        return int(totals.get("made", 0)), int(totals.get("seen", 0))

    async def totals(self, codes: list[str]) -> list[int]:
        """Clicks seen per link, durable when this returns."""
        await self.flush()
        if not codes:
            return []
        return [int(found or 0) for found in await self._room.redis.hmget(self._room.key("clicks"), codes)]

    async def per_minute(self, code: str) -> list[tuple[int, int]]:
        """Unix minute and clicks seen for the last hour, oldest first; durable when this returns."""
        await self.flush()
        now = int(self._clock.time() // 60)
        minutes = range(now - MINUTES_KEPT + 1, now + 1)
        async with self._room.redis.pipeline(transaction=False) as pipe:
            for minute in minutes:
                pipe.hget(self._room.key("clicks", minute), code)
            found = await pipe.execute()
        return [(minute, int(count or 0)) for minute, count in zip(minutes, found, strict=True)]

    async def forget(self, code: str) -> None:
        """The link is deleted: so is its count."""
        self.shown.pop(code, None)
        await self._room.redis.hdel(self._room.key("clicks"), code)
