"""Every design's folder has the same files, and its parts agree with each other."""

from __future__ import annotations

import ast
import hashlib
import re
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import get_type_hints

import pytest

from sdlab.lab import GROUPS, Design, Invalid, LabSnapshot
from sdlab.launcher.paths import ROOT
from sdlab.registry import FOLDER, designs

ALL = pytest.mark.parametrize("design", designs(), ids=lambda design: design.slug)
HOUSE = {
    "": ("__init__.py", "bench.py", "config.py", "design.py", "notes.md", "toggles.py", "workloads.py"),
    "engine": ("__init__.py", "claims.py", "engine.py", "models.py", "nodes.py", "traffic.py"),
    "inside": ("__init__.py", "panels.py", "snapshot.py", "views.py"),
    "product": ("__init__.py", "page.py", "state.py"),
    "api": ("__init__.py", "api.py", "schemas.py"),
    "lesson": (
        "__init__.py",
        "comparisons.py",
        "concepts.py",
        "lesson.py",
        "missions.py",
        "numbers.py",
        "quiz.py",
        "script.py",
    ),
}
CLIENT = "client.py"  # what a visitor may run on a machine of their own
SECTIONS = (
    "In a minute", "Requirements", "Out of scope", "Entities", "API", "High-level design", "Deep dives",
    "Corrections", "References",
)  # fmt: skip
A_MINUTE = range(60, 181)  # words
SHADOWED = {"keys", "values", "items", "entries", "length", "contains", "merge", "get", "count", "index"}
SHINGLES = Path(__file__).with_name("shingles.txt")
WORDS_IN_A_ROW = 9


@ALL
def test_the_folder_has_its_files(design: Design) -> None:
    missing = [
        f"{room}/{name}"
        for room, names in HOUSE.items()
        for name in names
        if not (design.folder / room / name).is_file()
    ]
    strategies = design.folder / "engine" / "strategies"
    if not strategies.with_suffix(".py").is_file() and not strategies.is_dir():
        missing.append("engine/strategies")
    assert missing == []
    assert design.folder.parent == FOLDER
    assert design.folder.name == design.slug.replace("-", "_")
    assert ast.get_docstring(ast.parse((design.folder / "__init__.py").read_text()))


@ALL
def test_nothing_lies_loose(design: Design) -> None:
    loose = {path.name for path in design.folder.iterdir() if path.name != "__pycache__"}
    assert loose - {CLIENT} == {*HOUSE[""], *(room for room in HOUSE if room)}


@ALL
def test_every_module_says_what_it_is_for(design: Design) -> None:
    silent = [
        path.name
        for path in design.folder.rglob("*.py")
        if not ast.get_docstring(ast.parse(path.read_text()))
    ]
    assert silent == []


@ALL
def test_the_headline_is_complete(design: Design) -> None:
    assert design.group in GROUPS
    assert design.question.endswith("?")
    assert all((design.title, design.problem, design.structures, design.teaser, design.page))


@ALL
def test_answers_are_fields_of_the_config(design: Design) -> None:
    config = design.config()
    answers = [*(toggle.id for toggle in design.toggles), *(knob.id for knob in design.knobs)]
    assert sorted(answers) == sorted(field.name for field in fields(config))
    assert len(set(answers)) == len(answers)
    for toggle in design.toggles:
        assert getattr(config, toggle.id) == toggle.option(toggle.default).id
    for knob in design.knobs:
        assert getattr(config, knob.id) == knob.accept(knob.default)
        assert knob.minimum < knob.maximum


@ALL
def test_every_toggle_asks_and_explains(design: Design) -> None:
    for toggle in design.toggles:
        assert toggle.question
        assert toggle.changes
        assert toggle.watch
        assert len(toggle.options) >= 2
        assert all(option.label and option.tradeoff for option in toggle.options)


@ALL
def test_a_protection_names_what_breaks_without_it(design: Design) -> None:
    claims = {claim.id for claim in design.engine.claims}
    for toggle in design.toggles:
        if toggle.protects:
            assert toggle.protects in claims
            assert toggle.option(toggle.unprotected).id != toggle.default
            assert design.workload(toggle.breaks_under)
        assert {knob for knob, _ in toggle.breaks_at} <= {
            one.id for one in design.knobs if one.about == toggle.id
        }
    assert 3 <= len(claims) <= 6


@ALL
def test_the_snapshot_is_frozen_data_that_live_vars_can_read(design: Design) -> None:
    assert design.snapshot is not None
    kind = get_type_hints(design.snapshot)["return"]
    assert kind.__module__ == f"designs.{design.folder.name}.inside.views"
    assert issubclass(kind, LabSnapshot)
    for view in _views(kind()):
        assert view.__dataclass_params__.frozen
        assert not SHADOWED & {field.name for field in fields(view)}, view


def _views(view: object) -> list[type]:
    found = [type(view)]
    for field in fields(view):  # type: ignore[arg-type]
        value = getattr(view, field.name)
        if is_dataclass(value):
            found += _views(value)
    return found


