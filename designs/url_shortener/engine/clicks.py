"""Clicks that were made and clicks that were seen.

What is made is counted at the door, what is seen where a redirect is answered: two counts that do not
know each other. Both are counted in memory and written to Redis together, in batches: what is read
there is of one moment. Whatever a caller is told was written before it was told; what a killed process
had not written yet, nobody has been told.
"""

from __future__ import annotations

import asyncio
from collections import Counter, OrderedDict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from redis.exceptions import RedisError

from designs.url_shortener.config import Config
from sdlab.blocks.windows import SlidingCounter
from sdlab.lab import EngineContext, Unavailable

MINUTES_KEPT = 60
RECENT_LINKS = 2000


@dataclass(frozen=True, slots=True)
class ClickTotals:
    """Since the room began. Of the clicks `made`, so many were

    - `seen`: answered with a redirect,
    - from `browsers`: answered by the browser itself,
    - `failed`: not answered, a part of the system was down,
    - `missed`: there was no link, or it was over;

    the rest is on its way. `previews` are opened by programs ahead of a person: no clicks.
    """

    made: int = 0
    seen: int = 0
    browsers: int = 0
    failed: int = 0
    missed: int = 0
    previews: int = 0


def totals_of(found: Mapping[str, str]) -> ClickTotals:
    """The totals as the store has them."""
    return ClickTotals(**{name: int(found.get(name, 0)) for name in ClickTotals.__slots__})


class Clicks:
    """Counts per link, per minute and in total.

    `recent_made` and `recent` are clicks made and seen of the last links clicked, `opened` what was
    counted since the engine was opened.
    """

    def __init__(self, context: EngineContext[Config]) -> None:
        self._room = context.room
        self._clock = context.clock
        self._pending: Counter[tuple[str, int]] = Counter()
        self._pending_previews: Counter[str] = Counter()
        self._pending_totals: Counter[str] = Counter()
        self.opened: Counter[str] = Counter()
        self._flushing = asyncio.Lock()
        self.recent_made: OrderedDict[str, int] = OrderedDict()
        self.recent: dict[str, int] = {}
        self.made = SlidingCounter(seconds=60)
        self.seen = SlidingCounter(seconds=60)

    @property
    def totals_key(self) -> str:
        """The hash of the totals."""
        return self._room.key("click-totals")

    @property
    def per_link_key(self) -> str:
        """The hash of clicks seen by code."""
        return self._room.key("clicks")

    # Counting

    def record_made(self, code: str) -> None:
        """Somebody clicked on that link."""
        self.made.add(self._clock.monotonic())
        self._count("made")
        self.recent_made[code] = self.recent_made.get(code, 0) + 1
        if len(self.recent_made) > RECENT_LINKS:
            gone, _ = self.recent_made.popitem(last=False)
            self.recent.pop(gone, None)

    def record_from_browser(self) -> None:
        """The browser of whoever clicked knew the way."""
        self._count("browsers")

    def record_seen(self, code: str) -> None:
        """A redirect is answered for that link."""
        self.seen.add(self._clock.monotonic())
        self._count("seen")
        self._pending[code, int(self._clock.time() // 60)] += 1
        if code in self.recent_made:
            self.recent[code] = self.recent.get(code, 0) + 1

    def record_refused(self, *, there_was_a_link: bool) -> None:
        """A click is answered with an error."""
        self._count("failed" if there_was_a_link else "missed")

    def record_preview(self, code: str) -> None:
        """A program has opened that link ahead of a person."""
        self._count("previews")
        self._pending_previews[code] += 1

    def _count(self, what: str) -> None:
        self._pending_totals[what] += 1
        self.opened[what] += 1

    def per_link(self) -> Iterator[tuple[str, int, int]]:
        """Code, clicks made and clicks seen of the last links clicked, since they were."""
        return ((code, made, self.recent.get(code, 0)) for code, made in self.recent_made.items())

    # Writing

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
        pending, previews, totals = self._pending, self._pending_previews, self._pending_totals
        if not totals:
            return
        self._pending, self._pending_previews, self._pending_totals = Counter(), Counter(), Counter()
        try:
            await self._store(pending, previews, totals)
        except (RedisError, OSError) as error:
            self._pending.update(pending)
            self._pending_previews.update(previews)
            self._pending_totals.update(totals)
            raise Unavailable(f"clicks cannot be stored: {error}", retry_after=1) from None

    async def _store(
        self, pending: Counter[tuple[str, int]], previews: Counter[str], totals: Counter[str]
    ) -> None:
        key, per_link = self._room.key, Counter[str]()
        for (code, _), count in pending.items():
            per_link[code] += count
        async with self._room.redis.pipeline(transaction=True) as pipe:
            for name, count in totals.items():
                pipe.hincrby(self.totals_key, name, count)
            for (code, minute), count in pending.items():
                pipe.hincrby(key("clicks", minute), code, count)
            for minute in {minute for _, minute in pending}:
                pipe.expire(key("clicks", minute), (MINUTES_KEPT + 2) * 60)
            for code, count in per_link.items():
                pipe.hincrby(self.per_link_key, code, count)
            for code, count in previews.items():
                pipe.hincrby(key("previews"), code, count)
            await pipe.execute()

    # Reading

    async def stored(self) -> ClickTotals:
        """The totals as the store has them, of one moment."""
        return totals_of(await self._room.redis.hgetall(self.totals_key))

    async def totals(self, codes: list[str]) -> list[int]:
        """Clicks seen per link, durable when this returns."""
        await self.flush()
        if not codes:
            return []
        return [int(found or 0) for found in await self._room.redis.hmget(self.per_link_key, codes)]

    async def previews(self, code: str) -> int:
        """How often programs have opened that link ahead of a person, durable when this returns."""
        await self.flush()
        return int(await self._room.redis.hget(self._room.key("previews"), code) or 0)

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
        await self._room.redis.hdel(self.per_link_key, code)
        await self._room.redis.hdel(self._room.key("previews"), code)
