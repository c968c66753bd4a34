"""Jobs and their runs as the acceptor writes and reads them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any

import sqlalchemy as sa

from designs.job_scheduler.config import Config
from designs.job_scheduler.engine.job_request import Job, PlacedJob
from designs.job_scheduler.engine.models import (
    ATTEMPT,
    CANCELLED,
    DEAD,
    FINISHED,
    JOB,
    QUEUED,
    RUN,
    SCHEDULED,
    WAITING,
)
from designs.job_scheduler.engine.ready_queue import run_name
from sdlab.lab import Conflict, EngineContext, NotFound

KEPT_RUNS = 20_000
LOADED = 50_000
RUNS_SHOWN = 20
_FIELDS = tuple(one.name for one in fields(Job))


@dataclass(frozen=True, slots=True)
class StoredRun:
    """A job at a timestamp."""

    job_id: str
    due_ms: int
    state: str
    attempts: int
    fired_ms: int


@dataclass(frozen=True, slots=True)
class StoredAttempt:
    """A callback that was made."""

    due_ms: int
    number: int
    worker: str
    at_ms: int
    took_ms: int
    status: int
    said: str
    next_ms: int


@dataclass(frozen=True, slots=True)
class JobStory:
    """A job with its newest runs and all attempts of these."""

    job: Job
    runs: tuple[StoredRun, ...]
    attempts: tuple[StoredAttempt, ...]


def job_of(row: Any) -> Job:
    """A row as a job."""
    return Job(**{name: getattr(row, name) for name in _FIELDS})


class JobStore:
    """Reads and writes rows; whose job it is stands in every statement."""

    def __init__(self, context: EngineContext[Config]) -> None:
        self._room, self._sql = context.room.id, context.room.sql
        self._clock = context.clock
        self.number = 0

    async def open(self) -> None:
        """Know the newest number."""
        query = sa.select(sa.func.max(JOB.c.number)).where(JOB.c.room == self._room)
        self.number = int(await self._sql.read(lambda c: c.execute(query).scalar()) or 0)

    async def insert(self, placed: Sequence[PlacedJob]) -> None:
        """Jobs with their first runs, all or none."""
        jobs = [{"room": self._room, **one.job.to_json()} for one in placed]
        runs = [
            {
                "room": self._room,
                "job_id": one.job.id,
                "due_ms": one.due_ms,
                "partition": one.job.partition,
                "state": WAITING,
                "round": 1,
                "attempts": 0,
                "fired_ms": 0,
            }
            for one in placed
        ]

        def work(connection: sa.Connection) -> None:
            connection.execute(JOB.insert(), jobs)
            connection.execute(RUN.insert(), runs)

        await self._sql.write(work)

    async def page(self, owner: str, *, state: str, below: int | None, limit: int) -> list[Job]:
        """Somebody's jobs, the newest first."""
        query = sa.select(JOB).where(JOB.c.room == self._room, JOB.c.owner == owner)
        if state:
            query = query.where(JOB.c.state == state)
        if below is not None:
            query = query.where(JOB.c.number < below)
        query = query.order_by(JOB.c.number.desc()).limit(limit)
        return [job_of(row) for row in await self._sql.read(lambda c: c.execute(query).all())]

    async def story(self, owner: str, id: str) -> JobStory:
        """One job. `NotFound` for another's as for none."""

        def work(connection: sa.Connection) -> JobStory:
            job = self._own(connection, owner, id)
            runs = connection.execute(
                sa.select(RUN)
                .where(RUN.c.room == self._room, RUN.c.job_id == id)
                .order_by(RUN.c.due_ms.desc())
                .limit(RUNS_SHOWN)
            ).all()
            dues = [row.due_ms for row in runs]
            attempts = connection.execute(
                sa.select(ATTEMPT)
                .where(ATTEMPT.c.room == self._room, ATTEMPT.c.job_id == id, ATTEMPT.c.due_ms.in_(dues))
                .order_by(ATTEMPT.c.due_ms.desc(), ATTEMPT.c.number)
            ).all()
            return JobStory(
                job,
                tuple(StoredRun(r.job_id, r.due_ms, r.state, r.attempts, r.fired_ms) for r in runs),
                tuple(
                    StoredAttempt(
                        a.due_ms, a.number, a.worker, a.at_ms, a.took_ms, a.status, a.said, a.next_ms
                    )
                    for a in attempts
                ),
            )

        return await self._sql.read(work)

    def _own(self, connection: sa.Connection, owner: str, id: str) -> Job:
        row = connection.execute(
            sa.select(JOB).where(JOB.c.room == self._room, JOB.c.id == id, JOB.c.owner == owner)
        ).one_or_none()
        if row is None:
            raise NotFound("there is no such job")
        return job_of(row)

    async def has(self, id: str) -> bool:
        """Whether there is a job of that id."""
        query = sa.select(JOB.c.id).where(JOB.c.room == self._room, JOB.c.id == id)
        return await self._sql.read(lambda c: c.execute(query).first() is not None)

    async def cancel(self, owner: str, id: str) -> list[str]:
        """It will not run any more; the runs that were taken back. `Conflict` where nothing waits."""
        mine = sa.and_(RUN.c.room == self._room, RUN.c.job_id == id, RUN.c.state == WAITING)

        def work(connection: sa.Connection) -> list[str]:
            job = self._own(connection, owner, id)
            if job.state != SCHEDULED:
                raise Conflict(f"the job is {job.state} already")
            taken = connection.execute(
                RUN.update().where(mine).values(state=CANCELLED).returning(RUN.c.due_ms)
            ).all()
            if not taken:
                raise Conflict("it is in the queue already: nobody can take it back")
            connection.execute(
                JOB.update().where(JOB.c.room == self._room, JOB.c.id == id).values(state=CANCELLED)
            )
            return [run_name(id, row.due_ms) for row in taken]

        return await self._sql.write(work)

    async def requeue(self, owner: str, id: str) -> list[tuple[str, int]]:
        """Its dead runs wait again, due as they were. `Conflict` where none is dead."""
        mine = sa.and_(RUN.c.room == self._room, RUN.c.job_id == id, RUN.c.state == DEAD)

        def work(connection: sa.Connection) -> list[tuple[str, int]]:
            job = self._own(connection, owner, id)
            rows = connection.execute(
                RUN.update().where(mine).values(state=WAITING, round=RUN.c.round + 1).returning(RUN.c.due_ms)
            ).all()
            if not rows:
                raise Conflict(f"the job is {job.state}: only what is dead is tried anew")
            if job.state == DEAD:
                connection.execute(
                    JOB.update().where(JOB.c.room == self._room, JOB.c.id == id).values(state=SCHEDULED)
                )
            return [(run_name(id, row.due_ms), row.due_ms) for row in rows]

        return await self._sql.write(work)

    async def waiting(self) -> list[tuple[str, int]]:
        """All runs that wait, the next first."""
        query = (
            sa.select(RUN.c.job_id, RUN.c.due_ms)
            .where(RUN.c.room == self._room, RUN.c.state == WAITING)
            .order_by(RUN.c.due_ms)
            .limit(LOADED)
        )
        rows = await self._sql.read(lambda c: c.execute(query).all())
        return [(run_name(row.job_id, row.due_ms), row.due_ms) for row in rows]

    async def queued(self, *, most: int = LOADED) -> list[str]:
        """Runs whose rows say that they are in the queue."""
        query = (
            sa.select(RUN.c.job_id, RUN.c.due_ms)
            .where(RUN.c.room == self._room, RUN.c.state == QUEUED)
            .order_by(RUN.c.due_ms)
            .limit(most)
        )
        rows = await self._sql.read(lambda c: c.execute(query).all())
        return [run_name(row.job_id, row.due_ms) for row in rows]

    async def wait_again(self, runs: Sequence[str]) -> None:
        """These were queued, and are not in the queue: they wait."""
        keys = [_key(one) for one in runs]

        def work(connection: sa.Connection) -> None:
            for job_id, due_ms in keys:
                connection.execute(
                    RUN.update()
                    .where(RUN.c.room == self._room, RUN.c.job_id == job_id, RUN.c.due_ms == due_ms)
                    .values(state=WAITING)
                )

        await self._sql.write(work)

    async def states(self, runs: Sequence[str]) -> dict[str, str]:
        """What the rows say of these."""
        keys = [_key(one) for one in runs]

        def work(connection: sa.Connection) -> dict[str, str]:
            query = sa.select(RUN.c.job_id, RUN.c.due_ms, RUN.c.state).where(
                RUN.c.room == self._room, RUN.c.job_id.in_([job for job, _ in keys])
            )
            return {run_name(row.job_id, row.due_ms): row.state for row in connection.execute(query)}

        return await self._sql.read(work)

    async def prune(self) -> int:
        """Of finished runs keep the newest; jobs and attempts go with them. How many went."""
        ended = sa.and_(RUN.c.room == self._room, RUN.c.state.in_(FINISHED))
        edge = sa.select(RUN.c.due_ms).where(ended).order_by(RUN.c.due_ms.desc()).offset(KEPT_RUNS).limit(1)

        def work(connection: sa.Connection) -> int:
            oldest = connection.execute(edge).scalar()
            if oldest is None:
                return 0
            gone = connection.execute(RUN.delete().where(ended, RUN.c.due_ms <= oldest)).rowcount
            of_run = sa.and_(
                RUN.c.room == ATTEMPT.c.room,
                RUN.c.job_id == ATTEMPT.c.job_id,
                RUN.c.due_ms == ATTEMPT.c.due_ms,
            )
            connection.execute(
                ATTEMPT.delete().where(ATTEMPT.c.room == self._room, ~sa.exists().where(of_run))
            )
            of_job = sa.and_(RUN.c.room == JOB.c.room, RUN.c.job_id == JOB.c.id)
            connection.execute(
                JOB.delete().where(
                    JOB.c.room == self._room, JOB.c.state != SCHEDULED, ~sa.exists().where(of_job)
                )
            )
            return gone

        return await self._sql.write(work)


def _key(run: str) -> tuple[str, int]:
    job_id, _, due_ms = run.partition("@")
    return job_id, int(due_ms)
