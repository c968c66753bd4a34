"""Statements over all rows of a room, past the nodes: to check claims, to rebuild, to empty."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa

from designs.url_shortener.config import Config
from designs.url_shortener.engine.shards.rows import LINKS, StoredLink, emptying, reading, scalars
from designs.url_shortener.engine.shards.shards import Shards
from sdlab.lab import EngineContext


class TableScans:
    """What the store holds, whatever faults the nodes have."""

    def __init__(self, context: EngineContext[Config], shards: Shards) -> None:
        self._room = context.room
        self._layouts = shards.layouts
        self._replicas = shards.replicas

    async def peek(self, codes: Sequence[str]) -> list[StoredLink]:
        """Every row of these codes on shards and copies that are in use."""
        query = sa.select(LINKS).where(
            LINKS.c.room == self._room.id,
            LINKS.c.shard.in_(self._layouts.shard_ids()),
            LINKS.c.copy.in_(range(self._replicas.count)),
            LINKS.c.code.in_(codes),
        )
        return await self._room.sql.read(reading(query, {}))

    async def digests(self) -> list[str]:
        """The digests of all URLs that have a code; what a Bloom filter is rebuilt from."""
        query = sa.select(LINKS.c.url_digest).distinct()
        query = query.where(LINKS.c.room == self._room.id, LINKS.c.url_digest != "")
        return await self._room.sql.read(scalars(query))

    async def newest_of(self, owner: str, *, limit: int) -> list[StoredLink]:
        """The owner's newest live links; for showing after a restart."""
        query = (
            sa.select(LINKS)
            .where(LINKS.c.room == self._room.id, LINKS.c.owner == owner, LINKS.c.deleted_at.is_(None))
            .order_by(LINKS.c.created_at.desc())
            .limit(limit * 2)
        )
        rows = await self._room.sql.read(reading(query, {}))
        return list({link.code: link for link in rows}.values())[:limit]

    async def public_codes(self) -> list[str]:
        """The codes that may have a public name."""
        query = sa.select(LINKS.c.code).distinct().where(LINKS.c.room == self._room.id, LINKS.c.by_hand)
        return await self._room.sql.read(scalars(query))

    async def purge(self, *, before: float, limit: int) -> int:
        """Empty up to `limit` links that expired before that time; their tombstones stay."""
        expired = (
            sa.select(LINKS.c.code)
            .where(LINKS.c.room == self._room.id, LINKS.c.expires_at < before, LINKS.c.url != "")
            .limit(limit)
        )
        codes = await self._room.sql.read(scalars(expired))
        if codes:
            await self._room.sql.write(emptying(self._room.id, self._layouts.shard_ids(), codes))
        return len(codes)
