"""What a visitor is told about a lab's questions and claims: short where it must be short, and complete."""

from __future__ import annotations

from dataclasses import asdict, replace

import pytest

from sdlab.lab import Design
from sdlab.lab.invariant import MAX_NAME
from sdlab.lab.toggle import MAX_SHORT
from sdlab.registry import designs
from tests.panels import panels_of

ALL = pytest.mark.parametrize("design", designs(), ids=lambda design: design.slug)


@ALL
def test_a_claim_has_a_name_that_fits_a_chip_and_a_sentence_that_says_it(design: Design) -> None:
    claims = design.engine.claims
    names = [one.name for one in claims]
    assert {one for one in names if not 0 < len(one) <= MAX_NAME} == set()
    assert len(set(names)) == len(names)
    assert all(len(one.text) > len(one.name) for one in claims)


@ALL
def test_a_question_is_short_on_the_rail_and_moves_panels_that_there_are(design: Design) -> None:
    panels = {one.id for one in panels_of(design)}
    shorts = [one.short for one in design.toggles]
    assert {one for one in shorts if not 0 < len(one) <= MAX_SHORT} == set()
    assert len(set(shorts)) == len(shorts)
    for toggle in design.toggles:
        assert set(toggle.panels) <= panels, toggle.id
        assert len(set(toggle.panels)) == len(toggle.panels), toggle.id


@ALL
def test_a_question_names_the_traffic_that_breaks_or_shows_it_and_the_faults_that_it_needs(
    design: Design,
) -> None:
    workloads = {one.id for one in design.workloads}
    faults = {
        f"{node.id}:{fault.kind}" for node in design.engine.plan(design.config()) for fault in node.faults
    }
    for toggle in design.toggles:
        assert toggle.traffic in workloads, toggle.id
        assert bool(toggle.unprotected) == bool(toggle.protects) == bool(toggle.breaks_under), toggle.id
        assert set(toggle.under) <= faults, toggle.id


@ALL
def test_a_number_belongs_to_a_question(design: Design) -> None:
    asked = {one.id for one in design.toggles}
    assert {knob.id for knob in design.knobs if knob.about not in asked} == set()


@ALL
def test_every_box_tells_what_it_is_and_every_fault_has_a_verb(design: Design) -> None:
    default = design.config()
    configs = [
        default,
        *(replace(default, **{one.id: option.id}) for one in design.toggles for option in one.options),
    ]
    for spec in {spec.id: spec for config in configs for spec in design.engine.plan(config)}.values():
        assert all(text.endswith(".") for text in asdict(spec.card).values()), spec.id
        assert all(fault.verb for fault in spec.faults), spec.id
