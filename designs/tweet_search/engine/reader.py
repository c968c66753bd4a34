"""What panels show of the stores: one look at Valkey, at the rows, and at the segments on disk."""

from __future__ import annotations

from dataclasses import dataclass

from designs.tweet_search.config import Config
from designs.tweet_search.engine.index import Index
from designs.tweet_search.engine.likes import Likes
from designs.tweet_search.engine.page_cache import KeptList, PageCache
from designs.tweet_search.engine.strategies import LIKE_RULES
from designs.tweet_search.engine.tweets import TweetStore
from sdlab.lab import EngineContext
from sdlab.parts.search_index import Segment

LISTS_SHOWN = 8
IDS_SHOWN = 12
LIKED_SHOWN = 120


@dataclass(frozen=True, slots=True)
class LikedTweet:
    """A tweet that was liked here: its likes as they are, and as the index knows them, where it has it."""

    id: int
    likes: int
    known: int | None


@dataclass(frozen=True, slots=True)
class StoreLook:
    """Rows of tweets and of news, lists in the cache, likes and what of them waits for the index, segments by shard."""

    rows: int = 0
    news: int = 0
    lists: int = 0
    listed: int = 0
    kept: tuple[KeptList, ...] = ()
    most: tuple[LikedTweet, ...] = ()
    liked: int = 0
    queued: int = 0
    segments: tuple[tuple[Segment, ...], ...] = ()


class StoreReader:
    """Asks while somebody watches."""

    def __init__(
        self,
        context: EngineContext[Config],
        tweets: TweetStore,
        likes: Likes,
        index: Index,
        cache: PageCache,
    ) -> None:
        self._context, self._tweets, self._likes = context, tweets, likes
        self._index, self._cache = index, cache
        self.look = context.look(self._read, StoreLook())

    async def _read(self) -> StoreLook:
        rows, news = await self._tweets.rows()
        lists, listed, kept = await self._cache.look(LISTS_SHOWN, IDS_SHOWN)
        liked, queued, most = await self._likes.look(LIKED_SHOWN)
        by = LIKE_RULES[self._context.config.likes].field
        known = await self._index.finder.known([*most], by)
        engine = self._index.segmented
        return StoreLook(
            rows=rows,
            news=news,
            lists=lists,
            listed=listed,
            kept=tuple(kept),
            most=tuple(LikedTweet(id, likes, known.get(id)) for id, likes in most.items()),
            liked=liked,
            queued=queued,
            segments=await engine.index.segments() if engine else (),
        )
