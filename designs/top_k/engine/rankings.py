"""The rankings that the batch job has published, as rows."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from designs.top_k.config import Config
from designs.top_k.engine.models import RankRow
from designs.top_k.engine.stores import ExactStore, Ranking
from designs.top_k.engine.windows import WINDOWS
from sdlab.lab import EngineContext

TABLE = RankRow.__table__  # type: ignore[attr-defined]
STORED = 100


class Rankings:
    """Those of one room; a ranking replaces the one before it in one transaction."""

    def __init__(self, context: EngineContext[Config]) -> None:
        self._room = context.room

    async def publish(self, counts: ExactStore, as_of: float) -> None:
        """Store the first of each window; `as_of` (Unix seconds) is the end of the last interval counted."""
        room = self._room.id
        rows = [
            {"room": room, "window": window, "place": rank, "video_id": video, "views": views, "as_of": as_of}
            for window in WINDOWS
            for rank, (video, views) in enumerate(counts.top(window, STORED), start=1)
        ]

        def write(connection: sa.Connection) -> None:
            connection.execute(sa.delete(TABLE).where(TABLE.c.room == room))
            if rows:
                connection.execute(sa.insert(TABLE), rows)

        await self._room.sql.write(write)

    async def read(self, window: str, k: int) -> tuple[Ranking, float | None]:
        """The first `k` of a window, and until when views are counted in them; None when nothing is stored."""
        query = (
            sa.select(TABLE.c.video_id, TABLE.c.views, TABLE.c.as_of)
            .where(TABLE.c.room == self._room.id, TABLE.c.window == window, TABLE.c.place <= k)
            .order_by(TABLE.c.place)
        )
        rows: Any = await self._room.sql.read(lambda connection: connection.execute(query).all())
        return [(row.video_id, row.views) for row in rows], rows[0].as_of if rows else None
