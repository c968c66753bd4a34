"""Tells the index what the outbox has: in order, at least once, and again from the rows after a restart."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from designs.twitter.config import Config
from designs.twitter.engine.nodes import INDEX, INDEXER, STORE
from designs.twitter.engine.tweet_index import TweetIndex
from designs.twitter.engine.tweets import Tweet, TweetStore
from sdlab.lab import EngineContext, LabError, Unavailable
from sdlab.parts.outbox import Change

KEPT_NEWS = 100


class IndexFeed:
    """The indexer. While it is paused or down, the index stays as it is and changes wait in the outbox.

    `put`, `removed` and `counted` are changes that were applied since opened.
    """

    def __init__(self, context: EngineContext[Config], store: TweetStore, index: TweetIndex) -> None:
        self._context, self._store, self._index = context, store, index
        self.put = self.removed = self.counted = 0

    async def open(self) -> None:
        """The index is in memory: it begins with the rows as they are."""
        for tweet in await self._store.all():
            self._index.put(tweet)
        self._index.likes.update(await self._context.room.sql.read(self._store.stored_likes))

    async def turn(self) -> None:
        """Apply what waits; where nothing does, no part is troubled."""
        if not await self._store.news.pending(1):
            return
        try:
            while await self._context.node(INDEXER).call("apply the news", self._drain, source=STORE):
                pass
        except LabError:
            return  # a part that is down: what waits stays in the outbox

    async def _drain(self) -> int:
        if self._context.node(STORE).down:
            raise Unavailable("the outbox cannot be read")
        return await self._store.news.drain(self._apply)

    async def _apply(self, changes: Sequence[Change]) -> None:
        self._context.node(INDEX).touch("apply", "ok", source=INDEXER)
        for one in changes:
            self._apply_one(one.topic, one.body)

    def _apply_one(self, topic: str, body: Any) -> None:
        if topic == "put":
            self.put += self._index.put(Tweet(**body))
        elif topic == "del":
            self._index.remove(body)
            self.removed += 1
        else:
            id, count = body
            self._index.likes[id] = count
            self.counted += 1

    async def trim(self) -> None:
        """Applied news goes."""
        await self._store.news.trim(KEPT_NEWS)
