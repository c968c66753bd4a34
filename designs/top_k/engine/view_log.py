"""The durable log of views: four Redis streams, and the slices up to which it has been put away.

A view is acknowledged once it is in a stream. Every few seconds the slices that have changed are
stored together with the position up to which they count, in one transaction, and the streams are
cut there: what has to be read again after a restart is seconds of views, not an hour of them.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

import orjson

from designs.top_k.config import PARTITIONS
from designs.top_k.ledger import FINE, Ledger, width
from designs.top_k.stores import WINDOWS
from sdlab.blocks.hash_ring import hash64
from sdlab.lab import Room

KEEP_LONGER = 600
START = "0-0"
AT_ONCE = 10_000


@dataclass(slots=True)
class _Waiting:
    video: str
    t: float
    future: asyncio.Future[str]


@dataclass(frozen=True, slots=True)
class Entry:
    """A view in the log."""

    id: str
    video: str
    t: float


def partition_of(video: str) -> int:
    """The partition of a video's views."""
    return hash64(video) % PARTITIONS


class ViewLog:
    """Appends in groups: callers that come while a group is being written form the next one."""

    def __init__(self, room: Room, ledger: Ledger) -> None:
        self._room = room
        self._ledger = ledger
        self._waiting: list[_Waiting] = []
        self._writer: asyncio.Task[None] | None = None
        self.last = [START] * PARTITIONS
        self.appended = [0] * PARTITIONS
        self.stored_to = [START] * PARTITIONS

    def _stream(self, partition: int) -> str:
        return self._room.key("log", partition)

    def _slice(self, window: str, number: int) -> str:
        return self._room.key("slice", window, number)

    async def append(self, video: str, t: float) -> str:
        """Write one view; its id, once it is written and counted in the ledger."""
        future: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        self._waiting.append(_Waiting(video, t, future))
        if self._writer is None or self._writer.done():
            self._writer = asyncio.create_task(self._write(), name="view log")
        return await future

    async def _write(self) -> None:
        while self._waiting:
            group, self._waiting = self._waiting, []
            try:
                self._written(group, await self._send(group))
            except Exception as error:
                for one in group:
                    if not one.future.done():
                        one.future.set_exception(error)

    async def _send(self, group: list[_Waiting]) -> list[str]:
        pipe = self._room.redis.pipeline(transaction=False)
        for one in group:
            pipe.xadd(self._stream(partition_of(one.video)), {"v": one.video, "t": repr(one.t)})
        ids: list[str] = await pipe.execute()
        return ids

    def _written(self, group: list[_Waiting], ids: list[str]) -> None:
        for one, entry in zip(group, ids, strict=True):
            partition = partition_of(one.video)
            self.last[partition] = entry
            self.appended[partition] += 1
            self._ledger.add(one.video, one.t)
            if not one.future.done():
                one.future.set_result(f"{partition}-{entry}")

    async def settled(self) -> None:
        """Return when nothing is being written."""
        if self._writer is not None:
            await asyncio.gather(self._writer, return_exceptions=True)

    async def read(self, partition: int, *, after: str, limit: int) -> list[Entry]:
        """Up to `limit` views behind the position `after`."""
        found = await self._room.redis.xrange(self._stream(partition), f"({after}", "+", count=limit)
        return [Entry(entry, fields["v"], float(fields["t"])) for entry, fields in found]

    async def has(self, view_id: str) -> bool:
        """Whether this view is in a stream, or before the position up to which slices are stored."""
        partition, _, entry = view_id.partition("-")
        stored = await self._room.redis.hget(self._room.key("stored"), partition) or START
        if _order(entry) <= _order(stored):
            return True
        return bool(await self._room.redis.xrange(self._stream(int(partition)), entry, entry))

    async def put_away(self, *, keep_from: Callable[[int], str]) -> int:
        """Store changed slices with the position they count up to; cut the streams. How many slices.

        `keep_from(partition)` is the position behind which somebody still has to read.
        """
        if not self._ledger.dirty:
            return 0
        changed, self._ledger.dirty = self._ledger.dirty, set()
        positions = list(self.last)
        pipe = self._room.redis.pipeline(transaction=True)
        for window, number in changed:
            if counts := self._ledger.slice(window, number):
                life = int(WINDOWS[window] + KEEP_LONGER)
                pipe.set(self._slice(window, number), orjson.dumps(counts), ex=life)
        pipe.hset(self._room.key("stored"), mapping={str(n): one for n, one in enumerate(positions)})
        for partition, position in enumerate(positions):
            cut = min(position, keep_from(partition), key=_order)
            if cut != START:
                pipe.xtrim(self._stream(partition), minid=cut, approximate=False)
        try:
            await pipe.execute()
        except BaseException:
            self._ledger.dirty |= changed
            raise
        self.stored_to = positions
        return len(changed)

    async def open(self, now: float) -> int:
        """Rebuild the ledger: stored slices, then the views behind them. How many views were read again."""
        self._ledger.roll(now)
        for window in WINDOWS:
            await self._restore(window)
        stored = await self._room.redis.hgetall(self._room.key("stored"))
        replayed = 0
        for partition in range(PARTITIONS):
            self.stored_to[partition] = self.last[partition] = stored.get(str(partition), START)
            while entries := await self.read(partition, after=self.last[partition], limit=AT_ONCE):
                for entry in entries:
                    self._ledger.add(entry.video, entry.t)
                self.last[partition] = entries[-1].id
                replayed += len(entries)
        self._ledger.roll(now)
        return replayed

    async def _restore(self, window: str) -> None:
        newest = self._ledger.newest(window)
        numbers = range(newest - FINE + 1, newest + 1)
        stored = await self._room.redis.mget([self._slice(window, number) for number in numbers])
        for number, counts in zip(numbers, stored, strict=True):
            if counts:
                self._ledger.restore(window, number, orjson.loads(counts))


def first_slice_begins(window: str, number: int, slices: int) -> float:
    """When the slice of that number began, Unix seconds."""
    return number * width(window, slices)


def _order(entry: str) -> tuple[int, int]:
    milliseconds, _, sequence = entry.partition("-")
    return int(milliseconds), int(sequence or 0)
