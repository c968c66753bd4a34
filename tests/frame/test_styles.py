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
SIZE = re.compile(r"font-size:([^;}]*)|(?<![\w-])font:([^;}]*)")
OF_THE_SCALE = re.compile(r"(?:[\w ]*var\(--sd-type-[1-6]\)[^;]*|inherit)(?: !important)?")
SHADOW = re.compile(r"box-shadow|--sd-shadow|--sd-lift|color-scheme")


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


def test_type_has_the_six_sizes_of_the_scale_and_no_other() -> None:
    first = next(sheet for sheet in SHEETS if sheet.name == "sdlab.css").read_text(encoding="utf-8")
    assert re.findall(r"--sd-type-(\d): \d+px;", first) == ["1", "2", "3", "4", "5", "6"]
    other = [
        f"{sheet.name}: {found[0]}"
        for sheet in SHEETS
        for found in SIZE.finditer(COMMENT.sub("", sheet.read_text(encoding="utf-8")))
        if not OF_THE_SCALE.fullmatch((found[1] or found[2]).strip())
    ]
    assert other == []
    inline = [
        path.name
        for folder in ("components", "designs", "sdlab")
        for path in (ROOT / folder).rglob("*.*")
        if path.suffix in (".jsx", ".py")
        and re.search(r"fontSize|font_size", path.read_text(encoding="utf-8"))
    ]
    assert inline == []


def test_what_the_browser_draws_itself_follows_the_mode() -> None:
    sheets = {sheet.name: COMMENT.sub("", sheet.read_text(encoding="utf-8")) for sheet in SHEETS}
    light, dark = (
        re.search(rf"^{name} {{([^}}]*)}}", sheets["sdlab.css"], re.MULTILINE)
        for name in (":root", r"\.dark")
    )
    assert light
    assert dark
    assert "color-scheme: light;" in light[1]
    assert "color-scheme: dark;" in dark[1]
    for said in ("accent-color: var(--sd-control);", "scrollbar-color: var(--sd-line2) transparent;"):
        assert said in light[1]
    assert "--sd-control:" in dark[1]
    assert [name for name, text in sheets.items() if text.count("accent-color") > (name == "sdlab.css")] == []


def test_figures_stand_below_each_other() -> None:
    """Every digit as wide as every other, on the whole page."""
    sheets = {sheet.name: COMMENT.sub("", sheet.read_text(encoding="utf-8")) for sheet in SHEETS}
    assert re.search(r"\.sd-page \{[^}]*font-variant-numeric: tabular-nums;", sheets["sdlab.css"])
    said = {
        value for text in sheets.values() for value in re.findall(r"font-variant-numeric: ([^;}]*)", text)
    }
    assert {value.strip() for value in said} == {"tabular-nums"}


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
