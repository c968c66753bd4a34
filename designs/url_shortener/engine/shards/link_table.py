"""Links found and changed wherever they live, while rows move and copies are repaired."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from designs.url_shortener.config import Config
from designs.url_shortener.engine.nodes import GATEWAY
from designs.url_shortener.engine.shards.rows import (
    BURY,
    DROP,
    FIND,
    FIND_URL,
    LINKS,
    OWNED,
    StoredLink,
    changing,
    overwriting,
    putting,
)
from designs.url_shortener.engine.shards.shards import Shards
from sdlab.lab import EngineContext, Unavailable
from sdlab.parts.ttl_locks import NamedLocks

LOOKS = 20


class LinkTable:
    """All links of a room. Every verb goes through the nodes of the copies that it touches."""

    def __init__(self, context: EngineContext[Config], shards: Shards) -> None:
        self._room = context.room
        self.stats = shards.stats
        self._layouts = shards.layouts
        self._replicas = shards.replicas
        self._rebalancing = shards.rebalancing
        self._claiming = NamedLocks()
        self._insert = context.room.sql.insert(LINKS).on_conflict_do_nothing()
        self._overwrite = overwriting(context.room.sql.insert(LINKS))

    # Reading

    async def find(self, code: str, *, source: str = GATEWAY) -> tuple[StoredLink | None, int]:
        """The link (or its tombstone) and the shard that answered. `Unavailable` when none can answer."""
        epoch = -1
        # A layout that changed while we asked may have moved the row past us.
        while epoch != self._layouts.epoch:
            epoch = self._layouts.epoch
            for shard in self._layouts.candidates(code):
                link = await self._replicas.read(shard, "find", FIND, source=source, at_code=code)
                if link:
                    return link[0], shard
        return None, self._layouts.placement.owner(code)

    async def find_url(self, digest: str) -> StoredLink | None:
        """The oldest live link of that URL, on whatever shard: all are asked."""
        for _ in range(LOOKS):
            seen = self._layouts.epoch, self._rebalancing.batches
            found = await self._ask_all("find URL", FIND_URL, at_digest=digest)
            # Unless something found, nothing may have moved from an unasked shard to an asked one meanwhile.
            if found or seen == (self._layouts.epoch, self._rebalancing.batches):
                return min(found, key=lambda link: link.created_at) if found else None
        raise Unavailable("the shards are moving too many keys just now", retry_after=0.5)

    async def owned_by(self, owner: str, *, before: tuple[float, str] | None, limit: int) -> list[StoredLink]:
        """The owner's links, newest first, from every shard; `before` is the last one seen."""
        query = OWNED.order_by(LINKS.c.created_at.desc(), LINKS.c.code.desc()).limit(limit)
        if before:
            position = sa.tuple_(LINKS.c.created_at, LINKS.c.code)
            query = query.where(position < sa.tuple_(*before))
        found = {link.code: link for link in await self._ask_all("list", query, at_owner=owner)}
        return sorted(found.values(), key=lambda link: (link.created_at, link.code), reverse=True)[:limit]

    async def _ask_all(self, operation: str, query: Any, **values: Any) -> list[StoredLink]:
        asked = [
            self._replicas.read(shard, operation, query, source=GATEWAY, **values)
            for shard in self._layouts.shard_ids()
        ]
        return [link for some in await asyncio.gather(*asked) for link in some]

    # Writing

    async def claim(self, link: StoredLink) -> int | None:
        """Store the link if its code is free, in one step; the shard, or None when the code is taken."""
        async with self._claiming.hold(link.code):
            with self._layouts.writing():
                return await self._claim(link)

    async def _claim(self, link: StoredLink) -> int | None:
        shard = self._layouts.placement.owner(link.code)
        for old in self._layouts.candidates(link.code):
            if old != shard and await self._replicas.read(
                old, "find", FIND, source=GATEWAY, at_code=link.code
            ):
                return None
        stored = await self._replicas.write(
            shard,
            "insert",
            lambda copy: changing(self._insert, self._row(link, shard, copy)),
            source=GATEWAY,
            goes_on=bool,
        )
        if not stored:
            return None
        self.stats.stored(link, shard, copies=self._replicas.count)
        return shard

    async def put(self, link: StoredLink) -> int:
        """Store the link over whatever has its code; the shard."""
        with self._layouts.writing():
            shard = self._layouts.placement.owner(link.code)
            for old in self._layouts.candidates(link.code):
                if old != shard:
                    await self._replicas.write(old, "drop", self._at(DROP, old, link.code), source=GATEWAY)
            replaced = await self._replicas.write(
                shard,
                "put",
                lambda copy: putting(self._overwrite, self._row(link, shard, copy)),
                source=GATEWAY,
            )
        if not replaced:
            self.stats.stored(link, shard, copies=self._replicas.count)
        return shard

    async def bury(self, code: str, *, now: float) -> int:
        """Turn the link into a tombstone, wherever it is; the shard that owns it. `now` in Unix seconds."""
        epoch = -1
        while epoch != self._layouts.epoch:
            epoch = self._layouts.epoch
            for shard in self._layouts.candidates(code):
                change = self._at(BURY, shard, code, at_time=now)
                await self._replicas.write(shard, "delete", change, source=GATEWAY)
        return self._layouts.placement.owner(code)

    def _at(
        self, statement: Any, shard: int, code: str, **values: Any
    ) -> Callable[[int], Callable[[Connection], int]]:
        """The statement for one code, for any copy of a shard."""
        values |= {"at_room": self._room.id, "at_shard": shard, "at_code": code}
        return lambda copy: changing(statement, {**values, "at_copy": copy})

    def _row(self, link: StoredLink, shard: int, copy: int) -> dict[str, Any]:
        return {
            "room": self._room.id,
            "shard": shard,
            "copy": copy,
            **{name: getattr(link, name) for name in StoredLink.__slots__},
        }
