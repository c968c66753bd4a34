"""Writes entries into feeds, in chunks and no faster than a worker may."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from designs.facebook_feed.config import Config
from designs.facebook_feed.engine.costs import Costs
from designs.facebook_feed.engine.deliveries import Deliveries, JobPart, JobProgress
from designs.facebook_feed.engine.feed_table import FeedTable
from designs.facebook_feed.engine.nodes import FEEDS
from sdlab.blocks.windows import SlidingCounter
from sdlab.lab import EngineContext

CHUNK_SECONDS = 0.025
SMALLEST_CHUNK, LARGEST_CHUNK = 20, 1000


@dataclass(slots=True)
class WriteCapacity:
    """Who writes, how much lately, and when the next chunk is allowed (monotonic clock)."""

    id: str
    writes: SlidingCounter = field(default_factory=lambda: SlidingCounter(seconds=10))
    due: float = 0.0


class FeedWriter:
    """At least once: what is written a second time changes nothing, and is counted as `rewritten`."""

    def __init__(
        self, context: EngineContext[Config], feeds: FeedTable, deliveries: Deliveries, costs: Costs
    ) -> None:
        self.written = 0
        self.rewritten = 0
        self.writes = SlidingCounter(seconds=10)
        self._context = context
        self._feeds = feeds
        self._deliveries = deliveries
        self._costs = costs

    def next_chunk(self, jobs: Sequence[JobProgress]) -> list[JobPart]:
        """What is to be written next of these jobs, in their order, at most a chunk."""
        rate = self._context.config.worker_rate
        room = max(SMALLEST_CHUNK, min(LARGEST_CHUNK, int(rate * CHUNK_SECONDS)))
        chunk: list[JobPart] = []
        for progress in jobs:
            if progress.left and room:
                chunk.append(progress.next(room))
                room -= len(chunk[-1].members)
        return chunk

    async def write(self, chunk: Sequence[JobPart], by: WriteCapacity) -> None:
        """Write a chunk, as soon as that capacity allows it. `Unavailable` while the feed table is down."""
        clock = self._context.clock
        if by.due > (now := clock.monotonic()):
            await clock.sleep(by.due - now)
        entries = [(part.progress.job.entry.written, part.members) for part in chunk]
        count = sum(len(part.members) for part in chunk)
        fresh = await self._context.node(FEEDS).call(
            f"ZADD × {count}", lambda: self._feeds.deliver(entries), source=by.id
        )
        now, wall = clock.monotonic(), clock.time()
        by.due = max(by.due, now - CHUNK_SECONDS) + count / self._context.config.worker_rate
        by.writes.add(now, count)
        self.writes.add(now, count)
        self.written += count
        self.rewritten += count - fresh
        for part in chunk:
            job = part.progress.job
            self._costs.delays.add(now, max(0.0, wall - job.accepted_at) * 1000)
            self._costs.by_approach[job.approach].writes += len(part.members)
            self._deliveries.written(part.progress.post, part.members, worker=by.id)
