"""The indexer: every so often, what is new of tweets and likes goes into the index, and is found from then on."""

from __future__ import annotations

from collections.abc import Sequence

from designs.tweet_search.config import Config
from designs.tweet_search.engine.counters import Counters
from designs.tweet_search.engine.index import Index
from designs.tweet_search.engine.likes import Likes
from designs.tweet_search.engine.nodes import INDEXER, TWEETS
from designs.tweet_search.engine.strategies import COMMIT_RULES
from designs.tweet_search.engine.tweets import TweetStore
from sdlab.lab import EngineContext, Signal, Unavailable
from sdlab.parts.outbox import Change

MOST_AT_ONCE = 5_000
KEPT_NEWS = 200
TRIM_EVERY = 20


class Indexer:
    """`due()` says that there is something to do; `committed` that something is found now that was not."""

    def __init__(
        self,
        context: EngineContext[Config],
        tweets: TweetStore,
        likes: Likes,
        index: Index,
        counters: Counters,
    ) -> None:
        self._context, self._tweets, self._likes = context, tweets, likes
        self._index, self._counters = index, counters
        self.committed = Signal()
        self._pending = True
        self._last = -1e9
        self._unfound: list[Change] = []

    def due(self) -> None:
        """Something was posted or liked."""
        self._pending = True

    @property
    def pending(self) -> bool:
        """Whether something waits for a commit."""
        return self._pending

    async def tick(self) -> None:
        """A round, if it is time for one."""
        now = self._context.clock.monotonic()
        if self._pending and now - self._last >= COMMIT_RULES[self._context.config.commit].seconds - 1e-6:
            self._last = now
            await self.round()

    async def round(self) -> None:
        """Index what is new, and commit it. What does not answer is tried again in the next round."""
        if self._context.node(INDEXER).down or self._index.building:
            return
        try:
            liked = await self._likes.to_index(MOST_AT_ONCE)
            news: list[Change] = await self._context.node(TWEETS).call(
                "read news", lambda: self._tweets.outbox.pending(MOST_AT_ONCE), source=INDEXER
            )
            if not liked and not news and not self._unfound:
                self._pending = False
                return
            await self._commit(news, liked)
        except Unavailable:
            return  # all of it waits where it was

    async def _commit(self, news: Sequence[Change], liked: Sequence[int]) -> None:
        ids = [int(one.body) for one in news if self._tweets.has(int(one.body))]
        known = [id for id in liked if self._tweets.has(id)]
        exact = await self._likes.exact([*dict.fromkeys([*ids, *known])], source=INDEXER)
        began = self._context.clock.monotonic()
        self._index.finder.put([self._index.entry(id, exact[id]) for id in (*ids, *known)])
        done = await self._index.finder.commit()
        await self._advance(news, len(liked))
        counters = self._counters
        counters.commits += 1
        counters.written += done.entries
        counters.like_writes += len(liked)
        counters.merges += max(0, done.segments_before + self._context.config.shards - done.segments > 2)
        counters.commit_ms = (self._context.clock.monotonic() - began) * 1000
        self._unfound += news
        if done.whole:
            self._found()
        self.committed()

    async def _advance(self, news: Sequence[Change], liked: int) -> None:
        """What was put is the index's business from here on; what it loses with the process, it is told when it opens."""
        if liked:
            await self._likes.indexed(liked)
        if news:
            taken = {one.id for one in news}

            async def apply(changes: Sequence[Change]) -> None:
                assert taken.issuperset(one.id for one in changes)

            await self._tweets.outbox.drain(apply, len(news))
            if self._counters.commits % TRIM_EVERY == 0:
                await self._tweets.outbox.trim(KEPT_NEWS)

    def _found(self) -> None:
        """Everything that was put can be found."""
        now = self._context.clock.time()
        for one in self._unfound:
            self._counters.found += 1
            self._counters.found_ms.add(self._context.clock.monotonic(), (now - one.at) * 1000)
            self._index.watermark = max(self._index.watermark, int(one.body))
        self._unfound.clear()
