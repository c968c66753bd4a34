"""Tags that become one, and tags that change their name: what that does to pairs, arrays and lists."""

from __future__ import annotations

import json
from dataclasses import dataclass

from sqlalchemy.exc import IntegrityError

from designs.tagging_service.config import Config
from designs.tagging_service.engine.index_feed import Change, IndexFeed
from designs.tagging_service.engine.names import Tag
from designs.tagging_service.engine.strategies.upkeeps import UPKEEPS
from designs.tagging_service.engine.tables import Tables
from designs.tagging_service.engine.tag_table import TagTable
from sdlab.lab import Conflict, EngineContext, Invalid, NotFound
from sdlab.stores.sessions import Session

MOVE = (
    "INSERT INTO {pair} (room, item, tag, active) SELECT p.room, p.item, :target, p.active FROM {pair} p "
    "WHERE [p] AND p.tag = :source AND NOT EXISTS "
    "(SELECT 1 FROM {pair} q WHERE [q] AND q.item = p.item AND q.tag = :target)"
)
MOVE_LISTED = (
    "INSERT INTO {pair} (room, item, tag, active) SELECT i.room, i.id, :target, i.active FROM {item} i "
    "WHERE [i] AND i.id "
)
LEAVE = "DELETE FROM {pair} AS p WHERE [p] AND p.tag = :source"
SYNONYM = (
    "UPDATE {tag} AS t SET alias = :target WHERE t.room = :room AND (t.id = :source OR t.alias = :source)"
)
NAME = "UPDATE {tag} AS t SET name = :new WHERE t.room = :room AND t.id = :id"
FORGET_SYNONYM = "DELETE FROM {tag} AS t WHERE t.room = :room AND t.name = :new AND t.alias = :id"
LOCK_WAIT = 3.0  # seconds that a merge waits for each of its locks
OLD_NAME = "INSERT INTO {tag} (room, id, name, alias) VALUES (:room, :synonym, :old, :id)"


@dataclass(frozen=True, slots=True)
class Merged:
    """What came of it: the tags before, and how many pairs were moved or rewritten."""

    source: Tag
    target: Tag
    moved: int
    changes: tuple[Change, ...]


