"""Classes over HTTP: open one, join one, drive it, vote, take the results home."""

from __future__ import annotations

import csv
import io
from dataclasses import asdict
from typing import Annotated, Any

import segno
from fastapi import APIRouter, Depends, Path, Request, Response
from pydantic import Field

from sdlab import registry
from sdlab.api.control import MAX_NAME, Body, as_json
from sdlab.api.lessons import LessonBody
from sdlab.api.problems import documented
from sdlab.lab import Forbidden
from sdlab.lab.prose import to_html
from sdlab.lab.script import minutes_at
from sdlab.live.framing import same_site
from sdlab.live.headers import is_secure
from sdlab.rooms.class_report import report_of
from sdlab.rooms.class_rights import Role
from sdlab.rooms.classroom import (
    LEADER_HEADER,
    MAX_SPOTLIGHT,
    Classroom,
    classes,
    cookie_of,
    token_in,
)
from sdlab.rooms.csv_cells import plain
from sdlab.rooms.http import RoomOf, address_of
from sdlab.rooms.manager import room_manager
from sdlab.rooms.own_lessons import MOST_STEPS, Step, read_lesson
from sdlab.rooms.play import scenario_of
from sdlab.rooms.polls import LIVES
from sdlab.rooms.tour import in_words

router = APIRouter(prefix="/api/classes", tags=["classes"])

RESULTS = ("lab", "beat", "question", "round", "answer", "right", "votes", "in class")


class Open(Body):
    """Which lab the class begins with."""

    lab: str = Field(max_length=MAX_NAME, examples=["url-shortener"])


class Move(Body):
    """Where the class goes; what is left out stays."""

    lab: str | None = Field(None, max_length=MAX_NAME)
    beat: int | None = Field(None, ge=0, le=MOST_STEPS)
    revealed: bool | None = None
    tab: str | None = Field(None, max_length=MAX_NAME)
    spotlight: str | None = Field(None, max_length=MAX_SPOTLIGHT)
    paused: int | None = Field(None, ge=-1, le=2**53, description="frame that all look at; -1 for live")
    open: bool | None = Field(None, description="whether everyone may use the product")
    blank: bool | None = None
    minutes: int | None = Field(
        None, ge=0, le=60, description="the cut of the lesson: 20, 40 or 60; 0 for all of it"
    )


class Vote(Body):
    """Which option, from 0."""

    option: int = Field(ge=0, le=20)


async def class_of(room: Annotated[str, Path(max_length=64)]) -> Classroom:
    """The class in that room; 404 when there is none."""
    await room_manager().rooms.enter(room, "")
    return await classes().of(room)


def right(request: Request, room: Annotated[str, Path(max_length=64)]) -> str:
    """The right that the caller holds in that room's class: a header, or a cookie of the browser."""
    return token_in(request.cookies, room, header=request.headers.get(LEADER_HEADER, ""))


ClassOf = Annotated[Classroom, Depends(class_of)]
Right = Annotated[str, Depends(right)]


@router.post("", summary="Open a class", responses=documented(403))
async def open_class(body: Open, room: RoomOf, request: Request, response: Response) -> dict[str, Any]:
    """A room for the class, set up like the caller's, a join code, and the right to lead (also as a cookie)."""
    found = await room_manager().lab(room, registry.design(body.lab).slug)
    now = scenario_of(found)
    opened = await classes().open(body.lab, now, address_of(request))
    remember(request, response, "leader", opened.standing.room, opened.rights.leader_token())
    return {**_address(request, opened), "leader": opened.rights.leader_token(), "query": now.to_query()}


@router.post("/{code}/join", summary="Join a class", responses=documented())
async def join(
    code: Annotated[str, Path(max_length=20)], request: Request, response: Response
) -> dict[str, Any]:
    """The class's room, and the right to vote (also as a cookie)."""
    found, token = await classes().join(code, address_of(request))
    held = request.cookies.get(cookie_of("follower", found.standing.room), "")
    token = held if held and _valid(found, held) else token
    remember(request, response, "follower", found.standing.room, token)
    return {**_address(request, found), "follower": token}


@router.get("/{room}", summary="Where a class stands", responses=documented())
async def standing(found: ClassOf, token: Right) -> Response:
    """As a follower sees it, or as the leader does who shows the right to lead."""
    role: Role = "leader" if token and _valid(found, token) == "leader" else "follower"
    return as_json(found.view(role))


@router.patch("/{room}", summary="Drive a class", responses=documented(403, 410))
async def move(found: ClassOf, body: Move, token: Right) -> Response:
    """Only with the right to lead. Going to a beat sets its lab up; revealing runs the step."""
    found.rights.demand_leader(token)
    changes = {name: value for name, value in body.model_dump().items() if value is not None}
    if "lab" in changes:
        changes = {"beat": 0, "revealed": True, "spotlight": "", "paused": -1, **changes}
    if "beat" in changes and "revealed" not in changes:
        changes["revealed"] = found.needs_no_reveal(
            lab=changes.get("lab", found.standing.lab),
            beat=changes["beat"],
            minutes=changes.get("minutes", found.standing.minutes),
        )
    if changes.get("paused") == -1:
        changes["paused"] = None
    await found.change(**changes)
    return as_json(found.view("leader"))


