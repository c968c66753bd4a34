"""One control API for every lab, generated from its `DESIGN`: drive any lab without a browser."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Depends, Path, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from sdlab import registry
from sdlab.api.problems import documented
from sdlab.lab import Design
from sdlab.lab.trace import Trace, lines_around
from sdlab.lab.workload import MAX_SECONDS, MAX_SEED
from sdlab.parts.optional_packages import optional_packages
from sdlab.rooms.health import health_of
from sdlab.rooms.http import RoomOf, address_of
from sdlab.rooms.lab import RunningLab
from sdlab.rooms.manager import room_manager
from sdlab.settings import ROOT

MAX_CHANGES = 64
MAX_NAME = 64

router = APIRouter(prefix="/api")


class Body(BaseModel):
    """A request body: unknown fields are refused, and numbers that are none."""

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False)


class ConfigChange(Body):
    """Answers to change. Toggles take option ids, knobs take numbers."""

    toggles: dict[str, Annotated[str, Field(max_length=MAX_NAME)]] = Field({}, max_length=MAX_CHANGES)
    knobs: dict[str, int | float] = Field({}, max_length=MAX_CHANGES)


class WorkloadStart(Body):
    """Which traffic, how fast (per second), from which seed, for how long.

    0 seconds: until stopped, or until nobody has watched or called for a minute.
    """

    name: str = Field(max_length=MAX_NAME)
    rate: float | None = Field(None, gt=0, le=100_000)
    seed: int = Field(1, ge=0, le=MAX_SEED)
    seconds: float = Field(0, ge=0, le=MAX_SECONDS)


class FaultStart(Body):
    """What to do to which node. `value` is in the fault's unit, in its bounds; without it, its default."""

    node: str = Field(max_length=MAX_NAME)
    kind: str = Field(max_length=MAX_NAME)
    value: float | None = Field(None, ge=-1e9, le=1e9)


class FaultEnd(Body):
    """Which fault to undo; without a kind all of the node, without a node all of all nodes."""

    node: str | None = Field(None, max_length=MAX_NAME)
    kind: str | None = Field(None, max_length=MAX_NAME)


class Restart(Body):
    """Begin anew, with chance from this seed (or the one in force)."""

    seed: int | None = Field(None, ge=0, le=MAX_SEED)


async def design_of(slug: Annotated[str, Path(max_length=MAX_NAME, examples=["url-shortener"])]) -> Design:
    """The design that the path names; 404 when there is none."""
    return registry.design(slug)


async def running_lab(design: Annotated[Design, Depends(design_of)], room: RoomOf) -> RunningLab:
    """The lab that the path names, at work in the call's room."""
    return await room_manager().lab(room, design.slug)


Lab = Annotated[RunningLab, Depends(running_lab)]


def as_json(content: Any, *, status: int = 200) -> Response:
    """Plain data and frozen dataclasses, as JSON."""
    body = orjson.dumps(content, option=orjson.OPT_NON_STR_KEYS)
    return Response(body, status, media_type="application/json")


@router.get(
    "/health", tags=["server"], summary="Whether the server and its stores would keep what it is given"
)
async def health() -> Response:
    """Each store is asked to keep something. 503 when one does not: send no traffic here."""
    report = await health_of(room_manager()).report()
    return as_json(report, status=200 if report["status"] == "ok" else 503)


@router.get("/alive", tags=["server"], summary="Whether the process answers")
async def alive() -> dict[str, str]:
    """Says nothing of the stores: a process is not mended by another start when a store is gone."""
    return {"status": "alive"}


@router.post("/rooms", tags=["rooms"], summary="Make a private room", responses=documented())
async def make_room(request: Request) -> dict[str, str]:
    """An unguessable id; pass it as `?room=` or in `X-SDLab-Room`."""
    return {"room": await room_manager().rooms.new_room(address_of(request))}


@router.get("/labs", tags=["labs"], summary="All labs")
async def labs() -> list[dict[str, Any]]:
    return [_headline(design) for design in registry.designs()]


@router.get("/labs/{slug}", tags=["labs"], summary="What a lab offers", responses=documented())
async def describe(design: Annotated[Design, Depends(design_of)]) -> dict[str, Any]:
    """Toggles, knobs, workloads, the nodes of the default configuration with their faults, invariants."""
    return {
        **_headline(design),
        "toggles": [asdict(toggle) for toggle in design.toggles],
        "knobs": [asdict(knob) for knob in design.knobs],
        "workloads": [
            {"id": one.id, "label": one.label, "does": one.does, "rate": one.rate, "maximum": one.maximum}
            for one in design.workloads
        ],
        "nodes": [asdict(spec) for spec in design.engine.plan(design.config())],
        "invariants": [asdict(claim) for claim in design.engine.claims],
    }


