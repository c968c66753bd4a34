"""What lasts: jobs, their runs with every attempt, and who leads, lives and owns which partition."""

from __future__ import annotations

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

SCHEDULED, DONE, DEAD, DROPPED, CANCELLED = "scheduled", "done", "dead", "dropped", "cancelled"
WAITING, QUEUED = "waiting", "queued"
JOB_STATES = (SCHEDULED, DONE, DEAD, DROPPED, CANCELLED)
FINISHED = (DONE, DEAD, DROPPED, CANCELLED)
LEADER, MEMBER, PARTITION = "leader", "member", "partition"


class JobRow(SQLModel, table=True):
    """What is to be called, and how. `cron` is empty for a job that runs once; `until_ms` 0 is without an end.

    Without a `policy` of its own the one in force is used. `relevance_ms` 0: it is never too late.
    """

    __tablename__ = "job_scheduler_job"
    __table_args__ = (
        sa.Index("job_scheduler_job_owner", "room", "owner", "number"),
        {"postgresql_with": {"fillfactor": 80}},
    )

    room: str = Field(primary_key=True)
    id: str = Field(primary_key=True)
    number: int = Field(sa_type=sa.BigInteger)
    owner: str
    callback: str
    payload: str
    cron: str = ""
    zone: str = "UTC"
    until_ms: int = Field(default=0, sa_type=sa.BigInteger)
    policy: str = ""
    most: int = 0
    base_ms: int = 0
    relevance_ms: int = 0
    partition: int = 0
    state: str = SCHEDULED
    created_ms: int = Field(sa_type=sa.BigInteger)


class RunRow(SQLModel, table=True):
    """A job at one timestamp: the key says that there is one. `round` counts how often it was scheduled anew."""

    __tablename__ = "job_scheduler_run"
    __table_args__ = (
        sa.Index("job_scheduler_run_due", "room", "state", "partition", "due_ms"),
        {"postgresql_with": {"fillfactor": 70}},
    )

    room: str = Field(primary_key=True)
    job_id: str = Field(primary_key=True)
    due_ms: int = Field(primary_key=True, sa_type=sa.BigInteger)
    partition: int
    state: str = WAITING
    round: int = 1
    attempts: int = 0
    fired_ms: int = Field(default=0, sa_type=sa.BigInteger)


class AttemptRow(SQLModel, table=True):
    """A callback that was made: by whom, when, and what came of it."""

    __tablename__ = "job_scheduler_attempt"

    room: str = Field(primary_key=True)
    job_id: str = Field(primary_key=True)
    due_ms: int = Field(primary_key=True, sa_type=sa.BigInteger)
    number: int = Field(primary_key=True)
    worker: str
    at_ms: int = Field(sa_type=sa.BigInteger)
    took_ms: int
    status: int
    said: str
    next_ms: int = Field(default=0, sa_type=sa.BigInteger)


class LeaseRow(SQLModel, table=True):
    """Who leads, who lives until when, and who owns a partition; `token` grows with every new holder."""

    __tablename__ = "job_scheduler_lease"

    room: str = Field(primary_key=True)
    name: str = Field(primary_key=True)
    kind: str
    number: int = 0
    holder: str = ""
    token: int = Field(default=0, sa_type=sa.BigInteger)
    until_ms: int = Field(default=0, sa_type=sa.BigInteger)


JOB, RUN, ATTEMPT, LEASE = (
    kind.__table__  # type: ignore[union-attr]
    for kind in (JobRow, RunRow, AttemptRow, LeaseRow)
)
