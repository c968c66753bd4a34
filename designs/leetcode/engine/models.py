"""What lasts: every submission with its code and its verdict, and every time that somebody judged one."""

from __future__ import annotations

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

QUEUED, JUDGED = "queued", "judged"
ACCEPTED, WRONG, TIME, MEMORY, RUNTIME, FORBIDDEN = (
    "accepted",
    "wrong answer",
    "time limit",
    "memory limit",
    "runtime error",
    "forbidden",
)
VERDICTS = (ACCEPTED, WRONG, TIME, MEMORY, RUNTIME, FORBIDDEN)


class SubmissionRow(SQLModel, table=True):
    """Code that was sent, once; `token` is that of the newest delivery, `verdict` is empty until it is judged.

    `origin` is what sent it: a visitor, the contest, an attack, or the history that a room was given.
    """

    __tablename__ = "leetcode_submission"
    __table_args__ = (
        sa.Index("leetcode_submission_person", "room", "person", "number"),
        sa.Index("leetcode_submission_state", "room", "state"),
        sa.Index("leetcode_submission_verdict", "room", "verdict"),
        sa.Index("leetcode_submission_number", "room", "number"),
        {"postgresql_with": {"fillfactor": 70}},
    )

    room: str = Field(primary_key=True)
    id: str = Field(primary_key=True)
    number: int = Field(sa_type=sa.BigInteger)
    person: str
    problem: str
    language: str
    code: str
    code_hash: str
    origin: str
    state: str = QUEUED
    verdict: str = ""
    points: int = 0
    token: int = Field(default=0, sa_type=sa.BigInteger)
    runner: str = ""
    tier: str = ""
    sent_ms: int = Field(sa_type=sa.BigInteger)
    judged_ms: int = Field(default=0, sa_type=sa.BigInteger)
    run_ms: float = 0.0
    memory_mb: float = 0.0
    passed: int = 0
    cases: int = 0
    results: str = "[]"


class JudgementRow(SQLModel, table=True):
    """That somebody wrote a verdict: by whom, of which code, when."""

    __tablename__ = "leetcode_judgement"
    __table_args__ = (sa.Index("leetcode_judgement_at", "room", "number"),)

    room: str = Field(primary_key=True)
    submission: str = Field(primary_key=True)
    runner: str = Field(primary_key=True)
    number: int = Field(primary_key=True, sa_type=sa.BigInteger)
    verdict: str
    code_hash: str
    at_ms: int = Field(sa_type=sa.BigInteger)


SUBMISSION, JUDGEMENT = (
    kind.__table__  # type: ignore[union-attr]
    for kind in (SubmissionRow, JudgementRow)
)
