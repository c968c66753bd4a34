"""The shelf of running parts: the docs name every part, and every part is tested by itself."""

from __future__ import annotations

import re
from pathlib import Path

from sdlab.launcher.paths import ROOT

SHELF = ROOT / "sdlab" / "parts"
OF_A_PART = {"workers"}  # what runs inside a worker's process
FOLDERS = {path.parent.name for path in SHELF.glob("*/__init__.py")} - OF_A_PART
PARTS = {path.stem for path in SHELF.glob("*.py")} - {"__init__"} | FOLDERS
ROW = re.compile(r"^\| `(\w+)` \| (.+) \|$", re.MULTILINE)


def test_the_docs_say_in_one_line_what_each_part_guarantees() -> None:
    text = (ROOT / "docs" / "adding-a-design.md").read_text()
    section = text.partition("## Running parts to build on")[2].partition("\n## ")[0]
    rows = ROW.findall(section)

    assert [name for name, _ in rows] == sorted(PARTS)


def test_every_part_has_tests_of_its_own() -> None:
    assert {path.stem.removeprefix("test_") for path in Path(__file__).parent.glob("test_*.py")} >= PARTS
