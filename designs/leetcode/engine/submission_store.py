"""Submissions as rows: written before they are answered for, given to runners, and judged in one statement."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any

import orjson
import sqlalchemy as sa

from designs.leetcode.config import Config
from designs.leetcode.engine.models import ACCEPTED, JUDGED, JUDGEMENT, QUEUED, SUBMISSION
from sdlab.lab import EngineContext, NotFound

FIRST_NUMBER = 200_000  # what a room was given as its history lies below
KEPT = 4_000
LOADED = 5_000


@dataclass(frozen=True, slots=True)
class Submission:
    """A submission as its row has it."""

    id: str
    number: int
    person: str
    problem: str
    language: str
    code: str
    code_hash: str
    origin: str
    state: str
    verdict: str
    points: int
    token: int
    runner: str
    tier: str
    sent_ms: int
    judged_ms: int
    run_ms: float
    memory_mb: float
    passed: int
    cases: int
    results: str

    @property
    def tests(self) -> list[dict[str, Any]]:
        """Verdict by verdict."""
        found: list[dict[str, Any]] = orjson.loads(self.results)
        return found


_FIELDS = tuple(one.name for one in fields(Submission))

HISTORY = sa.text("""
WITH RECURSIVE one(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM one WHERE n < :many)
INSERT INTO leetcode_submission (room, id, number, person, problem, language, code, code_hash, origin, state, verdict,
  points, token, runner, tier, sent_ms, judged_ms, run_ms, memory_mb, passed, cases, results)
SELECT :room, 'h' || n, n, 'h' || (n * 7919) % :people, 'p' || (n * 31) % 40, 'python', '', '', 'history', 'judged',
  CASE WHEN n % 3 = 0 THEN 'wrong answer' ELSE 'accepted' END, 1, 0, '', '', :now, :now, 1, 10, 1, 1, '[]'
FROM one
""")
PRUNE = sa.text("""
DELETE FROM leetcode_submission AS one WHERE room = :room AND state = 'judged' AND origin <> 'history'
AND number < :below AND (verdict <> 'accepted' OR EXISTS (SELECT 1 FROM leetcode_submission AS other
  WHERE other.room = one.room AND other.person = one.person AND other.problem = one.problem
  AND other.verdict = 'accepted' AND other.number < one.number))
