"""Files of counts: one per interval and partition, added up when an interval has all of its own."""

from __future__ import annotations

import asyncio
from collections import Counter
from functools import partial

import orjson

from designs.top_k.config import Config
from designs.top_k.engine.nodes import BATCH, PARTITIONS, aggregator_id
from sdlab.lab import EngineContext

KEPT = 30


class IntervalFiles:
    """`sizes` says how many views the files hold that are not counted yet, by interval and partition."""

    def __init__(self, context: EngineContext[Config]) -> None:
        self._context = context
        self.sizes: dict[int, dict[int, int]] = {}
        self.written = 0

    @property
    def waiting(self) -> int:
        """Views in files that are not counted yet."""
        return sum(sum(files.values()) for files in self.sizes.values())

    async def write(self, interval: int, partition: int, counts: dict[str, int]) -> None:
        """Store a file; it counts only when `commit` follows."""
        await self._context.room.blobs.put(self._name(interval, partition), orjson.dumps(counts))

    def commit(self, interval: int, partition: int, views: int) -> None:
        """The file that was written is the one to count."""
        self.sizes.setdefault(interval, {})[partition] = views
        self.written += 1

    def complete(self) -> int | None:
        """The oldest interval that waits, if all its files are there."""
        oldest = min(self.sizes, default=None)
        return oldest if oldest is not None and len(self.sizes[oldest]) == PARTITIONS else None

    async def add_up(self, interval: int) -> dict[str, int]:
        """The views per video of an interval, read by the batch count."""
        batch, blobs = self._context.node(BATCH), self._context.room.blobs
        files = [
            await batch.call(
                "read file", partial(blobs.get, self._name(interval, n)), source=aggregator_id(n)
            )
            for n in range(PARTITIONS)
        ]
        return await asyncio.to_thread(add_up, files)

    async def remove_old(self, interval: int) -> None:
        """Delete the files of the interval that came `KEPT` before this one."""
        for partition in range(PARTITIONS):
            await self._context.room.blobs.delete(self._name(interval - KEPT, partition))

    @staticmethod
    def folder(context: EngineContext[Config]) -> str:
        """Where the files of a room lie."""
        return f"{context.room.id}/{context.room.slug}/interval/"

    def _name(self, interval: int, partition: int) -> str:
        return f"{self.folder(self._context)}{interval}/{partition}.json"


def add_up(files: list[bytes]) -> dict[str, int]:
    """The views per video of all files together.

    >>> add_up([b'{"a": 2}', b'{"a": 1, "b": 4}'])
    {'a': 3, 'b': 4}
    """
    counts: Counter[str] = Counter()
    for one in files:
        counts.update(orjson.loads(one))
    return dict(counts)
