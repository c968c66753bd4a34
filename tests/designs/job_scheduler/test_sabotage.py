"""Each claim fails when the system is made to do what it says it does not."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa

from designs.job_scheduler.engine.engine import JobScheduler
from designs.job_scheduler.engine.models import LEASE, PARTITION, RUN
from designs.job_scheduler.engine.ready_queue import GROUP
from sdlab.parts.worker_process import WorkerProcess
from tests.sabotage import Sabotage, sabotage_test

EVERY = 0.1


def entries_are_stolen(patch: pytest.MonkeyPatch, engine: JobScheduler) -> None:
    """Behind the engine somebody deletes entries from the queue, again and again, while workers look elsewhere."""

    async def thief() -> None:
        redis, queue = engine.room.redis, engine.queue
        while True:
            await engine.clock.sleep(EVERY)
            for id, fields in await redis.xrange(queue.ready, count=2):
                await redis.xack(queue.ready, GROUP, id)
                await redis.xdel(queue.ready, id)
                await redis.zrem(queue.taken, id)
                await redis.srem(queue.undone, fields["run"])

    ask = WorkerProcess.ask

    async def late(self: WorkerProcess, what: str, /, **fields: Any) -> Any:
        if what == "take" and self.name.startswith("worker"):
            await engine.clock.sleep(3 * EVERY)
        return await ask(self, what, **fields)

    patch.setattr(WorkerProcess, "ask", late)
    engine.supervise("sabotage", thief)


def bin_gets_copies(patch: pytest.MonkeyPatch, engine: JobScheduler) -> None:
    """What came into the bin comes once more, past the keys."""

    async def copier() -> None:
        while True:
            await engine.clock.sleep(1.0)
            for _, fields in await engine.room.redis.xrevrange(engine.bin.key, count=1):
                await engine.room.redis.xadd(engine.bin.key, fields)

    engine.supervise("sabotage", copier)


def rows_wait_again(patch: pytest.MonkeyPatch, engine: JobScheduler) -> None:
    """Behind the engine rows that are done are set back."""

    async def resetter() -> None:
        mine = sa.and_(RUN.c.room == engine.room.id, RUN.c.state == "done")
        while True:
            await engine.clock.sleep(1.0)
            await engine.room.sql.write(
                lambda c: c.execute(RUN.update().where(mine).values(state="waiting")) and None
            )

    engine.supervise("sabotage", resetter)


def owners_change_unseen(patch: pytest.MonkeyPatch, engine: JobScheduler) -> None:
    """Between read and write the partitions go to another, and the parent says that nobody need compare tokens."""
    ask = WorkerProcess.ask

    async def between(self: WorkerProcess, what: str, /, **fields: Any) -> Any:
        if what == "work" and "fenced" in fields:
            fields["fenced"] = False
            await _give_away(engine)
        return await ask(self, what, **fields)

    patch.setattr(WorkerProcess, "ask", between)


async def _give_away(engine: JobScheduler) -> None:
    of = sa.and_(LEASE.c.room == engine.room.id, LEASE.c.kind == PARTITION)

    def change(connection: sa.Connection) -> list[tuple[int, int]]:
        given = LEASE.update().where(of).values(holder="somebody", token=LEASE.c.token + 1)
        return [tuple(row) for row in connection.execute(given.returning(LEASE.c.number, LEASE.c.token))]

    now = int(engine.clock.time() * 1000)
    for number, token in await engine.room.sql.write(change):
        await engine.queue.assigned(number, token, "somebody", now)


def windows_are_not_looked_at(patch: pytest.MonkeyPatch, engine: JobScheduler) -> None:
    """The parent tells workers that nothing is dropped."""
    ask = WorkerProcess.ask

    async def careless(self: WorkerProcess, what: str, /, **fields: Any) -> Any:
        if "drops" in fields:
            fields["drops"] = False
        return await ask(self, what, **fields)

    patch.setattr(WorkerProcess, "ask", careless)


SABOTAGES = {
    "run": Sabotage(breaks=entries_are_stolen, workload="steady", rate=20, seconds=3),
    "once": Sabotage(breaks=bin_gets_copies, workload="steady", rate=20, seconds=3),
    "queued": Sabotage(breaks=rows_wait_again, workload="steady", rate=20, seconds=4),
    "owner": Sabotage(breaks=owners_change_unseen, workload="steady", rate=20, seconds=3),
    "fresh": Sabotage(breaks=windows_are_not_looked_at, workload="passwords", rate=20, seconds=2),
}

test_every_claim_can_fail = sabotage_test("job-scheduler", SABOTAGES)
