"""The endpoints of the job scheduler: schedule, list, look, cancel, try anew; what came into the bin."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path

from designs.job_scheduler.api.schemas import (
    CallbackOut,
    JobOut,
    NewJob,
    PlacedOut,
    State,
    StoryOut,
    callback_out,
    job_out,
    placed_out,
    story_out,
)
from designs.job_scheduler.engine.engine import JobScheduler
from sdlab.api.kit import IdempotencyKey
from sdlab.api.pages import Cursor, CursorKey, Limit, Page, page_of
from sdlab.api.problems import documented
from sdlab.rooms.http import ActingUser, EngineOf

SLUG = "job-scheduler"
PAGE = 20
JOBS_CURSOR = CursorKey("job-scheduler jobs", int)
BIN_CURSOR = CursorKey("job-scheduler bin", str)

EngineHere = Annotated[JobScheduler, EngineOf(SLUG, JobScheduler)]
JobId = Annotated[
    str, Path(min_length=1, max_length=40, pattern=r"^[0-9a-zA-Z_-]+$", examples=["a1b2c3d4e5f6"])
]


def router() -> APIRouter:
    """Everything below `/api/job-scheduler`."""
    routes = APIRouter()
    _jobs(routes)
    _bin(routes)
    return routes


def _jobs(routes: APIRouter) -> None:
    @routes.post(
        "/jobs",
        summary="Schedule a job",
        status_code=201,
        response_model=PlacedOut,
        responses=documented(409, 429),
    )
    async def schedule(
        engine: EngineHere, user: ActingUser, body: NewJob, idempotency_key: IdempotencyKey = None
    ) -> PlacedOut:
        """422 for a callback that must not be called, a cron expression that is none, and what would never run."""
        return placed_out(await engine.schedule(body.request(), key=idempotency_key))

    @routes.get("/jobs", summary="My jobs", response_model=Page[JobOut], responses=documented())
    async def mine(
        engine: EngineHere,
        user: ActingUser,
        state: State | None = None,
        cursor: Cursor = None,
        limit: Limit = PAGE,
    ) -> Page[JobOut]:
        """The newest first."""
        below = JOBS_CURSOR.decode(cursor)[0] if cursor else None
        rows = await engine.jobs(state=state or "", below=below, limit=limit + 1)
        return page_of(rows, limit=limit, cursor=JOBS_CURSOR, key=lambda one: (one.number,), item=job_out)

    @routes.get("/jobs/{job_id}", summary="One of my jobs", response_model=StoryOut, responses=documented())
    async def one(engine: EngineHere, user: ActingUser, job_id: JobId) -> StoryOut:
        """With every attempt of its newest runs. 404 for somebody else's."""
        return story_out(await engine.job(job_id))

    @routes.delete("/jobs/{job_id}", summary="Cancel a job", status_code=204, responses=documented(409))
    async def cancel(engine: EngineHere, user: ActingUser, job_id: JobId) -> None:
        """404 for somebody else's; 409 when it is in the queue already, or over."""
        await engine.cancel(job_id)

    @routes.post(
        "/jobs/{job_id}/retry",
        summary="Try a dead job anew",
        response_model=StoryOut,
        responses=documented(409),
    )
    async def retry(engine: EngineHere, user: ActingUser, job_id: JobId) -> StoryOut:
        """404 for somebody else's; 409 when none of its runs is dead."""
        return story_out(await engine.requeue(job_id))


def _bin(routes: APIRouter) -> None:
    @routes.get("/bin", summary="What was called", response_model=Page[CallbackOut], responses=documented())
    async def callbacks(
        engine: EngineHere, user: ActingUser, cursor: Cursor = None, limit: Limit = PAGE
    ) -> Page[CallbackOut]:
        """Callbacks of the acting user's jobs in the lab's own bin, the newest first."""
        before = f"({BIN_CURSOR.decode(cursor)[0]}" if cursor else "+"
        rows = await engine.callbacks(before=before, limit=limit + 1)
        return page_of(rows, limit=limit, cursor=BIN_CURSOR, key=lambda one: (one.id,), item=callback_out)
