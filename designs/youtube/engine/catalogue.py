"""The metadata: videos, chunks and segments as rows, each on the shard that its video's id leads to."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeVar

import sqlalchemy as sa

from designs.youtube.config import Config
from designs.youtube.engine.models import (
    GONE,
    PENDING,
    READY,
    STORED,
    UNDER_WAY,
    VERIFIED,
    ChunkRow,
    SegmentRow,
    VideoRow,
)
from designs.youtube.engine.nodes import SHARDS
from sdlab.blocks.hash_ring import HashRing, hash64
from sdlab.lab import EngineContext, NotFound

VIDEO = VideoRow.__table__  # type: ignore[attr-defined]
CHUNK = ChunkRow.__table__  # type: ignore[attr-defined]
SEGMENT = SegmentRow.__table__  # type: ignore[attr-defined]
DIGITS = "ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz23456789"
ID_LENGTH = 11
RING = HashRing(range(len(SHARDS)), virtual_nodes=32)
MOST_GONE = 2_000
AUDIT = ""  # whoever checks goes by no node: no fault acts on it, and it takes nobody's time

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Video:
    """A video as its row says."""

    id: str
    shard: int
    number: int
    owner: str
    title: str
    state: str
    why: str
    size: int
    chunk_size: int
    chunks: int
    sha256: str
    real: bool
    seconds: float
    segments: int
    created_ms: int
    uploaded_ms: int
    ready_ms: int
    views: int

    @property
    def node(self) -> str:
        """The shard that has it."""
        return SHARDS[self.shard]


@dataclass(frozen=True, slots=True)
class Chunk:
    """A chunk as its row says."""

    number: int
    size: int
    sha256: str
    state: str


@dataclass(frozen=True, slots=True)
class Segment:
    """A finished cell as its row says."""

    rendition: str
    seq: int
    copy_number: int
    object: str
    size: int
    seconds: float
    worker: str
    token: int
    at_ms: int
    took_ms: int
    earlier: bool


@dataclass(frozen=True, slots=True)
class Written:
    """What became of a write: `state` is written, again (one too many), or refused; `before` wrote it before.

    `cells` are those of the video that are done now.
    """

    state: str
    before: Segment | None = None
    cells: int = 0


def shard_of(id: str) -> int:
    """Where the metadata of a video lies."""
    return RING.owner(id)


def video_of(row: Any) -> Video:
    """From a row."""
    return Video(*(getattr(row, name) for name in Video.__slots__))


def chunk_of(row: Any) -> Chunk:
    """From a row."""
    return Chunk(row.number, row.size, row.sha256, row.state)


def segment_of(row: Any) -> Segment:
    """From a row."""
    return Segment(*(getattr(row, name) for name in Segment.__slots__))


class Catalogue:
    """Every statement names one video, and so one shard; what asks all shards is only for pictures and upkeep."""

    def __init__(self, context: EngineContext[Config]) -> None:
        self._context = context
        self._room = context.room.id
        self._number = 0

    async def open(self) -> None:
        """Ids go on after the newest."""
        newest = sa.select(sa.func.max(VIDEO.c.number)).where(VIDEO.c.room == self._room)
        self._number = await self._context.room.sql.read(lambda c: c.execute(newest).scalar_one() or 0)

    def next_id(self) -> tuple[str, int]:
        """An id that nobody has, and its number."""
        self._number += 1
        value = hash64(f"{self._context.room.seed}:{self._number}")
        digits = []
        for _ in range(ID_LENGTH):
            value, digit = divmod(value, len(DIGITS))
            digits.append(DIGITS[digit])
        return "".join(digits), self._number

    async def ask(
        self,
        shard: int,
        operation: str,
        work: Callable[[sa.Connection], T],
        *,
        source: str,
        writes: bool = False,
    ) -> T:
        """One statement or transaction on that shard, on behalf of `source`; of nobody's, when an audit asks."""
        sql = self._context.room.sql
        call = sql.write if writes else sql.read
        if source == AUDIT:
            return await call(work)
        return await self._context.node(SHARDS[shard]).call(operation, lambda: call(work), source=source)

    # Videos

    async def announce(
        self, video: Video, chunks: Sequence[tuple[int, str]], *, source: str, state: str = PENDING
    ) -> None:
        """Write a video and its chunks (bytes, fingerprint)."""
        row = {
            "room": self._room,
            **{name: getattr(video, name) for name in Video.__slots__},
        }
        rows = [
            {
                "room": self._room,
                "video": video.id,
                "number": n,
                "shard": video.shard,
                "size": size,
                "sha256": sha256,
                "state": state,
            }
            for n, (size, sha256) in enumerate(chunks)
        ]

        def insert(c: sa.Connection) -> None:
            c.execute(VIDEO.insert(), row)
            c.execute(CHUNK.insert(), rows)

        await self.ask(video.shard, f"INSERT video, {len(rows)} chunks", insert, source=source, writes=True)

    async def prepare(
        self, video: Video, chunks: Sequence[tuple[int, str]], segments: Sequence[Segment], *, state: str
    ) -> None:
        """Rows of a video that is there already, in one transaction."""
        own = {"room": self._room, "video": video.id, "shard": video.shard}
        row = {"room": self._room, **{name: getattr(video, name) for name in Video.__slots__}}
        parts = [
            {**own, "number": n, "size": size, "sha256": sha256, "state": state}
            for n, (size, sha256) in enumerate(chunks)
        ]
        cells = [{**own, **{name: getattr(one, name) for name in Segment.__slots__}} for one in segments]

        def insert(c: sa.Connection) -> None:
            c.execute(VIDEO.insert(), row)
            c.execute(CHUNK.insert(), parts)
            c.execute(SEGMENT.insert(), cells)

        await self._context.room.sql.write(insert)

    async def video(self, id: str, *, source: str) -> Video:
        """`NotFound` for none, or one that was deleted."""
        query = sa.select(VIDEO).where(VIDEO.c.room == self._room, VIDEO.c.id == id)
        row = await self.ask(
            shard_of(id), "SELECT video", lambda c: c.execute(query).one_or_none(), source=source
        )
        if row is None or row.state == GONE:
            raise NotFound(f"no video {id}")
        return video_of(row)

    async def change(self, video: Video, *, source: str, **values: Any) -> Video:
        """Set columns of a video's row."""
        query = VIDEO.update().where(VIDEO.c.room == self._room, VIDEO.c.id == video.id).values(**values)
        said = values.get("state", "row")
        await self.ask(
            video.shard,
            f"UPDATE video: {said}",
            lambda c: c.execute(query) and None,
            source=source,
            writes=True,
        )
        return replace(video, **values)

    async def viewed(self, video: Video) -> None:
        """One more view."""
        of = VIDEO.update().where(VIDEO.c.room == self._room, VIDEO.c.id == video.id)
        await self._context.room.sql.write(lambda c: c.execute(of.values(views=VIDEO.c.views + 1)) and None)

    # Chunks

    async def chunks(self, video: Video, *, source: str) -> list[Chunk]:
        """All of a video, in order."""
        query = self._of(CHUNK, video.id).order_by(CHUNK.c.number)
        rows = await self.ask(video.shard, "SELECT chunks", lambda c: c.execute(query).all(), source=source)
        return [chunk_of(one) for one in rows]

    async def chunk(self, video: Video, number: int, *, source: str) -> Chunk:
        """`NotFound` for a number that it does not have."""
        query = self._of(CHUNK, video.id).where(CHUNK.c.number == number)
        row = await self.ask(
            video.shard, "SELECT chunk", lambda c: c.execute(query).one_or_none(), source=source
        )
        if row is None:
            raise NotFound(f"video {video.id} has no chunk {number}")
        return chunk_of(row)

    async def mark(self, id: str, number: int, *, checked: bool, source: str) -> None:
        """An object was created: the chunk is there."""
        state = VERIFIED if checked else STORED
        query = (
            CHUNK.update()
            .where(CHUNK.c.room == self._room, CHUNK.c.video == id, CHUNK.c.number == number)
            .values(state=state)
        )
        await self.ask(
            shard_of(id),
            f"object created: {state}",
            lambda c: c.execute(query) and None,
            source=source,
            writes=True,
        )

    async def void(self, id: str, *, source: str) -> None:
        """Every chunk is pending again."""
        query = CHUNK.update().where(CHUNK.c.room == self._room, CHUNK.c.video == id).values(state=PENDING)
        await self.ask(
            shard_of(id),
            "UPDATE chunks: pending",
            lambda c: c.execute(query) and None,
            source=source,
            writes=True,
        )

    # Segments

    async def segments(self, video: Video, *, source: str) -> list[Segment]:
        """All finished cells of a video, as a manifest lists them."""
        query = self._of(SEGMENT, video.id).order_by(
            SEGMENT.c.rendition, SEGMENT.c.seq, SEGMENT.c.copy_number
        )
        rows = await self.ask(video.shard, "SELECT segments", lambda c: c.execute(query).all(), source=source)
        return [segment_of(one) for one in rows]

    async def segment(
        self, id: str, rendition: str, seq: int, copy_number: int, *, source: str
    ) -> Segment | None:
        """One finished cell."""
        query = self._of(SEGMENT, id).where(
            SEGMENT.c.rendition == rendition, SEGMENT.c.seq == seq, SEGMENT.c.copy_number == copy_number
        )
        row = await self.ask(
            shard_of(id), "SELECT segment", lambda c: c.execute(query).one_or_none(), source=source
        )
        return segment_of(row) if row is not None else None

    async def write_segment(self, id: str, made: Segment, *, compares: bool, source: str) -> Written:
        """Write a finished cell. With `compares` a lower token than the highest that wrote it is refused."""
        shard = shard_of(id)
        cell = sa.and_(
            SEGMENT.c.room == self._room,
            SEGMENT.c.video == id,
            SEGMENT.c.rendition == made.rendition,
            SEGMENT.c.seq == made.seq,
        )
        query = sa.select(SEGMENT).where(cell).order_by(SEGMENT.c.copy_number)
        row = {"room": self._room, "video": id, "shard": shard}
        row |= {name: getattr(made, name) for name in Segment.__slots__}

        of_video = sa.select(sa.func.count()).where(
            SEGMENT.c.room == self._room, SEGMENT.c.video == id, SEGMENT.c.copy_number == 0
        )

        def write(c: sa.Connection) -> Written:
            became = compared(c)
            return replace(became, cells=int(c.execute(of_video).scalar_one()))

        def compared(c: sa.Connection) -> Written:
            there = [segment_of(one) for one in c.execute(query)]
            if not there:
                c.execute(SEGMENT.insert(), row)
                return Written("written")
            if not compares:
                c.execute(SEGMENT.insert(), {**row, "copy_number": len(there)})
                return Written("again", there[0])
            if made.token <= there[0].token:
                return Written("refused", there[0])
            c.execute(SEGMENT.delete().where(cell))
            c.execute(SEGMENT.insert(), row)
            return Written("written", there[0])

        return await self.ask(shard, "INSERT segment", write, source=source, writes=True)

    # Upkeep and pictures: all shards

    def _of(self, table: Any, id: str) -> Any:
        return sa.select(table).where(table.c.room == self._room, table.c.video == id)

    async def under_way(self) -> list[Video]:
        """Videos that are neither ready nor failed."""
        query = (
            sa.select(VIDEO)
            .where(VIDEO.c.room == self._room, VIDEO.c.state.in_(UNDER_WAY))
            .order_by(VIDEO.c.number)
        )
        rows = await self._context.room.sql.read(lambda c: c.execute(query).all())
        return [video_of(one) for one in rows]

    async def kept(self) -> list[Video]:
        """Videos that are there, the newest first."""
        query = (
            sa.select(VIDEO)
            .where(VIDEO.c.room == self._room, VIDEO.c.state != GONE)
            .order_by(VIDEO.c.number.desc())
        )
        rows = await self._context.room.sql.read(lambda c: c.execute(query).all())
        return [video_of(one) for one in rows]

    async def page(self, *, below: int | None, limit: int) -> list[Video]:
        """The newest that can be played, below that number."""
        query = sa.select(VIDEO).where(VIDEO.c.room == self._room, VIDEO.c.state == READY)
        if below is not None:
            query = query.where(VIDEO.c.number < below)
        rows = await self._context.room.sql.read(
            lambda c: c.execute(query.order_by(VIDEO.c.number.desc()).limit(limit)).all()
        )
        return [video_of(one) for one in rows]

    async def forget(self, video: Video) -> list[str]:
        """The video is gone; its row stays for a while, so that its number is known. Objects that it had."""
        of = {"room": self._room}

        def delete(c: sa.Connection) -> list[str]:
            objects = [
                row.object
                for row in c.execute(
                    sa.select(SEGMENT.c.object).where(
                        SEGMENT.c.room == self._room, SEGMENT.c.video == video.id
                    )
                )
            ]
            for table in (CHUNK, SEGMENT):
                c.execute(table.delete().where(table.c.room == self._room, table.c.video == video.id))
            c.execute(
                VIDEO.update().where(VIDEO.c.room == self._room, VIDEO.c.id == video.id).values(state=GONE)
            )
            c.execute(
                VIDEO.delete().where(
                    VIDEO.c.room == of["room"],
                    VIDEO.c.state == GONE,
                    VIDEO.c.number < video.number - MOST_GONE,
                )
            )
            return objects

        return await self._context.room.sql.write(delete)

    async def remembers(self, id: str, number: int) -> bool:
        """Whether that video was accepted: it is there, or was deleted since, or is so old that nobody knows."""
        query = sa.select(VIDEO.c.id).where(VIDEO.c.room == self._room, VIDEO.c.id == id)
        oldest = sa.select(sa.func.min(VIDEO.c.number)).where(
            VIDEO.c.room == self._room, VIDEO.c.state == GONE
        )

        def ask(c: sa.Connection) -> bool:
            return c.execute(query).one_or_none() is not None or number < (
                c.execute(oldest).scalar_one() or 0
            )

        return await self._context.room.sql.read(ask)
