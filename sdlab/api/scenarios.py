"""Scenarios and comparisons over HTTP: set a room up, read how it is set up, hold variants side by side."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated, Any

from fastapi import APIRouter, Path, Response
from pydantic import BaseModel, ConfigDict, Field

from sdlab.api.control import MAX_CHANGES, MAX_NAME, Body, Lab, as_json
from sdlab.api.problems import documented
from sdlab.lab import Design
from sdlab.lab.scenario import (
    FEWEST_VARIANTS,
    LONGEST_COMPARISON,
    MOST_VARIANTS,
    SHORTEST_COMPARISON,
    Scenario,
    from_json,
)
from sdlab.lab.workload import MAX_SEED
from sdlab.rooms.compare import Comparison, Variant, comparisons, variants_of
from sdlab.rooms.manager import room_manager
from sdlab.rooms.play import apply, scenario_of
from sdlab.rooms.report import answered, as_csv, as_rows, figures_now, protected_claim, verdict

router = APIRouter(prefix="/api/labs/{slug}", tags=["scenarios"])


class ScenarioBody(BaseModel):
    """A scenario as data; what is unknown or bad in it is left out."""

    model_config = ConfigDict(extra="ignore")

    seed: Any = 1
    toggles: Any = None
    knobs: Any = None
    workload: Any = ""
    rate: Any = 0
    seconds: Any = 0
    faults: Any = ()
    tab: Any = "lab"
    beat: Any = 0


class VariantBody(Body):
    """Answers that differ from the defaults, under a name."""

    name: str = Field(min_length=1, max_length=MAX_NAME)
    toggles: dict[str, Annotated[str, Field(max_length=MAX_NAME)]] = Field({}, max_length=MAX_CHANGES)
    knobs: dict[str, int | float] = Field({}, max_length=MAX_CHANGES)


class CompareBody(Body):
    """Two to four variants, and what all of them get."""

    variants: list[VariantBody] = Field(min_length=FEWEST_VARIANTS, max_length=MOST_VARIANTS)
    workload: str = Field(max_length=MAX_NAME)
    rate: float | None = Field(None, gt=0, le=100_000)
    seed: int = Field(1, ge=0, le=MAX_SEED)
    seconds: float = Field(10, ge=SHORTEST_COMPARISON, le=LONGEST_COMPARISON)


@router.get("/scenario", summary="How this room is set up", responses=documented())
async def scenario(lab: Lab) -> Response:
    """Seed, answers, traffic and faults, as data and as the query of an address."""
    now = scenario_of(lab)
    return as_json({"scenario": now.to_json(), "query": now.to_query()})


@router.put("/scenario", summary="Set this room up", responses=documented())
async def set_scenario(lab: Lab, body: ScenarioBody) -> Response:
    """Makes the room what the scenario says; its data is removed. What is unknown is left out and told."""
    wanted, notices = from_json(lab.design, body.model_dump())
    notices += await apply(lab, wanted)
    return as_json({"scenario": wanted.to_json(), "query": wanted.to_query(), "notices": notices})


@router.post("/compare", summary="Compare variants", responses=documented())
async def compare(lab: Lab, body: CompareBody) -> Response:
    """The same seeded traffic through 2 to 4 variants, one after another, each in a room of its own."""
    traffic = lab.design.workload(body.workload)
    variants = [
        Variant(
            one.name,
            Scenario(
                lab=lab.design.slug,
                seed=body.seed,
                toggles=_answers(lab.design, one.toggles, {}),
                knobs=_answers(lab.design, {}, one.knobs),
                workload=traffic.id,
                rate=body.rate or traffic.rate,
            ),
        )
        for one in body.variants
    ]
    started = await comparisons().start(lab.room.id, variants, seconds=body.seconds)
    return as_json(_comparison_view(lab.design, started))


@router.post("/compare/{prepared}", summary="Run a prepared comparison", responses=documented())
async def compare_prepared(lab: Lab, prepared: Annotated[str, Path(max_length=MAX_NAME)]) -> Response:
    """One of the comparisons that the lab has prepared, with the traffic that tells its variants apart."""
    chosen = lab.design.comparison(prepared)
    started = await comparisons().start(
        lab.room.id, variants_of(chosen, lab.design), seconds=chosen.seconds, prepared=chosen.id
    )
    return as_json(_comparison_view(lab.design, started))


@router.get(
    "/compare",
    summary="The newest comparison",
    responses=documented() | {204: {"description": "Nothing was compared in this room yet"}},
)
async def comparison(lab: Lab) -> Response:
    """Its rooms while it runs, its table when it is done; 204 when nothing was compared yet."""
    found = comparisons().newest(lab.room.id, lab.design.slug)
    return as_json(_comparison_view(lab.design, found)) if found else Response(status_code=204)


@router.get(
    "/compare.csv",
    summary="As CSV",
    response_class=Response,
    responses={200: {"content": {"text/csv": {}}, "description": "a table"}, **documented()},
)
async def comparison_csv(lab: Lab) -> Response:
    """One row per figure, one column per variant."""
    found = comparisons().find(lab.room.id, lab.design.slug)
    headers = {"Content-Disposition": f'attachment; filename="{found.lab}-comparison.csv"'}
    answer = _answer(lab.design, found)
    return Response(as_csv(found.reports, answer=answer), media_type="text/csv", headers=headers)


@router.delete(
    "/compare",
    summary="Stop and forget",
    status_code=204,
    responses=documented(),
)
async def stop_comparison(lab: Lab) -> Response:
    await comparisons().stop(lab.room.id, lab.design.slug)
    return Response(status_code=204)


def _answers(design: Design, toggles: dict[str, str], knobs: dict[str, int | float]) -> dict[str, Any]:
    config = design.changed(design.config(), toggles, knobs)
    return {name: getattr(config, name) for name in (*toggles, *knobs)}


def _answer(design: Design, found: Comparison) -> str:
    """The figure that answers what is asked: as it was prepared, or the claim that the variants are about."""
    if found.prepared:
        return design.comparison(found.prepared).answer
    return protected_claim(design, found.reports)


def _verdict(design: Design, found: Comparison) -> str:
    if found.status != "done":
        return ""
    if found.prepared:
        return answered(design.comparison(found.prepared), found.reports)
    return verdict(found.reports, answer=_answer(design, found), busy=found.busy)


def _comparison_view(design: Design, found: Comparison) -> dict[str, Any]:
    answer = _answer(design, found)
    over = found.status in ("done", "void")
    return {
        "status": found.status,
        "prepared": found.prepared,
        "answer": answer,
        "problem": found.problem,
        "ahead": comparisons().ahead(found),
        "seconds": found.seconds,
        "now": room_manager().clock.time(),
        "busy": found.busy,
        "lag_ms": found.lag_ms,
        "variants": [_variant_view(found, number) for number in range(len(found.variants))],
        "rows": as_rows(found.reports, answer=answer, busy=found.busy) if over else [],
        "verdict": _verdict(design, found),
        "invariants": [[asdict(verdict) for verdict in one.invariants] for one in found.reports],
        "digest": found.reports[0].digest if found.reports else "",
    }


def _variant_view(found: Comparison, number: int) -> dict[str, Any]:
    one, turn = found.variants[number], len(found.reports)
    return {
        "name": one.name,
        "room": found.rooms[number],
        "scenario": one.scenario.to_json(),
        "query": one.scenario.to_query(),
        "state": "done" if number < turn else "running" if number < len(found.began) else "waiting",
        "began": found.began[number] if number < len(found.began) else 0.0,
        "figures": _figures(found, number),
    }


def _figures(found: Comparison, number: int) -> dict[str, float]:
    """What that variant measured, or has measured so far."""
    if number < len(found.reports):
        return {one.id: one.value for one in found.reports[number].figures}
    if number != len(found.reports) or found.playing is None:
        return {}
    seconds = room_manager().clock.time() - found.began[number]
    return {one.id: one.value for one in figures_now(found.playing, seconds=seconds)}
