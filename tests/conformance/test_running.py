"""Every lab runs: each approach, traffic and fault; claims hold with the protections and break without."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import asdict
from itertools import combinations

import orjson
import pytest

from sdlab.lab import Design, EvidenceView, Invalid, NotFound
from sdlab.lab.invariant import UNKNOWN
from sdlab.lab.node import Edges
from sdlab.registry import designs
from sdlab.rooms.lab import MAX_FRAME, RunningLab
from sdlab.rooms.manager import RoomManager
from sdlab.stores.sql import owned_tables
from tests.conformance.test_samples import on_screen
from tests.conformance.watching import held

pytestmark = pytest.mark.virtual_time
ALL = pytest.mark.parametrize("design", designs(), ids=lambda design: design.slug)
SECONDS = 2.0  # of traffic
BRIEF = 0.25
RATE = 40.0
BREAKS_WITHIN = 16.0
LOOK_EVERY = 0.25
FLAT: set[str] = set()
VOLATILE = ("uptime", "traffic", "config", "missions")


def cases(kind: str) -> list:
    """One case per (design, thing of that kind)."""
    found = []
    for design in designs():
        for one in {
            "workload": [(w.id,) for w in design.workloads],
            "protection": [(t.id,) for t in design.toggles if t.protects],
        }[kind]:
            found.append(pytest.param(design, *one, id="-".join([design.slug, *map(str, one)])))
    return found


async def play(
    lab: RunningLab, workload: str = "", *, rate: float | None = None, seconds: float = SECONDS
) -> None:
    name = workload or lab.design.workloads[0].id
    lab.start_workload(name, rate=rate, seed=11, seconds=seconds)
    await lab.runner.wait()


def picture(lab: RunningLab) -> dict:
    whole = orjson.loads(orjson.dumps(lab.snapshot()))
    return {name: value for name, value in whole.items() if name not in VOLATILE}


def unplanned(lab: RunningLab) -> set[tuple[str, str]]:
    """Calls between parts of now of which the path would not have drawn the arrow before they were made.

    Parts of one kind may hand over to each other: that is a move, and no way that requests take.
    """
    kinds = {node.id: node.spec.kind for node in lab.engine.nodes.values()} | {"visitor": "visitor"}
    planned = {(edge.source, edge.target) for edge in Edges().views({*kinds}, lab.engine.flows)}
    used = {(edge.source, edge.target) for edge in lab.snapshot().edges}
    return {pair for pair in used - planned if kinds[pair[0]] != kinds[pair[1]]}


def no_crash(lab: RunningLab) -> None:
    crashes = [event.text for event in lab.engine.feed.newest(200) if event.kind == "crash"]
    assert crashes == []


@ALL
async def test_every_option_acts_on_the_running_system(
    make_lab: Callable, subtests: pytest.Subtests, design: Design
) -> None:
    lab = await make_lab(design)
    await play(lab, rate=RATE, seconds=BRIEF)
    for toggle in design.toggles:
        for option in toggle.options:
            if option.id == toggle.default:
                continue
            with subtests.test(toggle=toggle.id, option=option.id):
                before = picture(lab)
                await lab.configure(toggles={toggle.id: option.id}, knobs={})
                await play(lab, rate=RATE, seconds=BRIEF)
                assert lab.snapshot().config[toggle.id] == option.id
                assert picture(lab) != before
                assert lab.runner.issued > 0
                assert unplanned(lab) == set()
                no_crash(lab)
        await lab.configure(toggles={toggle.id: toggle.default}, knobs={})


@ALL
async def test_every_knob_may_go_to_its_ends(
    make_lab: Callable, subtests: pytest.Subtests, design: Design
) -> None:
    lab = await make_lab(design)
    await play(lab, rate=RATE, seconds=BRIEF)
    for knob in design.knobs:
        for edge in (knob.minimum, knob.maximum):
            with subtests.test(knob=knob.id, edge=edge):
                await lab.configure(toggles={}, knobs={knob.id: edge})
                await play(lab, rate=RATE, seconds=BRIEF)
                assert lab.snapshot().config[knob.id] == edge
                no_crash(lab)
        await lab.configure(toggles={}, knobs={knob.id: knob.default})


@pytest.mark.parametrize(("design", "workload"), cases("workload"))
async def test_every_workload_is_about_what_is_on_the_screen_and_claims_hold_with_the_defaults(
    make_lab: Callable, design: Design, workload: str
) -> None:
    lab = await make_lab(design)
    lab.fresh = True
    lab.begin_sample()
    await lab.room.clock.sleep(1)
    await lab.sample.end()
    before, seen = picture(lab), await on_screen(lab)
    for _ in range(3):  # among many, the one on the screen is not always among the first
        await play(lab, workload)
        if design.workload(workload).elsewhere or await on_screen(lab) != seen:
            break
    assert design.workload(workload).elsewhere or await on_screen(lab) != seen
    assert picture(lab) != before
    assert {one.id: one.violations for one in lab.invariants()} == {one.id: 0 for one in lab.invariants()}
    assert sum(one.checked for one in lab.invariants()) > 0
    no_crash(lab)


@ALL
async def test_every_fault_shows_and_can_be_undone(
    make_lab: Callable, subtests: pytest.Subtests, design: Design
) -> None:
    lab = await make_lab(design)
    await play(lab, rate=RATE, seconds=BRIEF)
    for node in design.engine.plan(design.config()):
        for fault in node.faults:
            with subtests.test(node=node.id, fault=fault.kind):
                before = picture(lab)
                await lab.engine.set_fault(node.id, fault.kind)
                await play(lab, rate=RATE, seconds=BRIEF)
                assert picture(lab) != before
                await lab.engine.clear_fault()
                await play(lab, rate=RATE, seconds=BRIEF)
                assert lab.engine.faults() == ()
                assert {view.state for view in lab.snapshot().nodes} == {"up"}
                no_crash(lab)


@pytest.mark.parametrize(("design", "toggle"), cases("protection"))
async def test_without_its_protection_a_claim_breaks_and_the_evidence_shows_it(
    make_lab: Callable, design: Design, toggle: str
) -> None:
    chosen = design.toggle(toggle)
    lab = await make_lab(design)
    await lab.provoke(toggle)
    assert lab.snapshot().config[toggle] == chosen.unprotected
    for _ in range(round(BREAKS_WITHIN / LOOK_EVERY)):
        await lab.room.clock.sleep(LOOK_EVERY)
        verdict = next(one for one in lab.invariants() if one.id == chosen.protects)
        if verdict.violations:
            break
    await lab.stop_workload()
    assert verdict.violations > 0
    assert len(verdict.evidence) >= 2
    assert all(step.text and step.actor for step in verdict.evidence)
    assert unexplained(verdict.evidence) == ""
    no_crash(lab)
    held(flat(verdict.evidence), f"{design.slug}-{toggle}", FLAT)


def unexplained(evidence: Sequence[EvidenceView]) -> str:
    """What keeps steps from telling why: a protection was taken away, so that nobody may say that they do not know."""
    causes = [step.text for step in evidence if step.kind == "cause"]
    if UNKNOWN in causes:
        return "the cause is said not to be known"
    return "" if causes or overlapping(evidence) else "no fault, no death, no overlap, no setting"


def overlapping(evidence: Sequence[EvidenceView]) -> bool:
    """Whether two actors were at something at the same time."""
    spans = [(step.t, max(step.t, step.end), step.actor) for step in evidence if step.end > step.t]
    return any(a[2] != b[2] and a[0] < b[1] and b[0] < a[1] for a, b in combinations(spans, 2))


def flat(evidence: Sequence[EvidenceView]) -> list[str]:
    """What keeps steps from being a history in time: of two actors at least, or of a cause and its effect."""
    problems = []
    if len({step.actor for step in evidence}) < 2 and not any(step.kind == "cause" for step in evidence):
        problems.append("one lane and no cause")
    if not any(step.kind in ("read", "write") for step in evidence):
        problems.append("nothing is read or written")
    if len({moment for step in evidence for moment in (step.t, step.end or step.t)}) < 2:
        problems.append("all at one moment")
    return problems


@ALL
async def test_the_same_seed_gives_the_same_operations(design: Design) -> None:
    for workload in design.workloads:
        assert workload.digest(5) == workload.digest(5)
        assert workload.digest(5) != workload.digest(6)


@ALL
async def test_a_restart_begins_anew_with_the_seed(make_lab: Callable, design: Design) -> None:
    lab = await make_lab(design)
    fresh, opened_with = picture(lab), await lab.room.sql.rows(lab.room.id)
    await play(lab, rate=RATE, seconds=1)
    await lab.restart(seed=11)
    again = picture(lab)
    for name in ("invariants", "faults"):
        assert again[name] == fresh[name]
    assert lab.snapshot().traffic.total == 0
    tables = owned_tables(design.slug)
    counted = await lab.room.sql.rows(lab.room.id)
    assert tables
    assert counted <= opened_with + len(tables) * 64  # another seed may prepare a little more


@ALL
async def test_after_all_traffic_the_frame_is_small_and_every_claim_was_checked(
    make_lab: Callable, design: Design
) -> None:
    lab = await make_lab(design)
    for workload in design.workloads:
        await play(lab, workload.id, seconds=2)
    await lab.room.clock.sleep(3)
    assert {one.id for one in lab.invariants() if one.applies and not one.checked} == set()
    payload = lab.serialise()
    assert len(payload) < MAX_FRAME
    frame = orjson.loads(payload)
    assert set(frame) == {"seq", "t", "snapshot", "events"}
    with pytest.raises(AttributeError):
        lab.snapshot().seed = 3  # type: ignore[misc]
    assert "list" not in {type(value).__name__ for value in asdict(lab.frame())["snapshot"].values()}


@ALL
async def test_rooms_never_see_each_other(make_lab: Callable, manager: RoomManager, design: Design) -> None:
    busy, quiet = await make_lab(design), await make_lab(design)
    rows = await manager.rows(quiet.room.id)
    before = picture(quiet)
    for workload in design.workloads:
        await play(busy, workload.id, rate=RATE, seconds=BRIEF)
    after = picture(quiet)
    assert after["invariants"] == before["invariants"]
    assert [(n["id"], n["calls"]) for n in after["nodes"]] == [(n["id"], n["calls"]) for n in before["nodes"]]
    assert await manager.rows(quiet.room.id) == rows
    assert quiet.snapshot().traffic.total == 0


@ALL
async def test_an_engine_that_closes_leaves_no_task_behind(
    make_lab: Callable, manager: RoomManager, design: Design
) -> None:
    before = asyncio.all_tasks()
    lab = await make_lab(design)
    lab.start_workload(design.workloads[0].id, rate=RATE, seed=1, seconds=0)
    lab.frames.join()
    await lab.frames.next_payload()
    lab.frames.leave()
    await manager.remove(lab.room.id)
    await asyncio.sleep(0)
    assert [task.get_name() for task in asyncio.all_tasks() - before] == []


@ALL
async def test_nonsense_is_refused_and_changes_nothing(make_lab: Callable, design: Design) -> None:
    lab = await make_lab(design)
    config = lab.engine.config
    for toggles, knobs in (
        ({"x": "y"}, {}),
        ({design.toggles[0].id: "y"}, {}),
        ({}, {design.knobs[0].id: -1e12}),
    ):
        with pytest.raises(Invalid):
            await lab.configure(toggles=toggles, knobs=knobs)
    with pytest.raises(NotFound):
        lab.start_workload("nothing", rate=None, seed=1, seconds=1)
    with pytest.raises(NotFound):
        await lab.engine.set_fault("nobody", "down")
    assert lab.engine.config == config
    assert not lab.runner.running
