"""Posting lists as sets in Valkey: a key for each tag, intersected by the server."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from designs.tagging_service.config import Config
from designs.tagging_service.engine.bitmaps import ACTIVE, ALL
from designs.tagging_service.engine.names import Wanted
from sdlab.lab import EngineContext

AT_ONCE = 1000
IN_A_BATCH = 20_000  # members that travel together: a batch is answered within the store's patience


class TagSets:
    """`SADD`, `SREM`, `SINTER`: an item's id is in the set of each of its tags."""

    def __init__(self, context: EngineContext[Config]) -> None:
        self._room = context.room
        self.redis = context.room.redis

    def key(self, tag: int) -> str:
        """The set of a tag."""
        return self._room.key("tag", tag)

    async def build(self, lists: Mapping[int, Iterable[int]]) -> None:
        """Begin anew with these lists of items by tag."""
        await self.clear()
        pipe, travelling = self.redis.pipeline(transaction=False), 0
        for tag, items in lists.items():
            travelling += self._fill(pipe, tag, items)
            if travelling >= IN_A_BATCH:
                await pipe.execute()
                travelling = 0
        await pipe.execute()

    async def clear(self) -> None:
        """Forget all sets."""
        keys = [key async for key in self.redis.scan_iter(match=self._room.key("tag", "*"), count=1000)]
        for start in range(0, len(keys), AT_ONCE):
            await self.redis.unlink(*keys[start : start + AT_ONCE])

    async def apply(
        self, changes: Iterable[tuple[int, int, bool]], loads: Mapping[int, Iterable[int]]
    ) -> None:
        """Item, tag and whether it has it, in order; then lists that are replaced as a whole."""
        pipe = self.redis.pipeline(transaction=True)
        for item, tag, present in changes:
            (pipe.sadd if present else pipe.srem)(self.key(tag), item)
        for tag, items in loads.items():
            pipe.unlink(self.key(tag))
            self._fill(pipe, tag, items)
        await pipe.execute()

    def _fill(self, pipe: Any, tag: int, items: Iterable[int]) -> int:
        """Put these in the set of a tag; how many they are."""
        members = list(items)
        for start in range(0, len(members), AT_ONCE):
            pipe.sadd(self.key(tag), *members[start : start + AT_ONCE])
        return len(members)

    async def find(self, wanted: Wanted) -> list[int]:
        """What answers a query: one command where all tags are wanted, else several at one moment."""
        needed = [self.key(tag.id) for tag in wanted.all]
        if wanted.active or not needed:
            needed.append(self.key(ACTIVE if wanted.active else ALL))
        if not wanted.any and not wanted.none:
            return sorted(int(one) for one in await self.redis.sinter(*needed))
        pipe = self.redis.pipeline(transaction=True)
        pipe.sinter(*needed)
        for tags in (wanted.any, wanted.none):
            if tags:
                pipe.sunion(*(self.key(tag.id) for tag in tags))
        found, *others = [set(map(int, one)) for one in await pipe.execute()]
        if wanted.any:
            found &= others[0]
        if wanted.none:
            found -= others[-1]
        return sorted(found)
