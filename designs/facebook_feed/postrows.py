"""The post store: every post as a row, with what is still to be done for it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection
from sqlmodel import SQLModel

from designs.facebook_feed.models import FollowRow, PostRow
from designs.facebook_feed.places import Entry, Place
from sdlab.lab import Room

_TABLES = SQLModel.metadata.tables
POST: sa.Table = _TABLES[str(PostRow.__tablename__)]
FOLLOW: sa.Table = _TABLES[str(FollowRow.__tablename__)]


@dataclass(frozen=True, slots=True)
class Post:
    """A post as it is stored. `author` is a member's number, `at` whole Unix seconds."""

    id: int
    author: int
    at: int
    text: str
    pushed: bool = False
    deleted: bool = False

    @property
    def entry(self) -> Entry:
        """What stands for it in lists."""
        return Entry(Place(self.at, self.id), self.author)


def _post(row: Any) -> Post:
    return Post(row.id, row.author, row.at, row.text, bool(row.pushed), bool(row.deleted))


class PostRows:
    """The posts of a room in the database, and the follows that were changed by hand."""

    def __init__(self, room: Room) -> None:
        self._room = room
        self.rows_read = 0

    def _select(self, *where: Any) -> Any:
        columns = POST.c
        return sa.select(
            columns.id, columns.author, columns.at, columns.text, columns.pushed, columns.deleted
        ).where(columns.room == self._room.id, *where)

    async def add(self, post: Post, once: str | None = None) -> Post:
        """Store the post; with a key that its author has used before, the post of that time instead."""

        def work(connection: Connection) -> Post:
            if once:
                found = connection.execute(
                    self._select(POST.c.author == post.author, POST.c.once == once)
                ).first()
                if found:
                    return _post(found)
            connection.execute(POST.insert(), [self._values(post, once)])
            return post

        return await self._room.sql.write(work)

    async def add_all(self, posts: Sequence[Post]) -> None:
        """Store many at once."""
        rows = [self._values(post, None) for post in posts]
        await self._room.sql.write(lambda connection: connection.execute(POST.insert(), rows) and None)

    def _values(self, post: Post, once: str | None) -> dict[str, Any]:
        return {
            "room": self._room.id,
            "id": post.id,
            "author": post.author,
            "at": post.at,
            "text": post.text,
            "pushed": post.pushed,
            "placed": False,
            "deleted": False,
            "once": once,
        }

    async def read(self, ids: Iterable[int]) -> dict[int, Post]:
        """The posts with these ids that exist, deleted ones too."""
        wanted = list(ids)
        rows = await self._room.sql.read(
            lambda connection: connection.execute(self._select(POST.c.id.in_(wanted))).all()
        )
        self.rows_read += len(wanted)
        return {row.id: _post(row) for row in rows}

    async def newest_of(self, author: int, below: int, limit: int) -> list[Post]:
        """Posts of one author with ids below `below` that are not deleted, newest first."""
        query = (
            self._select(POST.c.author == author, POST.c.id < below, POST.c.deleted.is_(False))
            .order_by(POST.c.id.desc())
            .limit(limit)
        )
        rows = await self._room.sql.read(lambda connection: connection.execute(query).all())
        return [_post(row) for row in rows]

    async def between(self, authors: Iterable[int], oldest: int, newest: int) -> list[Post]:
        """Posts of these authors with ids from `oldest` to `newest` that are not deleted: the truth for a scroll."""
        query = self._select(
            POST.c.author.in_(list(authors)), POST.c.id.between(oldest, newest), POST.c.deleted.is_(False)
        )
        rows = await self._room.sql.read(lambda connection: connection.execute(query).all())
        return [_post(row) for row in rows]

    async def unplaced(self, *, all_of_them: bool = False) -> list[Post]:
        """Posts whose way to the readers is not known to be finished, oldest first."""
        where = () if all_of_them else (POST.c.placed.is_(False),)
        query = self._select(POST.c.deleted.is_(False), *where).order_by(POST.c.id)
        rows = await self._room.sql.read(lambda connection: connection.execute(query).all())
        return [_post(row) for row in rows]

    async def mark_placed(self, ids: Sequence[int]) -> None:
        """These have reached all that they are for."""
        statement = POST.update().where(POST.c.room == self._room.id, POST.c.id.in_(list(ids)))
        await self._room.sql.write(
            lambda connection: connection.execute(statement.values(placed=True)) and None
        )

    async def delete(self, post: int) -> None:
        """It is no longer to be shown. The row stays, so that what still shows it can be found out."""
        statement = POST.update().where(POST.c.room == self._room.id, POST.c.id == post)
        await self._room.sql.write(
            lambda connection: connection.execute(statement.values(deleted=True)) and None
        )

    async def cut(self, keep: int) -> int:
        """Forget all but the newest `keep`; the lowest id that is left, 0 when nothing had to go."""
        ids = (
            sa.select(POST.c.id)
            .where(POST.c.room == self._room.id)
            .order_by(POST.c.id.desc())
            .offset(keep - 1)
        )
        floor = await self._room.sql.read(lambda connection: connection.execute(ids.limit(1)).scalar())
        if floor is None:
            return 0
        statement = POST.delete().where(POST.c.room == self._room.id, POST.c.id < floor)
        await self._room.sql.write(lambda connection: connection.execute(statement) and None)
        return int(floor)

    async def ends(self) -> tuple[int, int, int]:
        """How many posts there are, the newest id, and the newest time."""
        query = sa.select(sa.func.count(), sa.func.max(POST.c.id), sa.func.max(POST.c.at)).where(
            POST.c.room == self._room.id
        )
        count, newest, at = await self._room.sql.read(lambda connection: connection.execute(query).one())
        return int(count), int(newest or 0), int(at or 0)

    async def pulled_authors(self) -> set[int]:
        """Who has posts that are read from the author's list."""
        query = (
            sa.select(POST.c.author).where(POST.c.room == self._room.id, POST.c.pushed.is_(False)).distinct()
        )
        rows = await self._room.sql.read(lambda connection: connection.execute(query).all())
        return {row.author for row in rows}

    async def ever_pushed(self) -> bool:
        """Whether any post is one that is written into feeds."""
        query = sa.select(POST.c.id).where(POST.c.room == self._room.id, POST.c.pushed.is_(True)).limit(1)
        return (await self._room.sql.read(lambda connection: connection.execute(query).first())) is not None

    async def follow(self, follower: int, followee: int, *, follows: bool, now: float) -> None:
        """Remember a follow that was made or undone."""
        row = {"room": self._room.id, "follower": follower, "followee": followee}
        put = self._room.sql.insert(FOLLOW).values(**row, follows=follows, at=now)
        put = put.on_conflict_do_update(
            index_elements=["room", "follower", "followee"], set_={"follows": follows, "at": now}
        )
        await self._room.sql.write(lambda connection: connection.execute(put) and None)

    async def followed(self, follower: int, followee: int) -> bool | None:
        """What was last remembered of that pair; None when nobody ever changed it."""
        query = sa.select(FOLLOW.c.follows).where(
            FOLLOW.c.room == self._room.id, FOLLOW.c.follower == follower, FOLLOW.c.followee == followee
        )
        found = await self._room.sql.read(lambda connection: connection.execute(query).scalar())
        return None if found is None else bool(found)

    async def changes(self) -> list[tuple[int, int, bool]]:
        """All follows that differ, or once differed, from the graph that the room began with."""
        query = sa.select(FOLLOW.c.follower, FOLLOW.c.followee, FOLLOW.c.follows).where(
            FOLLOW.c.room == self._room.id
        )
        rows = await self._room.sql.read(lambda connection: connection.execute(query).all())
        return [(row.follower, row.followee, bool(row.follows)) for row in rows]
