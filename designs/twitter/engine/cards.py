"""Tweets as somebody sees them: with exact counts, what is quoted, and what one has done oneself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from designs.twitter.config import Config
from designs.twitter.engine.likes import Likes
from designs.twitter.engine.members import Members
from designs.twitter.engine.models import LIKE, TWEET
from designs.twitter.engine.tweets import Tweet, TweetStore
from sdlab.lab import EngineContext

UNAVAILABLE = "This tweet is not available."


@dataclass(frozen=True, slots=True)
class Card:
    """What is shown of a tweet. `passed_on` retweeted it; `quoted` is author and text of what it quotes."""

    tweet: Tweet
    passed_on: str
    likes: int
    replies: int
    retweets: int
    liked: bool
    retweeted: bool
    quoted: tuple[int, str, str] | None


@dataclass(frozen=True, slots=True)
class Around:
    """What stands around some tweets, read in one look."""

    others: dict[int, Tweet]
    replies: dict[int, int]
    retweets: dict[int, int]
    liked: set[int]
    retweeted: set[int]


class Cards:
    """Puts cards together: one look at the rows, one at the counts."""

    def __init__(
        self, context: EngineContext[Config], store: TweetStore, likes: Likes, members: Members
    ) -> None:
        self._room, self._sql = context.room.id, context.room.sql
        self._store, self._likes, self._members = store, likes, members

    async def of(self, tweets: Sequence[Tweet], viewer: str) -> list[Card]:
        """Cards in that order; of retweets what they pass on, as far as it is still there."""
        if not tweets:
            return []
        around = await self._sql.read(lambda connection: self.around(connection, tweets, viewer))
        counts = await self._likes.counter.counts(sorted({str(one.shown_id) for one in tweets}))
        return self.put_together(tweets, viewer, around, counts)

    def put_together(
        self, tweets: Sequence[Tweet], viewer: str, around: Around, counts: dict[str, int]
    ) -> list[Card]:
        """Cards of what was read."""
        found = []
        for one in tweets:
            shown = around.others.get(one.retweet_of) if one.retweet_of else one
            if shown is not None:
                found.append(self._card(one, shown, viewer, around, counts))
        return found

    def _card(self, one: Tweet, shown: Tweet, viewer: str, around: Around, counts: dict[str, int]) -> Card:
        return Card(
            shown,
            one.author if one.retweet_of else "",
            counts.get(str(shown.id), 0),
            around.replies.get(shown.id, 0),
            around.retweets.get(shown.id, 0),
            shown.id in around.liked,
            shown.id in around.retweeted,
            self._quoted(shown, viewer, around.others),
        )

    def _quoted(self, tweet: Tweet, viewer: str, others: dict[int, Tweet]) -> tuple[int, str, str] | None:
        if not tweet.quote_of:
            return None
        quoted = others.get(tweet.quote_of)
        if quoted is None or not self._members.may_see(viewer, quoted.author):
            return 0, "", UNAVAILABLE
        return quoted.id, quoted.author, quoted.text

    def around(self, connection: Connection, tweets: Sequence[Tweet], viewer: str) -> Around:
        """What these pass on and quote, how often they are answered and passed on, and what the viewer did."""
        others = self._store.by_ids(connection, {one.retweet_of for one in tweets} - {0})
        quotes = {one.quote_of for one in (*tweets, *others.values())} - {0}
        others |= self._store.by_ids(connection, quotes - others.keys())
        ids = {one.shown_id for one in tweets}
        names = [str(id) for id in ids]
        mine = sa.select(LIKE.c.name).where(
            LIKE.c.room == self._room, LIKE.c.name.in_(names), LIKE.c.member == viewer
        )
        passed_on = sa.select(TWEET.c.retweet_of).where(
            self._there(), TWEET.c.retweet_of.in_(ids), TWEET.c.author == viewer
        )
        return Around(
            others,
            self._counted(connection, TWEET.c.reply_to, ids),
            self._counted(connection, TWEET.c.retweet_of, ids),
            {int(name) for name in connection.execute(mine).scalars()},
            set(connection.execute(passed_on).scalars()),
        )

    def _counted(self, connection: Connection, column: sa.Column[int], ids: set[int]) -> dict[int, int]:
        query = sa.select(column, sa.func.count()).where(self._there(), column.in_(ids)).group_by(column)
        return dict(connection.execute(query).all())

    def _there(self) -> sa.ColumnElement[bool]:
        return (TWEET.c.room == self._room) & ~TWEET.c.deleted
