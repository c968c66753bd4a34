"""A comment on its way, and the rows of those that were acknowledged."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple

import orjson
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from designs.live_comments.config import Config
from designs.live_comments.engine.models import CommentRow
from designs.live_comments.engine.streams import STREAMS
from sdlab.lab import EngineContext

ROWS: sa.Table = CommentRow.__table__  # type: ignore[attr-defined]
KEPT_AT_LEAST = 20
ROWS_PER_COMMENT = 2


class Comment(NamedTuple):
    """A comment with its position in its stream. `at` is Unix seconds."""

    stream: str
    seq: int
    author: str
    text: str
    at: float

    @property
    def body(self) -> bytes:
        """As JSON, for clients."""
        return orjson.dumps(
            {
                "id": str(self.seq),
                "streamId": self.stream,
                "author": self.author,
                "comment": self.text,
                "at": iso(self.at),
            }
        )


class Event(NamedTuple):
    """A comment as servers pass it on: its position, its time, and its JSON, encoded once."""

    stream: str
    seq: int
    at: float
    body: bytes

    def pack(self) -> str:
        """As it travels on the bus."""
        return f"{self.stream} {self.seq} {self.at!r}\n{self.body.decode()}"


def unpack(message: str) -> Event:
    """The event of a message of the bus."""
    head, _, body = message.partition("\n")
    stream, seq, at = head.split()
    return Event(stream, int(seq), float(at), body.encode())


def event_of(comment: Comment) -> Event:
    """The event that tells of a comment."""
    return Event(comment.stream, comment.seq, comment.at, comment.body)


def iso(at: float) -> str:
    """RFC 3339 in UTC, with milliseconds."""
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


class CommentStore:
    """The rows of one room. Reads give comments that are not hidden, unless they say otherwise.

    `kept` is how many comments of a stream there are at most.
    """

    def __init__(self, context: EngineContext[Config]) -> None:
        self._room = context.room
        self._insert = context.room.sql.insert(ROWS)
        self.kept = max(KEPT_AT_LEAST, context.room.quota.rows // (ROWS_PER_COMMENT * len(STREAMS)))
        self.reads = 0

    async def add(self, comments: Sequence[Comment]) -> None:
        """Store all of them, or none; returns after commit."""
        values = [{"room": self._room.id, "hidden": False, **one._asdict()} for one in comments]
        await self._room.sql.write(lambda connection: connection.execute(self._insert, values) and None)

    async def tails(self) -> dict[str, int]:
        """The newest position of each stream that has comments."""
        newest = sa.select(ROWS.c.stream, sa.func.max(ROWS.c.seq)).where(self._here).group_by(ROWS.c.stream)
        return await self._room.sql.read(
            lambda connection: {row[0]: row[1] for row in connection.execute(newest)}
        )

    async def count(self, stream: str) -> tuple[int, int]:
        """How many rows a stream has, and how many of them are hidden."""
        query = sa.select(sa.func.count(), sa.func.sum(sa.cast(ROWS.c.hidden, sa.Integer)))
        here = query.where(self._here, ROWS.c.stream == stream)
        rows, hidden = await self._room.sql.read(lambda connection: connection.execute(here).one())
        return int(rows), int(hidden or 0)

    async def after(self, stream: str, seq: int, *, limit: int) -> list[Comment]:
        """The comments that follow `seq`, oldest first, hidden ones too."""
        query = self._of(stream).where(ROWS.c.seq > seq).order_by(ROWS.c.seq)
        return await self._read(query.limit(limit))

    async def before(self, stream: str, seq: int | None, *, limit: int) -> list[Comment]:
        """The comments that precede `seq` (None: the newest), newest first."""
        query = self._of(stream).where(ROWS.c.hidden.is_(False))
        if seq is not None:
            query = query.where(ROWS.c.seq < seq)
        return await self._read(query.order_by(ROWS.c.seq.desc()).limit(limit))

    async def skipping(self, stream: str, offset: int, *, limit: int) -> list[Comment]:
        """The comments after the newest `offset`, newest first."""
        query = self._of(stream).where(ROWS.c.hidden.is_(False)).order_by(ROWS.c.seq.desc())
        return await self._read(query.offset(offset).limit(limit))

    async def existing(self, stream: str, seqs: Sequence[int]) -> set[int]:
        """Which of these positions are taken, by hidden comments too."""
        query = sa.select(ROWS.c.seq).where(self._here, ROWS.c.stream == stream, ROWS.c.seq.in_(seqs))
        return await self._room.sql.read(lambda connection: set(connection.execute(query).scalars()))

    async def hide(self, stream: str, seq: int) -> bool:
        """Take a comment out of the history; whether it was in it."""
        change = (
            sa.update(ROWS)
            .where(self._here, ROWS.c.stream == stream, ROWS.c.seq == seq, ROWS.c.hidden.is_(False))
            .values(hidden=True)
        )
        return bool(await self._room.sql.write(lambda connection: connection.execute(change).rowcount))

    async def hidden(self) -> dict[str, set[int]]:
        """The positions of hidden comments by stream."""
        query = sa.select(ROWS.c.stream, ROWS.c.seq).where(self._here, ROWS.c.hidden.is_(True))
        found: dict[str, set[int]] = {}
        for stream, seq in await self._room.sql.read(lambda connection: list(connection.execute(query))):
            found.setdefault(stream, set()).add(seq)
        return found

    async def prune(self, stream: str, before: int) -> None:
        """Forget the comments of a stream that are older than position `before`."""
        gone = ROWS.delete().where(self._here, ROWS.c.stream == stream, ROWS.c.seq < before)
        await self._room.sql.write(lambda connection: connection.execute(gone) and None)

    @property
    def _here(self) -> Any:
        return ROWS.c.room == self._room.id

    def _of(self, stream: str) -> Any:
        columns = (ROWS.c.stream, ROWS.c.seq, ROWS.c.author, ROWS.c.text, ROWS.c.at)
        return sa.select(*columns).where(self._here, ROWS.c.stream == stream)

    async def _read(self, query: Any) -> list[Comment]:
        self.reads += 1
        return await self._room.sql.read(_comments(query))


def _comments(query: Any) -> Callable[[Connection], list[Comment]]:
    return lambda connection: [Comment(*row) for row in connection.execute(query)]
