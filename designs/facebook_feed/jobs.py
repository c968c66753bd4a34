"""The fan-out queue: a Redis stream with a consumer group; what a dead worker had taken is claimed by others."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from redis.exceptions import ResponseError

from designs.facebook_feed.places import Entry, read_entry
from sdlab.lab import Room

GROUP = "fanout"
CLAIM_AFTER = 1.0


@dataclass(frozen=True, slots=True)
class Job:
    """A post to be written into its followers' feeds. `told` is when it was acknowledged, Unix seconds."""

    entry: Entry
    told: float
    approach: str
    id: str = ""


class Jobs:
    """Jobs of one room, each given to one worker at a time and kept until that says it is done."""

    def __init__(self, room: Room) -> None:
        self._redis = room.redis
        self._stream = room.key("jobs")

    async def open(self) -> None:
        """Make the stream and its group, if they are not there."""
        try:
            await self._redis.xgroup_create(self._stream, GROUP, id="0", mkstream=True)
        except ResponseError as error:
            if "BUSYGROUP" not in str(error):
                raise

    async def put(self, jobs: Sequence[Job]) -> None:
        """Append jobs."""
        pipe = self._redis.pipeline(transaction=False)
        for job in jobs:
            pipe.xadd(self._stream, {"e": job.entry.written, "t": repr(job.told), "a": job.approach})
        await pipe.execute()

    async def take(self, worker: str, count: int, *, early: bool) -> list[Job]:
        """The next jobs for a worker. `early` means that they count as done by being taken."""
        found = await self._redis.xreadgroup(GROUP, worker, {self._stream: ">"}, count=count)
        jobs = [job for batch in _batches(found) for job in batch]
        return await self._taken(jobs, early=early)

    async def _taken(self, jobs: list[Job], *, early: bool) -> list[Job]:
        if early and jobs:
            await self.done([job.id for job in jobs])
        return jobs

    async def claim(self, worker: str, count: int, *, early: bool) -> list[Job]:
        """Jobs that another worker took and has not been heard of since for `CLAIM_AFTER` seconds."""
        answer = await self._redis.xautoclaim(
            self._stream, GROUP, worker, min_idle_time=int(CLAIM_AFTER * 1000), start_id="0-0", count=count
        )
        return await self._taken(_jobs(answer[1]), early=early)

    async def still_at(self, worker: str, ids: Sequence[str]) -> None:
        """The worker is alive and at these: nobody is to claim them yet."""
        await self._redis.xclaim(self._stream, GROUP, worker, min_idle_time=0, message_ids=ids, justid=True)

    async def done(self, ids: Sequence[str]) -> None:
        """These are finished: acknowledged, and out of the stream."""
        pipe = self._redis.pipeline(transaction=False)
        pipe.xack(self._stream, GROUP, *ids)
        pipe.xdel(self._stream, *ids)
        await pipe.execute()

    async def depth(self) -> tuple[int, dict[str, int]]:
        """How many jobs the stream has, and how many of them each worker has taken."""
        size = int(await self._redis.xlen(self._stream))
        summary = await self._redis.xpending(self._stream, GROUP)
        return size, {one["name"]: int(one["pending"]) for one in summary["consumers"]}


def _batches(found: Any) -> list[list[Job]]:
    """Streams with their entries, in the form of either protocol version."""
    streams = found.values() if isinstance(found, dict) else [entries for _, entries in found or ()]
    batches: list[list[Job]] = []
    for entries in streams:
        flat = entries[0] if entries and isinstance(entries[0], list) else entries
        batches.append(_jobs(flat))
    return batches


def _jobs(entries: Sequence[Any]) -> list[Job]:
    return [
        Job(read_entry(fields["e"]), float(fields["t"]), fields["a"], id)
        for id, fields in entries
        if fields is not None
    ]
