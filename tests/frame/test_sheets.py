"""Style sheets are found where they lie, and the order in which they apply is the same everywhere."""

from __future__ import annotations

from pathlib import Path

import pytest

from components.scripts import script
from sdlab.pages.sheets import stylesheets
from sdlab.settings import ROOT


@pytest.fixture
def project(tmp_path: Path) -> Path:
    for name in (
        "designs/two/inside/b.css",
        "designs/one/product/c.css",
        "designs/one/inside/a.css",
        "assets/teach.css",
        "assets/compare.css",
        "assets/sdlab.css",
    ):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(f"/* {name} */")
    return tmp_path


def test_the_shared_ones_come_first_and_those_of_designs_by_their_path(project: Path) -> None:
    assert stylesheets(project) == [
        "/sdlab.css",
        "/compare.css",
        "/teach.css",
        "/external/designs/one/inside/a.css",
        "/external/designs/one/product/c.css",
        "/external/designs/two/inside/b.css",
    ]


def test_each_address_leads_to_the_sheet_as_it_is_now(project: Path) -> None:
    addresses = stylesheets(project)
    (project / "designs/one/inside/a.css").write_text("/* changed */")

    assert stylesheets(project) == addresses
    assert (project / "assets" / addresses[3].strip("/")).read_text() == "/* changed */"


def test_a_link_that_leads_elsewhere_is_replaced(project: Path) -> None:
    link = project / "assets/external/designs/one/inside/a.css"
    link.parent.mkdir(parents=True)
    link.symlink_to(project / "moved/away.css")

    stylesheets(project)

    assert link.read_text() == "/* designs/one/inside/a.css */"
    assert [path.name for path in link.parent.iterdir()] == ["a.css"]


def test_every_sheet_of_every_design_is_served() -> None:
    served = stylesheets()

    for sheet in (ROOT / "designs").rglob("*.css"):
        assert f"/external/{sheet.relative_to(ROOT).as_posix()}" in served


def test_a_script_is_linked_where_the_pages_find_it() -> None:
    address = script("components.panel", "panel.jsx")

    assert address == "$/public/external/components/panel/panel.jsx"
    link = ROOT / "assets" / address.removeprefix("$/public/")
    assert link.read_text() == (ROOT / "components" / "panel.jsx").read_text()


def test_a_script_that_is_not_there_is_said_at_once() -> None:
    with pytest.raises(FileNotFoundError):
        script("components.panel", "nothing.jsx")


def test_nobody_asks_reflex_for_what_lies_beside_a_module() -> None:
    """It reads the source of every frame on the stack for each of them: seconds of every start."""
    folders = [ROOT / name for name in ("components", "designs", "sdlab")]
    asking = [
        path.name
        for folder in folders
        for path in folder.rglob("*.py")
        if "rx.asset(" in path.read_text() and "shared=True" in path.read_text()
    ]
    assert asking == []
