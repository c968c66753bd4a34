"""Every mission is well-formed, not reached by itself, and can be reached."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from sdlab.lab import Design
from sdlab.lab.lesson import Setting
from sdlab.lab.mission import check
from sdlab.lab.snapshot import MissionView
from sdlab.registry import designs
from sdlab.rooms.lab import RunningLab
from sdlab.rooms.tour import put

pytestmark = pytest.mark.virtual_time
ALL = pytest.mark.parametrize("design", designs(), ids=lambda design: design.slug)
MISSIONS = [
    pytest.param(design, one.id, id=f"{design.slug}-{one.id}")
    for design in designs()
    for one in design.missions
]
LOOK_EVERY = 0.5
UNDER_WAY = 15.0  # seconds until the goals are met, before they have to hold
A_MINUTE = 60.0


@ALL
def test_missions_are_well_formed(design: Design) -> None:
    assert check(design.missions) == []
    kinds = {toggle.id for toggle in design.toggles}
    for mission in design.missions:
        setting = Setting().after(mission.solution)
        assert design.changed(design.config(), setting.toggles, setting.knobs)
        assert setting.rate <= design.workload(setting.workload).maximum
        for goal in mission.goals:
            kind, _, name = goal.fact.partition(".")
            if goal.equals is not None and kind == "config":
                assert name in kinds
                assert design.changed(design.config(), {name: goal.equals}, {})
            if goal.fact == "workload.id":
                assert design.workload(str(goal.equals))


@ALL
async def test_nothing_is_reached_by_itself(make_lab: Callable, design: Design) -> None:
    lab = await make_lab(design)
    fresh = {view.id: view for view in (await lab.look(now=True)).missions}
    assert set(fresh) == {one.id for one in design.missions}
    for mission in design.missions:
        assert not all(fresh[mission.id].met), mission.title
        assert not fresh[mission.id].reached
    known = known_facts(lab)
    for mission in design.missions:
        unknown = [goal.fact for goal in mission.goals if goal.fact not in known]
        assert unknown == []


def known_facts(lab: RunningLab) -> set[str]:
    """Every name that a goal may use in this lab."""
    engine, found = lab.engine, {"workload.id", "workload.rate"}
    found |= {f"traffic.{name}" for name in ("rate", "p50", "p95", "p99", "total", "failed")}
    found |= {f"config.{one.id}" for one in (*lab.design.toggles, *lab.design.knobs)}
    found |= {f"{kind}.{claim.id}" for claim in engine.claims for kind in ("broken", "checked")}
    found |= {f"tally.{one.id}" for one in lab.tallies()}
    return found | {f"fault.{n.spec.id}.{f.kind}" for n in engine.nodes.values() for f in n.spec.faults}


@pytest.mark.parametrize(("design", "mission"), MISSIONS)
async def test_it_can_be_reached(make_lab: Callable, design: Design, mission: str) -> None:
    chosen = next(one for one in design.missions if one.id == mission)
    lab = await make_lab(design)
    began = lab.room.clock.monotonic()
    assert await put(lab, Setting().after(chosen.solution)) == []
    while not (now := await view_of(lab, mission)).reached:
        waited = lab.room.clock.monotonic() - began
        assert waited < UNDER_WAY + chosen.seconds, [
            (goal.text, found) for goal, found in zip(chosen.goals, now.measured, strict=True)
        ]
        await lab.room.clock.sleep(LOOK_EVERY)
    assert lab.room.clock.monotonic() - began < A_MINUTE
    await lab.stop_workload()


async def view_of(lab: RunningLab, mission: str) -> MissionView:
    """How far that mission is now."""
    return next(one for one in (await lab.look()).missions if one.id == mission)
