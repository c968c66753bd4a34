"""The lists in Redis: a feed per member with what was written ahead, and two lists per author.

An author's first list has all posts, the second only those that were not written into feeds. Each is a
sorted set of entries whose scores are all equal, so that a place (time and id) is a bound to read from.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from designs.facebook_feed.places import WIDTH, Entry, read_entry
from sdlab.lab import Room

FEED_KEPT = 400
TOP = "+"

_DELIVER = """
local added, kept, key = 0, tonumber(ARGV[1]), 0
for i = 2, #ARGV, 2 do
  for _ = 1, tonumber(ARGV[i + 1]) do
    key = key + 1
    added = added + redis.call('ZADD', KEYS[key], 0, ARGV[i])
    if redis.call('ZCARD', KEYS[key]) > kept then redis.call('ZPOPMIN', KEYS[key]) end
  end
end
return added
"""

_MISSING = """
local missing, kept = {}, tonumber(ARGV[2])
for i = 1, #KEYS do
  if not redis.call('ZSCORE', KEYS[i], ARGV[1]) then
    local cut = redis.call('ZCARD', KEYS[i]) >= kept and redis.call('ZRANGE', KEYS[i], 0, 0)[1] > ARGV[1]
    if not cut then missing[#missing + 1] = i - 1 end
  end
end
return missing
"""

_PURGE = """
local gone, suffix = 0, ':' .. ARGV[1]
for _, entry in ipairs(redis.call('ZRANGE', KEYS[1], 0, -1)) do
  if string.sub(entry, -#suffix) == suffix then gone = gone + redis.call('ZREM', KEYS[1], entry) end
end
return gone
"""

_REMOVE = """
local gone = 0
for i = 1, #KEYS do gone = gone + redis.call('ZREM', KEYS[i], ARGV[1]) end
return gone
"""


class Lists:
    """Feeds of members and lists of authors of one room."""

    def __init__(self, room: Room) -> None:
        self._redis = room.redis
        self._prefix = room.key("")
        self._deliver = room.redis.register_script(_DELIVER)
        self._missing = room.redis.register_script(_MISSING)
        self._purge = room.redis.register_script(_PURGE)
        self._remove = room.redis.register_script(_REMOVE)
        self._feed_keys: dict[int, bytes] = {}
        self.built = room.key("built")

    def feed_key(self, member: int) -> bytes:
        """Where the precomputed feed of a member is; as bytes, which the client need not encode each time."""
        key = self._feed_keys.get(member)
        if key is None:
            key = self._feed_keys[member] = f"{self._prefix}feed:{member}".encode()
        return key

    def _list_key(self, author: int) -> str:
        return f"{self._prefix}all:{author}"

    def _pulled_key(self, author: int) -> str:
        return f"{self._prefix}pulled:{author}"

    async def is_built(self) -> bool:
        """Whether these lists have been made from the posts."""
        return bool(await self._redis.exists(self.built))

    async def say_built(self) -> None:
        """They have."""
        await self._redis.set(self.built, 1)

    # Authors

    async def add(self, entry: Entry, *, pushed: bool) -> None:
        """Enter a post into its author's lists. Twice is the same as once."""
        pipe = self._redis.pipeline(transaction=False)
        pipe.zadd(self._list_key(entry.author), {entry.written: 0})
        if not pushed:
            pipe.zadd(self._pulled_key(entry.author), {entry.written: 0})
        await pipe.execute()

    async def take_out(self, entry: Entry) -> None:
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

    async def cut(self, authors: Iterable[int], floor: Entry) -> None:
        """Forget everything before a place in the lists of authors."""
        bound = f"({floor.written[: 2 * WIDTH]}"
        pipe = self._redis.pipeline(transaction=False)
        for author in authors:
            pipe.zremrangebylex(self._list_key(author), "-", bound)
            pipe.zremrangebylex(self._pulled_key(author), "-", bound)
        await pipe.execute()

    # Feeds

    async def deliver(self, entries: Sequence[tuple[str, Sequence[int]]]) -> int:
        """Write entries, each into the feeds of these members; how many were not there yet.

        A feed keeps its newest `FEED_KEPT`. Writing one twice changes nothing.
        """
        keys = [self.feed_key(member) for _, members in entries for member in members]
        args: list[str | int] = [FEED_KEPT]
        for written, members in entries:
            args += (written, len(members))
        added: int = await self._deliver(keys=keys, args=args)
        return added

    async def feed(self, member: int, below: str, limit: int) -> tuple[list[Entry], int]:
        """The newest entries of a feed below a bound, and how many it has in all."""
        pipe = self._redis.pipeline(transaction=False)
        pipe.zrevrangebylex(self.feed_key(member), below, "-", start=0, num=limit)
        pipe.zcard(self.feed_key(member))
        found, size = await pipe.execute()
        return [read_entry(one) for one in found], int(size)

    async def newer(self, member: int, pulled: Iterable[int], entry: Entry) -> int:
        """How many entries above that one a reader's feed and those authors' lists have now."""
        pipe = self._redis.pipeline(transaction=False)
        pipe.zlexcount(self.feed_key(member), f"({entry.written}", "+")
        for author in pulled:
            pipe.zlexcount(self._pulled_key(author), f"({entry.written}", "+")
        return int(sum(await pipe.execute()))

    async def missing(self, entry: Entry, members: Sequence[int]) -> list[int]:
        """Those members whose feeds should have this entry and do not."""
        if not members:
            return []
        keys = [self.feed_key(member) for member in members]
        places = await self._missing(keys=keys, args=[entry.written, FEED_KEPT])
        return [members[int(place)] for place in places]

    async def purge(self, member: int, author: int) -> int:
        """Take everything of an author out of one feed; how many entries."""
        gone: int = await self._purge(keys=[self.feed_key(member)], args=[author])
        return gone

    async def remove(self, entry: Entry, members: Sequence[int]) -> int:
        """Take one entry out of these feeds; how many had it."""
        gone: int = await self._remove(
            keys=[self.feed_key(member) for member in members], args=[entry.written]
        )
        return gone
