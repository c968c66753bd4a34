"""Exact likes, in Valkey: one step per like, and a list of the tweets whose likes the index is to hear of.

A power of two is one of all likes, most of which are the archive's and no rows: so that no counter of rows serves here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from designs.tweet_search.config import Config
from designs.tweet_search.engine.nodes import INDEXER, LIKES, SERVICE
from designs.tweet_search.engine.strategies import LIKE_RULES
from designs.tweet_search.engine.tweets import TweetStore
from sdlab.lab import EngineContext, TooMany, Unavailable
from sdlab.parts.coalescer import Coalescer

SCRIPT = Path(__file__).with_name("like.lua")
LARGEST = 256
BRANCHES = {
    "again": "this user has liked it already: nothing is counted",
    "each": "every like is written to the index",
    "power": "a power of two: the index hears of it",
    "between": "between two powers of two: the index hears nothing",
}


@dataclass(frozen=True, slots=True)
class Liked:
    """After a like: the exact likes, whether it was counted, and whether the index hears of it."""

    id: int
    likes: int
    counted: bool
    indexed: bool


@dataclass(frozen=True, slots=True)
class _Like:
    id: int
    user: str


class LikeScript:
    """Runs the likes of a batch in one round trip, each as one step."""

    def __init__(self, context: EngineContext[Config], tweets: TweetStore) -> None:
        self._context, self._tweets = context, tweets
        self._script = SCRIPT.read_text(encoding="utf-8")
        self.hash, self.queue = context.room.key("likes"), context.room.key("to-index")
        self.most = context.room.key("most-liked")

    async def send(self, batch: Sequence[_Like]) -> list[tuple[str, int]]:
        """The branch that each took, and the likes after it."""
        room = self._context.room
        rule = "every" if LIKE_RULES[self._context.config.likes].every else "powers"
        pipe = room.redis.pipeline(transaction=False)
        for one in batch:
            keys = [room.key("liked", one.id), self.hash, self.queue, self.most]
            arguments = [one.id, one.user, self._tweets.archive.likes(one.id), rule]
            pipe.eval(self._script, len(keys), *keys, *arguments)
        return [(str(branch), int(likes)) for branch, likes in await pipe.execute()]


class Likes:
    """`given` counts likes since opened, `told` those of which the index heard."""

    def __init__(self, context: EngineContext[Config], tweets: TweetStore) -> None:
        self._context, self._tweets = context, tweets
        script = LikeScript(context, tweets)
        self.hash, self.queue, self.most = script.hash, script.queue, script.most
        self._redis = context.room.redis
        self._batches: Coalescer[_Like, tuple[str, int]] = Coalescer(script.send, largest=LARGEST)
        self._held = 0
        self.given = self.told = 0

    async def open(self) -> None:
        """Know how full the room is."""
        self._held = sum((await self.all_given()).values())

    async def close(self) -> None:
        """Stop."""
        await self._batches.close()

    async def like(self, id: int, user: str) -> Liked:
        """Count a like. `NotFound` without that tweet, `TooMany` in a full room, `Unavailable` without an answer."""
        self._tweets.tweet(id)
        if self._held >= self._context.room.quota.rows:
            raise TooMany(f"this room is full: {self._held:,} likes were given in it")
        branch, likes = await self._context.node(LIKES).call(
            "like.lua", lambda: self._batches.ask(_Like(id, user)), source=SERVICE
        )
        self._context.decide(BRANCHES[branch], script=SCRIPT, branch=branch)
        counted, indexed = branch != "again", branch in ("each", "power")
        self.given += counted
        self._held += counted
        self.told += indexed
        return Liked(id, likes, counted, indexed)

    async def exact(self, ids: Sequence[int], *, source: str = SERVICE) -> dict[int, int]:
        """The likes of these tweets as they are. `Unavailable` while the counters do not answer."""
        if not ids:
            return {}
        given = await self._context.node(LIKES).call(
            "HMGET", lambda: self._redis.hmget(self.hash, [str(id) for id in ids]), source=source
        )
        archived = self._tweets.archive.likes
        return {id: archived(id) + int(one or 0) for id, one in zip(ids, given, strict=True)}

    async def all_given(self) -> dict[int, int]:
        """What was given here, of every tweet."""
        return {int(id): int(one) for id, one in (await self._redis.hgetall(self.hash)).items()}

    async def to_index(self, most: int) -> list[int]:
        """The tweets whose likes the index is to hear of, oldest first, one entry for each time."""
        found = await self._context.node(LIKES).call(
            "LRANGE", lambda: self._redis.lrange(self.queue, 0, most - 1), source=INDEXER
        )
        return [int(one) for one in found]

    async def indexed(self, count: int) -> None:
        """The index has heard of the first `count` of them."""
        await self._redis.ltrim(self.queue, count, -1)

    async def liked_by(self, id: int, user: str) -> bool:
        """Whether a user has liked a tweet."""
        return bool(await self._redis.sismember(self._context.room.key("liked", id), user))

    async def look(self, count: int) -> tuple[int, int, dict[int, int]]:
        """How many tweets were liked here, how many entries wait for the index, and the most liked with their likes."""
        pipe = self._redis.pipeline(transaction=True)
        pipe.hlen(self.hash)
        pipe.llen(self.queue)
        pipe.zrevrange(self.most, 0, count - 1, withscores=True)
        liked, queued, most = await pipe.execute()
        return int(liked), int(queued), {int(id): int(likes) for id, likes in most}

    async def exact_or_none(self, ids: Sequence[int]) -> dict[int, int] | None:
        """The likes of these tweets, or nothing while the counters do not answer."""
        try:
            return await self.exact(ids)
        except Unavailable:
            return None
