"""A log over Redis streams: what was appended is read in order, from any position, until it is trimmed.

After J. Kreps, "The Log: What every software engineer should know about real-time data's unifying
abstraction" (2013).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from redis.asyncio import Redis
from redis.exceptions import ResponseError

START = "0-0"
NOT_BEHIND = "equal or smaller"

Partition = int | str
P = TypeVar("P", bound=Partition)


@dataclass(frozen=True, slots=True)
class Entry:
    """What the log holds. `id` is its position, which grows along its partition."""

    id: str
    fields: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class NewEntry:
    """What is to be appended: behind the last entry, or `at` a position that the writer knows.

    An entry `at` a position that does not lie behind the last one is in the log already and is left
    out, so that a writer may write it again when it does not know whether it has.
    """

    fields: Mapping[str, str]
    partition: Partition = 0
    at: str = ""


def order_of(position: str) -> tuple[int, int]:
    """What positions of one partition are compared by.

    >>> order_of("9-0") < order_of("10-0") < order_of("10-2")
    True
    """
    milliseconds, _, sequence = position.partition("-")
    return int(milliseconds), int(sequence or 0)


class EventLog:
    """Partitions below `key`, each a stream with an order of its own; there is none between partitions.

    A partition has a number below `partitions`, or a name.

    An entry is in the log once `append` has returned, and stays until it is trimmed. Readers keep
    their positions themselves: whoever reads on from the last position it has dealt with gets every
    entry at least once. `START` is the position before the first entry.
    """

    def __init__(self, redis: Redis, key: str, *, partitions: int = 1) -> None:
        self.partitions = partitions
        self._redis = redis
        self._key = key

    def key_of(self, partition: Partition = 0) -> str:
        """The stream of a partition. `ValueError` when there is none of that number."""
        if isinstance(partition, int) and not 0 <= partition < self.partitions:
            raise ValueError(f"no partition {partition}; there are {self.partitions}")
        return f"{self._key}:{partition}"

    async def append(self, entries: Sequence[NewEntry], *, kept: int | None = None) -> list[str]:
        """Write all in one round trip, in order; their ids. Each partition keeps its newest `kept`.

        When it fails, some may be in the log nevertheless.
        """
        pipe = self._redis.pipeline(transaction=False)
        for one in entries:
            pipe.xadd(
                self.key_of(one.partition), dict(one.fields), id=one.at or "*", maxlen=kept, approximate=False
            )
        answers = await pipe.execute(raise_on_error=False)
        return [_position(one, answer) for one, answer in zip(entries, answers, strict=True)]

    async def read(self, *, after: str = START, partition: Partition = 0, limit: int) -> list[Entry]:
        """Up to `limit` entries behind a position, oldest first."""
        found = await self._redis.xrange(self.key_of(partition), f"({after}", "+", count=limit)
        return _entries(found)

    async def wait(self, after: Mapping[P, str], *, limit: int, seconds: float) -> dict[P, list[Entry]]:
        """Up to `limit` entries of each partition behind its position, as soon as one of them has any.

        Nothing after `seconds`. A wait holds a connection: whoever waits long has a pool of its own.
        """
        partitions = {self.key_of(partition): partition for partition in after}
        keys: dict[Any, Any] = {key: after[partition] for key, partition in partitions.items()}
        found: Any = await self._redis.xread(keys, count=limit, block=max(1, round(seconds * 1000)))
        # of the protocol's third version each key has a list of pages, of the second one it has the entries
        pages = {
            key: page[0] if page and isinstance(page[0], list) else page
            for key, page in dict(found or {}).items()
        }
        return {partitions[key]: _entries(page) for key, page in pages.items() if page}

    async def newest(self, count: int, *, partition: Partition = 0) -> list[Entry]:
        """The last `count` entries, oldest first."""
        return _entries(reversed(await self._redis.xrevrange(self.key_of(partition), count=count)))

    async def tail(self, partition: Partition = 0) -> str:
        """The position of the last entry; `START` of an empty partition."""
        newest = await self.newest(1, partition=partition)
        return newest[0].id if newest else START

    async def has(self, position: str, *, partition: Partition = 0) -> bool:
        """Whether the entry of that position is in the log now."""
        return bool(await self._redis.xrange(self.key_of(partition), position, position))

    async def length(self, partition: Partition = 0) -> int:
        """How many entries the log holds."""
        return int(await self._redis.xlen(self.key_of(partition)))

    async def trim(self, before: str, *, partition: Partition = 0, within: Any = None) -> None:
        """Remove what lies before a position; the entry at it stays.

        `within` is a Redis pipeline that does it together with something else, when it is executed.
        """
        await (within or self._redis).xtrim(self.key_of(partition), minid=before, approximate=False)


def _position(entry: NewEntry, answer: Any) -> str:
    if isinstance(answer, ResponseError) and entry.at and NOT_BEHIND in str(answer):
        return entry.at
    if isinstance(answer, Exception):
        raise answer
    return str(answer)


def _entries(found: Any) -> list[Entry]:
    return [Entry(position, fields) for position, fields in found]
