"""Who leads, and who owns which partition: leases in rows, with a token that grows with every new holder.

After Martin Kleppmann, "How to do distributed locking" (2016). Times are the engine's, handed to the
statements: the database's own clock is not asked.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from designs.job_scheduler.config import Config
from designs.job_scheduler.engine.backlog import Backlog
from designs.job_scheduler.engine.counters import Counters
from designs.job_scheduler.engine.job_request import PARTITIONS
from designs.job_scheduler.engine.models import LEADER, LEASE, MEMBER, PARTITION
from designs.job_scheduler.engine.nodes import DATABASE, extractor_ids
from designs.job_scheduler.engine.ready_queue import ReadyQueue
from sdlab.lab import EngineContext, LabError, amount

FIRST_LOOKS_S = 0.05
FIRST_WAIT_S = 0.6  # for the first words of all extractors, before partitions that nobody has are given


@dataclass(frozen=True, slots=True)
class Ownership:
    """A partition with its owner."""

    number: int
    holder: str
    token: int


@dataclass(frozen=True, slots=True)
class Turn:
    """What a coordinator found and did. Nothing, where another leads."""

    leads: bool
    elected: bool = False
    token: int = 0
    moved: tuple[Ownership, ...] = ()
    waits: bool = False


def balanced(owned: Sequence[Ownership], alive: Sequence[str], *, keep: bool) -> dict[int, str]:
    """Who is to own each partition that changes: as few as possible, so that all have as many, give or take one.

    `keep`: nobody loses one; only those that nobody has are given.

    >>> balanced([Ownership(n, "", 0) for n in range(4)], ["a", "b"], keep=True)
    {0: 'a', 1: 'b', 2: 'a', 3: 'b'}
    """
    if not alive:
        return {}
    has = Counter(dict.fromkeys(alive, 0))
    has.update(one.holder for one in owned if one.holder in has)
    free = [one.number for one in owned if not one.holder or (not keep and one.holder not in has)]
    moves: dict[int, str] = {}
    most = -(-len(owned) // len(alive))
    if not keep:
        for one in owned:
            if one.holder in has and has[one.holder] > most:
                has[one.holder] -= 1
                free.append(one.number)
    for number in free:
        to = min(alive, key=lambda name: (has[name], name))
        has[to] += 1
        moves[number] = to
    return moves


class Leases:
    """The rows of leases."""

    def __init__(self, context: EngineContext[Config], queue: ReadyQueue) -> None:
        self._context, self._queue = context, queue
        self._room, self._sql = context.room.id, context.room.sql

    @property
    def _now(self) -> int:
        return int(self._context.clock.time() * 1000)

    async def turn(self, me: str, *, keep: bool, expected: int, patient: bool) -> Turn:
        """Lead or renew, and give partitions. `keep`: nobody is believed to be dead yet; `patient`: some are missing."""
        now, lease_ms = self._now, round(self._context.config.lease_s * 1000)

        def work(connection: sa.Connection) -> Turn:
            led = self._lead(connection, me, now, lease_ms)
            if led is None:
                return Turn(False)
            token, elected = led
            alive = [
                str(row.name)
                for row in connection.execute(
                    sa.select(LEASE.c.name)
                    .where(self._of(MEMBER), LEASE.c.until_ms > now)
                    .order_by(LEASE.c.name)
                )
            ]
            planned = extractor_ids(self._context.config)
            alive = [one for one in alive if one in planned]
            if patient and len(alive) < expected:
                return Turn(True, elected, token, waits=True)
            owned = [
                Ownership(row.number, row.holder, row.token)
                for row in connection.execute(
                    sa.select(LEASE).where(self._of(PARTITION)).order_by(LEASE.c.number)
                )
            ]
            moves = balanced(owned, alive, keep=keep)
            return Turn(True, elected, token, self._give(connection, owned, moves))

        done: Turn = await self._sql.write(work)
        for one in done.moved:
            await self._queue.assigned(one.number, one.token, one.holder, now)
        return done

    def _of(self, kind: str) -> sa.ColumnElement[bool]:
        return sa.and_(LEASE.c.room == self._room, LEASE.c.kind == kind)

    def _lead(self, connection: sa.Connection, me: str, now: int, lease_ms: int) -> tuple[int, bool] | None:
        rows: list[dict[str, object]] = [{"room": self._room, "name": LEADER, "kind": LEADER}]
        rows += [
            {"room": self._room, "name": f"p{n}", "kind": PARTITION, "number": n} for n in range(PARTITIONS)
        ]
        before = connection.execute(sa.select(LEASE).where(self._of(LEADER))).one_or_none()
        if before is None:
            blank = {"number": 0, "holder": "", "token": 0, "until_ms": 0}
            made = self._sql.insert(LEASE).values([{**blank, **row} for row in rows])
            connection.execute(made.on_conflict_do_nothing())
        mine = LEASE.c.holder == me
        taken = connection.execute(
            LEASE.update()
            .where(self._of(LEADER), sa.or_(mine, LEASE.c.until_ms <= now))
            .values(
                holder=me,
                until_ms=now + lease_ms,
                token=LEASE.c.token + sa.case((mine, 0), else_=1),
            )
            .returning(LEASE.c.token)
        ).one_or_none()
        if taken is None:
            return None
        return int(taken.token), before is None or before.holder != me

    def _give(
        self, connection: sa.Connection, owned: Sequence[Ownership], moves: dict[int, str]
    ) -> tuple[Ownership, ...]:
        given = []
        tokens = {one.number: one.token for one in owned}
        for number, to in moves.items():
            connection.execute(
                LEASE.update()
                .where(self._of(PARTITION), LEASE.c.number == number)
                .values(holder=to, token=tokens[number] + 1)
            )
            given.append(Ownership(number, to, tokens[number] + 1))
        return tuple(given)


class Coordinator:
    """One of two. While something is due it renews its lease, or waits for that of the other to end."""

    def __init__(
        self, context: EngineContext[Config], id: str, *, leases: Leases, backlog: Backlog, counters: Counters
    ) -> None:
        self._context, self.id = context, id
        self._leases, self._backlog, self._counters = leases, backlog, counters
        self._up = asyncio.Event()

    def sync(self) -> None:
        """The plan or the faults have changed."""
        node = self._context.nodes.get(self.id)
        if node is None or node.down:
            self._up.clear()
        else:
            self._up.set()

    async def run(self) -> None:
        """Turn after turn while anything is due."""
        clock = self._context.clock
        while True:
            await self._up.wait()
            await self._backlog.until_near()
            rest = self._context.config.lease_s / 3
            try:
                if self._up.is_set() and await self._turn():
                    rest = FIRST_LOOKS_S
            except LabError:
                pass  # the store does not answer just now
            await clock.sleep(rest)

    async def _turn(self) -> bool:
        """Lead, if it is this one's to lead. Whether it waits for extractors that were not heard of yet."""
        config = self._context.config
        awake = self._context.clock.monotonic() - self._backlog.awake_since
        done = await self._leases.turn(
            self.id,
            keep=awake < config.lease_s,
            expected=len(extractor_ids(config)),
            patient=awake < FIRST_WAIT_S,
        )
        if done.elected or done.moved:
            await self._tell(done)
        return done.waits

    async def _tell(self, done: Turn) -> None:
        context, name = self._context, self.id.replace("-", " ")
        self._counters.moves += len(done.moved)
        async with context.request("assign", by=self.id, by_hand=False, kind="Give partitions") as trace:
            context.node(DATABASE).touch(f"assign {len(done.moved)}", "ok", source=self.id)
            if done.elected:
                context.decide(
                    f"the lease of the leader was nobody's: {name} has it, with token {done.token}"
                )
            if done.moved:
                context.decide("partitions of those that were not heard of go to those that were")
            many = amount(len(done.moved), "partition")
            trace.sentence = f"{name} leads with token {done.token} and gave {many} to other extractors"
