"""What the pages are made of, without a browser: notes, faults, pictures, rows of the calculator."""

from __future__ import annotations

from importlib import import_module

import pytest

from components.faults import faults_of
from components.pictures import DRAWINGS, picture
from sdlab.lab import Design
from sdlab.pages.embed import embedded
from sdlab.pages.notes import passages
from sdlab.pages.numbers import MeasuredRow, priced, rows
from sdlab.registry import designs


def test_notes_become_html_with_anchors_and_no_foreign_markup() -> None:
    found = passages("# T\n## First part\ntext <script>x</script>\n```python\nx = 1\n```\n## `Second`\n")
    html = "".join(one.html for one in found)
    assert [(one.anchor, one.section) for one in found] == [
        ("notes-first-part", "First part"),
        ("notes-second", "Second"),
    ]
    assert '<h2 id="notes-first-part">' in html
    assert "<script>" not in html
    assert "<h1>" not in html
    assert "hl-" in html


def test_a_deep_dive_is_a_passage_of_its_own_under_its_question() -> None:
    found = passages(
        "## Entities\n**Who?** Nobody.\n## Deep dives\n**Who counts [it](/x)?** One.\n\n- a\n- b\n\n"
        "**Peers.** Two.\n\n### Where to?\nThere.\n## Corrections\n**Why?** So.\n"
    )
    assert [(one.section, one.title) for one in found] == [
        ("Entities", ""),
        ("Deep dives", ""),
        ("Deep dives", "Who counts it?"),
        ("Deep dives", "Where to?"),
        ("Corrections", ""),
    ]
    assert "<li>b</li>" in found[2].html
    assert "Two." in found[2].html


@pytest.mark.parametrize("design", designs(), ids=lambda one: one.slug)
def test_every_part_of_every_configuration_has_known_faults(design: Design) -> None:
    known = faults_of(design)
    for knob in design.knobs:
        config = design.changed(design.config(), {}, {knob.id: knob.accept(knob.maximum)})
        for node in design.engine.plan(config):
            assert node.id in known["nodes"] or node.kind in known["kinds"]


@pytest.mark.parametrize("word", DRAWINGS)
def test_each_structure_has_a_drawing_that_is_the_same_each_time(word: str) -> None:
    assert str(picture(word)) == str(picture(word))


@pytest.mark.parametrize("design", designs(), ids=lambda one: one.slug)
def test_rows_of_the_calculator_follow_the_defaults(design: Design) -> None:
    assert [row.label for row in rows(design, {})] == [one.label for one in design.estimate.compute({})]


def test_machines_cost_what_the_visitor_pays_for_one() -> None:
    row = MeasuredRow(label="reads", count=12.0)
    assert priced(row, "40").cost == "480 per month"
    assert priced(row, "1,000").cost == "12,000 per month"
    for unusable in ("", "x", "-3", "inf", "nan"):
        assert priced(row, unusable).cost == "–"
    assert priced(MeasuredRow(), "40").cost == "–"


def test_a_page_for_a_frame_has_the_panels_and_nothing_around_them() -> None:
    chosen = designs()[0]
    module, _, name = chosen.page.partition(":")
    make = getattr(import_module(module), name)
    framed = str(embedded(make)(chosen))
    assert "sd-embed" in framed
    assert "sd-header" not in framed
    assert "sd-header" in str(make(chosen))
