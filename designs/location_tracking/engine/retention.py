"""Tracks in SQL: where the buses that people follow were, the newest of them kept, the rest thrown away."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from designs.location_tracking.config import Config
from designs.location_tracking.engine.models import TrackRow
from designs.location_tracking.engine.nodes import GATEWAY, HISTORY
from designs.location_tracking.engine.position import Position
from sdlab.lab import EngineContext

ROWS: sa.Table = TrackRow.__table__  # type: ignore[attr-defined]
KEPT_PER_BUS = 600
TRIM_EVERY = 100


class Retention:
    """Keeps about `KEPT_PER_BUS` positions of each bus."""

    def __init__(self, context: EngineContext[Config]) -> None:
        self._context = context
        self._sql, self._room = context.room.sql, context.room.id
        self._since_trim = 0

    async def rows(self) -> int:
        """How many positions are kept of all buses."""
        query = sa.select(sa.func.count()).where(ROWS.c.room == self._room)
        count: int = await self._sql.read(lambda connection: connection.execute(query).scalar_one())
        return count

    async def append(self, positions: Sequence[Position]) -> None:
        """Append positions to the tracks, in one commit; one that is there already stays."""
        await self._context.node(HISTORY).call("append", lambda: self._append(positions), source=GATEWAY)

    async def _append(self, positions: Sequence[Position]) -> None:
        rows = [{"room": self._room, **one._asdict()} for one in positions]
        insert = self._sql.insert(ROWS).on_conflict_do_nothing()

        def work(connection: Connection) -> None:
            connection.execute(insert, rows)

        await self._sql.write(work)
        self._since_trim += len(rows)
        if self._since_trim >= TRIM_EVERY:
            self._since_trim = 0
            await self._trim({one.bus for one in positions})

    async def _trim(self, buses: set[str]) -> None:
        def work(connection: Connection) -> None:
            for bus in buses:
                of_bus = (ROWS.c.room == self._room, ROWS.c.bus == bus)
                edge = sa.select(ROWS.c.t).where(*of_bus).order_by(ROWS.c.t.desc()).offset(KEPT_PER_BUS)
                oldest = connection.execute(edge.limit(1)).scalar()
                if oldest is not None:
                    connection.execute(ROWS.delete().where(*of_bus, ROWS.c.t <= oldest))

        await self._sql.write(work)

    async def newest(self, bus: str, count: int) -> list[Position]:
        """The last positions of a bus, newest first."""
        query = (
            sa.select(ROWS.c.t, ROWS.c.lat, ROWS.c.lng)
            .where(ROWS.c.room == self._room, ROWS.c.bus == bus)
            .order_by(ROWS.c.t.desc())
            .limit(count)
        )
        rows = await self._context.node(HISTORY).call(
            "select",
            lambda: self._sql.read(lambda connection: connection.execute(query).all()),
            source=GATEWAY,
        )
        self._context.decide(f"{len(rows)} rows of at most {KEPT_PER_BUS} that are kept of a bus")
        return [Position(bus, t, lat, lng) for t, lat, lng in rows]