@router.get(
    "/labs/{slug}/packages",
    tags=["labs"],
    summary="Large packages that this lab needs, and how far they are fetched",
    responses=documented(),
)
async def packages(design: Annotated[Design, Depends(design_of)]) -> list[dict[str, Any]]:
    """Each is `ready`, `missing`, `fetching` (its `share`, 0 to 1) or `failed` (`why`). Who opens the lab fetches them."""
    ours = optional_packages()
    return [
        {"name": one.name, "title": one.title, "megabytes": one.megabytes, **asdict(ours.status(one))}
        for one in design.needs
    ]


def _headline(design: Design) -> dict[str, Any]:
    return {
        "slug": design.slug,
        "number": design.number,
        "title": design.title,
        "group": design.group,
        "problem": design.problem,
        "question": design.question,
    }


@router.get("/labs/{slug}/snapshot", tags=["labs"], summary="The inside, now", responses=documented())
async def snapshot(lab: Lab) -> Response:
    """The frame that a viewer would get now: sequence number, time, snapshot, events."""
    await lab.engine.refresh_looks(now=True)
    return as_json(lab.frame())


@router.patch(
    "/labs/{slug}/config", tags=["labs"], summary="Change approaches and numbers", responses=documented()
)
async def configure(lab: Lab, change: ConfigChange) -> dict[str, Any]:
    """Applies to the running system within a second and loses no data. One bad value changes nothing."""
    return {"config": await lab.configure(toggles=change.toggles, knobs=change.knobs)}


@router.post("/labs/{slug}/workload", tags=["labs"], summary="Start traffic", responses=documented())
async def start_workload(lab: Lab, start: WorkloadStart) -> Response:
    """Plays a seeded sequence of operations, open-loop. What was playing stops."""
    lab.start_workload(start.name, rate=start.rate, seed=start.seed, seconds=start.seconds)
    return as_json(lab.runner.view())


@router.delete("/labs/{slug}/workload", tags=["labs"], summary="Stop traffic", responses=documented())
async def stop_workload(lab: Lab) -> Response:
    await lab.stop_workload()
    return as_json(lab.runner.view())


@router.post("/labs/{slug}/faults", tags=["labs"], summary="Do something to a node", responses=documented())
async def start_fault(lab: Lab, fault: FaultStart) -> Response:
    await lab.engine.set_fault(fault.node, fault.kind, fault.value)
    return as_json({"faults": lab.engine.faults()})


@router.delete("/labs/{slug}/faults", tags=["labs"], summary="Undo faults", responses=documented())
async def end_fault(lab: Lab, fault: FaultEnd | None = None) -> Response:
    wanted = fault or FaultEnd(node=None, kind=None)
    await lab.engine.clear_fault(wanted.node, wanted.kind)
    return as_json({"faults": lab.engine.faults()})


@router.get(
    "/labs/{slug}/invariants",
    tags=["labs"],
    summary="What must hold, and whether it does",
    responses=documented(),
)
async def invariants(lab: Lab) -> Response:
    """Each claim with what was checked, how often it broke, and the smallest evidence."""
    return as_json(lab.invariants())


@router.get(
    "/labs/{slug}/debrief",
    tags=["labs"],
    summary="What the last run of traffic did",
    responses=documented() | {204: {"description": "No run is over yet"}},
)
async def debrief(lab: Lab) -> Response:
    """Requests, hottest parts, refusals by reason, broken claims and high-water marks, as data and as text."""
    lab.snapshot()
    found = lab.runs.debrief()
    return as_json(found.to_json()) if found else Response(status_code=204)


@router.post("/labs/{slug}/restart", tags=["labs"], summary="Begin anew", responses=documented())
async def restart(lab: Lab, body: Restart | None = None) -> Response:
    """All data of this lab in this room is removed; the configuration stays."""
    await lab.restart(seed=body.seed if body else None)
    return as_json({"seed": lab.room.seed})


@router.get(
    "/labs/{slug}/traces/{trace_id}", tags=["labs"], summary="What one request did", responses=documented()
)
async def trace(lab: Lab, trace_id: Annotated[str, Path(max_length=MAX_NAME)]) -> Response:
    """Its hops and its decisions, each with the lines of the running source that called or decided."""
    return as_json(_trace_view(await lab.trace(trace_id)))


def _trace_view(found: Trace) -> dict[str, Any]:
    return {
        "id": found.id,
        "title": found.title,
        "by": found.by,
        "outcome": found.outcome,
        "sentence": found.sentence,
        "ms": round(found.ms, 3),
        "hops": [
            asdict(one) | {"file": _shown(one.file), "lines": lines_around(one.file, one.line)}
            for one in found.hops
        ],
        "decisions": [
            {
                "text": one.text,
                "at": round(one.at, 3),
                "file": _shown(one.file),
                "line": one.line,
                "source": lines_around(one.file, one.line),
            }
            for one in found.decisions
        ],
    }


def _shown(file: str) -> str:
    return file.removeprefix(f"{ROOT}/")
