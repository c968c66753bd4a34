"""What stylesheets may say: dark mode is other colours and shadows, nothing else (the browser tests ask a dark
page about its colours alone), and nothing makes a living page costly to style."""

from __future__ import annotations

import re

import pytest

from sdlab.launcher.paths import ROOT

SHEETS = sorted(
    path
    for folder in ("assets", "designs", "sdlab")
    for path in (ROOT / folder).rglob("*.css")
    if "external" not in path.parts
)
COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
RULE = re.compile(r"([^{}]*)\{([^{}]*)\}")
OF_A_MODE = re.compile(r"\.(?:dark|light)(?![\w-])|prefers-color-scheme")
COLOUR = re.compile(
    r"#[0-9a-f]{3,8}|(?:rgb|hsl|oklch|color-mix)\(.*\)|var\(--[\w-]+\)|transparent|white|black"
)
SHADOW = re.compile(r"box-shadow|--sd-shadow|--sd-lift")


def test_a_rule_of_a_mode_sets_colours_and_shadows_only() -> None:
    seen = 0
    for sheet in SHEETS:
        for selector, body in RULE.findall(COMMENT.sub("", sheet.read_text(encoding="utf-8"))):
            if not OF_A_MODE.search(selector):
                continue
            for declaration in filter(None, (one.strip() for one in body.split(";"))):
                name, _, value = declaration.partition(":")
                seen += 1
                assert SHADOW.fullmatch(name) or (
                    name.startswith("--") and COLOUR.fullmatch(value.strip())
                ), f"{sheet.name}: {selector.strip()} sets {declaration}"
    assert seen > 30


@pytest.mark.parametrize(
    "pattern", ["useColorMode", "resolvedColorMode", "rawColorMode", "prefers-color-scheme"]
)
def test_no_script_or_sheet_asks_which_mode_it_is(pattern: str) -> None:
    scripts = [
        path for folder in ("components", "designs", "sdlab") for path in (ROOT / folder).rglob("*.jsx")
    ]
    assert scripts
    assert [path.name for path in (*scripts, *SHEETS) if pattern in path.read_text(encoding="utf-8")] == []


def test_no_lab_styles_the_page_by_what_is_inside_it() -> None:
    """`:has()` on what holds a live lab makes every new row a reason to style the whole page again."""
    found = [
        sheet.name
        for sheet in SHEETS
        if "designs" in sheet.parts and ":has(" in sheet.read_text(encoding="utf-8")
    ]
    assert found == []
