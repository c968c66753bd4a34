"""Sets a scenario up in a lab, and runs scenarios to their end without a browser."""

from __future__ import annotations

from dataclasses import replace

from sdlab.lab.lesson import Setting
from sdlab.lab.scenario import Fault, Notices, Scenario
from sdlab.lab.toggle import as_mapping
from sdlab.registry import design
from sdlab.rooms.lab import RunningLab
from sdlab.rooms.manager import RoomManager
from sdlab.rooms.report import Report, report
from sdlab.rooms.tour import put

HEADLESS_SECONDS = 10.0


async def apply(lab: RunningLab, scenario: Scenario) -> Notices:
    """Make the lab what the scenario says; its data is removed. Faults that do not fit become notices."""
    quiet = replace(_setting(scenario), workload="", faults=())
    await put(lab, quiet)
    await lab.restart(seed=scenario.seed)
    return await _begin(lab, scenario)


async def open_as(manager: RoomManager, room: str, scenario: Scenario) -> Notices:
    """Open the scenario's lab in an unused room: the engine starts once, as the scenario says."""
    chosen = design(scenario.lab)
    config = chosen.changed(chosen.config(), scenario.toggles, scenario.knobs)
    return await _begin(await manager.lab_as(room, scenario.lab, config=config, seed=scenario.seed), scenario)


async def _begin(lab: RunningLab, scenario: Scenario) -> Notices:
    notices = await put(lab, replace(_setting(scenario), workload=""))
    if scenario.workload:
        lab.start_workload(
            scenario.workload, rate=scenario.rate or None, seed=scenario.seed, seconds=scenario.seconds
        )
    return notices


async def restore(lab: RunningLab, scenario: Scenario) -> Notices:
    """Bring back answers, faults and traffic that a restart of the server ended; the data stays."""
    return await put(lab, _setting(scenario))


def _setting(scenario: Scenario) -> Setting:
    return Setting(
        toggles=scenario.toggles,
        knobs=scenario.knobs,
        workload=scenario.workload,
        rate=scenario.rate,
        faults=scenario.faults,
    )


def scenario_of(lab: RunningLab, *, tab: str = "lab", beat: int = 0) -> Scenario:
    """The scenario that would make a fresh room like this one, but for its data."""
    config, default = as_mapping(lab.engine.config), as_mapping(lab.design.config())
    traffic = lab.runner.view()
    return Scenario(
        lab=lab.design.slug,
        seed=lab.room.seed,
        toggles={one.id: config[one.id] for one in lab.design.toggles if config[one.id] != default[one.id]},
        knobs={one.id: config[one.id] for one in lab.design.knobs if config[one.id] != default[one.id]},
        workload=traffic.id if traffic.running else "",
        rate=traffic.rate if traffic.running else 0.0,
        faults=tuple(Fault(one.node, one.kind, one.value or None) for one in lab.engine.faults()),
        tab=tab,
        beat=beat,
    )


def same_setting(lab: RunningLab, scenario: Scenario) -> bool:
    """Whether the lab already is what the scenario says (position on the page does not matter)."""
    now = scenario_of(lab)
    wanted_rate = scenario.rate or (lab.design.workload(scenario.workload).rate if scenario.workload else 0.0)
    return (
        (now.seed, now.toggles, now.knobs) == (scenario.seed, scenario.toggles, scenario.knobs)
        and (now.workload, now.rate) == (scenario.workload, wanted_rate)
        and {(one.node, one.kind) for one in now.faults} == {(one.node, one.kind) for one in scenario.faults}
    )


async def run(manager: RoomManager, scenario: Scenario, *, name: str = "run") -> tuple[Report, Notices]:
    """Play a scenario to its end in a room of its own, which is removed afterwards."""
    seconds = scenario.seconds or HEADLESS_SECONDS
    room = manager.rooms.temporary_room()
    try:
        lab = await manager.lab(room, scenario.lab)
        timed = replace(scenario, seconds=seconds)
        notices = await apply(lab, timed)
        await lab.runner.wait()
        return await report(lab, timed, name=name, seconds=seconds), notices
    finally:
        await manager.remove(room)
