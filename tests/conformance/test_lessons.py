"""Every lesson is well-formed and comes true without anybody at the keyboard."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from sdlab.lab import Design
from sdlab.lab.lesson import check
from sdlab.registry import designs
from sdlab.rooms.tour import go_to, rehearse

pytestmark = pytest.mark.virtual_time
ALL = pytest.mark.parametrize("design", designs(), ids=lambda design: design.slug)


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
    assert design.lesson is not None
    assert await rehearse(await make_lab(design), design.lesson) == []


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
