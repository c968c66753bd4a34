"""What panels and product read: rows of jobs, runs, attempts and leases, the queue's structures, the bin."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from designs.job_scheduler.config import Config
from designs.job_scheduler.engine.job_request import Job
from designs.job_scheduler.engine.job_store import StoredAttempt, job_of
from designs.job_scheduler.engine.models import (
    ATTEMPT,
    DEAD,
    JOB,
    LEASE,
    RUN,
    WAITING,
)
from designs.job_scheduler.engine.ready_queue import ReadyQueue
from designs.job_scheduler.engine.request_bin import Received, RequestBin, received_of
from designs.job_scheduler.engine.workers import Worker
from sdlab.lab import EngineContext
from sdlab.lab.actor import VISITOR

NEXT_SHOWN, JOBS_SHOWN, DEAD_SHOWN, BIN_SHOWN, SCATTERED = 24, 8, 8, 12, 160


@dataclass(frozen=True, slots=True)
class LeaseRead:
    """A row of a lease."""

    name: str
    kind: str
    number: int
    holder: str
    token: int
    until_ms: int


@dataclass(frozen=True, slots=True)
class DueRead:
    """A run with what its job says."""

    job: Job
    due_ms: int
    state: str
    attempts: int


@dataclass(frozen=True, slots=True)
class RowsRead:
    """One look at the job store; -1 is what nobody has read yet."""

    states: Counter[str] = field(default_factory=Counter)
    leases: tuple[LeaseRead, ...] = ()
    coming: tuple[DueRead, ...] = ()
    mine: tuple[Job, ...] = ()
    dues: dict[str, int] = field(default_factory=dict)
    dead: tuple[DueRead, ...] = ()
    followed: Job | None = None
    attempts: tuple[StoredAttempt, ...] = ()
    jobs: int = -1


@dataclass(frozen=True, slots=True)
class QueueRead:
    """One look at Valkey."""

    depth: int = -1
    taken: int = 0
    delayed: int = 0
    undone: int = 0
    logged: int = 0
    kept: int = -1
    bin: tuple[Received, ...] = ()


class StoreReader:
    """Asks both stores, each in one go."""

    def __init__(
        self, context: EngineContext[Config], queue: ReadyQueue, bin: RequestBin, workers: Sequence[Worker]
    ) -> None:
        self._context, self._queue, self._bin, self._workers = context, queue, bin, workers
        self._room = context.room.id
        self.rows = context.look(self._read_rows, RowsRead())
        self.redis = context.look(self._read_redis, QueueRead())

    async def _read_redis(self) -> QueueRead:
        pipe = self._context.room.redis.pipeline(transaction=False)
        pipe.xlen(self._queue.ready)
        pipe.zcard(self._queue.taken)
        pipe.zcard(self._queue.delayed)
        pipe.scard(self._queue.undone)
        pipe.xlen(self._queue.log)
        pipe.xlen(self._bin.key)
        pipe.xrevrange(self._bin.key, count=SCATTERED)
        depth, taken, delayed, undone, logged, kept, found = await pipe.execute()
        return QueueRead(
            depth,
            taken,
            delayed,
            undone,
            logged,
            kept,
            tuple(received_of(id, fields) for id, fields in found),
        )

    async def _read_rows(self) -> RowsRead:
        followed = max((one.retried for one in self._workers), key=lambda one: one[1], default=("", 0))
        return await self._context.room.sql.read(lambda c: self._rows(c, *followed))

    def _rows(self, c: sa.Connection, job_id: str, due_ms: int) -> RowsRead:
        room = self._room
        by_state = sa.select(RUN.c.state, sa.func.count()).where(RUN.c.room == room).group_by(RUN.c.state)
        leases = (
            sa.select(LEASE).where(LEASE.c.room == room).order_by(LEASE.c.kind, LEASE.c.number, LEASE.c.name)
        )
        mine = (
            sa.select(JOB)
            .where(JOB.c.room == room, JOB.c.owner == VISITOR.name)
            .order_by(JOB.c.number.desc())
            .limit(JOBS_SHOWN)
        )
        jobs = tuple(job_of(row) for row in c.execute(mine))
        dues = sa.select(RUN.c.job_id, sa.func.max(RUN.c.due_ms)).where(
            RUN.c.room == room, RUN.c.job_id.in_([one.id for one in jobs])
        )
        story = self._story(c, job_id, due_ms)
        return RowsRead(
            states=Counter({state: int(many) for state, many in c.execute(by_state)}),
            leases=tuple(
                LeaseRead(r.name, r.kind, r.number, r.holder, r.token, r.until_ms) for r in c.execute(leases)
            ),
            coming=self._runs(c, WAITING, NEXT_SHOWN, last=False),
            mine=jobs,
            dues={id: int(due) for id, due in c.execute(dues.group_by(RUN.c.job_id))},
            dead=self._runs(c, DEAD, DEAD_SHOWN, last=True),
            followed=story[0],
            attempts=story[1],
            jobs=int(c.execute(sa.select(sa.func.count()).where(JOB.c.room == room)).scalar_one()),
        )

    def _runs(self, c: sa.Connection, state: str, most: int, *, last: bool) -> tuple[DueRead, ...]:
        order = RUN.c.due_ms.desc() if last else RUN.c.due_ms
        some = (
            sa.select(RUN).where(RUN.c.room == self._room, RUN.c.state == state).order_by(order).limit(most)
        )
        runs: list[Any] = list(c.execute(some))
        if not runs:
            return ()
        of = sa.select(JOB).where(JOB.c.room == self._room, JOB.c.id.in_([one.job_id for one in runs]))
        jobs = {row.id: job_of(row) for row in c.execute(of)}
        return tuple(
            DueRead(jobs[one.job_id], one.due_ms, one.state, one.attempts)
            for one in runs
            if one.job_id in jobs
        )

    def _story(
        self, c: sa.Connection, job_id: str, due_ms: int
    ) -> tuple[Job | None, tuple[StoredAttempt, ...]]:
        if not job_id:
            return None, ()
        row = c.execute(sa.select(JOB).where(JOB.c.room == self._room, JOB.c.id == job_id)).one_or_none()
        tried = c.execute(
            sa.select(ATTEMPT)
            .where(ATTEMPT.c.room == self._room, ATTEMPT.c.job_id == job_id, ATTEMPT.c.due_ms == due_ms)
            .order_by(ATTEMPT.c.number)
            .limit(12)
        )
        return (job_of(row) if row is not None else None), tuple(
            StoredAttempt(a.due_ms, a.number, a.worker, a.at_ms, a.took_ms, a.status, a.said, a.next_ms)
            for a in tried
        )
