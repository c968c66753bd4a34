"""`sdlab new`: what it makes runs, keeps the rules and passes what every design must pass."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from sdlab.launcher.errors import LauncherError
from sdlab.launcher.new import make_design
from sdlab.launcher.paths import ROOT
from tests.frame.test_imports import RULES, said

SLUG, FOLDER = "demo-lab", "demo_lab"
TAKEN = ("__pycache__", ".*", "external")
CHECKED = ("imports", "lint", "format")


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The project without its designs, and one that was made."""
    root = tmp_path_factory.mktemp("project")
    for name in ("sdlab", "components", "tests/conformance"):
        shutil.copytree(ROOT / name, root / name, ignore=shutil.ignore_patterns(*TAKEN))
    for path in (ROOT / "tests").glob("*.py"):
        shutil.copy(path, root / "tests")
    for name in (
        "pyproject.toml",
        "rxconfig.py",
        "README.md",
        "requirements.txt",
        "requirements-dev.txt",
        "requirements-extras.txt",
    ):
        shutil.copy(ROOT / name, root)
    (root / "designs").mkdir()
    (root / "docs").mkdir()
    shutil.copy(ROOT / "docs" / "adding-a-design.md", root / "docs")
    make_design(SLUG, root=root)
    return root


@pytest.mark.parametrize("rule", CHECKED)
def test_a_new_design_keeps_the_rule(project: Path, rule: str) -> None:
    assert rule in RULES
    code, output = said(rule, project)
    assert code == 0, output


def test_a_new_design_passes_what_every_design_must_pass(project: Path) -> None:
    done = subprocess.run(
        [
            *(sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider"),
            *(f"tests/designs/{FOLDER}", "tests/conformance"),
        ],
        cwd=project,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-6000:]
    assert " passed" in done.stdout


def test_nothing_of_the_template_is_left_in_it(project: Path) -> None:
    folders = (project / "designs" / FOLDER, project / "tests" / "designs" / FOLDER)
    made = [path for folder in folders for path in folder.rglob("*.*") if path.suffix != ".pyc"]
    assert len(made) > 25
    assert [path.name for path in made if "sprout" in path.read_text().lower()] == []


@pytest.mark.parametrize("name", ["", "Counter", "9lives", "a_b", "class", "a-", "-a", "../x", "x" * 41])
def test_what_is_no_name_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(LauncherError, match="no name for a design"):
        make_design(name, root=tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_what_is_there_already_stays(project: Path) -> None:
    with pytest.raises(LauncherError, match="there already"):
        make_design(SLUG, root=project)