@router.put("/{room}/lesson", summary="Teach a lesson of one's own", responses=documented(403, 410))
async def teach(found: ClassOf, body: LessonBody, token: Right) -> Response:
    """From now on the class goes through its steps, before the first; only with the right to lead.

    It is kept with the class. Votes on the lesson before it stay in the results.
    """
    found.rights.demand_leader(token)
    await found.teach(read_lesson(body))
    return as_json(found.view("leader"))


@router.delete("/{room}/lesson", summary="Go back to the lab's own lesson", responses=documented(403, 410))
async def teach_the_labs(found: ClassOf, token: Right) -> Response:
    """In the lab where the class stands, before the first beat; only with the right to lead."""
    found.rights.demand_leader(token)
    await found.teach(None)
    return as_json(found.view("leader"))


@router.delete("/{room}", summary="End a class", status_code=204, responses=documented(403))
async def end(found: ClassOf, token: Right) -> Response:
    """Nobody drives any more; the results stay for as long as the room does."""
    found.rights.demand_leader(token)
    await found.end()
    return Response(status_code=204)


@router.post("/{room}/vote", summary="Vote", status_code=204, responses=documented(403, 409, 410))
async def vote(found: ClassOf, body: Vote, token: Right) -> Response:
    """One vote for each follower, changeable until the answer is revealed."""
    await found.vote(token, body.option)
    return Response(status_code=204)


@router.get(
    "/{room}/results.csv",
    summary="All votes, without names",
    response_class=Response,
    responses={200: {"content": {"text/csv": {}}, "description": "a table"}, **documented(403)},
)
async def results(found: ClassOf, token: Right) -> Response:
    found.rights.demand_leader(token)
    headers = {"Content-Disposition": 'attachment; filename="class-results.csv"'}
    table = io.StringIO()
    writer = csv.writer(table, lineterminator="\n")
    writer.writerow(RESULTS)
    writer.writerows(plain(row) for row in found.results())
    return Response(table.getvalue(), media_type="text/csv", headers=headers)


@router.get("/{room}/report", summary="What stays of a class", responses=documented(403))
async def report(found: ClassOf, token: Right) -> Response:
    """The beats seen, all questions with the answers per round, and one's own: for who led or joined it."""
    role, name = found.rights.role_of(token)
    return as_json({"role": role, **report_of(found, name if role == "follower" else "")})


@router.get("/{room}/notes", summary="The presenter's notes", responses=documented(403))
async def notes(found: ClassOf, token: Right) -> Response:
    """What to say at this beat and the next, what it does, what to expect. Only with the right to lead."""
    found.rights.demand_leader(token)
    own = found.standing.lesson != 0
    return as_json([_own_note(one) if own else _lab_note(one) for one in found.steps()])


def _own_note(step: Step) -> dict[str, Any]:
    """Who has put the text in own words is shown these, and no script that was written for others."""
    script = registry.design(step.lab).script
    line = asdict(script.lines[step.taken - 1]) if script and step.taken and not step.own_words else None
    return {**_note(step), "script": line and {**line, "onward": ""}, "cuts": {}}


def _lab_note(step: Step) -> dict[str, Any]:
    taught, number = registry.design(step.lab), step.number
    lesson, script = taught.lesson, taught.script
    return {
        **_note(step),
        "script": asdict(script.lines[number - 1]) if script else None,
        "cuts": {
            one.minutes: {
                "asks": number in one.asks,
                "discusses": number in one.discusses,
                "minutes": minutes_at(lesson, one, number),
            }
            for one in (script.cuts if script else ())
            if lesson and number in one.beats
        },
    }


def _note(step: Step) -> dict[str, Any]:
    beat = step.beat
    return {
        "number": step.number,
        "lab": step.lab,
        "title": beat.title,
        "say": beat.say,
        "html": to_html(beat.say),
        "minutes": beat.minutes,
        "spotlight": beat.spotlight,
        "does": in_words(registry.design(step.lab), beat.do),
        "expect": beat.expect.text if beat.expect else "",
        "ask": asdict(beat.ask) if beat.ask else None,
        "predict": asdict(step.predict) if step.predict else None,
    }


@router.get(
    "/{room}/qr.svg",
    summary="The way in, as a QR code",
    response_class=Response,
    responses={200: {"content": {"image/svg+xml": {}}, "description": "a QR code"}, **documented()},
)
async def qr(found: ClassOf, request: Request) -> Response:
    drawn = io.BytesIO()
    link = _address(request, found)["link"]
    segno.make(link, error="m").save(drawn, kind="svg", scale=4, border=2, dark="#1c2024", light="#fff")
    return Response(drawn.getvalue(), media_type="image/svg+xml")


def _address(request: Request, found: Classroom) -> dict[str, Any]:
    code = found.standing.code
    return {
        "room": found.standing.room,
        "code": code,
        "lab": found.standing.lab,
        "link": str(request.base_url).rstrip("/") + f"/join?code={code}",
    }


def _valid(found: Classroom, token: str) -> Role | None:
    try:
        return found.rights.role_of(token)[0]
    except Forbidden:
        return None


def remember(request: Request, response: Response, role: Role, room: str, token: str) -> None:
    """Have the browser keep a right in that room's class, out of reach of scripts."""
    kept = same_site("SameSite=strict", secure=is_secure(request.scope))
    value = f"{cookie_of(role, room)}={token}; HttpOnly; Max-Age={LIVES}; Path=/; {kept}"
    response.headers.append("Set-Cookie", value)
