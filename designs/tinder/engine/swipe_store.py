"""Swipes, partitioned by who swiped, on two replicas that tell each other later.

A person's own replica has their swipes at once; the other one gets them from `replication`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from designs.tinder.config import Config
from designs.tinder.engine.replication import Replication
from designs.tinder.engine.swipe_scripts import RECORD
from sdlab.lab import EngineContext, LabError
from sdlab.lab.room import Room
from sdlab.parts.coalescer import Coalescer

LIKE, DISLIKE = "L", "D"
PARTITIONS = 8
LARGEST_BATCH = 128
MOST_SWIPES = 1_200_000
MOST_LIKERS = 500


@dataclass(frozen=True, slots=True)
class Swipe:
    """One swipe on its way into the store; `check` asks for the match in the same step."""

    me: int
    them: int
    like: bool
    at: float
    check: bool


@dataclass(frozen=True, slots=True)
class StoredSwipe:
    """What the store says: was it new, which intent stands, the match if that was asked for and there is one."""

    first: bool
    like: bool
    match: int


@dataclass(slots=True)
class AnnouncedSwipe:
    """A swipe that is being written; `written` is false when it turned out to be none."""

    written: bool = True


def home(number: int) -> int:
    """The replica that a person's app servers write to."""
    return number % 2


def partition(number: int) -> int:
    """The partition of a swiping person."""
    return (number * 2_654_435_761 >> 7) % PARTITIONS


class SwipeBatches:
    """Writes and reads of many in one round trip."""

    def __init__(self, room: Room, replication: Replication) -> None:
        self._room = room
        self._replication = replication
        self._record = room.redis.register_script(RECORD)

    async def write(self, batch: Sequence[Swipe]) -> list[StoredSwipe]:
        """Each to the replica of whoever swiped, in order."""
        args: list[int | str] = []
        for one in batch:
            args += [one.me, one.them, LIKE if one.like else DISLIKE, f"{one.at:.4f}", int(one.check)]
        answers = await self._record(keys=[self._room.key("")], args=args)
        self._replication.wake()
        return [StoredSwipe(bool(first), stands == LIKE, int(seq)) for first, stands, seq in answers]

    async def read(self, batch: Sequence[tuple[str, int]]) -> list[str]:
        """One entry of each of these keys."""
        async with self._room.redis.pipeline(transaction=False) as pipe:
            for key, them in batch:
                pipe.hget(key, str(them))
            return [found or "" for found in await pipe.execute()]


class SwipeStore:
    """The swipes of a room. `history` is how many each person has made, on whatever replica."""

    def __init__(self, context: EngineContext[Config], replication: Replication) -> None:
        self._room = context.room
        self._redis = context.room.redis
        self.replication = replication
        batches = SwipeBatches(context.room, replication)
        self._writes: Coalescer[Swipe, StoredSwipe] = Coalescer(batches.write, largest=LARGEST_BATCH)
        self._reads: Coalescer[tuple[str, int], str] = Coalescer(batches.read, largest=LARGEST_BATCH)
        self.history: dict[int, int] = {}
        self.total = 0

    def key(self, replica: int, number: int) -> str:
        """The key of a person's swipes on a replica."""
        return self._room.key("swipes", replica, number)

    async def open(self) -> None:
        """Read how much everybody has swiped."""
        history = await self._redis.hgetall(self._room.key("history"))
        self.history = {int(number): int(count) for number, count in history.items()}
        self.total = sum(self.history.values())
        await self.replication.open()

    async def close(self) -> None:
        """Stop sending."""
        await self._writes.close()
        await self._reads.close()

    async def record(self, swipe: Swipe) -> StoredSwipe:
        """Write a swipe to its own replica, once; swipes that wait travel together."""
        answer = await self._writes.ask(swipe)
        if answer.first:
            self.history[swipe.me] = self.history.get(swipe.me, 0) + 1
            self.total += 1
        return answer

    @contextmanager
    def announced(self, me: int, them: int) -> Iterator[AnnouncedSwipe]:
        """A swipe is written in the block; `under_way` tells of it until both replicas know it.

        A refusal (`LabError`) and a repeat write nothing; after any other end it may have been written.
        """
        one = AnnouncedSwipe()
        fresh = self.replication.begins(me, them)
        try:
            yield one
        except LabError:
            one.written = False
            raise
        finally:
            if fresh and not one.written:
                self.replication.over(me, them)

    def under_way(self, me: int) -> frozenset[int]:
        """Whom a person has swiped and one of the replicas may not know yet."""
        return frozenset(self.replication.under_way.get(me, ()))

    async def entry(self, replica: int, me: int, them: int) -> str:
        """What `me` said of `them` as that replica knows it: intent and time, or nothing."""
        return await self._reads.ask((self.key(replica, me), them))

    async def entries(self, replica: int, me: int, them: Sequence[int]) -> dict[int, str]:
        """The entries of one person about these, as that replica has them."""
        if not them:
            return {}
        found = await self._redis.hmget(self.key(replica, me), list(them))
        return {number: value for number, value in zip(them, found, strict=True) if value}

    async def everyone(self, me: int) -> list[int]:
        """Everybody that a person has swiped, from their own replica."""
        return [int(one) for one in await self._redis.hkeys(self.key(home(me), me))]

    async def counted(self, me: int) -> tuple[int, int]:
        """How many entries a person has, and how many were counted: read at one moment."""
        async with self._redis.pipeline(transaction=True) as pipe:
            pipe.hlen(self.key(home(me), me)).hget(self._room.key("history"), str(me))
            entries, counted = await pipe.execute()
        return int(entries), int(counted or 0)

    async def likers(self, me: int) -> frozenset[int]:
        """Some of those who like this person, at most `MOST_LIKERS`."""
        found = await self._redis.srandmember(self._room.key("likers", me), MOST_LIKERS)
        return frozenset(int(one) for one in found)
