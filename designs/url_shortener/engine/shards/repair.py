"""Copies that missed something catch up, page by page, while reads go on."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial

import sqlalchemy as sa

from designs.url_shortener.config import Config
from designs.url_shortener.engine.nodes import replica_id
from designs.url_shortener.engine.shards.replicas import Replicas
from designs.url_shortener.engine.shards.rows import LINKS, changing, codes_after, copying
from designs.url_shortener.engine.shards.shard_stats import ShardStats
from sdlab.lab import EngineContext, Unavailable


class Repair:
    """Makes copies equal to up-to-date ones."""

    def __init__(self, context: EngineContext[Config], replicas: Replicas, stats: ShardStats) -> None:
        self._room = context.room
        self._replicas = replicas
        self._stats = stats

    async def go_on(self) -> None:
        """Let every copy catch up that can be reached now."""
        for shard, copy in sorted(self._replicas.behind):
            await self._repair(shard, copy)

    async def _repair(self, shard: int, copy: int) -> None:
        """Let a copy catch up, if it and an up-to-date one can be reached."""
        replicas = self._replicas
        source = next(iter(replicas.serving(shard)), None)
        if source is None or not (replicas.reachable(shard, copy) and replicas.reachable(shard, source)):
            return
        missed = replicas.missed[shard, copy]
        try:
            await replicas.call(
                shard,
                copy,
                "catch up",
                partial(self._copy_rows, shard, source=source, target=copy),
                source=replica_id(shard, source),
                outcome=lambda _: "moved",
            )
        except Unavailable:
            return
        if replicas.missed[shard, copy] == missed:
            await replicas.caught_up(shard, copy)

    async def set_count(self, count: int, *, shards: Iterable[int]) -> None:
        """Keep that many copies of each shard; a new copy is behind, a leaving one first gives what it has."""
        if count > self._replicas.count:
            for shard in shards:
                await self._replicas.fall_behind(shard, 1)
        elif count < self._replicas.count:
            await self._drop_copies(count, shards)
        self._replicas.count = count
        await self._stats.recount()

    async def _drop_copies(self, count: int, shards: Iterable[int]) -> None:
        for shard in shards:
            if (shard, 0) in self._replicas.behind:
                await self._copy_rows(shard, source=1, target=0)
        gone = sa.delete(LINKS).where(LINKS.c.room == self._room.id, LINKS.c.copy >= count)
        self._replicas.count = count
        await self._room.sql.write(changing(gone))
        await self._replicas.nobody_behind()

    async def both_ways(self, shard: int) -> None:
        """Rows that a killed process had brought to one copy only: no caller was told, both keep them."""
        await self._each_page(shard, source=0, target=1, overwrite=False)
        await self._each_page(shard, source=1, target=0, overwrite=False)

    async def _copy_rows(self, shard: int, *, source: int, target: int) -> None:
        """Make `target` equal to `source`, page by page."""
        await self._each_page(shard, source=source, target=target, overwrite=True)
        await self._stats.recount()

    async def _each_page(self, shard: int, *, source: int, target: int, overwrite: bool) -> None:
        room, after = self._room, ""
        while codes := await room.sql.read(codes_after(room.id, shard, after)):
            after = codes[-1]
            insert = room.sql.insert(LINKS)
            work = copying(insert, room.id, shard, codes, source=source, target=target, overwrite=overwrite)
            await room.sql.write(work)
