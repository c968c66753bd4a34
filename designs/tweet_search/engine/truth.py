"""What a search should find: a scan of the source of truth with exact likes, past all nodes and beside all requests."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from designs.tweet_search.config import Config
from designs.tweet_search.engine.analysis import Query
from designs.tweet_search.engine.found import ONE_ID, SHIFT, rank_of
from designs.tweet_search.engine.likes import Likes
from designs.tweet_search.engine.tweets import TweetStore
from sdlab.lab import EngineContext


@dataclass(frozen=True, slots=True)
class TrueOrder:
    """Every tweet of a query up to a watermark: newest first, and the most liked first with their likes, at one moment."""

    by_time: tuple[int, ...]
    by_likes: tuple[tuple[int, int], ...]

    def recall(self, ids: tuple[int, ...], most: int) -> float:
        """The share of the true first `most` by likes that `ids` are worth: of equal likes any will do.

        1 where there is nothing to be found.
        """
        truth = self.by_likes[:most]
        if not truth:
            return 1.0
        likes = dict(self.by_likes)
        least = truth[-1][1]
        right = sum(likes.get(id, 0) >= least for id in ids[:most] if id in likes)
        return min(1.0, right / len(truth))


class Truth:
    """Reads the rows' tweets and the counters themselves."""

    def __init__(self, context: EngineContext[Config], tweets: TweetStore, likes: Likes) -> None:
        self._context, self._tweets, self._likes = context, tweets, likes

    async def order(self, query: Query, upto: int) -> TrueOrder:
        """The true order of everything up to an id."""
        given = await self._likes.all_given()
        return await asyncio.to_thread(self._order, query, upto, given)

    def _order(self, query: Query, upto: int, given: dict[int, int]) -> TrueOrder:
        ids: list[int] = self._tweets.scan(query, below=upto + 1).ids.tolist()
        archived = self._tweets.archive.likes
        ranks = sorted((rank_of(archived(id) + given.get(id, 0), id) for id in ids), reverse=True)
        return TrueOrder(
            by_time=tuple(reversed(ids)),
            by_likes=tuple((rank & ONE_ID, rank >> SHIFT) for rank in ranks),
        )
