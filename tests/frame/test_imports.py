"""Who may import whom, and how the source reads: rules that matter are tests."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from sdlab.launcher.places import ROOT

IMPORT_LINTER = "from importlinter.cli import lint_imports_command; lint_imports_command()"
RULES = {
    "imports": [
        "-c",
        "from importlinter.cli import lint_imports_command; lint_imports_command()",
        "--no-cache",
    ],
    "lint": ["-m", "ruff", "check", "."],
    "format": ["-m", "ruff", "format", "--check", "."],
    "types": ["-m", "mypy"],
}
PACKAGES = ("sdlab", "components", "designs")


def said(rule: str, root: Path) -> tuple[int, str]:
    done = subprocess.run(
        [sys.executable, *RULES[rule]], cwd=root, capture_output=True, text=True, check=False
    )
    return done.returncode, done.stdout + done.stderr


@pytest.mark.parametrize("rule", RULES)
def test_the_source_keeps_the_rule(rule: str) -> None:
    code, output = said(rule, ROOT)

    assert code == 0, output


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """The source, to be broken."""
    for name in PACKAGES:
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


def a_design() -> str:
    return next(path.parent.name for path in sorted((ROOT / "designs").glob("*/design.py")))


def add_line(path: Path, line: str) -> None:
    path.write_text(f"{path.read_text() if path.exists() else ''}\n{line}\n")


@pytest.mark.parametrize(
    ("file", "line", "broken"),
    [
        ("sdlab/rooms/ids.py", "import designs.{design}.engine", "The frame never imports a design"),
        ("components/tables.py", "import designs.{design}.engine", "Visual parts know the contract"),
        ("sdlab/blocks/windows.py", "import time", "Blocks are pure"),
        ("sdlab/blocks/windows.py", "import sdlab.lab.clock", "Blocks are pure"),
        ("sdlab/lab/clock.py", "import reflex", "The contract knows neither"),
        ("sdlab/parts/outbox.py", "import sdlab.rooms.lab", "Running parts know neither"),
        ("sdlab/parts/outbox.py", "import fastapi", "Running parts know neither"),
        ("designs/{design}/engine.py", "import reflex", "Engines"),
        ("designs/{design}/engine.py", "import fastapi", "Engines"),
        ("designs/{design}/panels.py", "import designs.{design}.state", "Panels"),
        ("designs/{design}/engine.py", "import designs.another.engine", "Designs never import each other"),
    ],
)
def test_a_forbidden_import_is_caught(copy: Path, file: str, line: str, broken: str) -> None:
    (copy / "designs" / "another").mkdir()
    add_line(copy / "designs" / "another" / "__init__.py", '"""Another design."""')
    add_line(copy / "designs" / "another" / "engine.py", '"""Its engine."""')
    add_line(copy / file.format(design=a_design()), line.format(design=a_design()))

    code, output = said("imports", copy)

    assert code != 0
    assert f"{broken}" in output.partition("Broken contracts")[2]
