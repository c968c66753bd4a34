"""Transactional outbox: a change and the news of it are written in one transaction, then read in order.

Whoever keeps a second copy (a search index, a feed) tails the outbox instead of being written to:
a crash between two writes cannot leave the copies apart for good. Chris Richardson,
"Pattern: Transactional outbox", microservices.io.

The order of ids is the order of commits, because all writes go through one writer.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import orjson
import sqlalchemy as sa
from sqlalchemy.engine import Connection
from sqlmodel import Field, SQLModel

from sdlab.lab.room import Room

BATCH = 200
KEPT = 1000


class OutboxRow(SQLModel):
    """The columns of an outbox; a design derives its table: `class News(OutboxRow, table=True)`.

    `id` grows with every change, `at` is Unix seconds, `body` is JSON.
    """

    __table_args__ = {"sqlite_autoincrement": True}

    id: int | None = Field(default=None, primary_key=True)
    room: str = Field(index=True)
    at: float
    topic: str
    body: str


@dataclass(frozen=True, slots=True)
class Change:
    """One change, as a tail gets it."""

    id: int
    at: float
    topic: str
    body: Any


class Outbox:
    """The outbox of a room in a design's table, and the place where one reader of it stands.

    The place of `reader` is kept in Redis; a reader that dies after applying a change and before
    the place is kept gets that change again, so applying must be idempotent.
    """

    def __init__(self, room: Room, table: sa.Table, *, reader: str) -> None:
        self.applied = 0
        self._table = table
        self._room = room.id
        self._sql = room.sql
        self._redis = room.redis
        self._cursor = room.key(reader)

    async def open(self) -> None:
        """Stand where the reader stood when it stopped."""
        self.applied = int(await self._redis.get(self._cursor) or 0)

    def put(self, connection: Connection, changes: Iterable[tuple[str, Any]], *, now: float) -> None:
        """Write changes (topic, body) inside the caller's transaction."""
        rows = [
            {"room": self._room, "at": now, "topic": topic, "body": orjson.dumps(body).decode()}
            for topic, body in changes
        ]
        if rows:
            connection.execute(self._table.insert(), rows)

    async def pending(self, limit: int = BATCH) -> list[Change]:
        """The oldest changes that were not applied yet, oldest first."""
        columns = self._table.c
        query = (
            sa.select(columns.id, columns.at, columns.topic, columns.body)
            .where(columns.room == self._room, columns.id > self.applied)
            .order_by(columns.id)
            .limit(limit)
        )
        rows = await self._sql.read(lambda connection: connection.execute(query).all())
        return [Change(row.id, row.at, row.topic, orjson.loads(row.body)) for row in rows]

    async def drain(self, apply: Callable[[Sequence[Change]], Awaitable[None]], limit: int = BATCH) -> int:
        """Apply the next changes, at most `limit`, and remember the place; how many they were."""
        batch = await self.pending(limit)
        if batch:
            await apply(batch)
            self.applied = batch[-1].id
            await self._redis.set(self._cursor, self.applied)
        return len(batch)

    async def lag(self, now: float) -> tuple[int, float]:
        """How many changes wait, and how many seconds the oldest of them has waited."""
        columns = self._table.c
        query = sa.select(sa.func.count(), sa.func.min(columns.at)).where(
            columns.room == self._room, columns.id > self.applied
        )
        waiting, oldest = await self._sql.read(lambda connection: connection.execute(query).one())
        return int(waiting), max(0.0, now - oldest) if waiting else 0.0

    async def kept(self) -> int:
        """How many changes there are, applied ones too."""
        query = sa.select(sa.func.count()).where(self._table.c.room == self._room)
        return int(await self._sql.read(lambda connection: connection.execute(query).scalar_one()))

    async def trim(self, keep: int = KEPT) -> int:
        """Delete applied changes but the newest `keep`; how many rows went."""
        columns = self._table.c
        statement = self._table.delete().where(columns.room == self._room, columns.id <= self.applied - keep)
        return await self._sql.write(lambda connection: connection.execute(statement).rowcount)
