"""What the pages are made of, without a browser: notes, faults, pictures, rows of the calculator."""

from __future__ import annotations

import pytest

from components.faults import faults_of
from components.pictures import DRAWINGS, picture
from sdlab.lab import Design
from sdlab.pages.notes import render
from sdlab.pages.numbers import rows
from sdlab.registry import designs


def test_notes_become_html_with_anchors_and_no_foreign_markup() -> None:
    html, headings = render(
        "# T\n## First part\ntext <script>x</script>\n```python\nx = 1\n```\n## `Second`\n"
    )
    assert headings == [("notes-first-part", "First part"), ("notes-second", "Second")]
    assert '<h2 id="notes-first-part">' in html
    assert "<script>" not in html
    assert "<h1>" not in html
    assert "hl-" in html


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
