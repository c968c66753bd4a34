"""Puts a tag on an item, or takes it off: the pair, the array, and the news of it in one transaction."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, TypeVar

from designs.tagging_service.config import Config
from designs.tagging_service.engine.bitmaps import ACTIVE, ALL
from designs.tagging_service.engine.counters import Counters
from designs.tagging_service.engine.index_feed import Change, IndexFeed
from designs.tagging_service.engine.names import Tag
from designs.tagging_service.engine.nodes import DATABASE, SERVICE
from designs.tagging_service.engine.strategies.approaches import as_list
from designs.tagging_service.engine.strategies.indexes import HOT_INDEXES, INDEXES
from designs.tagging_service.engine.strategies.locks import LOCKS, TagLock
from designs.tagging_service.engine.strategies.upkeeps import UPKEEPS, Upkeep
from designs.tagging_service.engine.tables import Tables
from designs.tagging_service.engine.tag_table import Moved, TagTable
from sdlab.lab import EngineContext, NotFound, TooMany, Unavailable
from sdlab.stores.sessions import Session

T = TypeVar("T")

MOST_TAGS = 24
TRIES = 3
WRITERS = 16  # at once: of the pool's connections some are left to those who read and check
NOBODYS = -2  # the id of a tag that nobody has
ROWS_AN_ITEM = 8  # of the quota, roughly

ITEM = "SELECT i.active, i.tags FROM {item} i WHERE [i] AND i.id = :item{update}"
PUT = (
    "INSERT INTO {pair} (room, item, tag, active) SELECT i.room, i.id, :tag, i.active FROM {item} i "
    "WHERE [i] AND i.id = :item "
    "AND NOT EXISTS (SELECT 1 FROM {pair} p WHERE [p] AND p.item = :item AND p.tag = :tag)"
)
TAKE = "DELETE FROM {pair} AS p WHERE [p] AND p.item = :item AND p.tag = :tag"
REWRITE = "UPDATE {item} AS i SET tags = :tags WHERE [i] AND i.id = :item"


@dataclass(frozen=True, slots=True)
class Tagged:
    """What came of it: the tag that the name meant, whether anything changed, and all tags of the item now."""

    item: int
    tag: Tag
    present: bool
    changed: bool
    tags: tuple[str, ...]


class PairWriter:
    """Idempotent: the item's row is locked first, so that two who tag it alike come one after the other."""

    def __init__(
        self,
        context: EngineContext[Config],
        tables: Tables,
        tags: TagTable,
        feed: IndexFeed,
        counters: Counters,
    ) -> None:
        self._context, self._tables, self._tags = context, tables, tags
        self._feed, self._counters = feed, counters
        self._next = 1
        self._writers = asyncio.Semaphore(WRITERS)

    async def open(self) -> None:
        """Know which item comes next."""
        rows = await self._tables.read("SELECT max(i.id) AS most FROM {item} i WHERE [i]")
        self._next = int(rows[0].most or 0) + 1

    @property
    def next_item(self) -> int:
        """The number of the next item."""
        return self._next

    async def add(self, look: int, names: tuple[str, ...], *, active: bool) -> int:
        """A new item with these tags. `TooMany` when the room is full."""
        if self._next * ROWS_AN_ITEM > self._context.room.quota.rows:
            raise TooMany(f"this room is full: it has {self._next - 1:,} items")
        item, self._next = self._next, self._next + 1
        wanted = await self._made(names)

        async def work() -> list[Change]:
            changes = [Change(item, ALL)] + ([Change(item, ACTIVE)] if active else [])
            async with self._writers, self._tables.session() as session:
                await self._tables.do(
                    session,
                    "INSERT INTO {item} (room, id, look, active, tags) VALUES (:room, :item, :look, :active, :tags)",
                    item=item, look=look, active=active, tags=as_array(self._tables, []),
                )  # fmt: skip
                tags: dict[int, str] = {}
                for known in wanted:
                    tag = await self._lock.resolve(self._tags, session, known.name) or known
                    tags[tag.id] = tag.name
                    if (await self._tables.do(session, PUT, item=item, tag=tag.id)).rowcount:
                        changes.append(Change(item, tag.id))
                await self._tables.do(
                    session, REWRITE, item=item, tags=as_array(self._tables, list(tags.values()))
                )
                await self._upkeep.note(self._feed, session, changes)
                return changes

        await self._tell(await self._in_database("INSERT item", work))
        return item

    async def _made(self, names: tuple[str, ...]) -> list[Tag]:
        """The tags of these names, made where there are none, in the order in which a merge takes their rows."""
        for name in set(names) - set(await self._tags.find_all(names)):
            await self._tags.make(name)
        return sorted(set((await self._tags.find_all(names)).values()), key=lambda tag: tag.id)

    async def set(self, item: int, name: str, *, present: bool) -> Tagged:
        """The item has the tag from now on, or not. `NotFound` for no such item, `TooMany` for too many tags."""
        changes: list[Change] = []

        async def work() -> Tagged | None:
            known = await self._lock.known(self._tags, name)
            async with self._writers, self._tables.session() as session:
                tag = await self._lock.resolve(self._tags, session, name) or known
                if tag is None and present:
                    return None
                done = await self._write(session, item, tag or Tag(NOBODYS, name), present=present)
                if done.changed:
                    changes.append(Change(item, done.tag.id, present))
                    await self._upkeep.note(self._feed, session, changes)
                return done

        what = "INSERT pair" if present else "DELETE pair"
        done = await self._in_database(what, work)
        if done is None:
            await self._tags.make(name)
            done = await self._in_database(what, work)
        if done is None:
            raise Unavailable(f"the tag “{name}” has just been renamed; ask again")
        if changes:
            self._counters.added += present
            self._counters.removed += not present
            await self._tell(changes)
        else:
            self._context.decide(f"it was {'there already' if present else 'not there'}: nothing is written")
        return done

    @property
    def _lock(self) -> TagLock:
        return LOCKS[self._context.config.merge_lock]

    @property
    def _upkeep(self) -> Upkeep:
        return UPKEEPS[self._context.config.upkeep]

    async def _in_database(self, what: str, work: Callable[[], Awaitable[T]]) -> T:
        """The transaction of `work`; begun again where its tag was renamed or merged while it waited."""
        for _ in range(TRIES):
            with suppress(Moved):
                return await self._context.node(DATABASE).call(what, work, source=SERVICE)
        raise Unavailable("the tag is renamed again and again; ask again", retry_after=1)

    async def _write(self, session: Session, item: int, tag: Tag, *, present: bool) -> Tagged:
        config, clock, writes = self._context.config, self._context.clock, self._counters.writes
        row = (await self._tables.do(session, ITEM, item=item)).one_or_none()
        if row is None:
            raise NotFound(f"there is no item {item}")
        tags = as_list(row.tags)
        if present and len(tags) >= MOST_TAGS and tag.name not in tags:
            raise TooMany(f"an item has at most {MOST_TAGS} tags")
        began = clock.monotonic()
        done = await self._tables.do(session, PUT if present else TAKE, item=item, tag=tag.id)
        changed = done.rowcount > 0
        if changed:
            INDEXES[config.indexes].wrote(self._context, present=present)
            HOT_INDEXES[config.hot_index].wrote(self._context, active=bool(row.active), present=present)
            writes["pairs"].add((clock.monotonic() - began) * 1000)
            tags = [one for one in tags if one != tag.name] + ([tag.name] if present else [])
            began = clock.monotonic()
            await self._tables.do(session, REWRITE, item=item, tags=as_array(self._tables, tags))
            writes["arrays"].add((clock.monotonic() - began) * 1000)
        return Tagged(item, tag, present, changed, tuple(sorted(tags)))

    async def _tell(self, changes: list[Change]) -> None:
        """After the commit: unless the service dies right here."""
        if any(one.kind == "torn" for one in self._context.node(SERVICE).faults()):
            self._context.decide("the service dies here: the change is committed, and nobody else was told")
            raise Unavailable("the service died before it answered; it may be done or not")
        await self._upkeep.after(self._context, self._feed, changes)


def as_array(tables: Tables, tags: list[str]) -> Any:
    """Tags as the column takes them: an array, or JSON where there are none."""
    return tags if tables.own else json.dumps(tags)
