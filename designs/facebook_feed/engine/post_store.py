"""The post store: every post as a row, with how it travels and whether it has arrived."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection
from sqlmodel import SQLModel

from designs.facebook_feed.config import Config
from designs.facebook_feed.engine.entries import Entry, Position
from designs.facebook_feed.engine.models import PostRow
from sdlab.lab import EngineContext

POST: sa.Table = SQLModel.metadata.tables[str(PostRow.__tablename__)]


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
        return Entry(Position(self.at, self.id), self.author)


def _post(row: Any) -> Post:
    return Post(row.id, row.author, row.at, row.text, bool(row.pushed), bool(row.deleted))


class PostStore:
    """The posts of a room in the database, and what of them is known without asking.

    `pulled` are authors with posts that are read from the author's list; `ever_pushed` says whether
    any post was written into feeds; below `floor` everything was given up.
    """

    def __init__(self, context: EngineContext[Config]) -> None:
        self._context = context
        self._room = context.room
        self.total = self.last_id = self._last_at = self.floor = 0
        self.pulled: set[int] = set()
        self.ever_pushed = False
        self._newest_ids: dict[int, int] = {}

    async def open(self) -> None:
        """Find out what is known without asking later."""
        columns = POST.c
        ends = sa.select(sa.func.count(), sa.func.max(columns.id), sa.func.max(columns.at))
        query = sa.select(columns.author, columns.pushed).distinct().where(columns.room == self._room.id)
        count, newest, at = await self._room.sql.read(
            lambda connection: connection.execute(ends.where(columns.room == self._room.id)).one()
        )
        self.total, self.last_id, self._last_at = int(count), int(newest or 0), int(at or 0)
        ways = await self._room.sql.read(lambda connection: connection.execute(query).all())
        self.pulled = {way.author for way in ways if not way.pushed}
        self.ever_pushed = any(way.pushed for way in ways)

    async def count(self) -> tuple[int, int]:
        """How many rows there are, and how many of them are marked as deleted."""
        query = sa.select(POST.c.deleted, sa.func.count()).where(POST.c.room == self._room.id)
        grouped = query.group_by(POST.c.deleted)
        rows = await self._room.sql.read(lambda connection: connection.execute(grouped).all())
        by_mark = {bool(deleted): int(count) for deleted, count in rows}
        return sum(by_mark.values()), by_mark.get(True, 0)

    def new_post(self, author: int, text: str, *, pushed: bool) -> Post:
        """A post that is not stored yet. Ids grow and time never goes back, so that both give the same order."""
        self.last_id += 1
        self._last_at = max(self._last_at, int(self._context.clock.time()))
        return Post(self.last_id, author, self._last_at, text, pushed)

    def _select(self, *where: Any) -> Any:
        columns = POST.c
        return sa.select(
            columns.id, columns.author, columns.at, columns.text, columns.pushed, columns.deleted
        ).where(columns.room == self._room.id, *where)

    async def add(self, post: Post, key: str | None = None) -> Post:
        """Store the post; what its author posted before with the same text and key, if there is such a post."""

        def work(connection: Connection) -> Post:
            if key:
                same = (POST.c.author == post.author, POST.c.once == key, POST.c.text == post.text)
                found = connection.execute(self._select(*same)).first()
                if found:
                    return _post(found)
            connection.execute(POST.insert(), [self._values(post, key)])
            return post

        stored = await self._room.sql.write(work)
        self.total += stored.id == post.id
        self._newest_ids[post.author] = max(self._newest_ids.get(post.author, 0), stored.id)
        return stored

    async def add_all(self, posts: Sequence[Post]) -> None:
        """Store many at once."""
        rows = [self._values(post, None) for post in posts]
        await self._room.sql.write(lambda connection: connection.execute(POST.insert(), rows) and None)

    def _values(self, post: Post, key: str | None) -> dict[str, Any]:
        return {
            "room": self._room.id,
            "id": post.id,
            "author": post.author,
            "at": post.at,
            "text": post.text,
            "pushed": post.pushed,
            "placed": False,
            "deleted": False,
            "once": key,
        }

    async def read(self, ids: Iterable[int]) -> dict[int, Post]:
        """The posts with these ids that exist, deleted ones too."""
        wanted = list(ids)
        rows = await self._room.sql.read(
            lambda connection: connection.execute(self._select(POST.c.id.in_(wanted))).all()
        )
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

    async def newest_id_of(self, author: int) -> int:
        """The id of an author's newest post; 0 without any."""
        if author not in self._newest_ids:
            found = await self.newest_of(author, self.last_id + 1, 1)
            # What was posted while the store was read is newer than what was read.
            self._newest_ids.setdefault(author, found[0].id if found else 0)
        return self._newest_ids[author]

    async def between(self, authors: Iterable[int], oldest: int, newest: int) -> list[Post]:
        """Posts of these authors with ids from `oldest` to `newest` that are not deleted."""
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

    async def delete(self, post: Post) -> None:
        """It is no longer to be shown. The row stays, so that what still shows it can be found out."""
        statement = POST.update().where(POST.c.room == self._room.id, POST.c.id == post.id)
        await self._room.sql.write(
            lambda connection: connection.execute(statement.values(deleted=True)) and None
        )
        self._newest_ids.pop(post.author, None)

    async def trim(self, keep: int) -> Post | None:
        """Delete all but the newest `keep`; the oldest that is left, None when nothing had to go."""
        ids = (
            sa.select(POST.c.id)
            .where(POST.c.room == self._room.id)
            .order_by(POST.c.id.desc())
            .offset(keep - 1)
        )
        floor = await self._room.sql.read(lambda connection: connection.execute(ids.limit(1)).scalar())
        if floor is None:
            return None
        statement = POST.delete().where(POST.c.room == self._room.id, POST.c.id < floor)
        gone = await self._room.sql.write(lambda connection: connection.execute(statement).rowcount)
        self.floor, self.total = int(floor), self.total - gone
        return (await self.read([self.floor])).get(self.floor)
