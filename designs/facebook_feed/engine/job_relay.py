"""Brings accepted posts to the fan-out queue, and knows how deep it is."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Sequence
from functools import partial

from redis.exceptions import RedisError

from designs.facebook_feed.config import Config
from designs.facebook_feed.engine.jobs import MOST_WAITING, Job, Jobs
from designs.facebook_feed.engine.nodes import QUEUE, SERVICE
from sdlab.lab import EngineContext, LabError, Signal, Unavailable
from sdlab.parts.work_queue import QueueDepth

RELAYED_AT_ONCE = 500
RETRY_AFTER = 0.2


class JobRelay:
    """Jobs wait here while the queue is down. The posts are rows that have not arrived, so nothing is lost here.

    `more_work` tells workers that there may be something to take.
    """

    def __init__(self, context: EngineContext[Config], jobs: Jobs) -> None:
        self.depth = QueueDepth()
        self.more_work = Signal()
        self._context = context
        self._jobs = jobs
        self._waiting: deque[Job] = deque()
        self._submitted = asyncio.Event()
        self._relaying = False
        self._stale = True

    @property
    def waiting(self) -> int:
        """Jobs that are not finished, as last seen."""
        return len(self._waiting) + self.depth.total

    @property
    def unsent(self) -> int:
        """Jobs that are not in the queue yet."""
        return len(self._waiting)

    @property
    def idle(self) -> bool:
        """Whether all that was submitted is in the queue."""
        return not self._waiting and not self._relaying

    def admit(self) -> None:
        """`Unavailable` when more jobs wait than may."""
        if self.waiting > MOST_WAITING:
            raise Unavailable("the fan-out queue is full", retry_after=5)

    def submit(self, jobs: Sequence[Job]) -> None:
        """Have these done by workers."""
        self._waiting.extend(jobs)
        self._submitted.set()

    async def relay(self) -> None:
        """Bring what was submitted to the queue, in order, for as long as the engine runs."""
        while True:
            await self._submitted.wait()
            self._submitted.clear()
            while self._waiting:
                await self._relay_some()
                self.depth_changed()
                self.more_work()

    async def _relay_some(self) -> None:
        batch = [self._waiting.popleft() for _ in range(min(len(self._waiting), RELAYED_AT_ONCE))]
        self._relaying = True
        try:
            await self._context.node(QUEUE).call("XADD", partial(self._jobs.put, batch), source=SERVICE)
        except (LabError, RedisError, OSError):
            self._waiting.extendleft(reversed(batch))
            await self._context.clock.sleep(RETRY_AFTER)
        finally:
            self._relaying = False

    def depth_changed(self) -> None:
        """The queue is worth another look."""
        self._stale = True

    async def look(self) -> None:
        """Keep the depth of the queue, and wake workers for what others left."""
        if self._stale or self.depth.total:
            self._stale = False
            self.depth = await self._jobs.depth()
            if self.depth.total:
                self.more_work()
