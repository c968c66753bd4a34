"""What a class is asked in the moment, and what it says by itself, over HTTP."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Path, Response
from pydantic import Field

from sdlab.api.classes import ClassOf, Right
from sdlab.api.control import Body
from sdlab.api.problems import documented
from sdlab.rooms.quick_polls import (
    MAX_NUMBER,
    MAX_OPTION,
    MAX_OPTIONS,
    MAX_QUESTION,
    MAX_SECONDS,
    MAX_WORDS,
)
from sdlab.rooms.voices import MAX_QUESTIONS, MAX_TEXT

router = APIRouter(prefix="/api/classes", tags=["classes"])

Asked = Annotated[int, Path(ge=1, le=MAX_QUESTIONS)]


class Question(Body):
    """A question of the moment. `seconds` is its countdown, 0 for none."""

    kind: Literal["options", "number", "words"]
    question: str = Field(min_length=1, max_length=MAX_QUESTION)
    options: list[Annotated[str, Field(max_length=MAX_OPTION)]] = Field([], max_length=MAX_OPTIONS)
    seconds: float = Field(0, ge=0, le=MAX_SECONDS)


class Again(Body):
    """The same question once more, with a countdown or without."""

    seconds: float = Field(0, ge=0, le=MAX_SECONDS)


class Answer(Body):
    """An option's number from 0, a number, or a word: as the question asks."""

    value: (
        Annotated[float, Field(strict=True, ge=-MAX_NUMBER, le=MAX_NUMBER)]
        | Annotated[str, Field(max_length=MAX_WORDS)]
    )


class Word(Body):
    word: str = Field(max_length=MAX_WORDS)


class Wondered(Body):
    text: str = Field(min_length=1, max_length=MAX_TEXT)


class On(Body):
    on: bool = True


class Moderated(Body):
    state: Literal["waiting", "shown", "done"]


REFUSED = documented(403, 409, 410)


@router.post("/{room}/question", summary="Ask the class", status_code=204, responses=REFUSED)
async def ask(found: ClassOf, body: Question, token: Right) -> Response:
    """A question by options, number or words, on every screen. Only with the right to lead."""
    found.rights.demand_leader(token)
    await found.ask(body.kind, body.question, tuple(body.options), seconds=body.seconds)
    return Response(status_code=204)


@router.post("/{room}/question/again", summary="Ask once more", status_code=204, responses=REFUSED)
async def again(found: ClassOf, body: Again, token: Right) -> Response:
    """The question on screen, of the moment or of the beat, is answered anew; the round before stays beside it."""
    found.rights.demand_leader(token)
    await found.ask_again(seconds=body.seconds)
    return Response(status_code=204)


@router.post("/{room}/question/close", summary="Show the answers", status_code=204, responses=REFUSED)
async def close(found: ClassOf, token: Right) -> Response:
    """No more answers; all see how the class answered."""
    found.rights.demand_leader(token)
    await found.close_question()
    return Response(status_code=204)


@router.delete(
    "/{room}/question", summary="Put the question away", status_code=204, responses=documented(403)
)
async def put_away(found: ClassOf, token: Right) -> Response:
    """It leaves the screens; its answers stay in the results."""
    found.rights.demand_leader(token)
    await found.put_question_away()
    return Response(status_code=204)


@router.post("/{room}/question/hide", summary="Hide a word", status_code=204, responses=REFUSED)
async def hide(found: ClassOf, body: Word, token: Right) -> Response:
    """That answered word is not shown to the class."""
    found.rights.demand_leader(token)
    await found.hide_word(body.word)
    return Response(status_code=204)


@router.post("/{room}/answer", summary="Answer", status_code=204, responses=REFUSED)
async def answer(found: ClassOf, body: Answer, token: Right) -> Response:
    """To the question of the moment; changeable until its answers are shown."""
    await found.answer(token, body.value)
    return Response(status_code=204)


@router.post("/{room}/questions", summary="Ask the teacher", status_code=204, responses=REFUSED)
async def wonder(found: ClassOf, body: Wondered, token: Right) -> Response:
    """A follower's question, without a name; the class sees it once the leader shows it."""
    await found.wonder(token, body.text)
    return Response(status_code=204)


@router.put("/{room}/questions/{id}/vote", summary="Want it answered too", status_code=204, responses=REFUSED)
async def second(found: ClassOf, id: Asked, body: On, token: Right) -> Response:
    """One vote for each follower."""
    await found.second(token, id, on=body.on)
    return Response(status_code=204)


@router.patch(
    "/{room}/questions/{id}", summary="Show or finish a question", status_code=204, responses=REFUSED
)
async def moderate(found: ClassOf, id: Asked, body: Moderated, token: Right) -> Response:
    """Only with the right to lead."""
    found.rights.demand_leader(token)
    await found.moderate(id, body.state)
    return Response(status_code=204)


@router.put("/{room}/signals/{signal}", summary="Say how it goes", status_code=204, responses=REFUSED)
async def signal(
    found: ClassOf, signal: Annotated[Literal["lost", "slower"], Path()], body: On, token: Right
) -> Response:
    """A follower is lost, or wants it slower; the leader sees how many."""
    found.signal(token, signal, on=body.on)
    return Response(status_code=204)
