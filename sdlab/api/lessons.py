"""Lessons of one's own over HTTP: begin with a lab's, have one checked, rehearse a step. None is kept here."""

from __future__ import annotations

import asyncio
from dataclasses import asdict
from typing import Annotated, Any

from fastapi import APIRouter, Path, Request, Response
from fastapi import Body as Content
from pydantic import Field

from sdlab import registry
from sdlab.api.control import MAX_NAME, Body, as_json
from sdlab.api.problems import documented
from sdlab.lab import NotFound
from sdlab.lab.prose import to_html
from sdlab.rooms.manager import room_manager
from sdlab.rooms.own_lessons import MOST_STEPS, OwnLesson, Step, read_lesson, taken_from
from sdlab.rooms.rehearsal import REHEARSALS
from sdlab.rooms.tour import in_words

LOOK_EVERY = 0.5  # seconds between two looks whether the caller still waits
GONE = 499  # nobody reads it: the caller has hung up

EXAMPLE = {
    "title": "Links, my way",
    "steps": [
        {"lab": "url-shortener", "beat": 2, "minutes": 3},
        {"lab": "url-shortener", "title": "Few bits", "say": "What is **lost**?", "restart": True},
    ],
}

LessonBody = Annotated[
    dict[str, Any], Content(examples=[EXAMPLE], description="a lesson of one's own, as its file has it")
]

router = APIRouter(prefix="/api/lessons", tags=["lessons"])


class Rehearse(Body):
    """Which step of which lesson; `step` is its place in the lesson, from 1, skipped ones counted."""

    lesson: dict[str, Any] = Field(examples=[EXAMPLE])
    step: int = Field(ge=1, le=MOST_STEPS, examples=[1])


@router.get("/of/{slug}", summary="A lab's lesson, to begin one's own with", responses=documented())
async def of_lab(
    slug: Annotated[str, Path(max_length=MAX_NAME, examples=["url-shortener"])],
) -> Response:
    """As a file that may be changed, with what each of its steps says."""
    lesson = taken_from(registry.design(slug).slug)
    if not lesson["steps"]:
        raise NotFound("this lab has no lesson")
    return as_json({"lesson": lesson, **_view(read_lesson(lesson))})


@router.post("/check", summary="Check a lesson of one's own", responses=documented())
async def check(body: LessonBody) -> Response:
    """What each step that is not skipped says and does; 422 with all `errors` when something is wrong."""
    return as_json(_view(read_lesson(body)))


@router.post("/rehearse", summary="Rehearse one step", responses=documented())
async def rehearse(body: Rehearse, request: Request) -> Response:
    """Plays it in a fresh room, which is removed, and says whether what it expects came true.

    One at a time; takes as long as the expectation may. Who hangs up stops it.
    """
    lesson = read_lesson(body.lesson)
    step = next(
        (one for one, place in zip(lesson.steps, lesson.places, strict=True) if place == body.step), None
    )
    if step is None:
        raise NotFound("there is no such step, or it is skipped")
    playing = asyncio.create_task(REHEARSALS.play(room_manager(), step), name="rehearsal")
    try:
        while not playing.done():
            await asyncio.wait({playing}, timeout=LOOK_EVERY)
            if not playing.done() and await request.is_disconnected():
                return Response(status_code=GONE)
    finally:
        playing.cancel()
        await asyncio.gather(playing, return_exceptions=True)
    return as_json(asdict(playing.result()))


def _view(lesson: OwnLesson) -> dict[str, Any]:
    return {
        "title": lesson.title,
        "minutes": sum(one.beat.minutes for one in lesson.steps),
        "steps": [
            {"step": place, **step_view(one)} for place, one in zip(lesson.places, lesson.steps, strict=True)
        ],
    }


def step_view(step: Step) -> dict[str, Any]:
    """What a step says and does, for whoever edits or teaches it."""
    beat, design = step.beat, registry.design(step.lab)
    return {
        "lab": step.lab,
        "lab_title": design.title,
        "beat": step.taken,
        "title": beat.title,
        "say": beat.say,
        "html": to_html(beat.say),
        "minutes": beat.minutes,
        "tab": beat.tab,
        "spotlight": beat.spotlight,
        "does": in_words(design, beat.do),
        "expect": beat.expect.text if beat.expect else "",
        "ask": asdict(beat.ask) if beat.ask else None,
        "predict": asdict(step.predict) if step.predict else None,
    }
