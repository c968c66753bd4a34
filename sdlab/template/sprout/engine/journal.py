"""The rows of acknowledged adds."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa

from sdlab.template.sprout.config import Config
from sdlab.template.sprout.engine.models import AddRow
from sdlab.template.sprout.engine.nodes import JOURNAL, SERVER
from sdlab.lab import EngineContext, TooMany

TABLE = AddRow.__table__  # type: ignore[attr-defined]


@dataclass(frozen=True, slots=True)
class Sums:
    """What the journal holds: how many adds, and what they come to."""

    adds: int = 0
    amount: int = 0


class Journal:
    """Writes an add down before it is acknowledged; what is here survives the process."""

    def __init__(self, context: EngineContext[Config]) -> None:
        self._context = context
        self._rows = 0

    async def open(self) -> None:
        """Know how full the room is."""
        self._rows = (await self.sums()).adds

    async def write(self, add_id: str, *, by: str, amount: int) -> None:
        """One row. `TooMany` when the room is full."""
        room = self._context.room
        if self._rows >= room.quota.rows:
            raise TooMany(f"this room is full: it holds {self._rows:,} rows")
        row = {"room": room.id, "id": add_id, "by": by, "amount": amount}
        await self._context.node(JOURNAL).call(
            "INSERT", lambda: room.sql.write(lambda c: c.execute(TABLE.insert(), row)), source=SERVER
        )
        self._rows += 1

    async def has(self, add_id: str) -> bool:
        """Whether an add is written down."""
        room = self._context.room
        query = sa.select(TABLE.c.id).where(TABLE.c.room == room.id, TABLE.c.id == add_id)
        return await room.sql.read(lambda c: c.execute(query).one_or_none()) is not None

    async def sums(self) -> Sums:
        """Read from the rows."""
        room = self._context.room
        query = sa.select(sa.func.count(), sa.func.coalesce(sa.func.sum(TABLE.c.amount), 0)).where(
            TABLE.c.room == room.id
        )
        adds, amount = await room.sql.read(lambda c: c.execute(query).one())
        return Sums(int(adds), int(amount))
