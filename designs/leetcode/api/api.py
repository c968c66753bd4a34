"""The endpoints of the judge: problems, code that is sent, verdicts, who leads; and the leaderboard as it changes."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Query, WebSocket

from designs.leetcode.api.schemas import (
    CodeIn,
    LeadersOut,
    ProblemOut,
    RunOut,
    SentOut,
    SubmissionOut,
    WholeProblemOut,
    leader_out,
    problem_out,
    run_out,
    sent_out,
    submission_out,
    whole_problem_out,
)
from designs.leetcode.engine.engine import LeetCode
from designs.leetcode.engine.leaderboard import SHOWN
from designs.leetcode.engine.problems import COMPETITION, problem_of
from sdlab.api.pages import Cursor, CursorKey, Limit, Page, page_of
from sdlab.api.problems import documented
from sdlab.api.sockets import LabSocket, serve_socket
from sdlab.lab import NotFound
from sdlab.rooms.http import ActingUser, EngineOf

SLUG = "leetcode"
PAGE = 20
PROBLEMS_CURSOR = CursorKey("leetcode problems", int)

EngineHere = Annotated[LeetCode, EngineOf(SLUG, LeetCode)]
Id = Annotated[str, Path(min_length=1, max_length=40, pattern=r"^[0-9a-z-]+$", examples=["two-sum"])]
Places = Annotated[int, Query(ge=1, le=SHOWN)]


def router() -> APIRouter:
    """Everything below `/api/leetcode`."""
    routes = APIRouter()
    _problems(routes)
    _submissions(routes)
    _competitions(routes)
    return routes


def _problems(routes: APIRouter) -> None:
    @routes.get("/problems", summary="The problems", response_model=Page[ProblemOut], responses=documented())
    async def problems(
        engine: EngineHere, user: ActingUser, cursor: Cursor = None, limit: Limit = PAGE
    ) -> Page[ProblemOut]:
        """From easy to hard."""
        after = PROBLEMS_CURSOR.decode(cursor)[0] if cursor else 0
        rows = await engine.problems(after=max(0, after), limit=limit + 1)
        return page_of(
            rows,
            limit=limit,
            cursor=PROBLEMS_CURSOR,
            key=lambda one: (one[0],),
            item=lambda one: problem_out(one[1]),
        )

    @routes.get(
        "/problems/{problem_id}",
        summary="A problem with its samples",
        response_model=WholeProblemOut,
        responses=documented(),
    )
    async def problem(engine: EngineHere, user: ActingUser, problem_id: Id) -> WholeProblemOut:
        """What the hidden tests are is not told."""
        return whole_problem_out(await engine.problem(problem_id))

    @routes.post(
        "/problems/{problem_id}/run",
        summary="Run code against the samples",
        response_model=RunOut,
        responses=documented(409, 429, 503),
    )
    async def run(engine: EngineHere, user: ActingUser, problem_id: Id, body: CodeIn) -> RunOut:
        """At once, and without being written down. Refusals as for a submission."""
        found = await engine.run(problem_id, body.language, body.code)
        return run_out(problem_of(problem_id), found)

    @routes.post(
        "/problems/{problem_id}/submit",
        summary="Submit code",
        status_code=202,
        response_model=SentOut,
        responses=documented(409, 429, 503),
    )
    async def submit(engine: EngineHere, user: ActingUser, problem_id: Id, body: CodeIn) -> SentOut:
        """422 for an unknown language and for code above 64 KiB; 409 where code of others is not run."""
        return sent_out(await engine.submit(problem_id, body.language, body.code))


def _submissions(routes: APIRouter) -> None:
    @routes.get(
        "/submissions/{submission_id}",
        summary="One of my submissions",
        response_model=SubmissionOut,
        responses=documented(),
    )
    async def submission(engine: EngineHere, user: ActingUser, submission_id: Id) -> SubmissionOut:
        """With a verdict for each test up to the first that did not answer. 404 for somebody else's."""
        return submission_out(await engine.submission(submission_id))


def _competitions(routes: APIRouter) -> None:
    @routes.get(
        "/competitions/{competition_id}/leaderboard",
        summary="Who leads",
        response_model=LeadersOut,
        responses=documented(),
    )
    async def leaderboard(
        engine: EngineHere, user: ActingUser, competition_id: Id, limit: Places = 10
    ) -> LeadersOut:
        """Read as the approach in force reads it. The only competition is "weekly"."""
        found = await engine.leaderboard(competition_id, limit=limit)
        return LeadersOut(items=[leader_out(one) for one in found])

    @routes.websocket("/competitions/{competition_id}/live")
    async def live(socket: WebSocket, competition_id: str, room: str = "", user: str = "visitor") -> None:
        """The first places as they are, and again whenever they are pushed."""
        await serve_socket(
            socket, SLUG, LeetCode, lambda line: _live(line, competition_id), room=room, user=user
        )


async def _live(line: LabSocket[LeetCode], competition: str) -> None:
    if competition != COMPETITION:
        raise NotFound("there is no such competition")
    spectators = line.engine.spectators
    log = spectators.log

    async def send() -> None:
        at = log.last
        await line.send(await spectators.present())
        while await log.beyond(at):
            newest, at = log.since(at)[-1], log.last
            await line.send(newest)

    await line.run(send(), line.ignore())
