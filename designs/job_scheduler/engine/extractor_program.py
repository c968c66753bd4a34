"""The program of an extractor: reads the rows that are due, and publishes them. It runs in a process of its own.

It works in two steps. After the first it has rows in its hand and nothing is written; there it may be
stopped, and it goes on with what it believed.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from designs.job_scheduler.engine import schedule
from designs.job_scheduler.engine.ready_queue import ReadyQueue, run_name
from sdlab.parts.sql_line import SqlLine
from sdlab.parts.worker_process import connected
from sdlab.parts.workers.peer import Handler, Peer

MISSED_MS = 60_000  # so far behind, a cron job leaves out the times that it has missed
ANYBODY = -1

# The runs are chosen first, then their jobs are looked up: thousands may be due, and some are taken.
DUE = """
{mine}
SELECT r.job_id, r.due_ms, r.round, r.partition, r.attempts, j.owner, j.callback, j.payload, j.cron, j.zone,
  j.until_ms, j.policy, j.most, j.base_ms, j.relevance_ms, r.token
FROM (
  SELECT r.room, r.job_id, r.due_ms, r.round, r.partition, r.attempts, {token} AS token
  FROM job_scheduler_run r {owned}
  WHERE r.room = :room AND r.state = 'waiting' AND r.due_ms <= :now
  ORDER BY r.due_ms LIMIT :most {locked}
) r JOIN job_scheduler_job j ON j.room = r.room AND j.id = r.job_id
ORDER BY r.due_ms
"""
MINE = """WITH mine AS MATERIALIZED (SELECT number, token FROM job_scheduler_lease
  WHERE room = :room AND kind = 'partition' AND holder = :me)"""
OWNED = "JOIN mine ON mine.number = r.partition"
SKIP = "FOR UPDATE OF r SKIP LOCKED"
BEAT = """
INSERT INTO job_scheduler_lease (room, name, kind, number, holder, token, until_ms)
VALUES (:room, :me, 'member', 0, :me, 1, :until)
ON CONFLICT (room, name) DO UPDATE SET until_ms = :until
"""
TOKENS = "SELECT number, token FROM job_scheduler_lease WHERE room = :room AND kind = 'partition' AND holder = :me {locked}"
CLAIM = sa.text("""
UPDATE job_scheduler_run SET state = 'queued'
WHERE room = :room AND job_id IN :jobs AND state = 'waiting' AND due_ms <= :now
RETURNING job_id, due_ms, round, partition, attempts
""").bindparams(sa.bindparam("jobs", expanding=True))
NEXT = """
INSERT INTO job_scheduler_run (room, job_id, due_ms, partition, state, round, attempts, fired_ms)
VALUES (:room, :job_id, :due_ms, :partition, 'waiting', 1, 0, 0) ON CONFLICT DO NOTHING
"""
ENDED = (
    "UPDATE job_scheduler_job SET state = 'done' WHERE room = :room AND id = :job_id AND state = 'scheduled'"
)

Row = Mapping[str, Any]


class Extractor:
    """What it has read stays in its hand until it is asked to work, or to look again."""

    def __init__(self, *, name: str, url: str, redis: str, room: str, base: str) -> None:
        self._me, self._room = name, room
        self._sql = SqlLine(url)
        self._queue = ReadyQueue(connected(redis), base)
        self._hand: list[Row] = []
        self._beaten_ms = 0
        self._owned = False
        self._branch = ""

    async def take(self, *, now: int, scanning: str, most: int, lease_ms: int) -> dict[str, Any]:
        """Read what is due. `found` rows are in the hand."""
        self._sql.undo()
        sql, locked, self._owned = self._sql.connection, "", False
        if scanning == "partitions":
            self._beat(now, lease_ms)
            self._owned, self._branch = True, "owned"  # branch: owned
        elif scanning == "locked":
            locked, self._branch = SKIP if self._sql.row_locks else "", "skip-locked"  # branch: skip-locked
        elif scanning == "shared":
            self._branch = "everything"  # branch: everything
        else:
            self._branch = "alone"  # branch: alone
        text = DUE.format(
            mine=MINE if self._owned else "",
            token="mine.token" if self._owned else "0",
            owned=OWNED if self._owned else "",
            locked=locked,
        )
        given = {"room": self._room, "me": self._me, "now": now, "most": most}
        try:
            self._hand = [dict(one) for one in sql.execute(sa.text(text), given).mappings()]
            if not locked or not self._hand:
                sql.commit()
        except Exception:
            self._sql.drop()
            raise
        return {"found": len(self._hand), "branch": self._branch}

    def _beat(self, now: int, lease_ms: int) -> None:
        """Say that it lives, when a third of the time since the last word is over."""
        if now - self._beaten_ms >= lease_ms / 3:
            self._sql.connection.execute(
                sa.text(BEAT), {"room": self._room, "me": self._me, "until": now + lease_ms}
            )
            self._sql.connection.commit()
            self._beaten_ms = now

    async def work(self, *, now: int, guarded: bool, fenced: bool) -> dict[str, Any]:
        """Publish what is in the hand: into the queue first, then the commit. Who dies between has published."""
        hand, self._hand = self._hand, []
        try:
            answer = await self._publish(hand, now, guarded, fenced)
            self._sql.connection.commit()
        except Exception:
            self._sql.drop()
            raise
        return answer

    async def _publish(self, hand: Sequence[Row], now: int, guarded: bool, fenced: bool) -> dict[str, Any]:
        refused: list[int] = []
        if self._owned and fenced:
            held = self._tokens()
            refused = sorted({row["partition"] for row in hand if held.get(row["partition"]) != row["token"]})
            hand = [row for row in hand if row["partition"] not in refused]
        if not hand:
            return {
                "claimed": [],
                "put": 0,
                "depth": ANYBODY,
                "refused": refused,
                "next": [],
                "branch": self._branch,
            }
        jobs = {row["job_id"]: row for row in hand}
        given = {"room": self._room, "jobs": list(jobs), "now": now}
        claimed = [dict(one) for one in self._sql.connection.execute(CLAIM, given).mappings()]
        following = self._following(claimed, jobs, now)
        sure = guarded and (fenced or not self._owned)
        written = [{**jobs[row["job_id"]], **row} for row in claimed] if sure else hand
        put, depth = await self._put(written, now, guarded)
        return {
            "claimed": [run_name(row["job_id"], row["due_ms"]) for row in claimed],
            "dues": [row["due_ms"] for row in claimed],
            "put": put,
            "depth": depth,
            "refused": refused,
            "next": following,
            "branch": self._branch,
        }

    def _tokens(self) -> dict[int, int]:
        """The tokens of its own partitions, as they stay until the commit."""
        text = TOKENS.format(locked="FOR SHARE" if self._sql.row_locks else "")
        rows = self._sql.connection.execute(sa.text(text), {"room": self._room, "me": self._me})
        return {row.number: row.token for row in rows}

    def _following(self, claimed: Sequence[Row], jobs: Mapping[str, Row], now: int) -> list[list[Any]]:
        """The next times of cron jobs, written in the same transaction."""
        rows, over = [], []
        for one in claimed:
            job = jobs[one["job_id"]]
            if not job["cron"]:
                continue
            after = one["due_ms"] if now - one["due_ms"] < MISSED_MS else now
            due = schedule.next_due(job["cron"], job["zone"], after)
            if due is None or (job["until_ms"] and due > job["until_ms"]):
                over.append({"room": self._room, "job_id": one["job_id"]})
            else:
                rows.append(
                    {
                        "room": self._room,
                        "job_id": one["job_id"],
                        "due_ms": due,
                        "partition": one["partition"],
                    }
                )
        if rows:
            self._sql.connection.execute(sa.text(NEXT), rows)
        if over:
            self._sql.connection.execute(sa.text(ENDED), over)
        return [[run_name(row["job_id"], row["due_ms"]), row["due_ms"]] for row in rows]

    async def _put(self, rows: Sequence[Row], now: int, guarded: bool) -> tuple[int, int]:
        by_partition: dict[tuple[int, int], list[tuple[str, str, Row]]] = defaultdict(list)
        for row in rows:
            name = run_name(row["job_id"], row["due_ms"])
            partition = (row["partition"], row["token"]) if self._owned else (ANYBODY, 0)
            by_partition[partition].append((name, f"{name}#{row['round']}", _entry(name, row)))
        done = await asyncio.gather(
            *(
                self._queue.publish(some, guarded=guarded, partition=at, token=token, by=self._me, now_ms=now)
                for (at, token), some in by_partition.items()
            )
        )
        return sum(put for put, _ in done), max((depth for _, depth in done), default=ANYBODY)


def _entry(name: str, row: Row) -> Row:
    """What a worker has to know."""
    kept = (
        "job_id",
        "due_ms",
        "owner",
        "callback",
        "payload",
        "policy",
        "most",
        "base_ms",
        "relevance_ms",
        "cron",
    )
    return {**{one: row[one] for one in kept}, "run": name, "attempt": row["attempts"] + 1, "tried": 1}


async def make(parent: Peer, **setup: Any) -> dict[str, Handler]:
    """What an extractor can be asked."""
    extractor = Extractor(**setup)
    return {"take": extractor.take, "work": extractor.work}