class Merging:
    """Each way to do it either in one transaction, which has the tags' rows, or in steps of which each is one."""

    def __init__(
        self, context: EngineContext[Config], tables: Tables, tags: TagTable, feed: IndexFeed
    ) -> None:
        self.context, self.turns = context, tags.turns
        self._tables, self._tags, self._feed = tables, tags, feed

    # In one transaction

    async def in_one_transaction(self, source: str, target: str) -> Merged:
        """Move all pairs of one tag to another. `NotFound`; `Unavailable` where others hold it too long."""
        async with self._tables.session(lock_wait=LOCK_WAIT) as session:
            one, other = await self._both(session, source, target)
            await self._items_locked(session, one)
            moved = await self._tables.do(session, MOVE, source=one.id, target=other.id)
            await self._tables.do(session, LEAVE, source=one.id)
            await self._arrays(session, one.name, other.name)
            await self._tables.do(session, SYNONYM, source=one.id, target=other.id)
            return await self._noted(session, one, other, moved.rowcount)

    async def renamed_in_one(self, old: str, new: str) -> Merged:
        """Another name, in the tag's row and in every array; the old one is a synonym from then on.

        `Conflict` when there is another tag of that name; `Unavailable` where others hold the tag too long.
        """
        known = await self._named(old, new)
        async with self._tables.session(lock_wait=LOCK_WAIT) as session:
            tag = await self._own(session, known)
            await self._items_locked(session, tag)
            await self._name(session, tag, new)
            rewritten = await self._arrays(session, tag.name, new)
            return Merged(tag, Tag(tag.id, new), rewritten, ())

    async def _both(self, session: Session, source: str, target: str) -> tuple[Tag, Tag]:
        rows = (
            await self._tables.do(
                session,
                "SELECT t.id, t.name, t.alias FROM {tag} t WHERE t.room = :room AND t.name IN (:source, :target) "
                "ORDER BY t.id{update}",
                source=source,
                target=target,
            )
        ).all()
        found = {row.name: row for row in rows}
        return _checked(found.get(source), source), _checked(found.get(target), target)

    async def _own(self, session: Session, tag: Tag) -> Tag:
        row = (
            await self._tables.do(
                session,
                "SELECT t.id, t.name, t.alias FROM {tag} t WHERE t.room = :room AND t.id = :id{update}",
                id=tag.id,
            )
        ).one_or_none()
        return _checked(row, tag.name)

    async def _name(self, session: Session, tag: Tag, new: str) -> None:
        """`Conflict` when somebody gave the name to a tag since it was looked up: only the unique key knows."""
        try:
            await self._tables.do(session, FORGET_SYNONYM, id=tag.id, new=new)
            await self._tables.do(session, NAME, id=tag.id, new=new)
            await self._tables.do(session, OLD_NAME, synonym=self._tags.new_id(), old=tag.name, id=tag.id)
        except IntegrityError as error:
            raise _taken(new) from error

    async def _items_locked(self, session: Session, tag: Tag) -> None:
        """The rows of all that have the tag, in one order, so that two merges do not wait for each other in a circle."""
        await self._tables.do(
            session,
            "SELECT i.id FROM {item} i WHERE [i] AND i.id IN "
            "(SELECT p.item FROM {pair} p WHERE [p] AND p.tag = :tag) ORDER BY i.id{update}",
            tag=tag.id,
        )

    async def _noted(self, session: Session, one: Tag, other: Tag, moved: int) -> Merged:
        changes = (Change(0, one.id), Change(0, other.id))
        await UPKEEPS[self.context.config.upkeep].note(self._feed, session, changes)
        return Merged(one, other, moved, changes)

    # In steps

    async def in_steps(self, source: str, target: str) -> Merged:
        """List, wait as long as the knob says, move what was listed, forget what was listed."""
        one, other = await self._known(source), await self._known(target)
        listed, there = [
            [
                row.item
                for row in await self._tables.read(
                    "SELECT p.item FROM {pair} p WHERE [p] AND p.tag = :tag", tag=tag.id
                )
            ]
            for tag in (one, other)
        ]
        await self.context.clock.sleep(self.context.config.merge_gap_ms / 1000)
        lacking = sorted(set(listed) - set(there))
        async with self._tables.session() as session:
            if lacking:
                move = MOVE_LISTED + self._tables.one_of("items")
                await self._tables.do(session, move, target=other.id, items=lacking)
        async with self._tables.session() as session:
            if listed:
                leave = f"{LEAVE} AND p.item {self._tables.one_of('items')}"
                await self._tables.do(session, leave, source=one.id, items=listed)
            await self._arrays(session, one.name, other.name)
            await self._tables.do(session, SYNONYM, source=one.id, target=other.id)
            return await self._noted(session, one, other, len(lacking))

    async def renamed_in_steps(self, old: str, new: str) -> Merged:
        """The tag's row, then, as long after as the knob says, the arrays."""
        tag = await self._named(old, new)
        async with self._tables.session() as session:
            await self._name(session, tag, new)
        await self.context.clock.sleep(self.context.config.merge_gap_ms / 1000)
        async with self._tables.session() as session:
            rewritten = await self._arrays(session, tag.name, new)
        return Merged(tag, Tag(tag.id, new), rewritten, ())

    async def _known(self, name: str) -> Tag:
        rows = await self._tables.read(
            "SELECT t.id, t.name, t.alias FROM {tag} t WHERE t.room = :room AND t.name = :name", name=name
        )
        return _checked(rows[0] if rows else None, name)

    async def _named(self, old: str, new: str) -> Tag:
        """The tag that is to be renamed. `Conflict` when the other name is another tag's, or its own already."""
        found = await self._tags.find_all([old, new])
        if old not in found:
            raise NotFound(f"there is no tag “{old}”")
        if new in found and (found[new].id != found[old].id or found[old].name == new):
            raise _taken(new)
        return found[old]

    # Arrays

    async def _arrays(self, session: Session, old: str, new: str) -> int:
        """In every array one name becomes the other, once; how many were rewritten."""
        if self._tables.own:
            done = await self._tables.do(
                session,
                "UPDATE {item} AS i SET tags = CASE WHEN i.tags @> :new THEN array_remove(i.tags, :old_name) "
                "ELSE array_replace(i.tags, :old_name, :new_name) END WHERE i.tags @> :old",
                old=[old],
                new=[new],
                old_name=old,
                new_name=new,
            )
            return int(done.rowcount)
        return await self._json_arrays(session, old, new)

    async def _json_arrays(self, session: Session, old: str, new: str) -> int:
        rows = (await self._tables.do(session, "SELECT i.id, i.tags FROM {item} i WHERE [i]")).all()
        rewritten = 0
        for row in rows:
            tags = json.loads(row.tags)
            if old in tags:
                rewritten += 1
                tags = list(dict.fromkeys(new if one == old else one for one in tags))
                await self._tables.do(
                    session,
                    "UPDATE {item} AS i SET tags = :tags WHERE [i] AND i.id = :id",
                    tags=json.dumps(tags),
                    id=row.id,
                )
        return rewritten


def _taken(name: str) -> Conflict:
    return Conflict(f"there is a tag “{name}”: merge the two instead")


def _checked(row: object, name: str) -> Tag:
    if row is None:
        raise NotFound(f"there is no tag “{name}”")
    if row.alias:  # type: ignore[attr-defined]
        raise NotFound(f"“{name}” is a synonym: it was merged into another tag")
    return Tag(row.id, row.name)  # type: ignore[attr-defined]


def differ(source: str, target: str) -> None:
    """`Invalid` when both are one tag."""
    if source == target:
        raise Invalid(f"“{source}” cannot be merged into itself", field="into")
