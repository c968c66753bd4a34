"""The rows of the shards: the table's statements, free of nodes and placement."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from designs.url_shortener.engine.models import LinkRow

PAGE = 1000

LINKS: sa.Table = LinkRow.__table__  # type: ignore[attr-defined]
_AT = (LINKS.c.room == sa.bindparam("at_room"), LINKS.c.shard == sa.bindparam("at_shard"))
_ON = (*_AT, LINKS.c.copy == sa.bindparam("at_copy"))
FIND = sa.select(LINKS).where(*_ON, LINKS.c.code == sa.bindparam("at_code"))
FIND_URL = (
    sa.select(LINKS)
    .where(*_ON, LINKS.c.url_digest == sa.bindparam("at_digest"), LINKS.c.deleted_at.is_(None))
    .order_by(LINKS.c.created_at)
    .limit(1)
)
OWNED = sa.select(LINKS).where(*_ON, LINKS.c.owner == sa.bindparam("at_owner"), LINKS.c.deleted_at.is_(None))
CODES = (
    sa.select(LINKS.c.code)
    .distinct()
    .where(*_AT, LINKS.c.code > sa.bindparam("after"))
    .order_by(LINKS.c.code)
    .limit(PAGE)
)
BURY = (
    sa.update(LINKS)
    .where(*_ON, LINKS.c.code == sa.bindparam("at_code"), LINKS.c.deleted_at.is_(None))
    .values(deleted_at=sa.bindparam("at_time"), url="", url_digest="")
)
DROP = sa.delete(LINKS).where(*_ON, LINKS.c.code == sa.bindparam("at_code"))


@dataclass(frozen=True, slots=True)
class StoredLink:
    """A link as a shard keeps it. Times are Unix seconds; `url` is empty in a tombstone."""

    code: str
    url: str
    url_digest: str
    owner: str
    alias: bool
    by_hand: bool
    created_at: float
    expires_at: float | None = None
    deleted_at: float | None = None

    def expired(self, now: float) -> bool:
        """Whether its time is over."""
        return self.expires_at is not None and self.expires_at <= now


def reading(query: Any, values: dict[str, Any]) -> Callable[[Connection], list[StoredLink]]:
    """Work that gives the links a query finds."""
    return lambda connection: [link_of(row) for row in connection.execute(query, values)]


def changing(statement: Any, values: dict[str, Any] | None = None) -> Callable[[Connection], int]:
    """Work that says how many rows it changed."""
    return lambda connection: connection.execute(statement, values or {}).rowcount


def scalars(query: Any, values: dict[str, Any] | None = None) -> Callable[[Connection], list[str]]:
    """Work that gives the first column of what a query finds."""
    return lambda connection: list(connection.execute(query, values or {}).scalars())


def codes_after(room: str, shard: int, after: str) -> Callable[[Connection], list[str]]:
    """Work that gives the next page of a shard's codes, in order, whatever copy has them."""
    return scalars(CODES, {"at_room": room, "at_shard": shard, "after": after})


def putting(statement: Any, row: dict[str, Any]) -> Callable[[Connection], bool]:
    """Work that stores a row over whatever has its place; whether something had."""
    at = {"at_room": row["room"], "at_shard": row["shard"], "at_copy": row["copy"], "at_code": row["code"]}

    def put(connection: Connection) -> bool:
        there = connection.execute(FIND, at).first() is not None
        connection.execute(statement, row)
        return there

    return put


def overwriting(insert: Any) -> Any:
    """The insert, replacing all but the key of a row that is there."""
    changed = {column.name: insert.excluded[column.name] for column in LINKS.c if not column.primary_key}
    return insert.on_conflict_do_update(index_elements=list(LINKS.primary_key), set_=changed)


def moving(room: str, shard: int, target: int, codes: list[str]) -> Callable[[Connection], int]:
    """Work that brings codes, in all copies, from a shard to another; a row that is there already wins."""
    there = LINKS.alias()
    here = (LINKS.c.room == room, LINKS.c.shard == shard, LINKS.c.copy.in_((0, 1)), LINKS.c.code.in_(codes))
    overtaken = sa.exists().where(
        there.c.room == LINKS.c.room,
        there.c.shard == target,
        there.c.copy == LINKS.c.copy,
        there.c.code == LINKS.c.code,
    )
    drop = sa.delete(LINKS).where(*here, overtaken)
    move = sa.update(LINKS).where(*here).values(shard=target)
    return lambda connection: connection.execute(drop).rowcount + connection.execute(move).rowcount


def copying(
    insert: Any, room: str, shard: int, codes: list[str], *, source: int, target: int, overwrite: bool
) -> Callable[[Connection], int]:
    """Work that brings codes of a shard from one copy to the other."""
    columns = [column.name for column in LINKS.c]
    chosen = (sa.literal(target).label("copy") if name == "copy" else LINKS.c[name] for name in columns)
    rows = sa.select(*chosen).where(
        LINKS.c.room == room, LINKS.c.shard == shard, LINKS.c.copy == source, LINKS.c.code.in_(codes)
    )
    statement = insert.from_select(columns, rows)
    return changing(overwriting(statement) if overwrite else statement.on_conflict_do_nothing())


def emptying(room: str, shards: list[int], codes: list[str]) -> Callable[[Connection], int]:
    """Work that takes the URL out of links and leaves their tombstones."""
    where = (
        LINKS.c.room == room,
        LINKS.c.shard.in_(shards),
        LINKS.c.copy.in_((0, 1)),
        LINKS.c.code.in_(codes),
    )
    return changing(sa.update(LINKS).where(*where).values(url="", url_digest=""))


ROW_BYTES = 200  # what a row takes besides its URL: code, digest, owner, times, its entries in two indexes


def counting(room: str) -> Callable[[Connection], list[tuple[int, int, int, int]]]:
    """Work that counts rows: shard, characters of the code, rows, bytes of their URLs; one line for each copy."""
    characters = sa.func.length(LINKS.c.code)
    query = (
        sa.select(LINKS.c.shard, characters, sa.func.count(), sa.func.sum(sa.func.length(LINKS.c.url)))
        .where(LINKS.c.room == room)
        .group_by(LINKS.c.shard, LINKS.c.copy, characters)
    )
    return lambda connection: [
        (row[0], row[1], row[2], int(row[3] or 0)) for row in connection.execute(query)
    ]


def link_of(row: Any) -> StoredLink:
    """A row as a link."""
    return StoredLink(
        row.code,
        row.url,
        row.url_digest,
        row.owner,
        row.alias,
        row.by_hand,
        row.created_at,
        row.expires_at,
        row.deleted_at,
    )