""")


def submission_of(row: Any) -> Submission:
    """A row as a submission."""
    return Submission(**{name: getattr(row, name) for name in _FIELDS})


class SubmissionStore:
    """Reads and writes rows; whose it is stands in every statement that a person asks for."""

    def __init__(self, context: EngineContext[Config]) -> None:
        self._room, self._sql = context.room.id, context.room.sql
        self._quota = context.room.quota
        self._clock = context.clock
        self.number = FIRST_NUMBER
        self.judgement = 0

    @property
    def _mine(self) -> Any:
        return SUBMISSION.c.room == self._room

    async def open(self) -> None:
        """Know the newest numbers."""
        newest = sa.select(sa.func.max(SUBMISSION.c.number)).where(self._mine)
        judged = sa.select(sa.func.max(JUDGEMENT.c.number)).where(JUDGEMENT.c.room == self._room)

        def work(c: sa.Connection) -> tuple[int, int]:
            return int(c.execute(newest).scalar() or 0), int(c.execute(judged).scalar() or 0)

        number, self.judgement = await self._sql.read(work)
        self.number = max(FIRST_NUMBER, number)

    async def insert(self, one: Submission) -> None:
        """Write it down."""
        row = {"room": self._room, **{name: getattr(one, name) for name in _FIELDS}}
        await self._sql.write(lambda c: c.execute(SUBMISSION.insert(), row))

    async def take(self, id: str, token: int) -> Submission | None:
        """Its row, which bears the token of this delivery from now on; none when it is judged already."""
        where = sa.and_(self._mine, SUBMISSION.c.id == id, SUBMISSION.c.state == QUEUED)
        if not token:
            row = await self._sql.read(lambda c: c.execute(sa.select(SUBMISSION).where(where)).one_or_none())
            return None if row is None else submission_of(row)
        statement = (
            SUBMISSION.update()
            .where(where, SUBMISSION.c.token < token)
            .values(token=token)
            .returning(SUBMISSION)
        )
        row = await self._sql.write(lambda c: c.execute(statement).one_or_none())
        return None if row is None else submission_of(row)

    async def accepted(self, id: str) -> tuple[str, str, int] | None:
        """Who has solved what by that submission, and its number; none when it was not accepted."""
        query = sa.select(SUBMISSION.c.person, SUBMISSION.c.problem, SUBMISSION.c.number).where(
            self._mine, SUBMISSION.c.id == id, SUBMISSION.c.verdict == ACCEPTED
        )
        row = await self._sql.read(lambda c: c.execute(query).one_or_none())
        return None if row is None else (row[0], row[1], int(row[2]))

    async def judge(self, id: str, *, token: int, fenced: bool, runner: str, values: dict[str, Any]) -> bool:
        """Write a verdict, and that it was written; false when a newer delivery has it, where that is looked at."""
        self.judgement += 1
        number = self.judgement
        where = sa.and_(self._mine, SUBMISSION.c.id == id)
        if fenced:
            where = sa.and_(where, SUBMISSION.c.token == token, SUBMISSION.c.state == QUEUED)
        told = {name: value for name, value in values.items() if name != "code_hash"}
        judgement = {
            "room": self._room,
            "submission": id,
            "runner": runner,
            "number": number,
            "verdict": values["verdict"],
            "code_hash": values["code_hash"],
            "at_ms": values["judged_ms"],
        }

        def work(c: sa.Connection) -> bool:
            done = c.execute(SUBMISSION.update().where(where).values(state=JUDGED, runner=runner, **told))
            if done.rowcount:
                c.execute(JUDGEMENT.insert(), judgement)
            return bool(done.rowcount)

        return await self._sql.write(work)

    async def one(self, person: str, id: str) -> Submission:
        """Somebody's submission. `NotFound` for another's as for none."""
        query = sa.select(SUBMISSION).where(self._mine, SUBMISSION.c.id == id, SUBMISSION.c.person == person)
        row = await self._sql.read(lambda c: c.execute(query).one_or_none())
        if row is None:
            raise NotFound("there is no such submission")
        return submission_of(row)

    async def has(self, id: str) -> bool:
        """Whether it is there."""
        query = sa.select(SUBMISSION.c.id).where(self._mine, SUBMISSION.c.id == id)
        return await self._sql.read(lambda c: c.execute(query).first() is not None)

    async def queued(self) -> list[tuple[str, int]]:
        """All that are not judged, with when they were sent, oldest first."""
        query = (
            sa.select(SUBMISSION.c.id, SUBMISSION.c.sent_ms)
            .where(self._mine, SUBMISSION.c.state == QUEUED)
            .order_by(SUBMISSION.c.number)
            .limit(LOADED)
        )
        rows = await self._sql.read(lambda c: c.execute(query).all())
        return [(row.id, row.sent_ms) for row in rows]

    async def judged_after(self, number: int, most: int) -> list[Any]:
        """Judgements behind that number with the code that was sent, in order."""
        query = (
            sa.select(JUDGEMENT, SUBMISSION.c.code, SUBMISSION.c.sent_ms, SUBMISSION.c.person)
            .join(
                SUBMISSION,
                sa.and_(SUBMISSION.c.room == JUDGEMENT.c.room, SUBMISSION.c.id == JUDGEMENT.c.submission),
            )
            .where(JUDGEMENT.c.room == self._room, JUDGEMENT.c.number > number)
            .order_by(JUDGEMENT.c.number)
            .limit(most)
        )
        return list(await self._sql.read(lambda c: c.execute(query).all()))

    async def set_history(self, many: int) -> int:
        """Have so many accepted and refused submissions of before, at most what the room may prepare; how many."""
        many = min(many, self._quota.corpus, self._quota.rows // 2)
        told = {
            "room": self._room,
            "many": many,
            "people": max(10, many // 20),
            "now": int(self._clock.time() * 1000),
        }

        def work(c: sa.Connection) -> None:
            c.execute(SUBMISSION.delete().where(self._mine, SUBMISSION.c.origin == "history"))
            if many:
                c.execute(HISTORY, told)

        await self._sql.write(work)
        return many

    async def history(self) -> int:
        """How many of those there are."""
        query = sa.select(sa.func.count()).where(self._mine, SUBMISSION.c.origin == "history")
        return int(await self._sql.read(lambda c: c.execute(query).scalar_one()))

    async def prune(self) -> None:
        """Of old submissions only those stay that the leaderboard is made of."""
        told = {"room": self._room, "below": self.number - KEPT}
        old = JUDGEMENT.delete().where(
            JUDGEMENT.c.room == self._room, JUDGEMENT.c.number < self.judgement - KEPT
        )

        def work(c: sa.Connection) -> None:
            c.execute(PRUNE, told)
            c.execute(old)

        await self._sql.write(work)

    # Who leads

    async def leaders(self, most: int) -> tuple[list[tuple[str, int, int]], int]:
        """Person, points and the last that counted, the first first; and how many rows were read for it."""
        return await self._sql.read(lambda c: leaders(c, self._room, most))


def leaders(c: sa.Connection, room: str, most: int) -> tuple[list[tuple[str, int, int]], int]:
    """Each problem counts once, by its first accepted submission; who was there earlier stands before."""
    solved = (
        sa.select(
            SUBMISSION.c.person,
            SUBMISSION.c.problem,
            sa.func.max(SUBMISSION.c.points).label("points"),
            sa.func.min(SUBMISSION.c.number).label("number"),
            sa.func.count().label("many"),
        )
        .where(SUBMISSION.c.room == room, SUBMISSION.c.verdict == ACCEPTED)
        .group_by(SUBMISSION.c.person, SUBMISSION.c.problem)
        .subquery()
    )
    points, last = sa.func.sum(solved.c.points), sa.func.max(solved.c.number)
    query = (
        sa.select(
            solved.c.person,
            points.label("points"),
            last.label("last"),
            sa.func.sum(sa.func.sum(solved.c.many)).over().label("rows_read"),
        )
        .group_by(solved.c.person)
        .order_by(points.desc(), last)
        .limit(most)
    )
    rows = c.execute(query).all()
    return [(r.person, int(r.points), int(r.last)) for r in rows], int(rows[0].rows_read) if rows else 0


def newest(c: sa.Connection, room: str, most: int, person: str = "") -> Sequence[Any]:
    """The newest submissions, of a person or of all."""
    query = sa.select(SUBMISSION).where(SUBMISSION.c.room == room, SUBMISSION.c.origin != "history")
    if person:
        query = query.where(SUBMISSION.c.person == person)
    return c.execute(query.order_by(SUBMISSION.c.number.desc()).limit(most)).all()
