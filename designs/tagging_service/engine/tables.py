"""The room's tables: on PostgreSQL its own items and pairs, with indexes, sizes and plans of their own.

A room's table inherits from the common one (https://www.postgresql.org/docs/current/ddl-inherit.html),
so that what the frame does with all rows of a room reaches it. On SQLite all rooms share one table,
and its key is an index that is always there.
"""

from __future__ import annotations

import asyncio
import hashlib
import re
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY

from designs.tagging_service.config import Config
from designs.tagging_service.engine.library import Picture
from designs.tagging_service.engine.models import ItemRow, PairRow, TagRow
from designs.tagging_service.engine.strategies.indexes import Index
from sdlab.lab import EngineContext, Unavailable
from sdlab.stores.sessions import Locked, Session

PREFIX = "tagging_service"
HERE = re.compile(r"\[(\w+)\]")
NAMES = re.compile(r"(?<!:):(\w+)")
WORDS = ARRAY(sa.Text)
NUMBERS = ARRAY(sa.Integer)

OWN_TABLES = (
    'CREATE TABLE "{item}" (CHECK (room = {room}), PRIMARY KEY (id)) INHERITS (tagging_service_item)',
    'CREATE TABLE "{pair}" (CHECK (room = {room})) INHERITS (tagging_service_item_tag)',
    'CREATE INDEX "{item}_gin" ON "{item}" USING gin (tags) WITH (fastupdate = off)',
)
SIZES = """
SELECT c.relname AS name, pg_relation_size(c.oid) AS bytes FROM pg_class c
WHERE c.oid = to_regclass(:pair) OR c.oid IN (SELECT x.indexrelid FROM pg_index x WHERE x.indrelid = to_regclass(:pair))
ORDER BY 1
"""
EMPTY = """
SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
WHERE i.inhparent = CAST('tagging_service_item_tag' AS regclass) AND pg_relation_size(c.oid) = 0
"""


