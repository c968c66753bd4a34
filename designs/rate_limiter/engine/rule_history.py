"""Which rules were in force since when; the newest rows survive the process."""

from __future__ import annotations

import sqlalchemy as sa

from designs.rate_limiter.config import Config
from designs.rate_limiter.engine.models import RuleRow
from sdlab.lab import EngineContext

RULES_KEPT = 5


class RuleHistory:
    """The last rules that were in force, newest first, as the table has them."""

    def __init__(self, context: EngineContext[Config]) -> None:
        self._context = context
        none: list[RuleRow] = []
        self.look = context.look(self.rows, none)

    async def open(self) -> None:
        """Note the rule that is in force now, unless it is the newest that was noted."""
        config = self._context.config
        newest = next(iter(await self.rows()), None)
        noted = newest and (newest.algorithm, newest.limit, newest.window_s, newest.burst)
        if noted != (config.algorithm, config.limit, config.window_s, config.burst):
            await self.record(self._context.clock.time())

    async def rows(self) -> list[RuleRow]:
        """Read them."""
        return await self._context.room.sql.read(self._read)

    async def record(self, since: float) -> None:
        """The rule of the configuration of now is in force since then (Unix seconds)."""
        config, room = self._context.config, self._context.room
        row = RuleRow(
            room=room.id,
            since=since,
            algorithm=config.algorithm,
            limit=config.limit,
            window_s=config.window_s,
            burst=config.burst,
        )
        table, values = RuleRow.__table__, row.model_dump()  # type: ignore[attr-defined]
        insert = room.sql.insert(table).values(values)
        newest = sa.select(table.c.since).where(table.c.room == room.id).order_by(table.c.since.desc())
        outdated = table.c.since.not_in(newest.limit(RULES_KEPT))

        def write(connection: sa.Connection) -> None:
            connection.execute(insert.on_conflict_do_update(index_elements=["room", "since"], set_=values))
            connection.execute(table.delete().where(table.c.room == room.id, outdated))

        await room.sql.write(write)

    def _read(self, connection: sa.Connection) -> list[RuleRow]:
        table = RuleRow.__table__  # type: ignore[attr-defined]
        mine = table.c.room == self._context.room.id
        newest = sa.select(table).where(mine).order_by(table.c.since.desc()).limit(RULES_KEPT)
        return [RuleRow(**row._mapping) for row in connection.execute(newest)]
