"""Two lists per author in Redis: all posts, and those that were not written into feeds.

Each is a sorted set of entries whose scores are all equal, so that a position (time and id) is a bound to
read from.
"""

from __future__ import annotations

from collections.abc import Iterable

from designs.facebook_feed.config import Config
from designs.facebook_feed.engine.entries import WIDTH, Entry, read_entry
from sdlab.lab import EngineContext

TOP = "+"


class AuthorLists:
    """What each author of a room posted, in order."""

    def __init__(self, context: EngineContext[Config]) -> None:
        self._redis = context.room.redis
        self._prefix = context.room.key("")

    def _list_key(self, author: int) -> str:
        return f"{self._prefix}all:{author}"

    def _pulled_key(self, author: int) -> str:
        return f"{self._prefix}pulled:{author}"

    async def add(self, entry: Entry, *, pushed: bool) -> None:
        """Enter a post into its author's lists. Twice is the same as once."""
        pipe = self._redis.pipeline(transaction=False)
        pipe.zadd(self._list_key(entry.author), {entry.written: 0})
        if not pushed:
            pipe.zadd(self._pulled_key(entry.author), {entry.written: 0})
        await pipe.execute()

    async def remove(self, entry: Entry) -> None:
        """Take a post out of its author's lists."""
        pipe = self._redis.pipeline(transaction=False)
        pipe.zrem(self._list_key(entry.author), entry.written)
        pipe.zrem(self._pulled_key(entry.author), entry.written)
        await pipe.execute()

    async def of_authors(
        self, authors: Iterable[int], below: str, limit: int, *, all_of_them: bool
    ) -> list[list[Entry]]:
        """The newest entries below a bound, a list per author; one read for each of them, sent together."""
        key = self._list_key if all_of_them else self._pulled_key
        pipe = self._redis.pipeline(transaction=False)
        for author in authors:
            pipe.zrevrangebylex(key(author), below, "-", start=0, num=limit)
        return [[read_entry(one) for one in found] for found in await pipe.execute()]

    async def pushed_of(self, author: int, limit: int) -> list[Entry]:
        """The newest posts of an author that were written into feeds."""
        pipe = self._redis.pipeline(transaction=False)
        pipe.zrevrangebylex(self._list_key(author), "+", "-", start=0, num=limit)
        pipe.zrevrangebylex(self._pulled_key(author), "+", "-")
        everything, pulled = await pipe.execute()
        apart = set(pulled)
        return [read_entry(one) for one in everything if one not in apart]

    async def has(self, entry: Entry, *, pushed: bool) -> bool:
        """Whether an author's list has this post."""
        key = self._list_key(entry.author) if pushed else self._pulled_key(entry.author)
        return await self._redis.zscore(key, entry.written) is not None

    async def trim(self, authors: Iterable[int], floor: Entry) -> None:
        """Remove everything before an entry from the lists of authors."""
        bound = f"({floor.written[: 2 * WIDTH]}"
        pipe = self._redis.pipeline(transaction=False)
        for author in authors:
            pipe.zremrangebylex(self._list_key(author), "-", bound)
            pipe.zremrangebylex(self._pulled_key(author), "-", bound)
        await pipe.execute()

    async def newer(self, pulled: Iterable[int], entry: Entry) -> list[Entry]:
        """The entries above that one which the lists of those that are not written ahead have now."""
        pipe = self._redis.pipeline(transaction=False)
        for author in pulled:
            pipe.zrangebylex(self._pulled_key(author), f"({entry.written}", "+")
        return [read_entry(one) for some in await pipe.execute() for one in some]
