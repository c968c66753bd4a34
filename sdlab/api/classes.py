"""Classes over HTTP: open one, join one, drive it, vote, take the results home."""

from __future__ import annotations

import csv
import io
from dataclasses import asdict
from typing import Annotated, Any

import segno
from fastapi import APIRouter, Depends, Path, Request, Response
from pydantic import Field

from sdlab.api.control import MAX_NAME, Body, as_json
from sdlab.api.problems import documented
from sdlab.lab import Design, Forbidden
from sdlab.lab.lesson import MOST_BEATS, Beat
from sdlab.lab.prose import to_html
from sdlab.registry import design
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
    beat: int | None = Field(None, ge=0, le=MOST_BEATS)
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
    found = await room_manager().lab(room, design(body.lab).slug)
    now = scenario_of(found)
    opened = await classes().open(body.lab, now, address_of(request))
    _remember(response, "leader", opened.standing.room, opened.rights.leader_token())
    return {**_address(request, opened), "leader": opened.rights.leader_token(), "query": now.to_query()}


@router.post("/{code}/join", summary="Join a class", responses=documented())
async def join(
    code: Annotated[str, Path(max_length=20)], request: Request, response: Response
) -> dict[str, Any]:
    """The class's room, and the right to vote (also as a cookie)."""
    found, token = await classes().join(code, address_of(request))
    held = request.cookies.get(cookie_of("follower", found.standing.room), "")
    token = held if held and _valid(found, held) else token
    _remember(response, "follower", found.standing.room, token)
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
        lab = changes.get("lab", found.standing.lab)
        minutes = changes.get("minutes", found.standing.minutes)
        changes["revealed"] = _needs_no_reveal(design(lab), changes["beat"], minutes)
    if changes.get("paused") == -1:
        changes["paused"] = None
    await found.change(**changes)
    return as_json(found.view("leader"))


def _needs_no_reveal(taught: Design, number: int, minutes: int) -> bool:
    """Whether nothing is asked at that beat, by itself or in a cut that leaves its question out."""
    lesson, cut = taught.lesson, taught.script.cut(minutes) if taught.script else None
    if lesson is None or not 0 < number <= len(lesson.beats):
        return True
    left_out = cut is not None and number in cut.beats and number not in cut.asks
    return lesson.beat(number).ask is None or left_out


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
    taught = design(found.standing.lab)
    beats = taught.lesson.beats if taught.lesson else ()
    return as_json([_note(taught, number, beat) for number, beat in enumerate(beats, start=1)])


def _note(taught: Design, number: int, beat: Beat) -> dict[str, Any]:
    script = taught.script
    return {
        "number": number,
        "script": asdict(script.lines[number - 1]) if script else None,
        "cuts": {
            one.minutes: {"asks": number in one.asks, "discusses": number in one.discusses}
            for one in (script.cuts if script else ())
            if number in one.beats
        },
        "title": beat.title,
        "say": beat.say,
        "html": to_html(beat.say),
        "minutes": beat.minutes,
        "spotlight": beat.spotlight,
        "does": in_words(taught, beat.do),
        "expect": beat.expect.text if beat.expect else "",
        "ask": asdict(beat.ask) if beat.ask else None,
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


def _remember(response: Response, role: Role, room: str, token: str) -> None:
    response.set_cookie(
        cookie_of(role, room), token, max_age=LIVES, httponly=True, samesite="strict", path="/"
    )
