"""What panels and the product show of the stores: rows, counts and outbox, in one look."""

from __future__ import annotations

from dataclasses import dataclass, replace

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from designs.twitter.config import Config
from designs.twitter.engine.cards import Around, Card, Cards
from designs.twitter.engine.cast import VISITOR
from designs.twitter.engine.claims import Cut, read_cut
from designs.twitter.engine.likes import Likes
from designs.twitter.engine.members import Members
from designs.twitter.engine.models import LIKE, NEWS, TWEET
from designs.twitter.engine.tweets import Tweet, TweetStore
from sdlab.lab import EngineContext

HOME = 30  # what was on top when a visitor came is still there a minute later
HOT = 8


@dataclass(frozen=True, slots=True)
class Stages:
    """A tweet's likes: rows, count in Valkey (none where it is lost), what the script has flushed, the database's count."""

    name: str
    rows: int
    exact: int | None
    flushed: int
    people: int


@dataclass(frozen=True, slots=True)
class Looked:
    """One look at the stores. Counts are none before the first."""

    known: bool = False
    home: tuple[Card, ...] = ()
    stages: tuple[Stages, ...] = ()
    tweets: int = 0
    deleted: int = 0
    likes: int = 0
    news: int = 0
    waiting: int = 0
    oldest: float = 0.0
    searches: tuple[tuple[str, str], ...] = ()


class StoreReader:
    """Looks past the nodes that may be broken: it shows what is there."""

    def __init__(
        self, context: EngineContext[Config], store: TweetStore, likes: Likes, members: Members, cards: Cards
    ) -> None:
        self._context, self._store, self._likes = context, store, likes
        self._members, self._cards = members, cards
        self.me = VISITOR
        self.look = context.look(self._read, Looked())

    async def _read(self) -> Looked:
        told, leaving = self._likes.acknowledged, self._likes.leaving
        names = sorted((one for one in told if one not in leaving), key=lambda one: -told[one])
        picked = self._likes.picked if self._likes.picked in names[HOT:] else ""
        names = [*names[: HOT - 1], picked] if picked else names[:HOT]
        counts = await self._stage_one(names)
        cut, home, around, looked = await self._context.room.sql.read(
            lambda connection: self._rows(connection, names)
        )
        exact = await self._counts([str(one.shown_id) for one in home])
        stages = tuple(
            Stages(name, cut.rows.get(name, 0), counts[name][0], cut.flushed.get(name, 0), counts[name][1])
            for name in names
        )
        shown = self._cards.put_together(home, self.me, around, exact)
        return replace(looked, home=tuple(shown), stages=stages)

    async def _stage_one(self, names: list[str]) -> dict[str, tuple[int | None, int]]:
        """Count and members of each, as Valkey has them; no count where it is lost."""
        if not names:
            return {}
        pipe = self._context.room.redis.pipeline(transaction=True)
        for name in names:
            key = self._likes.counter.key(name)
            pipe.hget(key, "count")
            pipe.scard(f"{key}:members")
        found = iter(await pipe.execute())
        return {
            name: (None if count is None else int(count), int(people))
            for name, count, people in zip(names, found, found, strict=True)
        }

    async def _counts(self, names: list[str]) -> dict[str, int]:
        """Counts of what is on the screen; those that are lost are counted in the rows."""
        if not names:
            return {}
        pipe = self._context.room.redis.pipeline(transaction=False)
        for name in names:
            pipe.hget(self._likes.counter.key(name), "count")
        found = dict(zip(names, await pipe.execute(), strict=True))
        lost = [name for name, count in found.items() if count is None]
        rows = await self._likes.counter.truth(lost) if lost else {}
        return {name: rows[name] if count is None else int(count) for name, count in found.items()}

    def _rows(self, connection: Connection, names: list[str]) -> tuple[Cut, list[Tweet], Around, Looked]:
        cut = read_cut(connection, self._context.room.id, names) if names else Cut({}, {})
        authors, hidden = self._members.feeds(self.me), self._members.hidden_from(self.me)
        home = self._store.timeline(connection, authors, hidden, limit=HOME)
        return cut, home, self._cards.around(connection, home, self.me), self._numbers(connection)

    def _numbers(self, connection: Connection) -> Looked:
        room, count = self._context.room.id, sa.func.count()
        gone = sa.func.coalesce(sa.func.sum(sa.cast(TWEET.c.deleted, sa.Integer)), 0)
        tweets, deleted = connection.execute(sa.select(count, gone).where(TWEET.c.room == room)).one()
        likes = connection.execute(sa.select(count).select_from(LIKE).where(LIKE.c.room == room)).scalar_one()
        news = connection.execute(sa.select(count).select_from(NEWS).where(NEWS.c.room == room)).scalar_one()
        behind = (NEWS.c.room == room) & (NEWS.c.id > self._store.news.applied)
        waiting, oldest = connection.execute(sa.select(count, sa.func.min(NEWS.c.at)).where(behind)).one()
        return Looked(
            known=True,
            tweets=tweets,
            deleted=deleted,
            likes=likes,
            news=news,
            waiting=waiting,
            oldest=max(0.0, self._context.clock.time() - oldest) if waiting else 0.0,
            searches=tuple(self._store.recent_searches(connection)),
        )
