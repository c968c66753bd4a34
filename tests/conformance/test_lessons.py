"""Every lesson is well-formed and comes true without anybody at the keyboard, each beat by its own step."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest

from sdlab.lab import Design
from sdlab.lab.lesson import Do, Expect, Lesson, check
from sdlab.lab.snapshot import FaultView, LabSnapshot
from sdlab.lab.toggle import as_mapping
from sdlab.registry import designs
from sdlab.rooms.lab import RunningLab
from sdlab.rooms.tour import REHEARSAL_PATIENCE, comes_true, go_to

pytestmark = pytest.mark.virtual_time
ALL = pytest.mark.parametrize("design", designs(), ids=lambda design: design.slug)
WITHOUT = 1 / 3  # of the time that a beat has, in which it is to stay untrue without what it is about


@ALL
def test_a_lesson_is_well_formed(design: Design) -> None:
    assert design.lesson is not None
    assert check(design.lesson) == []
    assert sum(beat.ask is not None for beat in design.lesson.beats) >= 2
    assert sum(beat.expect is not None for beat in design.lesson.beats) >= len(design.lesson.beats) - 1
    assert 8 <= design.lesson.minutes <= 30


@ALL
def test_a_lesson_sets_only_what_the_lab_has(design: Design) -> None:
    assert design.lesson is not None
    for number in range(1, len(design.lesson.beats) + 1):
        setting = design.lesson.setting(number)
        assert design.changed(design.config(), setting.toggles, setting.knobs)
        if setting.workload:
            assert setting.rate <= design.workload(setting.workload).maximum


@ALL
async def test_a_lesson_comes_true_beat_by_beat(make_lab: Callable, design: Design) -> None:
    """Each expectation is false before its beat's own step, stays so without what the beat is about, and comes true.

    A beat is about its faults or about its switches and numbers, so that one of the two is missed; one without
    either is about all of its step. What the snapshot says of the settings themselves is no proof: it is made
    to say the same before and after.
    """
    assert design.lesson is not None
    lab, lesson, wrong = await make_lab(design), design.lesson, []
    for number, beat in enumerate(lesson.beats, start=1):
        name = f"beat {number}, {beat.title}"
        if beat.expect:
            expect = _of_the_system(beat.expect, lab, lesson, number)
            if expect.holds(await lab.look(now=True)):
                wrong.append(f"{name}: true before its step")
            for lacking in _without(lesson, number):
                await go_to(lab, lacking, number)
                if not await comes_true(lab, expect, patience=WITHOUT):
                    break
            else:
                wrong.append(f"{name}: true without what it is about")
        wrong += [f"{name}: {notice}" for notice in await go_to(lab, lesson, number)]
        if beat.expect and not await comes_true(lab, beat.expect, patience=REHEARSAL_PATIENCE):
            wrong.append(f"{name}: {beat.expect.text} did not come true")
    assert wrong == []


@ALL
async def test_going_back_restores_each_beat(make_lab: Callable, design: Design) -> None:
    assert design.lesson is not None
    lab = await make_lab(design)
    for number in range(len(design.lesson.beats), 0, -1):
        assert await go_to(lab, design.lesson, number) == []
        setting = design.lesson.setting(number)
        wanted = design.changed(design.config(), setting.toggles, setting.knobs)
        assert lab.engine.config == wanted
        assert {(one.node, one.kind) for one in lab.engine.faults()} == {
            (f.node, f.kind) for f in setting.faults
        }
        assert (lab.runner.view().id if lab.runner.running else "") == setting.workload
    await lab.stop_workload()


def _without(lesson: Lesson, number: int) -> Iterator[Lesson]:
    """The lesson up to that beat, whose step lacks what it may be about."""
    beat = lesson.beat(number)
    faults, switches = bool(beat.do.faults), bool(beat.do.toggles or beat.do.knobs)
    lacking = [replace(beat.do, faults=())] if faults else []
    lacking += [replace(beat.do, toggles={}, knobs={})] if switches else []
    for rest in lacking or [Do()]:
        yield Lesson((*lesson.beats[: number - 1], replace(beat, do=rest)))


def _of_the_system(expect: Expect, lab: RunningLab, lesson: Lesson, number: int) -> Expect:
    """The same, of a snapshot that says of the settings what they are after the beat's step."""
    setting = lesson.setting(number)
    config = as_mapping(lab.design.changed(lab.design.config(), setting.toggles, setting.knobs))
    faults = tuple(FaultView(one.node, one.kind, one.value or 0.0) for one in setting.faults)

    def holds(snapshot: LabSnapshot) -> bool:
        playing = replace(
            snapshot.workload, id=setting.workload, rate=setting.rate, running=bool(setting.workload)
        )
        return expect.holds(replace(snapshot, config=config, faults=faults, workload=playing))

    return replace(expect, holds=holds)
