"""Tweets as rows: written with the news of them in one transaction, read by id, by author, or as a timeline."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from designs.twitter.config import Config
from designs.twitter.engine.archive import LARGEST, Archive
from designs.twitter.engine.models import LIKE_COUNT, NEWS, SEARCH, TWEET
from sdlab.lab import EngineContext, TooMany
from sdlab.parts.outbox import Outbox

FIRST_ID = LARGEST + 1
MOST_TWEETS = 50_000
KEPT_SEARCHES = 8
COLUMNS = ("id", "author", "origin", "text", "at", "edited", "reply_to", "quote_of", "retweet_of")


@dataclass(frozen=True, slots=True)
class Tweet:
    """A tweet. `origin` wrote the text that is shown: of a retweet somebody else than its `author`."""

    id: int
    author: str
    origin: str
    text: str
    at: float
    edited: float = 0.0
    reply_to: int = 0
    quote_of: int = 0
    retweet_of: int = 0

    @property
    def shown_id(self) -> int:
        """What is liked, answered and opened: of a retweet the tweet itself."""
        return self.retweet_of or self.id


class TweetStore:
    """The rows of a room, and the archive behind them. What is deleted keeps a row with its id only."""

    def __init__(self, context: EngineContext[Config]) -> None:
        self._context = context
        self._room, self._sql = context.room.id, context.room.sql
        self.news = Outbox(context.room, NEWS, reader="indexed")
        self.rows = 0
        self.last_id = FIRST_ID - 1

    @property
    def archive(self) -> Archive:
        """What was there before the room, of the size that is chosen."""
        return Archive(self._context.config.archive)

    def archived(self, id: int) -> Tweet:
        """A tweet of the archive."""
        _, author, text, at = self.archive.tweet(id)
        return Tweet(id, author, author, text, at)

    async def open(self) -> None:
        """Go on behind the last id."""
        query = sa.select(sa.func.count(), sa.func.max(TWEET.c.id)).where(TWEET.c.room == self._room)
        self.rows, last = await self._sql.read(lambda c: c.execute(query).one())
        self.last_id = last or self.last_id
        await self.news.open()

    def new(self, author: str, text: str, **more: Any) -> Tweet:
        """A tweet that is to be added. `TooMany` in a full room."""
        if self.rows >= MOST_TWEETS:
            raise TooMany(f"this room is full: it holds {self.rows:,} tweets")
        self.last_id += 1
        self.rows += 1
        return Tweet(
            self.last_id, author, more.pop("origin", author), text, self._context.clock.time(), **more
        )

    async def add(self, tweets: Sequence[Tweet]) -> None:
        """Rows, and the news of them."""
        rows = [{"room": self._room, **asdict(one)} for one in tweets]
        news = [("put", asdict(one)) for one in tweets]
        now = self._context.clock.time()

        def work(connection: Connection) -> None:
            connection.execute(TWEET.insert(), rows)
            self.news.put(connection, news, now=now)

        await self._sql.write(work)

    async def pass_on(self, retweet: Tweet) -> bool:
        """Add a retweet and the news of it; false where its author has passed the tweet on already."""
        insert = self._sql.insert(TWEET).values({"room": self._room, **asdict(retweet)})
        once, now = insert.on_conflict_do_nothing(), self._context.clock.time()

        def work(connection: Connection) -> bool:
            new = bool(connection.execute(once).rowcount)
            if new:
                self.news.put(connection, [("put", asdict(retweet))], now=now)
            return new

        new = await self._sql.write(work)
        self.rows -= not new
        return new

    async def edit(self, tweet: Tweet, text: str) -> Tweet:
        """Another text."""
        now = self._context.clock.time()
        changed = replace(tweet, text=text, edited=now)
        row = (TWEET.c.room == self._room) & (TWEET.c.id == tweet.id)

        def work(connection: Connection) -> None:
            connection.execute(TWEET.update().where(row).values(text=text, edited=now))
            self.news.put(connection, [("put", asdict(changed))], now=now)

        await self._sql.write(work)
        return changed

    async def delete(self, id: int, *, also: Any, tell: bool) -> list[int]:
        """Take a tweet and its retweets away, and `also(connection, ids)` in the same transaction; their ids."""
        now = self._context.clock.time()
        these = (TWEET.c.room == self._room) & sa.or_(TWEET.c.id == id, TWEET.c.retweet_of == id)

        def work(connection: Connection) -> list[int]:
            ids = list(connection.execute(sa.select(TWEET.c.id).where(these)).scalars())
            connection.execute(
                TWEET.update().where(these).values(deleted=True, text="", author="", origin="")
            )
            also(connection, ids)
            if tell:
                self.news.put(connection, [("del", one) for one in ids], now=now)
            return ids

        return await self._sql.write(work)

    def existing(self, connection: Connection, names: set[str]) -> set[str]:
        """Which of these tweets there are; for the transaction that adds a like."""
        ids = [int(name) for name in names]
        query = sa.select(TWEET.c.id).where(TWEET.c.room == self._room, TWEET.c.id.in_(ids), ~TWEET.c.deleted)
        found = {str(one) for one in connection.execute(query).scalars()}
        return found | {str(one) for one in ids if one in self.archive}

    # Reading

    def by_ids(self, connection: Connection, ids: Collection[int]) -> dict[int, Tweet]:
        """Those that there are, by id."""
        old = {one: self.archived(one) for one in ids if one in self.archive}
        new = [one for one in ids if one not in old]
        found = self._select(connection, TWEET.c.id.in_(new)) if new else []
        return {**old, **{one.id: one for one in found}}

    async def read(self, ids: Collection[int]) -> dict[int, Tweet]:
        """Those that there are, by id."""
        return await self._sql.read(lambda connection: self.by_ids(connection, ids))

    def timeline(
        self,
        connection: Connection,
        authors: Collection[str],
        hidden: Collection[str],
        *,
        below: int = 0,
        offset: int = 0,
        limit: int = 20,
    ) -> list[Tweet]:
        """Newest first, of these authors and of nobody hidden, behind an id or behind so many."""
        where = [TWEET.c.author.in_(authors), TWEET.c.reply_to == 0]
        if hidden:
            where.append(TWEET.c.origin.not_in(hidden))
        if below:
            where.append(TWEET.c.id < below)
        return self._select(connection, *where, offset=offset, limit=limit)

    def replies(self, connection: Connection, id: int, limit: int) -> list[Tweet]:
        """Oldest first."""
        return self._select(connection, TWEET.c.reply_to == id, limit=limit, ascending=True)

    def of_author(self, connection: Connection, author: str, *, below: int, limit: int) -> list[Tweet]:
        """What somebody wrote or passed on, newest first."""
        where = [TWEET.c.author == author] + ([TWEET.c.id < below] if below else [])
        return self._select(connection, *where, limit=limit)

    async def retweet_by(self, author: str, id: int) -> Tweet | None:
        """The retweet of `id` that `author` has made."""
        found = await self._sql.read(
            lambda c: self._select(c, TWEET.c.author == author, TWEET.c.retweet_of == id, limit=1)
        )
        return found[0] if found else None

    async def all(self) -> list[Tweet]:
        """Every tweet, oldest first."""
        return await self._sql.read(lambda c: self._select(c, sa.true(), limit=MOST_TWEETS, ascending=True))

    def like(self, connection: Connection, words: Sequence[str]) -> list[Tweet]:
        """A scan: newest first, every text that has all of these somewhere."""
        where = [TWEET.c.text.icontains(word, autoescape=True) for word in words]
        return self._select(connection, TWEET.c.retweet_of == 0, *where, limit=MOST_TWEETS)

    def _select(
        self,
        connection: Connection,
        *where: Any,
        offset: int = 0,
        limit: int = MOST_TWEETS,
        ascending: bool = False,
    ) -> list[Tweet]:
        order = TWEET.c.id.asc() if ascending else TWEET.c.id.desc()
        query = (
            sa.select(*[TWEET.c[name] for name in COLUMNS])
            .where(TWEET.c.room == self._room, ~TWEET.c.deleted, *where)
            .order_by(order)
            .limit(limit)
        )
        return [Tweet(*row) for row in connection.execute(query.offset(offset) if offset else query)]

    def stored_likes(self, connection: Connection) -> dict[int, int]:
        """Likes as the database was last told, of every tweet that has any."""
        query = sa.select(LIKE_COUNT.c.name, LIKE_COUNT.c.flushed).where(LIKE_COUNT.c.room == self._room)
        return {int(name): count for name, count in connection.execute(query) if count}

    # What was searched for

    async def searched(self, term: str, by: str) -> None:
        """Note it; the newest few are kept."""
        row = {"room": self._room, "term": term, "by": by, "at": self._context.clock.time()}
        newest = (
            sa.select(SEARCH.c.term)
            .where(SEARCH.c.room == self._room)
            .order_by(SEARCH.c.at.desc())
            .limit(KEPT_SEARCHES)
        )

        def work(connection: Connection) -> None:
            insert = self._sql.insert(SEARCH).values(row)
            connection.execute(
                insert.on_conflict_do_update(
                    index_elements=["room", "term"], set_={"by": by, "at": row["at"]}
                )
            )
            kept = list(connection.execute(newest).scalars())
            connection.execute(SEARCH.delete().where(SEARCH.c.room == self._room, SEARCH.c.term.not_in(kept)))

        await self._sql.write(work)

    def recent_searches(self, connection: Connection) -> list[tuple[str, str]]:
        """Term and who, newest first."""
        query = sa.select(SEARCH.c.term, SEARCH.c.by).where(SEARCH.c.room == self._room)
        return [(term, by) for term, by in connection.execute(query.order_by(SEARCH.c.at.desc()))]
