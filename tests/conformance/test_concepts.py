"""What a lab says that it runs: concepts that are explained, panels and questions that it has."""

from __future__ import annotations

import pytest

from sdlab.concepts import concepts
from sdlab.lab import Design
from sdlab.lab.mission import LEVELS
from sdlab.registry import designs
from tests.panels import panels_of

ALL = pytest.mark.parametrize("design", designs(), ids=lambda design: design.slug)


@ALL
def test_a_lab_names_what_it_runs(design: Design) -> None:
    known = {one.id for one in concepts()}
    panels = {one.id for one in panels_of(design)}
    questions = {toggle.id for toggle in design.toggles}
    named = [one.concept for one in design.concepts]
    assert named
    assert len(set(named)) == len(named)
    assert set(named) <= known
    assert {one.panel for one in design.concepts} <= panels
    assert {one.toggle for one in design.concepts if one.toggle} <= questions
    assert design.level in LEVELS
