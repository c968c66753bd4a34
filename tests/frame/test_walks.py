"""The walks through the labs, held against the code: every lab has one, and every name in it exists."""

from __future__ import annotations

import re

import pytest

from sdlab.lab import Design
from sdlab.launcher.paths import ROOT
from sdlab.registry import designs

WALKS = ROOT / "docs" / "walks"
FILE = re.compile(r"`((?:[\w-]+/)*[\w-]+\.(?:py|jsx|md|css))`")
NAME = re.compile(r"`([A-Za-z_][\w.]*)(?:\(\))?`")


@pytest.mark.parametrize("design", designs(), ids=lambda design: design.slug)
def test_a_walk_names_what_there_is(design: Design) -> None:
    text = (WALKS / f"{design.folder.name}.md").read_text()
    files = FILE.findall(text)
    assert len(set(files)) >= 6
    missing = [one for one in files if not _found(design, one)]
    assert missing == []


def _found(design: Design, file: str) -> bool:
    return any((folder / file).is_file() for folder in (ROOT, design.folder))


@pytest.mark.parametrize("design", designs(), ids=lambda design: design.slug)
def test_a_walk_names_functions_and_classes_that_there_are(design: Design) -> None:
    text = (WALKS / f"{design.folder.name}.md").read_text()
    sources = [*design.folder.rglob("*.py"), *(ROOT / "sdlab").rglob("*.py"), *ROOT.glob("components/*.py")]
    code = "\n".join(path.read_text() for path in sources)
    words = {one.split(".")[-1] for one in NAME.findall(text) if not FILE.fullmatch(f"`{one}`")}
    assert [one for one in sorted(words) if not re.search(rf"\b{re.escape(one)}\b", code)] == []


def test_the_way_in_leads_to_every_walk() -> None:
    text = (ROOT / "docs" / "a-walk-through.md").read_text()
    assert re.findall(r"\(walks/(\w+)\.md\)", text) == [design.folder.name for design in designs()]
