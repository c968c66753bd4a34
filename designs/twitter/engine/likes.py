"""Likes: who likes what as rows, exact counts in Valkey, and in the database what the rule has flushed."""

from __future__ import annotations

from collections import Counter, OrderedDict
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from designs.twitter.config import Config
from designs.twitter.engine.models import LIKE, LIKE_COUNT
from designs.twitter.engine.nodes import COUNTER, SERVICE, STORE
from designs.twitter.engine.strategies import COUNTINGS, ONCES
from designs.twitter.engine.tweets import TweetStore
from sdlab.lab import EngineContext, NotFound, TooMany, acting
from sdlab.parts.two_stage_counter import Counted, Flush, TwoStageCounter

MOST_LIKES = 150_000
FOLLOWED_UP = 40  # tweets whose counts are looked into


def _reach(
    context: EngineContext[Config], node: str
) -> Callable[[str, Callable[[], Awaitable[Any]]], Awaitable[Any]]:
    async def reach(operation: str, work: Callable[[], Awaitable[Any]]) -> Any:
        return await context.node(node).call(operation, work, source=SERVICE)

    return reach


class Likes:
    """Counts each like once per person, and keeps a record of what was acknowledged.

    `acknowledged` is, per tweet that was liked lately, the highest count that a liker was told, since
    somebody took a like back.
    """

    def __init__(self, context: EngineContext[Config], store: TweetStore) -> None:
        self._context = context
        self.presses = self.counted = self.repeats = self.losses = self.rows = 0
        self.writes: Counter[str] = Counter()
        self.taken_back: Counter[str] = Counter()
        self.acknowledged: OrderedDict[str, int] = OrderedDict()
        self.told_at: dict[str, float] = {}  # when that count was told first, seconds of the clock
        self.flushed: dict[str, int] = {}
        self.leaving: set[str] = set()  # tweets that are deleted, or just about to be
        self.hottest = self.picked = ""  # the most liked, and what was liked by hand last
        self.settling = False
        self.counter = TwoStageCounter(
            context.room,
            LIKE,
            LIKE_COUNT,
            reach_store=_reach(context, STORE),
            reach_counter=_reach(context, COUNTER),
        )
        self.counter.existing = store.existing
        news, clock = store.news, context.clock

        def tell(connection: Connection, flush: Flush) -> None:
            news.put(connection, [("likes", [int(flush.name), flush.count])], now=clock.time())

        self.counter.flushed = tell
        self.sync()

    def sync(self) -> None:
        """Count by the rules of now."""
        self.counter.rule = COUNTINGS[self._context.config.counting].rule
        self.counter.once = ONCES[self._context.config.once].keeps_set

    async def open(self) -> None:
        """Forget counts that a crash has left apart from the rows."""
        await self.counter.open()
        query = (
            sa.select(LIKE.c.name, sa.func.count())
            .where(LIKE.c.room == self._context.room.id)
            .group_by(LIKE.c.name)
        )
        found = await self._context.room.sql.read(lambda c: c.execute(query).all())
        self.rows = sum(count for _, count in found)
        newest = sorted(found, key=lambda one: one[1])[-FOLLOWED_UP:]
        await self.counter.settle([name for name, _ in newest])
        self.counter.rebuilt = 0  # what was built for the first time is no repair
        for name, count in newest:
            self._remember(name, count)

    async def changed_rules(self, before: Config) -> None:
        """Bring what is stored to the rules of now."""
        self.settling = True
        try:
            await self._settle(before)
        finally:
            self.settling = False

    async def _settle(self, before: Config) -> None:
        self.sync()
        query = sa.select(LIKE.c.name).where(LIKE.c.room == self._context.room.id).distinct()
        names = list(await self._context.room.sql.read(lambda c: c.execute(query).scalars().all()))
        if before.once != self._context.config.once:
            await self.counter.drop(names)
            self.acknowledged.clear()
            self.told_at.clear()
        await self.counter.settle(names)

    async def add(self, id: int, by: str) -> Counted:
        """Count a like. `NotFound` where the tweet is gone, `TooMany` in a full room."""
        return (await self.add_many(id, (by,)))[0]

    async def add_many(self, id: int, fans: Sequence[str]) -> list[Counted]:
        """Count the likes of some who come at the same moment."""
        if self.rows >= MOST_LIKES:
            raise TooMany(f"this room is full: it holds {self.rows:,} likes")
        name = str(id)
        self.presses += len(fans)
        taken = self.taken_back[name]
        counted = await self.counter.add_many(name, fans, now=self._context.clock.time())
        if not counted:
            raise NotFound(f"there is no tweet {id}")
        new = sum(one.changed for one in counted)
        self.counted += new
        self.repeats += len(counted) - new
        self.rows += new
        self.writes[name] += sum(one.due for one in counted)
        if taken == self.taken_back[name]:
            self._remember(name, counted[-1].count)
            self.picked = name if acting().by_hand else self.picked
            self.flushed[name] = counted[-1].flush.count
        return counted

    async def remove(self, id: int, by: str) -> Counted:
        """Take a like back."""
        name = str(id)
        self.taken_back[name] += 1
        counted = await self.counter.remove(name, by)
        self.rows -= counted.changed
        self.writes[name] += counted.due
        self.taken_back[name] += 1
        if name in self.acknowledged:  # of some who take theirs back at once the lowest count holds
            self.acknowledged[name] = min(counted.count, self.acknowledged[name])
            self.told_at[name] = self._context.clock.time()
            self.flushed[name] = counted.flush.count
            self.hottest = max(self.acknowledged, key=self.acknowledged.__getitem__)
        return counted

    @property
    def behind(self) -> int:
        """How far the database is behind at most, of the tweets that were liked since opened."""
        return max(
            (self.acknowledged.get(name, 0) - count for name, count in self.flushed.items()), default=0
        )

    def _remember(self, name: str, count: int) -> None:
        if count > self.acknowledged.get(name, -1):
            self.told_at[name] = self._context.clock.time()
        self.acknowledged[name] = max(count, self.acknowledged.get(name, 0))
        self.acknowledged.move_to_end(name)
        if count > self.acknowledged.get(self.hottest, -1):
            self.hottest = name
        while len(self.acknowledged) > FOLLOWED_UP:
            gone = next(one for one in self.acknowledged if one != self.hottest)
            del self.acknowledged[gone]
            self.flushed.pop(gone, None)
            self.told_at.pop(gone, None)

    def explain(self, counted: Counted, *, back: bool = False) -> None:
        """Why it counted, and why the database was told or not; `back`: of a like that is taken back."""
        config, decide = self._context.config, self._context.decide
        ONCES[config.once]().explain(decide, counted, back=back)
        COUNTINGS[config.counting]().explain(decide, counted, back=back)

    async def forget(self, ids: Sequence[int]) -> None:
        """Their rows are gone: so are their counts."""
        names = [str(id) for id in ids]
        for name in names:
            self.taken_back[name] += 1
            self.acknowledged.pop(name, None)
            self.told_at.pop(name, None)
            if name == self.hottest:
                self.hottest = ""
        await self.counter.drop(names)

    async def kept(self, id: int) -> int:
        """The count that Valkey has under that name, past the node; 0 for none."""
        return int(await self._context.room.redis.hget(self.counter.key(str(id)), "count") or 0)

    async def has(self, id: int, member: str) -> bool:
        """Whether somebody's like is in the rows, and in the count."""
        row = (LIKE.c.room == self._context.room.id) & (LIKE.c.name == str(id))
        query = sa.select(LIKE.c.member).where(row, LIKE.c.member == member)
        found = await self._context.room.sql.read(lambda c: c.execute(query).one_or_none())
        counts, rows = await self.counter.counts([str(id)]), await self.counter.truth([str(id)])
        return found is not None and counts == rows

    async def lose(self) -> int:
        """What a restart without persistence does: every count goes; how many keys that were."""
        self.losses += 1
        redis, pattern = self._context.room.redis, self._context.room.key("count", "*")
        keys = [key async for key in redis.scan_iter(match=pattern, count=1000)]
        for start in range(0, len(keys), 500):
            await redis.unlink(*keys[start : start + 500])
        return len(keys)