class Tables:
    """Names and statements; in a statement `{item}`, `{pair}` … are tables, and `[p]` means `p` is of this room."""

    def __init__(self, context: EngineContext[Config]) -> None:
        room = context.room
        self.sql, self.room = room.sql, room.id
        self.own = room.sql.row_locks
        mark = hashlib.blake2b(room.id.encode(), digest_size=8).hexdigest()
        ending = f"_{mark}" if self.own else ""
        self.item, self.pair = f"{PREFIX}_item{ending}", f"{PREFIX}_item_tag{ending}"

    # Statements

    def written(self, template: str) -> str:
        """The statement of a template, in the dialect at hand."""
        text = HERE.sub("TRUE" if self.own else r"\1.room = :room", template)
        locks = {"share": " FOR SHARE", "update": " FOR UPDATE"} if self.own else {"share": "", "update": ""}
        return text.format(
            item=f'"{self.item}"',
            pair=f'"{self.pair}"',
            tag=f"{PREFIX}_tag",
            change=f"{PREFIX}_change",
            **locks,
        )

    def statement(self, template: str, **values: Any) -> tuple[sa.TextClause, dict[str, Any]]:
        """A statement and its values; lists travel as arrays where there are arrays, else one by one."""
        text = self.written(template)
        values = {"room": self.room, **values}
        used = {name: values[name] for name in NAMES.findall(text)}
        made = sa.text(text)
        for name, value in used.items():
            if isinstance(value, list):
                kind = WORDS if value and isinstance(value[0], str) else NUMBERS
                made = made.bindparams(
                    sa.bindparam(name, type_=kind) if self.own else sa.bindparam(name, expanding=True)
                )
        return made, used

    async def read(self, template: str, **values: Any) -> list[Any]:
        """All rows of a query, on a reading connection."""
        statement, used = self.statement(template, **values)
        return await self.sql.read(lambda c: list(c.execute(statement, used).all()))

    async def do(self, session: Session, template: str, **values: Any) -> Any:
        """Perform a statement in a transaction."""
        return await session.execute(*self.statement(template, **values))

    @asynccontextmanager
    async def session(self, *, lock_wait: float | None = None) -> AsyncIterator[Session]:
        """A transaction. `Unavailable` where it waited longer than that, in seconds, for what others hold."""
        try:
            async with self.sql.session(lock_wait=lock_wait) as session:
                yield session
        except Locked as error:
            raise Unavailable("others use that tag without a pause; ask again", retry_after=1) from error

    def one_of(self, name: str) -> str:
        """`= ANY(:ids)`, or `IN :ids` where there are no arrays."""
        return f"= ANY(:{name})" if self.own else f"IN :{name}"

    # Life

    async def open(self, library: Sequence[Picture]) -> bool:
        """Make the room's tables with these pictures, unless it has items; whether they were made.

        Tables and rows are one transaction: nobody ever sees a room's table empty.
        """
        if await self._exists():
            return False
        await self._sweep()
        await self.drop()  # a room that was forgotten may come again under its name
        tags = {name: n for n, name in enumerate(dict.fromkeys(t for one in library for t in one.tags), 1)}
        async with self.sql.session() as session:
            if self.own:
                for line in OWN_TABLES:
                    made = line.format(item=self.item, pair=self.pair, room=_quoted(self.room))
                    await session.execute(sa.text(made))
            await session.execute(
                sa.insert(TagRow),
                [{"room": self.room, "id": n, "name": name, "alias": 0} for name, n in tags.items()],
            )
            await (self._load(session, library, tags) if self.own else self._insert(session, library, tags))
        return True

    async def analyse(self) -> None:
        """Have the planner know what is in the tables, and which pages need no second look."""
        if self.own:
            await asyncio.to_thread(self._vacuum)

    def _vacuum(self) -> None:
        with self.sql.engine.connect() as connection:  # not in a transaction, which the port's are
            connection.execution_options(isolation_level="AUTOCOMMIT")
            for name in (self.item, self.pair):
                connection.exec_driver_sql(f'VACUUM (ANALYZE) "{name}"')

    async def _exists(self) -> bool:
        if not self.own:
            return bool(await self.read("SELECT 1 FROM {item} i WHERE [i] LIMIT 1"))
        found = await self.sql.read(
            lambda c: c.execute(sa.text("SELECT to_regclass(:name)"), {"name": self.item}).scalar()
        )
        return found is not None and bool(await self.read("SELECT 1 FROM {item} i WHERE [i] LIMIT 1"))

    async def _sweep(self) -> None:
        """Drop tables of rooms that are gone: all their rows were deleted, and their pages given back."""
        if not self.own:
            return
        for row in await self.sql.read(lambda c: list(c.execute(sa.text(EMPTY)).all())):
            pair, item = row.relname, row.relname.replace("_item_tag_", "_item_")
            with suppress(Locked):  # somebody makes it just now
                async with self.sql.session(lock_wait=0.2) as session:
                    await session.execute(sa.text(f'DROP TABLE IF EXISTS "{pair}", "{item}"'))

    async def drop(self) -> None:
        """The room's own tables go, with all that is in them."""
        if self.own:
            async with self.sql.session() as session:
                await session.execute(sa.text(f'DROP TABLE IF EXISTS "{self.item}", "{self.pair}"'))

    # Indexes

    async def index(self, wanted: Sequence[Index]) -> None:
        """Have these indexes of the pairs, and no others. On SQLite the key of the table is all there is."""
        if not self.own:
            return
        names = {f"{self.pair}_{one.name}": one for one in wanted}
        there = {name for name, _ in await self.sizes() if name != self.pair}
        async with self.sql.session() as session:
            for name in there - set(names):
                await session.execute(sa.text(f'DROP INDEX IF EXISTS "{name}"'))
            for name, one in names.items():
                if name not in there:
                    where = f" WHERE {one.where}" if one.where else ""
                    await session.execute(
                        sa.text(f'CREATE INDEX "{name}" ON "{self.pair}" ({one.columns}){where}')
                    )

    async def sizes(self) -> list[tuple[str, int]]:
        """Bytes of the pair table and of each of its indexes, by name; nothing where nobody can say."""
        if not self.own:
            return []
        statement, values = sa.text(SIZES), {"pair": self.pair}
        rows = await self.sql.read(lambda c: list(c.execute(statement, values).all()))
        return [(row.name, int(row.bytes)) for row in rows]

    async def _load(self, session: Session, library: Sequence[Picture], tags: Mapping[str, int]) -> None:
        """All rows in three statements: columns travel as arrays."""
        pairs = [(one.id, tags[name], one.active) for one in library for name in one.tags]
        await self.do(
            session,
            "INSERT INTO {item} (room, id, look, active, tags) "
            "SELECT :room, id, look, active = 1, CAST('{{}}' AS text[]) "
            "FROM unnest(:ids, :looks, :actives) AS t (id, look, active)",
            ids=[one.id for one in library],
            looks=[one.look for one in library],
            actives=[int(one.active) for one in library],
        )
        await self.do(
            session,
            "INSERT INTO {pair} (room, item, tag, active) "
            "SELECT :room, item, tag, active = 1 FROM unnest(:items, :tags, :actives) AS t (item, tag, active)",
            items=[item for item, _, _ in pairs],
            tags=[tag for _, tag, _ in pairs],
            actives=[int(active) for _, _, active in pairs],
        )
        await self.do(
            session,
            "UPDATE {item} i SET tags = n.names FROM (SELECT p.item, array_agg(t.name) AS names FROM {pair} p "
            "JOIN {tag} t ON t.room = :room AND t.id = p.tag GROUP BY p.item) n WHERE i.id = n.item",
        )

    async def _insert(self, session: Session, library: Iterable[Picture], tags: Mapping[str, int]) -> None:
        items = [
            {"room": self.room, "id": one.id, "look": one.look, "active": one.active, "tags": list(one.tags)}
            for one in library
        ]
        pairs = [
            {"room": self.room, "item": one.id, "tag": tags[name], "active": one.active}
            for one in library
            for name in one.tags
        ]
        await session.execute(sa.insert(ItemRow), items)
        await session.execute(sa.insert(PairRow), pairs)


def _quoted(text: str) -> str:
    """A text as a literal; statements that make tables take no parameters."""
    return "'" + text.replace("'", "''") + "'"
