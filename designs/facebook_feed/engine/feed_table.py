"""The feed table: per member a sorted set in Redis with the entries that were written ahead.

The scores are all equal, so that a position (time and id) is a bound to read from.
"""

from __future__ import annotations

from collections.abc import Sequence

from designs.facebook_feed.config import Config
from designs.facebook_feed.engine.entries import Entry, read_entry
from sdlab.lab import EngineContext

FEED_KEPT = 400

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


class FeedTable:
    """The precomputed feeds of a room's members."""

    def __init__(self, context: EngineContext[Config]) -> None:
        room = context.room
        self._redis = room.redis
        self._prefix = room.key("")
        self._deliver = room.redis.register_script(_DELIVER)
        self._missing = room.redis.register_script(_MISSING)
        self._purge = room.redis.register_script(_PURGE)
        self._remove = room.redis.register_script(_REMOVE)
        self._feed_keys: dict[int, bytes] = {}
        self._built = room.key("built")

    def feed_key(self, member: int) -> bytes:
        """Where the precomputed feed of a member is; as bytes, which the client need not encode each time."""
        key = self._feed_keys.get(member)
        if key is None:
            key = self._feed_keys[member] = f"{self._prefix}feed:{member}".encode()
        return key

    async def is_built(self) -> bool:
        """Whether feeds and authors' lists have been made from the posts."""
        return bool(await self._redis.exists(self._built))

    async def mark_built(self) -> None:
        """They have."""
        await self._redis.set(self._built, 1)

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

    async def read(self, member: int, below: str, limit: int) -> tuple[list[Entry], int]:
        """The newest entries of a feed below a bound, and how many it has in all."""
        pipe = self._redis.pipeline(transaction=False)
        pipe.zrevrangebylex(self.feed_key(member), below, "-", start=0, num=limit)
        pipe.zcard(self.feed_key(member))
        found, size = await pipe.execute()
        return [read_entry(one) for one in found], int(size)

    async def newer(self, member: int, entry: Entry) -> list[Entry]:
        """The entries above that one which a reader's feed has now."""
        found = await self._redis.zrangebylex(self.feed_key(member), f"({entry.written}", "+")
        return [read_entry(one) for one in found]

    async def missing(self, entry: Entry, members: Sequence[int]) -> list[int]:
        """Those members whose feeds should have this entry and do not."""
        if not members:
            return []
        keys = [self.feed_key(member) for member in members]
        found = await self._missing(keys=keys, args=[entry.written, FEED_KEPT])
        return [members[int(index)] for index in found]

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
