"""What panels and product read: rows of the metadata, the queue's structures, the manifests in the store."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from designs.youtube.config import Config
from designs.youtube.engine.catalogue import (
    CHUNK,
    SEGMENT,
    VIDEO,
    Chunk,
    Segment,
    Video,
    chunk_of,
    segment_of,
    video_of,
)
from designs.youtube.engine.cell_queue import CellQueue, QueueRead
from designs.youtube.engine.models import GONE, READY, TRANSCODING
from designs.youtube.engine.playlists import index_key, master_key
from designs.youtube.engine.strategies import MANIFESTS
from sdlab.lab import EngineContext, NotFound
from sdlab.lab.actor import VISITOR
from sdlab.parts.object_store import ObjectStore

SHELF = 8
MAP_CHUNKS = 400


@dataclass(frozen=True, slots=True)
class ShardRead:
    """Rows of a shard."""

    videos: int = 0
    chunks: int = 0
    segments: int = 0
    bytes: int = 0


@dataclass(frozen=True, slots=True)
class RowsRead:
    """One look at the metadata; `videos` is -1 until the first."""

    videos: int = -1
    shelf: tuple[Video, ...] = ()
    mine: tuple[Video, ...] = ()
    followed: Video | None = None
    chunks: tuple[Chunk, ...] = ()
    segments: tuple[Segment, ...] = ()
    listed: Video | None = None
    states: Counter[str] = field(default_factory=Counter)
    shards: tuple[ShardRead, ...] = ()


@dataclass(frozen=True, slots=True)
class ManifestRead:
    """One look at the manifests of the video that is followed, and at what they name.

    `there` are rendition, segment and copy of the rows whose objects are in the store, whole.
    """

    video: str = ""
    title: str = ""
    master: str = ""
    indexes: dict[str, str] = field(default_factory=dict)
    there: frozenset[tuple[str, int, int]] = frozenset()


class StoreReader:
    """Follows the visitor's newest video while it is under way, else the newest of all."""

    def __init__(self, context: EngineContext[Config], queue: CellQueue, store: ObjectStore) -> None:
        self._context, self._queue, self._store = context, queue, store
        self._room = context.room.id
        self._shown = ""
        self.rows = context.look(self._read_rows, RowsRead())
        self.queue = context.look(self._read_queue, QueueRead())
        self.manifest = context.look(self._read_manifest, ManifestRead())

    async def _read_queue(self) -> QueueRead:
        return await self._queue.read()

    async def _read_rows(self) -> RowsRead:
        return await self._context.room.sql.read(self._rows)

    def _rows(self, c: sa.Connection) -> RowsRead:
        here = VIDEO.c.room == self._room
        newest = VIDEO.c.number.desc()
        shelf = sa.select(VIDEO).where(here, VIDEO.c.state == READY).order_by(newest).limit(SHELF)
        first = sa.select(VIDEO).where(here, VIDEO.c.number == 1, VIDEO.c.state == READY)
        mine = (
            sa.select(VIDEO)
            .where(here, VIDEO.c.owner == VISITOR.name, VIDEO.c.state != GONE, VIDEO.c.number > 1)
            .order_by(newest)
            .limit(4)
        )
        by_state = sa.select(VIDEO.c.state, sa.func.count()).where(here, VIDEO.c.state != GONE)
        states = Counter(
            {str(state): int(many) for state, many in c.execute(by_state.group_by(VIDEO.c.state))}
        )
        shown = [video_of(one) for one in c.execute(shelf)]
        shown += [video_of(one) for one in c.execute(first) if one.id not in {v.id for v in shown}]
        own = tuple(video_of(one) for one in c.execute(mine))
        followed = self._followed(c, own)
        chunks: tuple[Chunk, ...] = ()
        segments: tuple[Segment, ...] = ()
        if followed is not None:
            some = self._of(CHUNK, followed).order_by(CHUNK.c.number).limit(MAP_CHUNKS)
            chunks = tuple(chunk_of(one) for one in c.execute(some))
            segments = self._segments(c, followed)
        listed = followed
        early = MANIFESTS[self._context.config.manifest].early
        written = (READY, TRANSCODING) if early else (READY,)
        if followed is None or followed.state not in written:
            listed = shown[0] if shown else None
        return RowsRead(
            videos=sum(states.values()),
            shelf=tuple(shown),
            mine=own,
            followed=followed,
            chunks=chunks,
            segments=segments,
            listed=listed,
            states=states,
            shards=self._shards(c),
        )

    def _segments(self, c: sa.Connection, video: Video) -> tuple[Segment, ...]:
        order = (SEGMENT.c.rendition, SEGMENT.c.seq, SEGMENT.c.copy_number)
        return tuple(segment_of(one) for one in c.execute(self._of(SEGMENT, video).order_by(*order)))

    def _of(self, table: Any, video: Video) -> Any:
        return sa.select(table).where(table.c.room == self._room, table.c.video == video.id)

    def _followed(self, c: sa.Connection, mine: tuple[Video, ...]) -> Video | None:
        here = sa.and_(VIDEO.c.room == self._room, VIDEO.c.state != GONE)
        newest = c.execute(
            sa.select(VIDEO).where(here).order_by(VIDEO.c.number.desc()).limit(1)
        ).one_or_none()
        if newest is None:
            return None
        if mine and (mine[0].ready_ms == 0 or newest.created_ms < mine[0].ready_ms + 10_000):
            return mine[0]
        return video_of(newest)

    def _shards(self, c: sa.Connection) -> tuple[ShardRead, ...]:
        found: dict[str, dict[int, Any]] = {}
        for name, table, value in (
            ("videos", VIDEO, sa.func.sum(VIDEO.c.size)),
            ("chunks", CHUNK, sa.func.sum(CHUNK.c.size)),
            ("segments", SEGMENT, sa.func.sum(SEGMENT.c.size)),
        ):
            query = sa.select(table.c.shard, sa.func.count(), value).where(table.c.room == self._room)
            if table is VIDEO:
                query = query.where(VIDEO.c.state != GONE)
            found[name] = {
                int(s): (int(n), int(b or 0)) for s, n, b in c.execute(query.group_by(table.c.shard))
            }
        none = (0, 0)
        return tuple(
            ShardRead(
                found["videos"].get(n, none)[0],
                found["chunks"].get(n, none)[0],
                found["segments"].get(n, none)[0],
                found["chunks"].get(n, none)[1] + found["segments"].get(n, none)[1],
            )
            for n in range(3)
        )

    async def _read_manifest(self) -> ManifestRead:
        listed = self.rows.last.listed
        self._shown = id = listed.id if listed is not None else self._shown
        if not id:
            return ManifestRead()
        indexes = {}
        for name in ("240p", "360p", "720p"):
            if text := await self._text(index_key(id, name)):
                indexes[name] = text
        master = await self._text(master_key(id))
        title, rows = await self._context.room.sql.read(lambda c: self._of_id(c, id))
        sizes = await self._store.sizes([one.object for one in rows if one.object])
        there = {
            (one.rendition, one.seq, one.copy_number) for one in rows if sizes.get(one.object) == one.size
        }
        return ManifestRead(id, title, master, indexes, frozenset(there))

    def _of_id(self, c: sa.Connection, id: str) -> tuple[str, list[Segment]]:
        """Title and segments: rows are written before the manifest that names them, and read after it."""
        title = sa.select(VIDEO.c.title).where(VIDEO.c.room == self._room, VIDEO.c.id == id)
        rows = sa.select(SEGMENT).where(SEGMENT.c.room == self._room, SEGMENT.c.video == id)
        return str(c.execute(title).scalar() or ""), [segment_of(one) for one in c.execute(rows)]

    async def _text(self, key: str) -> str:
        try:
            return (await self._store.get(key)).decode()
        except NotFound:
            return ""
