"""A log over Redis streams: what was appended is read in order, from any position, until it is trimmed.

After J. Kreps, "The Log: What every software engineer should know about real-time data's unifying
abstraction" (2013).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from redis.asyncio import Redis

START = "0-0"


@dataclass(frozen=True, slots=True)
class Entry:
    """What the log holds. `id` is its position, which grows along its partition."""

    id: str
    fields: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class NewEntry:
    """What is to be appended."""

    fields: Mapping[str, str]
    partition: int = 0


def order_of(position: str) -> tuple[int, int]:
    """What positions of one partition are compared by.

    >>> order_of("9-0") < order_of("10-0") < order_of("10-2")
    True
    """
    milliseconds, _, sequence = position.partition("-")
    return int(milliseconds), int(sequence or 0)


class EventLog:
    """Partitions below `key`, each a stream with an order of its own; there is none between partitions.

    An entry is in the log once `append` has returned, and stays until it is trimmed. Readers keep
    their positions themselves: whoever reads on from the last position it has dealt with gets every
    entry at least once. `START` is the position before the first entry.
    """

    def __init__(self, redis: Redis, key: str, *, partitions: int = 1) -> None:
        self.partitions = partitions
        self._redis = redis
        self._key = key

    def key_of(self, partition: int = 0) -> str:
        """The stream of a partition. `ValueError` when there is none of that number."""
        if not 0 <= partition < self.partitions:
            raise ValueError(f"no partition {partition}; there are {self.partitions}")
        return f"{self._key}:{partition}"

    async def append(self, entries: Sequence[NewEntry]) -> list[str]:
        """Write all in one round trip, in order; their ids.

        When it fails, some may be in the log nevertheless.
        """
        pipe = self._redis.pipeline(transaction=False)
        for one in entries:
            pipe.xadd(self.key_of(one.partition), dict(one.fields))
        return [str(one) for one in await pipe.execute()]

    async def read(self, *, after: str = START, partition: int = 0, limit: int) -> list[Entry]:
        """Up to `limit` entries behind a position, oldest first."""
        found = await self._redis.xrange(self.key_of(partition), f"({after}", "+", count=limit)
        return _entries(found)

    async def newest(self, count: int, *, partition: int = 0) -> list[Entry]:
        """The last `count` entries, oldest first."""
        return _entries(reversed(await self._redis.xrevrange(self.key_of(partition), count=count)))

    async def tail(self, partition: int = 0) -> str:
        """The position of the last entry; `START` of an empty partition."""
        newest = await self.newest(1, partition=partition)
        return newest[0].id if newest else START

    async def has(self, position: str, *, partition: int = 0) -> bool:
        """Whether the entry of that position is in the log now."""
        return bool(await self._redis.xrange(self.key_of(partition), position, position))

    async def length(self, partition: int = 0) -> int:
        """How many entries the log holds."""
        return int(await self._redis.xlen(self.key_of(partition)))

    async def trim(self, before: str, *, partition: int = 0, within: Any = None) -> None:
        """Remove what lies before a position; the entry at it stays.

        `within` is a Redis pipeline that does it together with something else, when it is executed.
        """
        await (within or self._redis).xtrim(self.key_of(partition), minid=before, approximate=False)


def _entries(found: Any) -> list[Entry]:
    return [Entry(position, fields) for position, fields in found]
