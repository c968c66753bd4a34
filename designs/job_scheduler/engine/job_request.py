"""What is asked for, checked: what to call, when, and what to do when it fails or is late."""

from __future__ import annotations

import secrets
import zlib
from dataclasses import asdict, dataclass
from typing import Any

from designs.job_scheduler.engine import schedule
from designs.job_scheduler.engine.models import SCHEDULED
from designs.job_scheduler.engine.outbound import check_url
from sdlab.lab import Invalid
from sdlab.lab.text import TextRule

PARTITIONS = 12
DAY_MS = 86_400_000
FARTHEST_MS = 366 * DAY_MS
MOST_LATE_MS = DAY_MS
BINS = ("/bin", "/bin/slow", "/bin/flapping", "/bin/failing")
MOST_TRIES = 10
SHORTEST_BASE_S, LONGEST_BASE_S = 0.05, 60.0
SHORTEST_RELEVANCE_S, LONGEST_RELEVANCE_S = 0.1, 86_400.0
POLICIES = ("", "none", "immediate", "exponential")
PAYLOAD = TextRule("payload", 200, minimum=0, lines=True)


@dataclass(frozen=True, slots=True)
class Job:
    """A job as its row has it."""

    id: str
    number: int
    owner: str
    callback: str
    payload: str
    cron: str
    zone: str
    until_ms: int
    policy: str
    most: int
    base_ms: int
    relevance_ms: int
    partition: int
    state: str
    created_ms: int

    def to_json(self) -> dict[str, Any]:
        """Plain data."""
        return asdict(self)

    @property
    def name(self) -> str:
        """What it is called on the page: the first line of what it carries, or where it goes."""
        return (self.payload.splitlines() or [""])[0][:60] or self.callback


@dataclass(frozen=True, slots=True)
class PlacedJob:
    """A job that was accepted, and when it is due first."""

    job: Job
    due_ms: int

    def to_json(self) -> dict[str, Any]:
        """Plain data; `from_json` reads it back."""
        return {"job": self.job.to_json(), "due_ms": self.due_ms}

    @staticmethod
    def from_json(data: Any) -> PlacedJob:
        """As it was."""
        return PlacedJob(Job(**data["job"]), data["due_ms"])


@dataclass(frozen=True, slots=True)
class JobRequest:
    """One of `run_at_ms`, `delay_ms` and `cron`. A cron job may end at `until_ms`; 0 tries are those in force."""

    callback: str
    payload: str = ""
    run_at_ms: int | None = None
    delay_ms: int | None = None
    cron: str = ""
    zone: str = "UTC"
    until_ms: int = 0
    policy: str = ""
    most: int = 0
    base_s: float = 0.0
    relevance_s: float = 0.0

    def to_json(self) -> dict[str, Any]:
        """Plain data, to tell requests apart."""
        return asdict(self)

    def placed(self, owner: str, now_ms: int, number: int) -> PlacedJob:
        """The job, with its first time. `Invalid` names the field that is wrong."""
        callback = self.callback if self.callback in BINS else check_url(self.callback)
        self._check_policy()
        cron = schedule.check(self.cron, self.zone) if self.cron else ""
        due_ms = self._due(now_ms, cron)
        id = secrets.token_hex(6)
        job = Job(
            id=id,
            number=number,
            owner=owner,
            callback=callback,
            payload=PAYLOAD.check(self.payload),
            cron=cron,
            zone=self.zone,
            until_ms=self.until_ms if cron else 0,
            policy=self.policy,
            most=self.most,
            base_ms=round(self.base_s * 1000),
            relevance_ms=round(self.relevance_s * 1000),
            partition=zlib.crc32(id.encode()) % PARTITIONS,
            state=SCHEDULED,
            created_ms=now_ms,
        )
        return PlacedJob(job, due_ms)

    def _due(self, now_ms: int, cron: str) -> int:
        given = [self.run_at_ms is not None, self.delay_ms is not None, bool(self.cron)]
        if sum(given) != 1:
            raise Invalid("a job has one of run_at, delay_s and cron", field="run_at")
        if self.until_ms and not cron:
            raise Invalid("only a cron job has an end", field="until")
        if cron:
            due = schedule.next_due(cron, self.zone, now_ms)
            if due is None or (self.until_ms and due > self.until_ms):
                raise Invalid("with that it would never run", field="until" if due else "cron")
            return due
        if self.delay_ms is not None:
            if not 0 <= self.delay_ms <= FARTHEST_MS:
                raise Invalid("a delay is from 0 s to 366 days", field="delay_s")
            return now_ms + self.delay_ms
        assert self.run_at_ms is not None
        if not now_ms - MOST_LATE_MS <= self.run_at_ms <= now_ms + FARTHEST_MS:
            raise Invalid("a job runs within 366 days; at most a day ago, which is at once", field="run_at")
        return self.run_at_ms

    def _check_policy(self) -> None:
        if self.policy not in POLICIES:
            raise Invalid(f"a policy is one of {', '.join(POLICIES[1:])}", field="policy")
        if not 0 <= self.most <= MOST_TRIES:
            raise Invalid(f"a callback is tried 1 to {MOST_TRIES} times", field="max")
        if self.base_s and not SHORTEST_BASE_S <= self.base_s <= LONGEST_BASE_S:
            raise Invalid(f"base_s is from {SHORTEST_BASE_S:g} to {LONGEST_BASE_S:g} s", field="base_s")
        if self.relevance_s and not SHORTEST_RELEVANCE_S <= self.relevance_s <= LONGEST_RELEVANCE_S:
            raise Invalid("a window is from 0.1 s to a day", field="relevance_s")
