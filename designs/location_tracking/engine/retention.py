"""Tracks and geofences in SQL: statements and the work around them."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from designs.location_tracking.engine.models import FenceRow, TrackRow
from designs.location_tracking.engine.shards import Position
from designs.location_tracking.engine.watch import Fence
from sdlab.lab import Room

TRACKS: sa.Table = TrackRow.__table__  # type: ignore[attr-defined]
FENCES: sa.Table = FenceRow.__table__  # type: ignore[attr-defined]
KEPT_TRACK = 600
TRIM_EVERY = 100


class Keeping:
    """What a room keeps for good."""

    def __init__(self, room: Room) -> None:
        self._room = room
        self._since_trim = 0
        self.rows = 0

    async def track(self, positions: Sequence[Position]) -> None:
        """Append positions to the tracks; one that is there already stays."""
        rows = [
            {"room": self._room.id, "bus": one.bus, "t": one.t, "lat": one.lat, "lng": one.lng}
            for one in positions
        ]
        insert = self._room.sql.insert(TRACKS).on_conflict_do_nothing()

        def work(connection: Connection) -> None:
            connection.execute(insert, rows)

        await self._room.sql.write(work)
        self.rows += len(rows)
        self._since_trim += len(rows)
        if self._since_trim >= TRIM_EVERY:
            self._since_trim = 0
            await self._trim({one.bus for one in positions})

    async def _trim(self, buses: set[str]) -> None:
        def work(connection: Connection) -> int:
            gone = 0
            for bus in buses:
                mine = (TRACKS.c.room == self._room.id, TRACKS.c.bus == bus)
                edge = sa.select(TRACKS.c.t).where(*mine).order_by(TRACKS.c.t.desc()).offset(KEPT_TRACK)
                oldest = connection.execute(edge.limit(1)).scalar()
                if oldest is not None:
                    gone += connection.execute(TRACKS.delete().where(*mine, TRACKS.c.t <= oldest)).rowcount
            return gone

        self.rows -= await self._room.sql.write(work)

    async def count(self) -> None:
        """How many rows there are, after a restart."""
        query = sa.select(sa.func.count()).where(TRACKS.c.room == self._room.id)
        self.rows = await self._room.sql.read(lambda connection: connection.execute(query).scalar_one())

    async def newest(self, bus: str, count: int) -> list[Position]:
        """The last positions of a bus, newest first."""
        query = (
            sa.select(TRACKS.c.t, TRACKS.c.lat, TRACKS.c.lng)
            .where(TRACKS.c.room == self._room.id, TRACKS.c.bus == bus)
            .order_by(TRACKS.c.t.desc())
            .limit(count)
        )
        rows = await self._room.sql.read(lambda connection: connection.execute(query).all())
        return [Position(bus, t, lat, lng) for t, lat, lng in rows]

    async def fences(self) -> list[Fence]:
        """All geofences, in the order of their making."""
        query = sa.select(FENCES).where(FENCES.c.room == self._room.id).order_by(FENCES.c.made_at)
        rows = await self._room.sql.read(lambda connection: connection.execute(query).all())
        return [Fence(row.id, row.name, row.lat, row.lng, row.radius_m, row.bus) for row in rows]

    async def fence(self, fence: Fence, now: float) -> None:
        """Keep a geofence."""
        row = FenceRow(
            room=self._room.id,
            id=fence.id,
            name=fence.name,
            lat=fence.lat,
            lng=fence.lng,
            radius_m=fence.radius_m,
            bus=fence.bus,
            made_at=now,
        )
        await self._room.sql.write(lambda connection: connection.execute(FENCES.insert(), row.model_dump()))

    async def unfence(self, fence: str) -> None:
        """Drop a geofence."""
        statement = FENCES.delete().where(FENCES.c.room == self._room.id, FENCES.c.id == fence)
        await self._room.sql.write(lambda connection: connection.execute(statement))
