"""Requests that wait for a matcher, in a Redis stream: one that was taken stays until it is done."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from designs.uber.config import Config
from designs.uber.engine.nodes import QUEUE, SERVICE
from sdlab.lab import EngineContext, Signal, amount
from sdlab.parts.work_queue import QueueDepth, QueuedJob, WorkQueue

SILENT_S = 1.5  # a matcher that was not heard of for so long is gone, and its rides are claimed
BEAT_EVERY_S = 0.4
MOST_WAITING = 5000
GROUP = "matchers"


class RequestQueue:
    """`more` tells matchers that there may be something to take."""

    def __init__(self, context: EngineContext[Config]) -> None:
        self._context = context
        self.stream = context.room.key("requests")
        self._redis, self._beats = context.room.redis, context.room.key("beats")
        self._beaten: dict[str, float] = {}
        self.jobs = WorkQueue(context.room.redis, self.stream, group=GROUP, most=MOST_WAITING)
        self.more = Signal()
        self.depth = QueueDepth()
        self._stale = True

    async def open(self, waiting: Sequence[str]) -> None:
        """After a restart the queue is made of the rides that still wait."""
        await self._context.room.redis.unlink(self.stream)
        await self.jobs.open()
        if waiting:
            await self.jobs.put([{"ride": ride} for ride in waiting])

    async def put(self, ride: str) -> None:
        """Let a ride wait; `Unavailable` when too many do."""
        await self._context.node(QUEUE).call("XADD", lambda: self.jobs.put([{"ride": ride}]), source=SERVICE)
        self._stale = True
        self.more()

    async def beat(self, matcher: str) -> None:
        """A matcher is alive; written down every now and then."""
        now = self._context.clock.time()
        if now - self._beaten.get(matcher, 0.0) >= BEAT_EVERY_S:
            self._beaten[matcher] = now
            await self._redis.hset(self._beats, matcher, repr(now))

    async def claim(self, matcher: str, count: int, mine: Collection[str]) -> list[QueuedJob]:
        """Rides of matchers that are gone; also those that this one had before it was started again.

        `mine` are the jobs that it has in hand. Times are the room's own.
        """
        now, found = self._context.clock.time(), []
        for other, beat in (await self._redis.hgetall(self._beats)).items():
            if other != matcher and now - float(beat) < SILENT_S:
                continue
            pending = await self._redis.xpending_range(
                self.stream, GROUP, "-", "+", count, consumername=other
            )
            ids = [one["message_id"] for one in pending if other != matcher or one["message_id"] not in mine]
            if ids:
                claimed = await self._redis.xclaim(self.stream, GROUP, matcher, 0, ids)
                found += [QueuedJob(id, fields, 2) for id, fields in claimed if fields]
        return found[:count]

    async def take(self, matcher: str, count: int) -> list[QueuedJob]:
        """The next rides for a matcher."""
        taken: list[QueuedJob] = await self._context.node(QUEUE).call(
            "XREADGROUP",
            lambda: self.jobs.take(matcher, count),
            source=matcher,
            detail=lambda some: amount(len(some), "ride"),
        )
        return taken

    async def look(self) -> None:
        """Keep the depth of the queue, and wake matchers for what others left."""
        if self._stale or self.depth.total:
            self._stale = False
            self.depth = await self.jobs.depth()
            if self.depth.total:
                self.more()
