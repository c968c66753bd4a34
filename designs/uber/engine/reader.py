"""What panels read: open offers, locks, the queue, and the rows of rides, all in one look."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from designs.uber.config import Config
from designs.uber.engine.driver_locks import DriverLocks, Holder
from designs.uber.engine.models import ACCEPTANCE, RIDE
from designs.uber.engine.offers import Offer, Offers
from designs.uber.engine.request_queue import RequestQueue
from designs.uber.engine.streets import OWN_CAR
from sdlab.lab import EngineContext
from sdlab.parts.work_queue import QueueDepth

NEWEST = 8


@dataclass(frozen=True, slots=True)
class Looked:
    """One look. `told_twice` is -1 before the first; `mine` is the ride of the visitor, `offered` the one offered to them."""

    offers: tuple[Offer, ...] = ()
    locks: dict[str, Holder] = field(default_factory=dict)
    depth: QueueDepth = QueueDepth()
    by_status: dict[str, int] = field(default_factory=dict)
    newest: tuple[sa.Row[Any], ...] = ()
    told_twice: int = -1
    mine: sa.Row[Any] | None = None
    offered: sa.Row[Any] | None = None


class StoreReader:
    """Asks Valkey and the database, both at the same time."""

    def __init__(
        self,
        context: EngineContext[Config],
        locks: DriverLocks,
        offers: Offers,
        queue: RequestQueue,
    ) -> None:
        self._room, self._sql = context.room.id, context.room.sql
        self._locks, self._offers, self._queue = locks, offers, queue
        self.ride = ""  # the visitor's
        self.look = context.look(self._read, Looked())

    async def _read(self) -> Looked:
        # Among many rides the one that the own car is asked for is soon not among the newest.
        step = self._offers.open_to(OWN_CAR)
        offered = step.offer.ride if step is not None else ""
        offers, locks, depth, rows = await asyncio.gather(
            self._offers.all(),
            self._locks.in_redis.holders(list(self._locks.recent)),
            self._queue.jobs.depth(),
            self._sql.read(lambda connection: self._rows(connection, offered)),
        )
        return Looked(tuple(offers), locks, depth, *rows)

    def _rows(
        self, connection: sa.Connection, offered: str
    ) -> tuple[dict[str, int], tuple[sa.Row[Any], ...], int, sa.Row[Any] | None, sa.Row[Any] | None]:
        here = RIDE.c.room == self._room
        counted = sa.select(RIDE.c.status, sa.func.count()).where(here).group_by(RIDE.c.status)
        newest = sa.select(RIDE).where(here).order_by(RIDE.c.requested_at.desc(), RIDE.c.id).limit(NEWEST)
        twice = (
            sa.select(ACCEPTANCE.c.ride)
            .where(ACCEPTANCE.c.room == self._room)
            .group_by(ACCEPTANCE.c.ride)
            .having(sa.func.count() > 1)
        )
        named = sa.select(RIDE).where(here, RIDE.c.id.in_([self.ride, offered]))
        by_id = {row.id: row for row in connection.execute(named)}
        return (
            {row[0]: row[1] for row in connection.execute(counted)},
            tuple(connection.execute(newest).all()),
            connection.execute(sa.select(sa.func.count()).select_from(twice.subquery())).scalar_one(),
            by_id.get(self.ride),
            by_id.get(offered),
        )
