"""The source of truth: rows of the tweets of this room, behind an archive that all rooms share."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from functools import partial
from typing import NamedTuple

import numpy as np
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from designs.tweet_search.config import Config
from designs.tweet_search.engine.analysis import WORD_RULES, Query, language_of, words_of
from designs.tweet_search.engine.archive import Archive, Tweet, archive
from designs.tweet_search.engine.models import NEWS, TWEET
from designs.tweet_search.engine.nodes import SERVICE, TWEETS
from designs.tweet_search.engine.postings import Selected, terms_of
from sdlab.lab import EngineContext, NotFound, TooMany
from sdlab.lab.text import TextRule
from sdlab.parts.outbox import Outbox

TEXT = TextRule("text", 280)
LOADED_AT_ONCE = 10_000


class Posted(NamedTuple):
    """A tweet of this room with its terms under the rule of now."""

    tweet: Tweet
    terms: tuple[str, ...]


class TweetStore:
    """Every tweet by id. Those of this room are held in memory as they were written to their rows.

    `newest` is the largest id. Ids grow with time, so that they are also the order by time.
    """

    def __init__(self, context: EngineContext[Config]) -> None:
        self._context = context
        self.archive: Archive = archive(context.room.quota.corpus)
        self.outbox = Outbox(context.room, NEWS, reader="indexer")
        self.posted: dict[int, Posted] = {}
        self.newest = self.archive.size
        self._lock = asyncio.Lock()

    async def open(self) -> None:
        """Read the rows."""
        room = self._context.room
        query = sa.select(TWEET).where(TWEET.c.room == room.id).order_by(TWEET.c.id)
        rows = await room.sql.read(lambda connection: connection.execute(query).all())
        await self.outbox.open()
        for row in rows:
            self._keep(Tweet(row.id, row.author, row.text, row.language, row.at))

    def _keep(self, tweet: Tweet) -> None:
        self.posted[tweet.id] = Posted(tweet, self.terms_of(tweet))
        self.newest = max(self.newest, tweet.id)

    def analyse_again(self) -> None:
        """The rule of words has changed."""
        self.posted = {id: Posted(one.tweet, self.terms_of(one.tweet)) for id, one in self.posted.items()}

    def terms_of(self, tweet: Tweet) -> tuple[str, ...]:
        """Its terms, under the rule of now."""
        return tuple(WORD_RULES[self._context.config.words].terms(words_of(tweet.text), tweet.language))

    @property
    def size(self) -> int:
        """How many tweets there are."""
        return self.archive.size + len(self.posted)

    def has(self, id: int) -> bool:
        """Whether there is a tweet of that id."""
        return self.archive.has(id) or id in self.posted

    def tweet(self, id: int) -> Tweet:
        """The tweet of that id. `NotFound` without one."""
        if id in self.posted:
            return self.posted[id].tweet
        if not self.archive.has(id):
            raise NotFound(f"there is no tweet {id}")
        return self.archive.tweet(id)

    def popular(self, u: float) -> int:
        """The id of a tweet of the archive for a chance from 0 to 1: the more likes it has, the more chances lead to it."""
        return self.archive.popular(u)

    async def read(self, ids: Sequence[int]) -> list[Tweet]:
        """These tweets, for an answer. `Unavailable` while the store does not answer."""

        async def work() -> list[Tweet]:
            return [self.tweet(id) for id in ids if self.has(id)]

        found: list[Tweet] = await self._context.node(TWEETS).call("read by ids", work, source=SERVICE)
        return found

    async def post(self, author: str, text: str) -> Tweet:
        """A new tweet, in one transaction with the news of it. `Invalid` for what is no text, `TooMany` in a full room."""
        said = TEXT.check(text)
        room, now = self._context.room, self._context.clock.time()
        if 2 * len(self.posted) >= room.quota.rows:
            raise TooMany(f"this room is full: it holds {len(self.posted):,} tweets of its own")
        async with self._lock:
            tweet = Tweet(self.newest + 1, author, said, language_of(said), now)
            work = partial(self._insert, tweet=tweet)
            await self._context.node(TWEETS).call(
                "INSERT tweet and news", lambda: room.sql.write(work), source=SERVICE
            )
            self._keep(tweet)
        return tweet

    def _insert(self, connection: Connection, *, tweet: Tweet) -> None:
        connection.execute(TWEET.insert(), {"room": self._context.room.id, **tweet._asdict()})
        self.outbox.put(connection, [("tweet", tweet.id)], now=tweet.at)

    async def rows(self) -> tuple[int, int]:
        """How many rows of tweets and of news there are."""
        room = self._context.room
        queries = [sa.select(sa.func.count()).where(one.c.room == room.id) for one in (TWEET, NEWS)]
        found = await room.sql.read(lambda c: [int(c.execute(query).scalar_one()) for query in queries])
        return found[0], found[1]

    def scan(self, query: Query, *, above: int = 0, below: int | None = None) -> Selected:
        """Every tweet that meets the query, between two ids without them; reads all, and takes its time."""
        found = terms_of(self.archive.size, self._context.config.words).scan(query)
        mine = [id for id, one in list(self.posted.items()) if _meets(one.terms, query)]
        ids = np.concatenate([found.ids, np.array(mine, np.int64)])
        ids = ids[(ids > above) & (ids < (self.newest + 1 if below is None else below))]
        return Selected(ids, found.looked + sum(len(one.terms) for one in list(self.posted.values())))


def _meets(terms: Sequence[str], query: Query) -> bool:
    has = set(terms)
    return any(
        has.issuperset(one.terms) and all(_follow(terms, phrase) for phrase in one.phrases)
        for one in query.readings
    )


def _follow(terms: Sequence[str], phrase: Sequence[str]) -> bool:
    return any(tuple(terms[at : at + len(phrase)]) == phrase for at in range(len(terms)))
