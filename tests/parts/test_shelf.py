"""The shelf of running parts: the docs name every part, and every part is tested by itself."""

from __future__ import annotations

import re
from pathlib import Path

from sdlab.launcher.paths import ROOT

PARTS = {path.stem for path in (ROOT / "sdlab" / "parts").glob("*.py")} - {"__init__"}
ROW = re.compile(r"^\| `(\w+)` \| (.+) \|$", re.MULTILINE)


def test_the_docs_say_in_one_line_what_each_part_guarantees() -> None:
    text = (ROOT / "docs" / "adding-a-design.md").read_text()
    section = text.partition("## Running parts to build on")[2].partition("\n## ")[0]
    rows = ROW.findall(section)

    assert [name for name, _ in rows] == sorted(PARTS)


def test_every_part_has_tests_of_its_own() -> None:
    assert {path.stem.removeprefix("test_") for path in Path(__file__).parent.glob("test_*.py")} >= PARTS
