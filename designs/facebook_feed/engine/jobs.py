"""The fan-out queue: a post to be written into its followers' feeds, as a job of the work queue."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from designs.facebook_feed.config import Config
from designs.facebook_feed.engine.entries import Entry, read_entry
from sdlab.lab import EngineContext
from sdlab.parts.work_queue import QueueDepth, QueuedJob, Retries, WorkQueue

CLAIM_AFTER = 1.0
MOST_WAITING = 50_000
# A post must arrive however often workers end over it: no job is ever given up.
FOR_EVER = Retries(deliveries=0)


@dataclass(frozen=True, slots=True)
class Job:
    """A post to be written into its followers' feeds. `accepted_at` is when it was stored, Unix seconds."""

    entry: Entry
    accepted_at: float
    approach: str
    id: str = ""


class Jobs:
    """Jobs of one room. `early` means that a job counts as done by being taken."""

    def __init__(self, context: EngineContext[Config]) -> None:
        room = context.room
        self._queue = WorkQueue(
            room.redis,
            room.key("jobs"),
            group="fanout",
            visibility_s=CLAIM_AFTER,
            retries=FOR_EVER,
            most=MOST_WAITING,
        )

    async def open(self) -> None:
        """Make the queue, if it is not there."""
        await self._queue.open()

    async def put(self, jobs: Sequence[Job]) -> None:
        """Append jobs, all or none; `Unavailable` when too many wait."""
        await self._queue.put(
            [{"e": job.entry.written, "t": repr(job.accepted_at), "a": job.approach} for job in jobs]
        )

    async def take(self, worker: str, count: int, *, early: bool) -> list[Job]:
        """The next jobs for a worker."""
        return await self._taken(await self._queue.take(worker, count), early=early)

    async def claim(self, worker: str, count: int, *, early: bool) -> list[Job]:
        """Jobs that another worker took and has not been heard of since for `CLAIM_AFTER` seconds."""
        return await self._taken(await self._queue.claim(worker, count), early=early)

    async def _taken(self, found: list[QueuedJob], *, early: bool) -> list[Job]:
        if early and found:
            await self._queue.ack([one.id for one in found])
        return [
            Job(read_entry(one.fields["e"]), float(one.fields["t"]), one.fields["a"], one.id) for one in found
        ]

    async def extend(self, worker: str, ids: Sequence[str]) -> None:
        """The worker is alive and at these: nobody is to claim them yet."""
        await self._queue.extend(worker, ids)

    async def ack(self, ids: Sequence[str]) -> None:
        """These are finished."""
        await self._queue.ack(ids)

    async def depth(self) -> QueueDepth:
        """What is in the queue now."""
        return await self._queue.depth()
