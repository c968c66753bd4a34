"""What the API takes and gives, and the calls that the page shows."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Literal

from pydantic import BaseModel, Field

from designs.job_scheduler.engine.job_request import (
    LONGEST_BASE_S,
    LONGEST_RELEVANCE_S,
    MOST_TRIES,
    PAYLOAD,
    SHORTEST_BASE_S,
    SHORTEST_RELEVANCE_S,
    Job,
    JobRequest,
    PlacedJob,
)
from designs.job_scheduler.engine.job_store import JobStory, StoredAttempt, StoredRun
from designs.job_scheduler.engine.outbound import MOST_URL
from designs.job_scheduler.engine.request_bin import Received
from designs.job_scheduler.engine.schedule import MOST_CRON, MOST_ZONE
from sdlab.api.kit import StrictModel, TextOf
from sdlab.lab import Example, Invalid

BASE = "/api/job-scheduler"
LONGEST_DELAY_S = 366 * 86_400

State = Literal["scheduled", "done", "dead", "dropped", "cancelled"]


class RetryIn(StrictModel):
    """What to do after a failure; `max` counts all tries."""

    policy: Literal["none", "immediate", "exponential"] = Field(examples=["exponential"])
    max: int | None = Field(default=None, ge=1, le=MOST_TRIES, examples=[4])
    base_s: float | None = Field(default=None, ge=SHORTEST_BASE_S, le=LONGEST_BASE_S, examples=[0.5])


class NewJob(StrictModel):
    """A job that is asked for: one of `run_at`, `delay_s` and `cron`.

    `cron` has five fields, or is `@every 10s`; it is read in `zone`, and may end `until` then.
    """

    callback: str = Field(min_length=1, max_length=MOST_URL, examples=["/bin"])
    run_at: datetime | None = None
    delay_s: float | None = Field(default=None, ge=0, le=LONGEST_DELAY_S, examples=[5.0])
    cron: str | None = Field(default=None, min_length=1, max_length=MOST_CRON, examples=["30 2 * * *"])
    zone: str = Field(default="UTC", min_length=1, max_length=MOST_ZONE, examples=["Europe/Berlin"])
    until: datetime | None = None
    payload: Annotated[str, TextOf(PAYLOAD)] = Field(default="", examples=["water the plants"])
    retry: RetryIn | None = None
    relevance_s: float | None = Field(default=None, ge=SHORTEST_RELEVANCE_S, le=LONGEST_RELEVANCE_S)

    def request(self) -> JobRequest:
        """As the engine takes it."""
        retry = self.retry
        return JobRequest(
            callback=self.callback,
            payload=self.payload,
            run_at_ms=None if self.run_at is None else _ms(self.run_at, "run_at"),
            delay_ms=None if self.delay_s is None else round(self.delay_s * 1000),
            cron=self.cron or "",
            zone=self.zone,
            until_ms=0 if self.until is None else max(1, _ms(self.until, "until")),
            policy=retry.policy if retry else "",
            most=(retry.max or 0) if retry else 0,
            base_s=(retry.base_s or 0.0) if retry else 0.0,
            relevance_s=self.relevance_s or 0.0,
        )


def _ms(at: datetime, field: str) -> int:
    if at.tzinfo is None:
        raise Invalid("a time bears its zone, as in 2026-03-29T02:30:00+01:00", field=field)
    try:
        return round(at.timestamp() * 1000)
    except (OverflowError, ValueError):
        raise Invalid("that time is too far away", field=field) from None


class JobOut(BaseModel):
    """A job of yours."""

    id: str = Field(examples=["a1b2c3d4e5f6"])
    callback: str
    payload: str
    cron: str | None
    zone: str
    until: datetime | None
    policy: str | None
    relevance_s: float | None
    partition: int
    state: str
    created_at: datetime


class PlacedOut(JobOut):
    """A job that was accepted, and when it runs first."""

    run_at: datetime


class RunOut(BaseModel):
    """The job at one of its times."""

    run_at: datetime
    state: str
    attempts: int


class AttemptOut(BaseModel):
    """A callback that was made. `next_at`: when it was to be tried again."""

    run_at: datetime
    number: int
    worker: str
    at: datetime
    took_ms: int
    status: int
    said: str
    next_at: datetime | None


class StoryOut(JobOut):
    """A job with its newest runs and their attempts."""

    runs: list[RunOut]
    attempts: list[AttemptOut]


class CallbackOut(BaseModel):
    """A callback in the bin."""

    job_id: str
    run_at: datetime
    at: datetime
    delay_ms: int
    attempt: int
    worker: str
    payload: str
    path: str


def _time(ms: int) -> datetime:
    return datetime.fromtimestamp(ms / 1000, UTC)


def _fields(one: Job) -> dict[str, object]:
    return {
        "id": one.id,
        "callback": one.callback,
        "payload": one.payload,
        "cron": one.cron or None,
        "zone": one.zone,
        "until": _time(one.until_ms) if one.until_ms else None,
        "policy": one.policy or None,
        "relevance_s": one.relevance_ms / 1000 if one.relevance_ms else None,
        "partition": one.partition,
        "state": one.state,
        "created_at": _time(one.created_ms),
    }


def job_out(one: Job) -> JobOut:
    """A row, as it travels."""
    return JobOut.model_validate(_fields(one))


def placed_out(one: PlacedJob) -> PlacedOut:
    """What was accepted."""
    return PlacedOut.model_validate({**_fields(one.job), "run_at": _time(one.due_ms)})


def story_out(one: JobStory) -> StoryOut:
    """Everything about a job."""
    return StoryOut.model_validate(
        {
            **_fields(one.job),
            "runs": [_run(run) for run in one.runs],
            "attempts": [_attempt(attempt) for attempt in one.attempts],
        }
    )


def _run(one: StoredRun) -> RunOut:
    return RunOut(run_at=_time(one.due_ms), state=one.state, attempts=one.attempts)


def _attempt(one: StoredAttempt) -> AttemptOut:
    return AttemptOut(
        run_at=_time(one.due_ms),
        number=one.number,
        worker=one.worker,
        at=_time(one.at_ms),
        took_ms=one.took_ms,
        status=one.status,
        said=one.said,
        next_at=_time(one.next_ms) if one.next_ms else None,
    )


def callback_out(one: Received) -> CallbackOut:
    """An entry of the bin, as it travels."""
    return CallbackOut(
        job_id=one.job_id,
        run_at=_time(one.due_ms),
        at=_time(one.at_ms),
        delay_ms=one.delay_ms,
        attempt=one.attempt,
        worker=one.by,
        payload=one.payload,
        path=one.path,
    )


EXAMPLES = (
    Example(
        "Run it in five seconds",
        "POST",
        f"{BASE}/jobs",
        body={"callback": "/bin", "delay_s": 5.0, "payload": "water the plants"},
        status=201,
        saves={"job": "id"},
    ),
    Example(
        "Every night at half past two, in Berlin",
        "POST",
        f"{BASE}/jobs",
        body={"callback": "/bin", "cron": "30 2 * * *", "zone": "Europe/Berlin", "payload": "nightly"},
        status=201,
        saves={"nightly": "id"},
    ),
    Example(
        "Try it four times",
        "POST",
        f"{BASE}/jobs",
        body={
            "callback": "/bin/failing",
            "delay_s": 0.0,
            "retry": {"policy": "exponential", "max": 4, "base_s": 0.5},
            "payload": "hopeless",
        },
        status=201,
        saves={"hopeless": "id"},
    ),
    Example("My jobs that wait", "GET", f"{BASE}/jobs?state=scheduled&limit=5"),
    Example("One of them, with its attempts", "GET", f"{BASE}/jobs/{{job}}"),
    Example(
        "Into somebody's network",
        "POST",
        f"{BASE}/jobs",
        body={"callback": "http://169.254.169.254/latest", "delay_s": 1.0},
        status=422,
        note="Callbacks go to the lab's own bin, or to hosts that the operator allows.",
    ),
    Example("What was called", "GET", f"{BASE}/bin?limit=5"),
    Example(
        "Try it anew",
        "POST",
        f"{BASE}/jobs/{{nightly}}/retry",
        status=409,
        note="Only what is dead is tried anew.",
    ),
    Example("Take it back", "DELETE", f"{BASE}/jobs/{{nightly}}", status=204),
)
