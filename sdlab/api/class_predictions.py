"""Predictions of a class over HTTP: what its lab measures, asking for sketches, measuring, showing all of them."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated, Literal

from fastapi import APIRouter, Response
from pydantic import Field

from sdlab.api.classes import ClassOf, Right
from sdlab.api.control import Body, as_json
from sdlab.api.problems import documented
from sdlab.rooms.predictions import MAX_POINTS, MAX_VALUE
from sdlab.rooms.wanted_predictions import (
    LONGEST,
    MAX_CHANGE,
    MAX_FIGURE,
    SHORTEST,
    USUAL_SECONDS,
    Wanted,
)

router = APIRouter(prefix="/api/classes", tags=["classes"])

Number = Annotated[float, Field(strict=True, ge=-MAX_VALUE, le=MAX_VALUE)]


class Ask(Body):
    """Which figure, as a curve over the seconds of the run or as its value at the end."""

    figure: str = Field(min_length=1, max_length=MAX_FIGURE, description="as `GET …/figures` names it")
    kind: Literal["curve", "value"] = "curve"
    seconds: float = Field(USUAL_SECONDS, strict=True, ge=SHORTEST, le=LONGEST)
    change: str = Field("", max_length=MAX_CHANGE, description="what will be changed, in a sentence")
    low: Number | None = Field(None, description="least that is expected; left out: 0")
    high: Number | None = Field(None, description="most; left out: well above what was measured so far")


class Sketch(Body):
    """What is expected: 2 to 64 values of a curve, evenly spaced over the run, or one value; none takes it back."""

    values: list[Number] = Field(max_length=MAX_POINTS)


class Run(Body):
    """Whether the step of the beat, which waits for its reveal, is done as the run begins."""

    reveal: bool = Field(False, strict=True)


REFUSED = documented(403, 409, 410)


@router.get("/{room}/figures", summary="What may be predicted", responses=documented(403))
async def figures(found: ClassOf, token: Right) -> Response:
    """The figures that the lab of the class measures, as they stand. Only with the right to lead."""
    found.rights.demand_leader(token)
    return as_json({"lab": found.standing.lab, "figures": [asdict(one) for one in await found.figures()]})


@router.post("/{room}/prediction", summary="Ask for a prediction", responses=documented(403, 409, 410, 429))
async def ask(found: ClassOf, body: Ask, token: Right) -> Response:
    """All sketch how that figure will go; the one before leaves the screens. Only with the right to lead."""
    found.rights.demand_leader(token)
    wanted = Wanted(body.kind, body.seconds, body.change, body.low, body.high)
    await found.ask_prediction(body.figure, wanted)
    return as_json(found.view("leader"))


@router.get("/{room}/prediction", summary="What became of a prediction", responses=documented(403, 409))
async def outcome(found: ClassOf, token: Right) -> Response:
    """All sketches, whose they are unsaid, and what was measured: for the leader, and once it is shown for all."""
    role, name = found.rights.role_of(token)
    leads = role == "leader"
    return as_json(found.predictions.outcome(leads=leads, name="" if leads else name))


@router.put("/{room}/prediction/sketch", summary="Predict", status_code=204, responses=REFUSED)
async def sketch(found: ClassOf, body: Sketch, token: Right) -> Response:
    """One sketch for each follower; changeable until the run begins."""
    await found.sketch(token, body.values)
    return Response(status_code=204)


@router.post("/{room}/prediction/run", summary="Measure what was predicted", responses=REFUSED)
async def run(found: ClassOf, body: Run, token: Right) -> Response:
    """No more sketches; the figure is measured from now on. Again before it is shown: the run before is forgotten."""
    found.rights.demand_leader(token)
    await found.run_prediction(reveal=body.reveal)
    return as_json(found.view("leader"))


@router.delete("/{room}/prediction/run", summary="Break the run off", responses=REFUSED)
async def break_off(found: ClassOf, token: Right) -> Response:
    """What was measured so far is forgotten; it may be run again."""
    found.rights.demand_leader(token)
    await found.break_prediction_off()
    return as_json(found.view("leader"))


@router.post("/{room}/prediction/show", summary="Show all predictions", responses=REFUSED)
async def show(found: ClassOf, token: Right) -> Response:
    """All see all sketches over what was measured."""
    found.rights.demand_leader(token)
    await found.show_prediction()
    return as_json(found.view("leader"))


@router.delete("/{room}/prediction", summary="Put the prediction away", responses=documented(403))
async def put_away(found: ClassOf, token: Right) -> Response:
    """It leaves the screens: once it was shown it stays in the results, else it is forgotten."""
    found.rights.demand_leader(token)
    await found.put_prediction_away()
    return as_json(found.view("leader"))
