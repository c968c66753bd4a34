"""Who may import whom, and how the source reads: rules that matter are tests."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from sdlab.launcher.paths import ROOT

IMPORT_LINTER = "from importlinter.cli import lint_imports_command; lint_imports_command()"
SCRIPTS = ("components", "designs")
BIN = Path(sys.executable).parent
RULES = {
    "imports": [
        sys.executable,
        "-c",
        "from importlinter.cli import lint_imports_command; lint_imports_command()",
        "--no-cache",
    ],
    "lint": [sys.executable, "-m", "ruff", "check", "."],
    "format": [sys.executable, "-m", "ruff", "format", "--check", "."],
    "types": [sys.executable, "-m", "mypy"],
    "scripts' lint": [str(BIN / "oxlint"), "--deny-warnings", *SCRIPTS],
    "scripts' format": [str(BIN / "oxfmt"), "--check", *(f"{folder}/**/*.{{js,jsx}}" for folder in SCRIPTS)],
}
LONGEST = 110
PACKAGES = ("sdlab", "components", "designs")
LATER = "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import {}"


def said(rule: str, root: Path) -> tuple[int, str]:
    wide = {**os.environ, "COLUMNS": "400"}
    done = subprocess.run(RULES[rule], cwd=root, env=wide, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout + done.stderr


@pytest.mark.parametrize("rule", RULES)
def test_the_source_keeps_the_rule(rule: str) -> None:
    code, output = said(rule, ROOT)

    assert code == 0, output


def test_lines_of_scripts_are_short() -> None:
    """Formatters leave comments and strings as long as they are."""
    longer = [
        f"{script.relative_to(ROOT)}:{number}"
        for folder in SCRIPTS
        for script in sorted((ROOT / folder).rglob("*.js*"))
        for number, line in enumerate(script.read_text().splitlines(), 1)
        if len(line) > LONGEST
    ]

    assert longer == []


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
    ("rule", "line", "said_of"),
    [
        ("scripts' lint", "const never = 1;", "no-unused-vars"),
        ("scripts' lint", "export const same = (a, b) => a == b;", "eqeqeq"),
        (
            "scripts' lint",
            'import { useState } from "react"; export const A = (p) => (p.a ? useState(0)[0] : 0);',
            "rules-of-hooks",
        ),
        ("scripts' format", "export const  wide=1", "wrong.jsx"),
    ],
)
def test_a_careless_script_is_caught(copy: Path, rule: str, line: str, said_of: str) -> None:
    for config in (".oxlintrc.json", ".oxfmtrc.json"):
        shutil.copy(ROOT / config, copy)
    (copy / "designs" / a_design() / "inside").mkdir(exist_ok=True)
    (copy / "designs" / a_design() / "inside" / "wrong.jsx").write_text(f"{line}\n")

    code, output = said(rule, copy)

    assert code != 0
    assert said_of in output


FORBIDDEN = (
    ("sdlab/rooms/ids.py", "import designs.{design}.engine", "The frame never imports a design"),
    ("components/tables.py", "import designs.{design}.engine", "Visual parts know the contract"),
    ("sdlab/blocks/windows.py", "import time", "Blocks are pure"),
    ("sdlab/blocks/windows.py", "import sdlab.lab.clock", "Blocks are pure"),
    ("sdlab/lab/clock.py", "import reflex", "The contract knows neither"),
    ("components/tables.py", "import sdlab.rooms.lab", "Visual parts call commands"),
    ("sdlab/lab/clock.py", LATER.format("sdlab.rooms.lab"), "The contract knows neither"),
    ("designs/{design}/engine/engine.py", "import reflex", "Engines"),
    ("designs/{design}/engine/models.py", "import fastapi", "Engines"),
    ("designs/{design}/engine/models.py", LATER.format("sdlab.rooms.lab"), "Engines"),
    (
        "designs/{design}/engine/claims.py",
        LATER.format("designs.{design}.inside.views"),
        "Inside a design",
    ),
    ("designs/{design}/engine/claims.py", "import designs.{design}.toggles", "Inside a design"),
    ("designs/{design}/inside/panels.py", "import designs.{design}.product.state", "Inside a design"),
    ("designs/{design}/inside/panels.py", "import designs.{design}.engine.engine", "Panels show views"),
    ("designs/{design}/product/page.py", "import designs.{design}.design", "Inside a design"),
    ("designs/{design}/product/state.py", "import designs.{design}.inside.views", "State carries intent"),
    ("designs/{design}/api/api.py", "import designs.{design}.inside.views", "The API answers"),
    ("designs/{design}/config.py", "import designs.{design}.engine.models", "Inside a design"),
    (
        "designs/{design}/engine/engine.py",
        "import designs.another.engine",
        "Designs never import each other",
    ),
    ("sdlab/parts/outbox.py", "import sdlab.rooms.lab", "Running parts know neither"),
    ("sdlab/parts/outbox.py", "import fastapi", "Running parts know neither"),
)


def test_a_forbidden_import_is_caught(copy: Path, subtests: pytest.Subtests) -> None:
    """All of them in one source: what the linter says of a broken rule names every import that breaks it."""
    design = a_design()
    (copy / "designs" / "another").mkdir()
    add_line(copy / "designs" / "another" / "__init__.py", '"""Another design."""')
    add_line(copy / "designs" / "another" / "engine.py", '"""Its engine."""')
    for file, line, _ in FORBIDDEN:
        add_line(copy / file.format(design=design), line.format(design=design))

    code, output = said("imports", copy)

    assert code != 0
    for file, line, rule in FORBIDDEN:
        importer = file.format(design=design).removesuffix(".py").replace("/", ".")
        imported = line.format(design=design).rpartition(" ")[2]
        with subtests.test(importer=importer, imported=imported):
            assert f"{importer} -> {imported} (" in said_of_rule(output, rule)


def said_of_rule(output: str, rule: str) -> str:
    """What the linter says of the broken rule whose name begins so."""
    sections = re.split(r"\n(?=.+\n-+\n)", output.partition("Broken contracts")[2])
    return next((one for one in sections if one.startswith(rule)), "")
