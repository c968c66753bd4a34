"""The feed cache: for each person a queue of prepared cards with a time until which it may be served."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import orjson

from designs.tinder.config import Config
from designs.tinder.engine.people import People
from sdlab.lab import EngineContext

MOST_CARDS = 50
MOST_PREPARED = 150
KEPT_LONGER_S = 5.0
MOST_FEEDS = 2000


@dataclass(frozen=True, slots=True)
class PreparedFeed:
    """People in the order to be shown, with the points that ranked them.

    `complete`: there was nobody else; `source`: who was asked; `kept`: it was read from the cache.
    """

    numbers: tuple[int, ...]
    built: float
    until: float
    key: str
    complete: bool
    source: str
    points: Mapping[int, tuple[float, ...]] = field(default_factory=dict)
    kept: bool = False

    def points_of(self, number: int) -> tuple[float, ...]:
        """The points of one of them."""
        return tuple(self.points[number])


def feed_of(stored: bytes | str, members: Sequence[str]) -> PreparedFeed:
    """A queue as the store has it: what is known of it, and whose cards are left in it."""
    about = orjson.loads(stored)
    points = {int(number): tuple(got) for number, *got in about.pop("points")}
    numbers = tuple(one for one in map(int, members) if one in points)
    return PreparedFeed(numbers=numbers, points=points, kept=True, **about)


class FeedCache:
    """Queues in Redis, each a sorted set by rank; who holds whose card is known here, for evictions.

    It is a cache: a lab that opens begins with none. `known` are the queues that were read or written last.
    """

    def __init__(self, context: EngineContext[Config], people: People) -> None:
        self._room = context.room
        self._redis = context.room.redis
        self._people = people
        self.holders: defaultdict[int, set[int]] = defaultdict(set)
        self.known: dict[int, PreparedFeed] = {}

    async def load(self, number: int) -> PreparedFeed | None:
        """The queue of a person without the cards that were swiped or evicted; None when there is none."""
        about, queue = self.keys(number)
        async with self._redis.pipeline(transaction=True) as pipe:
            pipe.get(about).zrange(queue, 0, MOST_PREPARED - 1)
            stored, members = await pipe.execute()
        if stored is None:
            self._forget(number)
            return None
        found = feed_of(stored, members)
        self.known[number] = found
        return found

    async def save(self, number: int, prepared: PreparedFeed) -> None:
        """Keep this queue instead of the one before.

        Not one of people who are no more: it was being built while their number shrank.
        """
        if max((number, *prepared.numbers)) >= self._people.total:
            return
        about, queue = self.keys(number)
        # Lists, not names: a JSON object would make texts of the numbers.
        points = [[one, *(round(got, 3) for got in prepared.points_of(one))] for one in prepared.numbers]
        stored = {name: getattr(prepared, name) for name in ("built", "until", "key", "complete", "source")}
        stored["points"] = points
        ms = max(1, int((prepared.until - prepared.built + KEPT_LONGER_S) * 1000))
        async with self._redis.pipeline(transaction=True) as pipe:
            pipe.delete(queue).set(about, orjson.dumps(stored), px=ms)
            if prepared.numbers:
                pipe.zadd(queue, {str(one): rank for rank, one in enumerate(prepared.numbers)})
                pipe.pexpire(queue, ms)
            await pipe.execute()
        self._forget(number)
        self.known[number] = prepared
        for one in prepared.numbers:
            self.holders[one].add(number)
        while len(self.known) > MOST_FEEDS:
            await self.drop(next(iter(self.known)))

    def expire(self, now: float) -> None:
        """Forget who held which cards of feeds that are over."""
        for number in [number for number, one in self.known.items() if one.until + KEPT_LONGER_S < now]:
            self._forget(number)

    async def drop(self, number: int) -> int:
        """Forget a queue; how many cards were in it."""
        about, queue = self.keys(number)
        async with self._redis.pipeline(transaction=True) as pipe:
            pipe.zcard(queue).delete(about, queue)
            cards, _ = await pipe.execute()
        self._forget(number)
        return int(cards)

    async def evict(self, card: int, of: Sequence[int]) -> int:
        """Take one person's card out of these queues; in how many it was."""
        async with self._redis.pipeline(transaction=False) as pipe:
            for number in of:
                pipe.zrem(self.keys(number)[1], str(card))
            gone = sum(await pipe.execute())
        for number in of:
            self.holders[card].discard(number)
            self.removed(number, card)
        return int(gone)

    def removed(self, number: int, card: int) -> None:
        """The store has taken that card out of the queue; what is known of it follows."""
        if (known := self.known.get(number)) and card in known.numbers:
            self.known[number] = replace(known, numbers=tuple(one for one in known.numbers if one != card))

    async def clear(self) -> int:
        """Forget all queues; how many there were."""
        gone = 0
        for kind in ("about", "feed"):
            keys = [key async for key in self._redis.scan_iter(match=self._room.key(kind, "*"), count=1000)]
            gone = len(keys)
            if keys:
                await self._redis.unlink(*keys)
        self.holders.clear()
        self.known.clear()
        return gone

    def keys(self, number: int) -> tuple[str, str]:
        """The keys of a person's queue: what is known of it, and its cards."""
        return self._room.key("about", number), self._room.key("feed", number)

    def _forget(self, number: int) -> None:
        if (known := self.known.pop(number, None)) is not None:
            for one in known.numbers:
                self.holders[one].discard(number)
                if not self.holders[one]:
                    del self.holders[one]


def queue_capacity(config: Config) -> int:
    """How many cards a prepared queue holds."""
    return min(MOST_PREPARED, max(3 * config.batch, config.batch + MOST_CARDS))


def refill_below(config: Config) -> int:
    """With fewer cards left than this, the queue is built again in the background."""
    return config.batch + config.refill_at
