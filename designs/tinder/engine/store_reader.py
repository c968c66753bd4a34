"""What the panels show of the stores: the watched user's feed, everybody's swipes, the phones' matches, the outbox."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

from designs.tinder.config import Config
from designs.tinder.engine.demo_users import DemoUsers
from designs.tinder.engine.feed_cache import MOST_PREPARED, FeedCache, PreparedFeed, feed_of
from designs.tinder.engine.matches import Match, Matches
from designs.tinder.engine.people import VISITOR_NUMBER
from designs.tinder.engine.swipe_scripts import PARTITION_SIZES
from designs.tinder.engine.swipe_store import PARTITIONS, home
from sdlab.lab import EngineContext
from sdlab.parts.outbox import Outbox

MATCHES_SHOWN = 12


@dataclass(frozen=True, slots=True)
class PhoneLook:
    """One phone's swipes and matches: how many there are, and the newest matches, newest first."""

    swipes: int = 0
    matches: tuple[Match, ...] = ()
    match_total: int = 0


@dataclass(frozen=True, slots=True)
class StoreLook:
    """Everything at one look. `watched` is whose feed it is; `partitions` has swipes and people of each.

    `behind` are the swipes that wait for the other replica, `matches` all matches of the room;
    `waiting` of the `news` in the outbox have not been captured, the oldest for `lag_s` seconds.
    """

    watched: int = VISITOR_NUMBER
    feed: PreparedFeed | None = None
    partitions: tuple[tuple[int, int], ...] = ((0, 0),) * PARTITIONS
    behind: tuple[int, int] = (0, 0)
    matches: int = 0
    phones: dict[int, PhoneLook] = field(default_factory=dict)
    waiting: int = 0
    news: int = 0
    lag_s: float = 0.0


class StoreReader:
    """`look` is renewed before each frame, while somebody watches."""

    def __init__(
        self,
        context: EngineContext[Config],
        cache: FeedCache,
        matches: Matches,
        demo_users: DemoUsers,
        outbox: Outbox,
    ) -> None:
        self._context, self._room = context, context.room
        self._cache, self._matches = cache, matches
        self._demo_users, self._outbox = demo_users, outbox
        self.look = context.look(self._read, StoreLook())

    async def _read(self) -> StoreLook:
        watched, key = self._demo_users.watched, self._room.key
        about, queue = self._cache.keys(watched)
        async with self._room.redis.pipeline(transaction=True) as pipe:
            pipe.get(about).zrange(queue, 0, MOST_PREPARED - 1)
            pipe.llen(key("replicate", 0)).llen(key("replicate", 1)).hlen(key("match-log"))
            pipe.eval(PARTITION_SIZES, 1, key(""), PARTITIONS)
            stored, members, west, east, matches, sizes = await pipe.execute()
        phones = self._demo_users.phones
        seen = await asyncio.gather(*map(self._phone, phones))
        waiting, lag_s = await self._outbox.lag(self._context.clock.time())
        return StoreLook(
            watched=watched,
            feed=None if stored is None else feed_of(stored, members),
            partitions=tuple((int(swipes), int(people)) for swipes, people in sizes),
            behind=(int(west), int(east)),
            matches=int(matches),
            phones=dict(zip(phones, seen, strict=True)),
            waiting=waiting,
            news=await self._outbox.kept(),
            lag_s=lag_s,
        )

    async def _phone(self, number: int) -> PhoneLook:
        newest, total = await self._matches.newest(number, MATCHES_SHOWN)
        swipes = await self._room.redis.hlen(self._room.key("swipes", home(number), number))
        return PhoneLook(int(swipes), newest, total)