@ALL
def test_the_notes_have_their_sections(design: Design) -> None:
    headings = re.findall(r"^## (.+)$", design.notes, re.MULTILINE)
    assert [heading for heading in headings if heading in SECTIONS] == list(SECTIONS)
    for title, text in re.findall(r"^## ([^\n]+)\n(.*?)(?=^## |\Z)", design.notes, re.MULTILINE | re.DOTALL):
        assert len(text.split()) >= 10, title
    corrections = design.notes.split("## Corrections")[1].split("\n## ")[0]
    assert len(re.findall(r"^[-*\d|]", corrections, re.MULTILINE)) >= 2


@ALL
def test_the_notes_begin_with_what_fits_into_a_minute(design: Design) -> None:
    """A sentence or two, then three to six points that each begin with what they are about."""
    first, _, rest = re.sub(r"^# .*\n", "", design.notes).strip().partition("\n## Requirements")
    assert first.startswith("## In a minute\n")
    assert rest
    assert len(first.split()) in A_MINUTE
    assert 3 <= len(re.findall(r"^- .*\*\*", first, re.MULTILINE)) <= 6


@ALL
def test_the_deep_dives_take_up_every_question(design: Design) -> None:
    """Under its own words, in bold or as a heading: the notes show its first panel there, live."""
    dives = design.notes.split("## Deep dives")[1].split("\n## ")[0]
    leads = set(re.findall(r"^(?:\*\*|### )(.+?\?)(?:\*\*|$)", dives, re.MULTILINE))
    assert [one.question for one in design.toggles if not {one.question, one.short} & leads] == []


def shingles(text: str) -> set[str]:
    """Fingerprints of every run of nine words, whatever the punctuation."""
    words = re.findall(r"[a-z0-9]+", text.lower())
    runs = (" ".join(words[n : n + WORDS_IN_A_ROW]) for n in range(len(words) - WORDS_IN_A_ROW + 1))
    return {hashlib.sha256(run.encode()).hexdigest()[:10] for run in runs}


@ALL
def test_no_sentence_is_taken_from_the_notes_that_the_labs_come_from(design: Design) -> None:
    known = set(SHINGLES.read_text().split())
    assert len(known) > 5000
    for path in [*design.folder.rglob("*.md"), *design.folder.rglob("*.py")]:
        assert not shingles(path.read_text()) & known, path.name


@ALL
def test_the_quiz_has_right_answers(design: Design) -> None:
    assert len(design.quiz) >= 6
    assert len({question.id for question in design.quiz}) == len(design.quiz)
    for question in design.quiz:
        assert question.explanation
        if question.answer is None:
            right = [number for number, choice in enumerate(question.choices) if choice.right]
            assert len(right) == 1
            assert len(question.choices) >= 3
            assert all(choice.because for choice in question.choices)
            graded = [question.grade(str(number)) for number in range(len(question.choices))]
            assert graded.count(True) == 1
            assert graded[right[0]]
        else:
            answer = question.answer()
            assert question.grade(repr(answer))
            assert not question.grade(repr(answer * (1 + 3 * question.tolerance) + 1))
        for nonsense in ("", "x", "-1", "99", "nan", "inf"):
            assert not question.grade(nonsense)
    assert any(question.answer is not None for question in design.quiz)


@ALL
def test_the_estimate_computes_over_its_whole_range(design: Design) -> None:
    estimate = design.estimate
    for values in (
        {},
        {one.id: one.minimum for one in estimate.assumptions},
        {one.id: one.maximum for one in estimate.assumptions},
    ):
        results = estimate.compute(values)
        assert results
        assert all(result.formula and result.shown != "–" for result in results)
    for one in estimate.assumptions:
        with pytest.raises(Invalid):
            estimate.compute({one.id: one.maximum * 2 + 1})
    ids = {result.id for result in estimate.compute({})}
    assert estimate.measured
    assert all(measured.needs in ids for measured in estimate.measured)


@ALL
def test_what_the_machine_is_measured_by_is_a_number_of_the_snapshot(design: Design) -> None:
    for measured in design.estimate.measured:
        kind = get_type_hints(design.snapshot)["return"]
        for name in measured.path.split("."):
            kind = get_type_hints(kind)[name]
        assert kind in (int, float), measured.path


GUIDE = ROOT / "docs" / "adding-a-design.md"


def test_the_guide_names_every_file_of_a_design() -> None:
    table = GUIDE.read_text().partition("## What each file says")[2].partition("\n## ")[0]
    rows = re.findall(r"^\| `([\w./]+)` \|", table, re.MULTILINE)
    wanted = {f"{room}/{name}".lstrip("/") for room, names in HOUSE.items() for name in names}
    assert set(rows) == wanted | {"engine/strategies.py", CLIENT}
    assert len(rows) == len(set(rows))


def test_the_guide_names_every_forbidden_field() -> None:
    rule = GUIDE.read_text().partition("Snapshot fields must not be called")[2].partition(":")[0]
    assert set(re.findall(r"`(\w+)`", rule)) == SHADOWED
