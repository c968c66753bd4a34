"""What a class may be given as an exercise in a lab, how a fork for it is set up, and when it is reached.

All of it comes from what the lab says of itself: its claims and the switches that protect them, the faults
of its lesson, its missions. It is judged where the lab runs; a browser is asked nothing.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from sdlab.lab import Design, Invalid, LabError, Mission, NodeSpec, NotFound, TooMany
from sdlab.lab.scenario import Fault, Scenario
from sdlab.lab.toggle import Toggle, as_mapping
from sdlab.rooms.lab import RunningLab

Kind = Literal["break", "repair", "mission"]

FULL = 30.0  # requests per second, at least, of traffic as a lab plays it by itself
LEAST_RATE, PART_OF_RATE = 4.0, 1 / 8  # of traffic, with which what is unprotected breaks within a minute
HOLD_S = 20.0  # seconds for which all claims hold before what was broken counts as repaired
FAILING = 0.01  # share of requests that may fail while it does


@dataclass(frozen=True, slots=True)
class Task:
    """One thing that a class may be asked to reach in a lab.

    `subject` is the claim to be broken, the switch ("toggle") or the fault ("node:kind") to be repaired, or
    the mission. `about` says to the leader what students are to find out; `title` and `goal` do not.
    `rate` is how many operations per second a fork needs for it, and `load` what playing them costs, in
    requests per second: an operation of traffic that is rare by itself is many requests.
    """

    kind: Kind
    subject: str
    about: str
    title: str
    goal: str
    rate: float
    load: float


def tasks(design: Design) -> tuple[Task, ...]:
    """All that the lab offers: claims to break, answers and faults to repair, missions."""
    protected = dict.fromkeys(one.protects for one in _unprotecting(design))
    return (
        *(_breaking(design, claim) for claim in protected),
        *(_repairing(design, one) for one in _unprotecting(design) if one.traffic),
        *(_mending(design, fault) for fault in _faults(design)),
        *(_mission(design, one) for one in design.missions),
    )


def task_of(design: Design, kind: Kind, subject: str) -> Task:
    """The task of that name; `Invalid` when the lab has none."""
    for one in tasks(design):
        if (one.kind, one.subject) == (kind, subject):
            return one
    raise Invalid("this lab has no such exercise", field="subject")


def begins_as(design: Design, now: Scenario, task: Task) -> Any:
    """The config that a fork of a room in `now` begins with: protected but for what is to be repaired."""
    safe = {one.id: one.default for one in design.toggles if one.unprotected == now.toggles.get(one.id)}
    config = design.changed(design.config(), {**now.toggles, **safe}, now.knobs)
    broken = _toggle(design, task)
    if broken is None:
        return config
    return design.changed(config, {broken.id: broken.unprotected}, dict(broken.breaks_at))


async def set_up(lab: RunningLab, task: Task) -> None:
    """Faults and traffic of a fork that has just been opened, for the first time or again.

    Where the machine can play no more, the traffic is left to whoever works in the fork.
    """
    if task.kind != "repair":
        return
    for fault in _under(lab.design, task):
        try:
            await lab.engine.set_fault(fault.node, fault.kind, fault.value)
        except LabError:
            continue  # the part is not there under the answers that the fork has by now
    try:
        lab.start_workload(_workload(lab.design, task), rate=None, seed=lab.room.seed, seconds=0)
    except (TooMany, Invalid):
        lab.engine.context.say(
            "the traffic of the exercise could not begin: start it by hand", kind="workload"
        )


class Judge:
    """Looks at one fork about once a second; the lab begins anew after a restart, and so does the judgement."""

    def __init__(self, task: Task, config: Mapping[str, object]) -> None:
        self._task = task
        self._config = config  # that the fork began with
        self._engine: object = None
        self._violations = 0
        self._checked = 0
        self.since: float | None = None  # since when (monotonic) everything has been as it should be

    def away(self) -> None:
        """Nobody is at work in the fork: what was held is held no more."""
        self.since = None

    async def look(self, lab: RunningLab) -> bool:
        """Whether it is reached."""
        if lab.engine is not self._engine:
            self._engine, self._violations, self.since = lab.engine, 0, None
        if self._task.kind == "break":
            return lab.engine.monitors[self._task.subject].violations > 0
        if self._task.kind == "mission":
            return await self._mission(lab)
        return self._repaired(lab)

    async def _mission(self, lab: RunningLab) -> bool:
        view = next(one for one in (await lab.look()).missions if one.id == self._task.subject)
        now = lab.room.clock.monotonic()
        self.since = now - view.held if all(view.met) else None
        return view.reached

    def _repaired(self, lab: RunningLab) -> bool:
        now = lab.room.clock.monotonic()
        claims = list(lab.engine.monitors.values())
        violations = sum(one.violations for one in claims)
        rose, self._violations = violations > self._violations, violations
        if rose or not (_loaded(lab, self._task) and self._in_force(lab) and self._is_changed(lab)):
            self.since = None
            return False
        checked = self._checks(lab)
        if self.since is None:
            self.since, self._checked = now, checked
        return now - self.since >= HOLD_S and checked > self._checked

    def _in_force(self, lab: RunningLab) -> bool:
        """Whether that is still asked of the system which it was to withstand."""
        toggle = _toggle(lab.design, self._task)
        if toggle is None:
            traffic = lab.engine.traffic()
            return traffic.rate > 0 and traffic.errors <= FAILING * traffic.rate
        now = {(one.node, one.kind) for one in lab.engine.faults()}
        lasting = [one for one in _under(lab.design, self._task) if not _momentary(lab, one)]
        return lab.engine.monitors[toggle.protects].applies and all(
            (one.node, one.kind) in now for one in lasting
        )

    def _is_changed(self, lab: RunningLab) -> bool:
        """Whether something was done about it: what breaks seldom may hold for a while by itself."""
        if as_mapping(lab.engine.config) != self._config:
            return True
        mended = all(f"{one.node}:{one.kind}" != self._task.subject for one in lab.engine.faults())
        return mended and _toggle(lab.design, self._task) is None

    def _checks(self, lab: RunningLab) -> int:
        toggle = _toggle(lab.design, self._task)
        if toggle is not None:
            return lab.engine.monitors[toggle.protects].checked
        return sum(one.checked for one in lab.engine.monitors.values())


def _unprotecting(design: Design) -> list[Toggle]:
    """The switches with an answer that breaks a claim."""
    claims = {one.id for one in design.engine.claims}
    return [one for one in design.toggles if one.unprotected and one.protects in claims]


def _breaking(design: Design, claim: str) -> Task:
    said = next(one for one in design.engine.claims if one.id == claim)
    ways = [
        design.workload(one.traffic) for one in _unprotecting(design) if one.protects == claim and one.traffic
    ]
    usual = min((one.rate for one in ways), default=design.workloads[0].rate)
    goal = f"Break this claim: {said.text}."
    return Task("break", claim, said.name, said.name, goal, *_enough(usual))


def _repairing(design: Design, toggle: Toggle) -> Task:
    workload = design.workload(toggle.traffic)
    said = next(one for one in design.engine.claims if one.id == toggle.protects)
    goal = f"All claims hold for {HOLD_S:g} s while “{workload.label}” goes on. Now one is broken."
    about = f"{toggle.short} {toggle.option(toggle.unprotected).label}"
    return Task("repair", toggle.id, about, said.name, goal, *_enough(workload.rate))


def _mending(design: Design, fault: Fault) -> Task:
    node = _node(design, fault)
    label = next(one.label for one in node.faults if one.kind == fault.kind)
    workload = design.workloads[0]
    goal = f"All claims hold and hardly a request fails for {HOLD_S:g} s while “{workload.label}” goes on."
    about, title = f"{node.label}: {label}", "a part is not well"
    return Task("repair", f"{fault.node}:{fault.kind}", about, title, goal, *_enough(workload.rate))


def _mission(design: Design, mission: Mission) -> Task:
    workload = (
        design.workload(mission.solution.workload) if mission.solution.workload else design.workloads[0]
    )
    rate = mission.solution.rate or workload.rate
    load = _load(rate, workload.rate)
    return Task("mission", mission.id, mission.title, mission.title, mission.says, rate, load)


def _faults(design: Design) -> list[Fault]:
    """Those that the lesson sets and that stay, on parts that are there from the start."""
    beats = design.lesson.beats if design.lesson else ()
    found = {(one.node, one.kind): one for beat in beats for one in beat.do.faults}
    return [one for one in found.values() if _stays(design, one)]


def _stays(design: Design, fault: Fault) -> bool:
    try:
        node = _node(design, fault)
    except NotFound:
        return False
    return any(one.kind == fault.kind and not one.momentary for one in node.faults)


def _node(design: Design, fault: Fault) -> NodeSpec:
    for one in design.engine.plan(design.config()):
        if one.id == fault.node:
            return one
    raise NotFound(f"there is no {fault.node}")


def _toggle(design: Design, task: Task) -> Toggle | None:
    """The switch that is to be repaired; None for a fault, and for other kinds."""
    if task.kind != "repair" or ":" in task.subject:
        return None
    return design.toggle(task.subject)


def _under(design: Design, task: Task) -> list[Fault]:
    toggle = _toggle(design, task)
    if toggle is None:
        return [one for one in _faults(design) if f"{one.node}:{one.kind}" == task.subject]
    named = [one.split(":") for one in toggle.under]
    return [Fault(node, kind) for node, kind in named]


def _momentary(lab: RunningLab, fault: Fault) -> bool:
    node = lab.engine.nodes.get(fault.node)
    return node is None or node.fault_spec(fault.kind).momentary


def _workload(design: Design, task: Task) -> str:
    toggle = _toggle(design, task)
    return toggle.traffic if toggle else design.workloads[0].id


def _enough(usual: float) -> tuple[float, float]:
    """Rate and load with which a fork shows what traffic of that usual rate shows: many play at once."""
    rate = min(usual, max(LEAST_RATE, math.ceil(usual * PART_OF_RATE)))
    return rate, _load(rate, usual)


def _load(rate: float, usual: float) -> float:
    return max(rate, FULL * rate / usual)


def _loaded(lab: RunningLab, task: Task) -> bool:
    """Whether the traffic of the task plays, at no less than it began with."""
    runner = lab.runner.view()
    wanted = min(task.rate, lab.share or task.rate)
    return runner.running and runner.id == _workload(lab.design, task) and runner.rate >= wanted
