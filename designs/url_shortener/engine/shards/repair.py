"""Copies that missed something catch up, page by page, while reads go on."""

from __future__ import annotations

from collections.abc import Iterable

import sqlalchemy as sa

from designs.url_shortener.engine.shards.replicas import Copies, node_id
from designs.url_shortener.engine.shards.shard_stats import Holdings
from designs.url_shortener.engine.shards.rows import LINKS, changing, codes_after, copying
from sdlab.lab import Room, Unavailable


class Healing:
    """Makes copies equal to up-to-date ones."""

    def __init__(self, room: Room, *, copies: Copies, held: Holdings) -> None:
        self._room = room
        self._copies = copies
        self._held = held

    async def go_on(self) -> None:
        """Let every copy catch up that can be reached now."""
        for shard, copy in sorted(self._copies.behind):
            await self._heal(shard, copy)

    async def _heal(self, shard: int, copy: int) -> None:
        """Let a copy catch up, if it and an up-to-date one can be reached."""
        copies = self._copies
        source = next(iter(copies.serving(shard)), None)
        gates = [copies.gate(shard, one) for one in (copy, source if source is not None else copy)]
        if source is None or any(gate is not None and gate.down for gate in gates):
            return
        missed = copies.missed[shard, copy]
        try:
            await copies.call(
                shard,
                copy,
                "catch up",
                lambda: self._copy_rows(shard, source=source, target=copy),
                source=node_id(shard, source),
                outcome=lambda _: "moved",
            )
        except Unavailable:
            return
        if copies.missed[shard, copy] == missed:
            await copies.caught_up(shard, copy)

    async def set_copies(self, count: int, *, shards: Iterable[int]) -> None:
        """Keep that many copies of each shard; a new copy is behind, a leaving one first gives what it has."""
        if count > self._copies.count:
            for shard in shards:
                await self._copies.fall_behind(shard, 1)
        elif count < self._copies.count:
            await self._drop_copies(count, shards)
        self._copies.count = count
        await self._held.recount()

    async def _drop_copies(self, count: int, shards: Iterable[int]) -> None:
        for shard in shards:
            if (shard, 0) in self._copies.behind:
                await self._copy_rows(shard, source=1, target=0)
        gone = sa.delete(LINKS).where(LINKS.c.room == self._room.id, LINKS.c.copy >= count)
        self._copies.count = count
        await self._room.sql.write(changing(gone))
        await self._copies.nobody_behind()

    async def both_ways(self, shard: int) -> None:
        """Rows that a killed process had brought to one copy only: no caller was told, both keep them."""
        await self._each_page(shard, source=0, target=1, overwrite=False)
        await self._each_page(shard, source=1, target=0, overwrite=False)

    async def _copy_rows(self, shard: int, *, source: int, target: int) -> None:
        """Make `target` equal to `source`, page by page."""
        await self._each_page(shard, source=source, target=target, overwrite=True)
        await self._held.recount()

    async def _each_page(self, shard: int, *, source: int, target: int, overwrite: bool) -> None:
        after = ""
        while codes := await self._room.sql.read(codes_after(self._room.id, shard, after)):
            after = codes[-1]
            insert = self._room.sql.insert(LINKS)
            await self._room.sql.write(
                copying(
                    insert, self._room.id, shard, codes, source=source, target=target, overwrite=overwrite
                )
            )
