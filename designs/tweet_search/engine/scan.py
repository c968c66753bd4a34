"""The scan: the source of truth itself is read, from end to end, for each search."""

from __future__ import annotations

import asyncio
import heapq
from collections.abc import Sequence
from functools import partial

from designs.tweet_search.config import Config
from designs.tweet_search.engine.found import ONE_ID, SHIFT, Committed, IndexEntry, Matches, Wanted, rank_of
from designs.tweet_search.engine.likes import Likes
from designs.tweet_search.engine.nodes import SERVICE, TWEETS
from designs.tweet_search.engine.tweets import TweetStore
from sdlab.lab import EngineContext


class Scan:
    """Needs to be told nothing."""

    def __init__(self, context: EngineContext[Config], tweets: TweetStore, likes: Likes) -> None:
        self._context, self._tweets, self._likes = context, tweets, likes

    async def open(self) -> None:
        return None

    async def close(self) -> None:
        return None

    def put(self, entries: list[IndexEntry]) -> None:
        return None

    async def commit(self) -> Committed:
        return Committed()

    async def find(self, wanted: Wanted) -> Matches:
        given = {} if wanted.by == "id" else await self._likes.all_given()
        work = partial(asyncio.to_thread, self._find, wanted, given)
        found: Matches = await self._context.node(TWEETS).call("scan", work, source=SERVICE)
        return found

    def _find(self, wanted: Wanted, given: dict[int, int]) -> Matches:
        found = self._tweets.scan(wanted.query, above=wanted.above, below=wanted.below or None)
        ids: list[int] = found.ids.tolist()
        if wanted.by == "id":
            return Matches(tuple(ids[: -wanted.limit - 1 : -1]), (), len(ids), found.looked)
        archived = self._tweets.archive.likes
        ranks = [rank_of(archived(id) + given.get(id, 0), id) for id in ids]
        best = heapq.nlargest(wanted.limit, ranks)
        likes = tuple(rank >> SHIFT for rank in best)
        return Matches(tuple(rank & ONE_ID for rank in best), likes, len(ids), found.looked)

    async def known(self, ids: Sequence[int], by: str) -> dict[int, int]:
        return {}

    async def size(self) -> int:
        return self._tweets.size

    async def frequency(self, term: str, *, pair: bool = False) -> int:
        return 0

    async def first(self, term: str, count: int, *, pair: bool = False) -> list[int]:
        return []

    async def wipe(self, node_id: str) -> str:
        return "there is no index to lose"
