"""The follows that members changed, as rows."""

from __future__ import annotations

import sqlalchemy as sa
from sqlmodel import SQLModel

from designs.facebook_feed.config import Config
from designs.facebook_feed.engine.models import FollowRow
from sdlab.lab import EngineContext

FOLLOW: sa.Table = SQLModel.metadata.tables[str(FollowRow.__tablename__)]


class FollowRows:
    """What differs, or once differed, from the follows that the room began with."""

    def __init__(self, context: EngineContext[Config]) -> None:
        self._context = context
        self._room = context.room

    async def put(self, follower: int, followee: int, *, follows: bool) -> None:
        """Store that one follows the other now, or no longer."""
        row = {"room": self._room.id, "follower": follower, "followee": followee}
        now = self._context.clock.time()
        put = self._room.sql.insert(FOLLOW).values(**row, follows=follows, at=now)
        put = put.on_conflict_do_update(
            index_elements=["room", "follower", "followee"], set_={"follows": follows, "at": now}
        )
        await self._room.sql.write(lambda connection: connection.execute(put) and None)

    async def followed(self, follower: int, followee: int) -> bool | None:
        """What was last stored of that pair; None when nobody ever changed it."""
        query = sa.select(FOLLOW.c.follows).where(
            FOLLOW.c.room == self._room.id, FOLLOW.c.follower == follower, FOLLOW.c.followee == followee
        )
        found = await self._room.sql.read(lambda connection: connection.execute(query).scalar())
        return None if found is None else bool(found)

    async def all(self) -> list[tuple[int, int, bool]]:
        """Follower, followee, and whether one follows the other now."""
        query = sa.select(FOLLOW.c.follower, FOLLOW.c.followee, FOLLOW.c.follows).where(
            FOLLOW.c.room == self._room.id
        )
        rows = await self._room.sql.read(lambda connection: connection.execute(query).all())
        return [(row.follower, row.followee, bool(row.follows)) for row in rows]
