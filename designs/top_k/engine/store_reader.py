"""What panels show of the stores: one look at Valkey, at the rows and at the files."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa

from designs.top_k.config import Config
from designs.top_k.engine.checkpoints import Checkpoints
from designs.top_k.engine.interval_files import IntervalFiles
from designs.top_k.engine.nodes import PARTITIONS
from designs.top_k.engine.rankings import TABLE
from designs.top_k.engine.strategies import COUNTINGS
from designs.top_k.engine.view_log import ViewLog
from sdlab.lab import EngineContext


@dataclass(frozen=True, slots=True)
class StoreLook:
    """Entries of the log, slices of the last hour in a checkpoint, published rows and their time, files of intervals.

    `as_of` is Unix seconds, None when no row is stored.
    """

    logged: int = 0
    stored_slices: int = 0
    rows: int = 0
    as_of: float | None = None
    files: int = 0


class StoreReader:
    """Asks while somebody watches; rows and files only while the batch counts."""

    def __init__(self, context: EngineContext[Config], log: ViewLog, checkpoints: Checkpoints) -> None:
        self._context = context
        self._log = log
        self._checkpoints = checkpoints
        self.look = context.look(self._read, StoreLook())

    async def _read(self) -> StoreLook:
        room = self._context.room
        async with room.redis.pipeline(transaction=True) as pipe:
            for partition in range(PARTITIONS):
                pipe.xlen(self._log.events.key_of(partition))
            pipe.exists(*self._checkpoints.slice_keys())
            *lengths, stored = map(int, await pipe.execute())
        logged = sum(lengths)
        if COUNTINGS[self._context.config.counting].on_hosts:
            return StoreLook(logged, stored)
        rows, as_of = await room.sql.read(self._published)
        files = await room.blobs.names(IntervalFiles.folder(self._context))
        return StoreLook(logged, stored, int(rows), as_of, len(files))

    def _published(self, connection: sa.Connection) -> tuple[int, float | None]:
        query = sa.select(sa.func.count(), sa.func.max(TABLE.c.as_of)).where(
            TABLE.c.room == self._context.room.id
        )
        rows, as_of = connection.execute(query).one()
        return int(rows), as_of
