"""What keeps bitmaps and sets in step with the pairs: an outbox that is read in order, or a write to each.

Chris Richardson, "Pattern: Transactional outbox", microservices.io. Rows of one item are in the order
of their commits, because whoever changes an item's pairs holds its row until then.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from designs.tagging_service.config import Config
from designs.tagging_service.engine.bitmaps import ACTIVE, ALL, BitmapIndex
from designs.tagging_service.engine.counters import Counters
from designs.tagging_service.engine.models import ChangeRow
from designs.tagging_service.engine.nodes import FEED, SETS
from designs.tagging_service.engine.strategies.shardings import SHARDINGS
from designs.tagging_service.engine.tables import Tables
from designs.tagging_service.engine.tag_sets import TagSets
from sdlab.lab import EngineContext, Unavailable
from sdlab.stores.sessions import Session

BATCH = 500
CHANGE = ChangeRow.__table__  # type: ignore[attr-defined]


@dataclass(frozen=True, slots=True)
class Change:
    """A pair is there now, or not; with item 0 the whole list of the tag is another."""

    item: int
    tag: int
    present: bool = True


class IndexFeed:
    """Brings changes to bitmaps and sets. `lock` is held while they are brought, so that nobody looks halfway."""

    def __init__(
        self,
        context: EngineContext[Config],
        tables: Tables,
        bitmaps: BitmapIndex,
        sets: TagSets,
        counters: Counters,
    ) -> None:
        self.context, self._tables = context, tables
        self._bitmaps, self._sets = bitmaps, sets
        self._counters = counters
        self.lock = asyncio.Lock()
        self._begun = 0

    async def rebuild(self) -> None:
        """Both copies anew from the pairs, placed as the configuration says."""
        async with self.lock:
            await self._tables.sql.write(
                lambda c: c.execute(CHANGE.delete().where(CHANGE.c.room == self._tables.room))
            )
            lists = await self.lists()
            self._place(lists)
            await self._sets.build(lists)

    async def reshard(self) -> None:
        """The bitmaps anew, from the pairs, on other shards."""
        async with self.lock:
            self._place(await self.lists())

    def _place(self, lists: dict[int, list[int]]) -> None:
        config = self.context.config
        sharding = SHARDINGS[config.sharding]
        shards = sharding.shards(config)
        self._bitmaps.build(lists, shards=shards, place=lambda item, tag: sharding.shard(item, tag, shards))

    async def lists(self) -> dict[int, list[int]]:
        """The items of each tag, of all, and of the active, as the database has them."""
        lists: dict[int, list[int]] = {ALL: [], ACTIVE: []}
        for row in await self._tables.read("SELECT i.id, i.active FROM {item} i WHERE [i]"):
            lists[ALL].append(row.id)
            if row.active:
                lists[ACTIVE].append(row.id)
        for row in await self._tables.read("SELECT p.item, p.tag FROM {pair} p WHERE [p]"):
            lists.setdefault(row.tag, []).append(row.item)
        return lists

    # In the transaction, and after it

    async def note(self, session: Session, changes: Sequence[Change]) -> None:
        """Write changes down in the transaction that makes them."""
        room = self._tables.room
        rows = [{"room": room, "item": one.item, "tag": one.tag, "present": one.present} for one in changes]
        await session.execute(sa.insert(CHANGE), rows)

    async def catch_up(self) -> int:
        """Bring what is written down to both copies, in order; how much it was. What fails stays written down.

        Whoever waits while that is done shares the next turn.
        """
        begun, done = self._begun, 0
        async with self.lock:
            if self._begun > begun:
                return 0  # a turn began after this caller's commit, and had its change
            self._begun += 1
            while True:
                rows = await self._pending()
                if not rows:
                    return done
                try:
                    await self._bring([Change(row.item, row.tag, bool(row.present)) for row in rows])
                except Unavailable:
                    return done
                await self._forget([row.id for row in rows])
                done += len(rows)
                if len(rows) < BATCH:
                    return done

    async def _forget(self, ids: Sequence[int]) -> None:
        statement = CHANGE.delete().where(CHANGE.c.id.in_(ids))
        await self._tables.sql.write(lambda c: c.execute(statement))

    async def read_outbox(self) -> None:
        """The outbox reader's turn: what a crash has left behind is brought now."""
        if FEED not in self.context.nodes or not await self.pending():
            return
        try:
            await self.context.node(FEED).call("read", self.catch_up, source="database")
        except Unavailable:
            return

    async def bring_at_once(self, changes: Sequence[Change]) -> None:
        """Write to both copies, apart from the transaction. What cannot be written now is missed for good."""
        try:
            await self._bring(changes)
        except Unavailable:
            self._counters.missed += len(changes)

    async def pending(self) -> int:
        """How many changes wait."""
        query = sa.select(sa.func.count()).select_from(CHANGE).where(CHANGE.c.room == self._tables.room)
        return int(await self._tables.sql.read(lambda c: c.execute(query).scalar_one()))

    async def _pending(self) -> list[Any]:
        query = (
            sa.select(CHANGE.c.id, CHANGE.c.item, CHANGE.c.tag, CHANGE.c.present)
            .where(CHANGE.c.room == self._tables.room)
            .order_by(CHANGE.c.id)
            .limit(BATCH)
        )
        return await self._tables.sql.read(lambda c: list(c.execute(query).all()))

    async def _bring(self, changes: Sequence[Change]) -> None:
        clock, writes = self.context.clock, self._counters.writes
        loads = {one.tag: await self._items_of(one.tag) for one in changes if not one.item}
        began = clock.monotonic()
        shards = [self._bitmaps.set(one.item, one.tag, present=one.present) for one in changes if one.item]
        for tag, items in loads.items():
            self._bitmaps.load(tag, items)
        writes["bitmaps"].add((clock.monotonic() - began) * 1000 / len(changes))
        if shards:
            SHARDINGS[self.context.config.sharding].wrote(self.context, shards[-1])
        began = clock.monotonic()
        pairs = [(one.item, one.tag, one.present) for one in changes if one.item]
        await self.context.node(SETS).call(
            "SADD", lambda: self._sets.apply(pairs, loads), source=self._bitmaps.writer
        )
        writes["sets"].add((clock.monotonic() - began) * 1000 / len(changes))
        self._counters.applied += len(changes)

    async def _items_of(self, tag: int) -> list[int]:
        rows = await self._tables.read("SELECT p.item FROM {pair} p WHERE [p] AND p.tag = :tag", tag=tag)
        return [row.item for row in rows]
