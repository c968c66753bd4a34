"""The program of a worker: takes runs, has them called, writes the attempts down, acknowledges. A process of its own."""

from __future__ import annotations

import asyncio
import zlib
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from designs.job_scheduler.engine.ready_queue import ReadyQueue, Taken
from designs.job_scheduler.engine.strategies import RETRIES
from sdlab.parts.sql_line import SqlLine
from sdlab.parts.worker_process import connected
from sdlab.parts.workers.peer import Handler, Peer

BASE_MS = 500

TRIED = sa.text("""
INSERT INTO job_scheduler_attempt (room, job_id, due_ms, number, worker, at_ms, took_ms, status, said, next_ms)
VALUES (:room, :job_id, :due_ms, :number, :worker, :at_ms, :took_ms, :status, :said, :next_ms) ON CONFLICT DO NOTHING
""")
ENDED = sa.text("""
UPDATE job_scheduler_run SET state = :state, attempts = :number, fired_ms = :at_ms
WHERE room = :room AND job_id = :job_id AND due_ms = :due_ms
""")
JOB_ENDED = sa.text(
    "UPDATE job_scheduler_job SET state = :state WHERE room = :room AND id = :job_id AND cron = ''"
)


@dataclass(frozen=True, slots=True)
class Rules:
    """What is in force, as it was told with the work."""

    keyed: bool
    forgotten: bool
    drops: bool
    policy: str
    tries: int


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one run: done, failed and to be tried again at `next_ms`, dead, or dropped."""

    taken: Taken
    state: str
    at_ms: int
    took_ms: int
    status: int
    said: str
    next_ms: int = 0

    def row(self, room: str, worker: str) -> dict[str, Any]:
        """For the statements above."""
        entry = self.taken.entry
        return {
            "room": room,
            "job_id": entry["job_id"],
            "due_ms": entry["due_ms"],
            "number": entry["attempt"],
            "worker": worker,
            "at_ms": self.at_ms,
            "took_ms": self.took_ms,
            "status": self.status,
            "said": self.said,
            "next_ms": self.next_ms,
            "state": "queued" if self.state == "failed" else self.state,
        }

    @property
    def again(self) -> dict[str, Any] | None:
        """The entry of the next try."""
        if self.state != "failed":
            return None
        entry = self.taken.entry
        return {**entry, "attempt": entry["attempt"] + 1, "tried": entry["tried"] + 1}


class Worker:
    """What it has taken stays in its hand until it is asked to work."""

    def __init__(self, parent: Peer, *, name: str, url: str, redis: str, room: str, base: str) -> None:
        self._parent, self._me, self._room = parent, name, room
        self._sql = SqlLine(url)
        self._queue = ReadyQueue(connected(redis), base)
        self._hand: list[Taken] = []

    async def take(self, *, now: int, until: int, most: int) -> dict[str, Any]:
        """Take what is there."""
        took = await self._queue.take(self._me, now_ms=now, until_ms=until, most=most)
        self._hand = took.entries
        return {
            "runs": [one.run for one in self._hand],
            "again": sum(one.again for one in self._hand),
            "next": took.next_ms,
        }

    async def extend(self, *, until: int) -> None:
        """It is alive, and at work."""
        if self._hand:
            await self._queue.extend([one.id for one in self._hand], until)

    async def work(self, *, now: int, **rules: Any) -> list[dict[str, Any]]:
        """Do what is in the hand; what became of each."""
        hand, told = list(self._hand), Rules(**rules)
        if told.forgotten:
            await self._queue.forget(hand)
        late = [one for one in hand if told.drops and _too_late(one.entry, now)]
        groups: dict[str, list[Taken]] = defaultdict(list)
        for one in hand:
            if one not in late:
                groups[one.entry["callback"]].append(one)
        done = await asyncio.gather(
            self._end([Outcome(one, "dropped", now, 0, 0, "too late") for one in late], told),
            *(self._call(some, told) for some in groups.values()),
        )
        self._hand = []
        return [one for some in done for one in some]

    async def _call(self, some: Sequence[Taken], rules: Rules) -> list[dict[str, Any]]:
        calls = [{**one.entry, "key": one.run if rules.keyed else ""} for one in some]
        answer = await self._parent.ask("call", calls=calls)
        outcomes = [
            _judged(one, said, answer["now"], rules)
            for one, said in zip(some, answer["answers"], strict=True)
        ]
        return await self._end(outcomes, rules)

    async def _end(self, outcomes: Sequence[Outcome], rules: Rules) -> list[dict[str, Any]]:
        """The attempt is written first, then the queue forgets: who dies between is called again."""
        if not outcomes:
            return []
        rows = [one.row(self._room, self._me) for one in outcomes]
        ended = [row for row, one in zip(rows, outcomes, strict=True) if one.state != "failed"]

        def write(connection: sa.Connection) -> None:
            connection.execute(TRIED, rows)
            connection.execute(ENDED, sorted(rows, key=lambda row: (row["job_id"], row["due_ms"])))
            if ended:
                connection.execute(JOB_ENDED, sorted(ended, key=lambda row: row["job_id"]))

        self._sql.transaction(write)
        await self._queue.finish(
            [(one.taken, one.next_ms, one.again) for one in outcomes], forgotten=rules.forgotten
        )
        return [_told(one) for one in outcomes]


def _too_late(entry: Mapping[str, Any], now: int) -> bool:
    return bool(entry["relevance_ms"]) and now - entry["due_ms"] > entry["relevance_ms"]


def _judged(one: Taken, said: Mapping[str, Any], now: int, rules: Rules) -> Outcome:
    if 200 <= said["status"] < 300:
        return Outcome(one, "done", said["at"], said["took"], said["status"], said["said"])
    entry = one.entry
    policy = RETRIES[entry["policy"] or rules.policy]
    chance = zlib.crc32(f"{one.run} {entry['attempt']}".encode()) / 2**32
    wait = policy.after_ms(entry["tried"], entry["most"] or rules.tries, entry["base_ms"] or BASE_MS, chance)
    state, next_ms = ("dead", 0) if wait is None else ("failed", now + wait)
    return Outcome(one, state, said["at"], said["took"], said["status"], said["said"], next_ms)


def _told(one: Outcome) -> dict[str, Any]:
    entry = one.taken.entry
    return {
        "run": one.taken.run,
        "job": entry["job_id"],
        "due": entry["due_ms"],
        "state": one.state,
        "attempt": entry["attempt"],
        "policy": entry["policy"],
        "next": one.next_ms,
    }


async def make(parent: Peer, **setup: Any) -> dict[str, Handler]:
    """What a worker can be asked."""
    worker = Worker(parent, **setup)
    return {"take": worker.take, "work": worker.work, "extend": worker.extend}
