"""What labs say of themselves gives every one of them exercises that a class can be set."""

from __future__ import annotations

from collections import Counter

import pytest

from sdlab.lab import Design
from sdlab.lab.scenario import Scenario
from sdlab.registry import designs
from sdlab.rooms.exercise_tasks import begins_as, task_of, tasks

ALL = pytest.mark.parametrize("design", designs(), ids=lambda design: design.slug)


@ALL
def test_a_lab_has_exercises_of_each_kind(design: Design) -> None:
    offered = tasks(design)
    assert {one.kind for one in offered} == {"break", "repair", "mission"}
    assert set(Counter((one.kind, one.subject) for one in offered).values()) == {1}
    labels = Counter((one.kind, one.about) for one in offered)
    assert set(labels.values()) == {1}, "the leader can tell them apart"
    for one in offered:
        assert task_of(design, one.kind, one.subject) == one
        assert one.title
        assert one.goal.endswith(".")
        assert 0 < one.rate <= one.load


@ALL
def test_a_fork_begins_protected_but_for_what_is_to_be_repaired(design: Design) -> None:
    """Whatever the class's room was left in."""
    open_to_all = {one.id: one.unprotected for one in design.toggles if one.unprotected}
    for task in tasks(design):
        config = begins_as(design, Scenario(lab=design.slug, toggles=open_to_all), task)
        unprotected = {one.id for one in design.toggles if one.unprotected == getattr(config, one.id)}
        assert unprotected - {one.id for one in design.toggles if one.unprotected == one.default} == (
            {task.subject} if task.kind == "repair" and ":" not in task.subject else set()
        )
