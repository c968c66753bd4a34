"""What measurements and faults ask of a server that was started for them (`SDLAB_BENCH`), and of no other.

Operations of a lab's traffic one by one, each answered once it is acknowledged; whether such an
answer is still honoured; a clock that can be put wrong.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Annotated, Any

from fastapi import APIRouter, Response
from pydantic import Field

from sdlab.api.control import MAX_NAME, Body, Lab, as_json
from sdlab.lab import Invalid, NotFound, Operation, SteppedClock, Workload
from sdlab.lab.workload import MAX_SEED
from sdlab.rooms.lab import RunningLab
from sdlab.rooms.manager import room_manager

OPERATIONS = 400  # of each seed; who wants more takes the next seed
MOST_ANSWERS = 200
FURTHEST = 10 * 365 * 86_400.0  # seconds

router = APIRouter(prefix="/api/bench", include_in_schema=False)


class Numbered(Body):
    """The operation of that number in the sequence of a workload and a seed."""

    workload: str = Field(max_length=MAX_NAME)
    seed: int = Field(ge=0, le=MAX_SEED)
    number: int = Field(ge=0, lt=OPERATIONS)


class Answers(Body):
    """What `perform` has answered."""

    answers: list[Any] = Field(max_length=MOST_ANSWERS)


class Step(Body):
    """How far the wall clock shall be ahead of the machine's, seconds; negative for behind."""

    ahead: Annotated[float, Field(ge=-FURTHEST, le=FURTHEST)]


@router.post("/labs/{slug}/perform")
async def perform(lab: Lab, asked: Numbered) -> Response:
    """What the lab's traffic is answered for that operation, once it is acknowledged."""
    operation = _operations(lab.design.workload(asked.workload), asked.seed)[asked.number]
    return as_json(await lab.traffic.perform(operation))


@lru_cache(maxsize=128)
def _operations(workload: Workload, seed: int) -> tuple[Operation, ...]:
    return tuple(workload.sequence(seed, OPERATIONS))


@router.post("/labs/{slug}/honours")
async def honours(lab: Lab, asked: Answers) -> Response:
    """For each answer, whether what it promised is still so."""
    return as_json([await _is_honoured(lab, one) for one in asked.answers])


async def _is_honoured(lab: RunningLab, answer: Any) -> bool:
    try:
        return await lab.traffic.honours(answer)
    except NotFound:
        return False


@router.post("/clock")
async def step_clock(step: Step) -> Response:
    """Put the clock that all rooms ask forward or back. Stores and processes of labs keep the machine's."""
    clock = room_manager().clock
    if not isinstance(clock, SteppedClock):
        raise Invalid("this server's clock is the machine's")
    clock.ahead = step.ahead
    return as_json({"ahead": clock.ahead})
