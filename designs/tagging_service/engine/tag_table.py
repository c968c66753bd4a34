"""The tags' rows: which tag a name means, and which tags begin like that."""

from __future__ import annotations

from collections.abc import Iterable

import sqlalchemy as sa

from designs.tagging_service.config import Config
from designs.tagging_service.engine.models import TagRow
from designs.tagging_service.engine.names import Tag, TagQuery, Wanted
from designs.tagging_service.engine.tables import Tables
from designs.tagging_service.engine.turns import Turns
from sdlab.lab import EngineContext
from sdlab.stores.sessions import Session

TAG = TagRow.__table__  # type: ignore[attr-defined]
LAST = "\U0010ffff"
MOST_MATCHES = 400

MEANS = """
SELECT n.name AS name, t.id AS id, t.name AS meant FROM {tag} n
JOIN {tag} t ON t.room = n.room AND t.id = CASE WHEN n.alias = 0 THEN n.id ELSE n.alias END
WHERE n.room = :room AND n.name """
SHARED = "SELECT t.id, t.name FROM {tag} t WHERE t.room = :room AND t.alias = 0 AND "
LOOKS = 3


class Moved(Exception):
    """The tag was renamed or merged while somebody waited for its row."""


class TagTable:
    """A name leads to a tag, also one that was merged into another; ids count up in each room."""

    def __init__(self, context: EngineContext[Config], tables: Tables) -> None:
        self.context, self.tables = context, tables
        self.turns = Turns()
        self._next = 1

    async def open(self) -> None:
        """Know which id comes next."""
        rows = await self.tables.read("SELECT max(t.id) AS most FROM {tag} t WHERE t.room = :room")
        self._next = int(rows[0].most or 0) + 1

    async def find(self, name: str) -> Tag | None:
        """The tag that a name means."""
        return (await self.find_all([name])).get(name)

    async def find_all(self, names: Iterable[str]) -> dict[str, Tag]:
        """The tags that these names mean, by name."""
        wanted = list(dict.fromkeys(names))
        if not wanted:
            return {}
        rows = await self.tables.read(MEANS + self.tables.one_of("names"), names=wanted)
        return {row.name: Tag(row.id, row.meant) for row in rows}

    async def look_up(self, query: TagQuery) -> Wanted:
        """The query with its tags instead of names."""
        found = await self.find_all(query.names)
        return Wanted(
            all=tuple(dict.fromkeys(found[one] for one in query.all if one in found)),
            any=tuple(dict.fromkeys(found[one] for one in query.any if one in found)),
            none=tuple(dict.fromkeys(found[one] for one in query.none if one in found)),
            active=query.active,
            unknown=any(one not in found for one in query.all)
            or bool(query.any and not any(one in found for one in query.any)),
        )

    async def locked(self, session: Session, name: str) -> Tag | None:
        """The tag that a name means, its row shared with other writers until the transaction ends.

        Only a row that stands for itself is shared, never a synonym's: a rename has the tag first and takes the
        synonym then, and who held that while waiting for the tag would close a circle. `Moved` where the tag was
        renamed or merged meanwhile: what is held of it by then is given back with the transaction.
        """
        means = MEANS + "= :name"
        for _ in range(LOOKS):
            row = (await self.tables.do(session, SHARED + "t.name = :name{share}", name=name)).one_or_none()
            if row is not None:
                return Tag(row.id, row.name)
            meant = (await self.tables.do(session, means, name=name)).one_or_none()
            if meant is None:
                return None
            if meant.meant == name:
                continue  # renamed to this between the two statements
            row = (await self.tables.do(session, SHARED + "t.id = :id{share}", id=meant.id)).one_or_none()
            if row is not None and (await self.tables.do(session, means, name=name)).one().id == row.id:
                return Tag(row.id, row.name)
            break
        raise Moved(name)

    def new_id(self) -> int:
        """A number that no tag of the room has."""
        self._next += 1
        return self._next - 1

    async def make(self, name: str) -> None:
        """There is a tag of that name from now on."""
        insert = self.tables.sql.insert(TagRow).on_conflict_do_nothing()
        row = {"room": self.tables.room, "id": self.new_id(), "name": name, "alias": 0}
        await self.tables.sql.write(lambda c: c.execute(insert, row))

    async def beginning(self, prefix: str) -> list[Tag]:
        """Tags whose name begins so, by name; at most `MOST_MATCHES`."""
        rows = await self.tables.read(
            "SELECT t.id, t.name FROM {tag} t WHERE t.room = :room AND t.alias = 0 AND t.name >= :prefix "
            "AND t.name < :last ORDER BY t.name LIMIT :most",
            prefix=prefix,
            last=prefix + LAST,
            most=MOST_MATCHES,
        )
        return [Tag(row.id, row.name) for row in rows]

    async def number(self) -> int:
        """How many tags and synonyms there are."""
        query = sa.select(sa.func.count()).select_from(TAG).where(TAG.c.room == self.tables.room)
        return int(await self.tables.sql.read(lambda c: c.execute(query).scalar_one()))
