"""Exercises of a class over HTTP: what its lab offers, beginning one, showing a fork to all, ending it."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Response
from pydantic import Field

from sdlab import registry
from sdlab.api.classes import ClassOf, Right
from sdlab.api.control import MAX_NAME, Body, as_json
from sdlab.api.problems import documented
from sdlab.lab import Gone
from sdlab.rooms.exercise_tasks import tasks
from sdlab.rooms.exercises import LONGEST, MAX_FORKS, MAX_GROUP, SHORTEST

router = APIRouter(prefix="/api/classes", tags=["classes"])

Number = Annotated[int, Field(strict=True, ge=0, le=MAX_FORKS)]


class Begin(Body):
    """What to reach, in which time, and how many students share a fork."""

    kind: Literal["break", "repair", "mission"]
    subject: str = Field(min_length=1, max_length=MAX_NAME, description="as `GET …/exercises` names it")
    seconds: float = Field(300, strict=True, ge=SHORTEST, le=LONGEST)
    group: int = Field(1, strict=True, ge=1, le=MAX_GROUP)


class Change(Body):
    """What is other from now on; what is left out stays."""

    shown: Number | None = Field(None, description="the fork that all see; 0 for each their own again")
    more: float | None = Field(None, strict=True, gt=0, le=LONGEST, description="seconds that are added")


REFUSED = documented(403, 409, 410, 429)


@router.get("/{room}/exercises", summary="What a class may be given to do", responses=documented(403))
async def offered(found: ClassOf, token: Right) -> Response:
    """The tasks of the lab where the class stands, with how many forks fit on this server for each."""
    found.rights.demand_leader(token)
    design = registry.design(found.standing.lab)
    offers: list[dict[str, Any]] = [
        {**asdict(one), "forks": found.exercises.room_for(design.slug, one.load)} for one in tasks(design)
    ]
    return as_json({"lab": design.slug, "tasks": offers, "done": found.exercises.report("")})


@router.post("/{room}/exercise", summary="Begin an exercise", responses=REFUSED)
async def begin(found: ClassOf, body: Begin, token: Right) -> Response:
    """Every student's page goes to a fork of the class's room, where they may do everything.

    Beyond the forks that fit, students share them. Only with the right to lead.
    """
    found.rights.demand_leader(token)
    await found.set_exercise(body.kind, body.subject, seconds=body.seconds, group=body.group)
    return as_json(found.view("leader"))


@router.patch("/{room}/exercise", summary="Show a fork, give more time", responses=REFUSED)
async def change(found: ClassOf, body: Change, token: Right) -> Response:
    """All look at that fork, read-only but for whom it belongs to; or go on in their own."""
    found.rights.demand_leader(token)
    if found.standing.ended:
        raise Gone("this class has ended")
    if body.more is not None:
        await found.exercises.prolong(body.more)
    if body.shown is not None:
        await found.exercises.show(body.shown)
    return as_json(found.view("leader"))


@router.delete("/{room}/exercise", summary="End an exercise", responses=documented(403))
async def end(found: ClassOf, token: Right) -> Response:
    """All go back to the class's room; the forks are closed, the outcome stays with the results."""
    found.rights.demand_leader(token)
    await found.exercises.end()
    return as_json(found.view("leader"))
