"""Plays the beats of a lesson in a running lab: for one visitor, for a class, or without anybody."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Literal

from sdlab.lab import Design, LabError
from sdlab.lab.lesson import Beat, Do, Expect, Lesson, Setting
from sdlab.lab.scenario import Notices
from sdlab.rooms.lab import RunningLab

LOOK_EVERY = 0.1
LOOK_LATE_EVERY = 0.5
LATE_S = 60.0  # how long what was not seen in time is still looked for
REHEARSAL_PATIENCE = 8.0

Verdict = Literal["watching", "true", "missed", "late"]


async def go_to(lab: RunningLab, lesson: Lesson, number: int, *, revealed: bool = True) -> Notices:
    """Set the lab up as it stands at beat `number` (from 1), whichever way one came; then do its verbs.

    A beat that asks is set up without its own step until it is `revealed`.
    """
    beat = lesson.beat(number)
    if beat.do.restart and revealed:
        await lab.stop_workload()
        await lab.restart(seed=None)
    notices = await put(lab, lesson.setting(number, revealed=revealed))
    if revealed:
        notices += await _perform(lab, beat)
    return notices


async def put(lab: RunningLab, setting: Setting) -> Notices:
    """Make the answers, faults and traffic what the setting says; the data stays."""
    config = lab.design.changed(lab.design.config(), setting.toggles, setting.knobs)
    await lab.configure(
        toggles={one.id: getattr(config, one.id) for one in lab.design.toggles},
        knobs={one.id: getattr(config, one.id) for one in lab.design.knobs},
    )
    notices = await _faults(lab, setting)
    await _traffic(lab, setting)
    return notices


async def _faults(lab: RunningLab, setting: Setting) -> Notices:
    wanted = {(one.node, one.kind) for one in setting.faults}
    now = {(one.node, one.kind) for one in lab.engine.faults()}
    for node, kind in now - wanted:
        await lab.engine.clear_fault(node, kind)
    notices: Notices = []
    for fault in setting.faults:
        if (fault.node, fault.kind) not in now:
            try:
                await lab.engine.set_fault(fault.node, fault.kind, fault.value)
            except LabError as error:
                notices.append(f"fault {fault}: {error.detail}, ignored")
    return notices


async def _traffic(lab: RunningLab, setting: Setting) -> None:
    now = lab.runner.view()
    wanted_rate = setting.rate or (lab.design.workload(setting.workload).rate if setting.workload else 0.0)
    if (now.id if now.running else "", now.rate if now.running else 0.0) == (setting.workload, wanted_rate):
        return
    if setting.workload:
        lab.start_workload(setting.workload, rate=wanted_rate, seed=lab.room.seed, seconds=0)
    else:
        await lab.stop_workload()


async def _perform(lab: RunningLab, beat: Beat) -> Notices:
    notices: Notices = []
    for operation in beat.do.verbs:
        try:
            await lab.traffic.perform(operation)
        except LabError as error:
            notices.append(f"{operation.verb}: {error.detail}")
    return notices


async def comes_true(lab: RunningLab, expect: Expect, *, patience: float = 1.0) -> bool:
    """Whether the expectation holds within its time, times `patience`; looks ten times a second."""
    clock = lab.room.clock
    until = clock.monotonic() + expect.seconds * patience
    while not expect.holds(await lab.look()):
        if clock.monotonic() >= until:
            return False
        await clock.sleep(LOOK_EVERY)
    return True


async def verdicts(lab: RunningLab, expect: Expect) -> AsyncIterator[Verdict]:
    """What is to be said of an expectation after each look, until it is known.

    On a machine that is slow or busy for others, what is promised comes later. It is `missed` when its
    time is over, and `late` when it shows within `LATE_S` after that.
    """
    clock = lab.room.clock
    until = clock.monotonic() + expect.seconds
    said: Verdict = "watching"
    while not expect.holds(await lab.look()):
        now = clock.monotonic()
        if now >= until + LATE_S:
            return
        said = "watching" if now < until else "missed"
        yield said
        await clock.sleep(LOOK_EVERY if said == "watching" else LOOK_LATE_EVERY)
    yield "true" if said == "watching" else "late"


async def rehearse(lab: RunningLab, lesson: Lesson) -> list[str]:
    """The whole lesson without anybody: what did not come true, in words.

    Nobody waits for it, and the machine may be busy with many lessons: each beat has more time.
    """
    failed: list[str] = []
    for number, beat in enumerate(lesson.beats, start=1):
        failed += [f"beat {number}: {notice}" for notice in await go_to(lab, lesson, number)]
        if beat.expect and not await comes_true(lab, beat.expect, patience=REHEARSAL_PATIENCE):
            failed.append(f"beat {number}, {beat.title}: {beat.expect.text} did not come true")
    return failed


def in_words(design: Design, do: Do) -> list[str]:
    """What a beat changes, for whoever is about to play it."""
    said = ["begins with no data"] if do.restart else []
    said += ["faults are undone"] if do.mend else []
    for toggle in design.toggles:
        if toggle.id in do.toggles:
            option = next(one for one in toggle.options if one.id == do.toggles[toggle.id])
            said.append(f"{toggle.question} {option.label}")
    said += [
        f"{knob.label}: {do.knobs[knob.id]:g} {knob.unit}".strip()
        for knob in design.knobs
        if knob.id in do.knobs
    ]
    said += _traffic_in_words(design, do)
    said += [f"fault: {fault}" for fault in do.faults]
    said += [f"{operation.actor} does: {operation.verb}" for operation in do.verbs]
    return [*said, "pauses"] if do.pause else said


def _traffic_in_words(design: Design, do: Do) -> list[str]:
    if do.workload is None:
        return []
    if not do.workload:
        return ["no traffic"]
    workload = design.workload(do.workload)
    return [f"traffic: {workload.label}, {do.rate or workload.rate:g}/s"]
