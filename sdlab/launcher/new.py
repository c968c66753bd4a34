"""`new`: a design that runs, from the template that the tests keep alive. Standard library only."""

from __future__ import annotations

import keyword
import re
import shutil
import subprocess
from pathlib import Path

from sdlab.launcher.errors import LauncherError
from sdlab.launcher.paths import ROOT, venv

TEMPLATE = "sprout"
SOURCE = ROOT / "sdlab" / "template"
NAME = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
LONGEST_NAME = 40
NUMBER = re.compile(r"^    number=(\d+),$", re.MULTILINE)


def make_design(slug: str, *, root: Path = ROOT) -> Path:
    """Make `designs/<name>` and its tests in the project at `root`; the new folder.

    `LauncherError` for a slug that is no name, or that something has already. The new design is last in
    the catalogue, and may be run as it is.
    """
    name = slug.replace("-", "_")
    if not NAME.fullmatch(slug) or len(slug) > LONGEST_NAME or keyword.iskeyword(name):
        raise LauncherError(
            f"{slug!r} is no name for a design; take words in small letters, such as web-crawler"
        )
    design, tests = root / "designs" / name, root / "tests" / "designs" / name
    for folder in (design, tests):
        if folder.exists():
            raise LauncherError(f"{folder.relative_to(root)} is there already")
    number = 1 + max((_number(path) for path in (root / "designs").glob("*/design.py")), default=0)
    _copy(SOURCE / TEMPLATE, design, slug=slug, number=number)
    _copy(SOURCE / "tests", tests, slug=slug, number=number)
    _format(design, tests)
    return design


def _format(*folders: Path) -> None:
    """In the project's format, which depends on how long the name is; without the tool, it waits for the tests."""
    ruff = venv() / "bin" / "ruff"
    if ruff.exists():
        for arguments in (["check", "--fix", "--select", "I", "--quiet"], ["format", "--quiet"]):
            subprocess.run([ruff, *arguments, *folders], cwd=ROOT, check=False)


def _number(path: Path) -> int:
    found = NUMBER.search(path.read_text(encoding="utf-8"))
    return int(found[1]) if found else 0


def _copy(source: Path, target: Path, *, slug: str, number: int) -> None:
    shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"))
    for path in target.rglob("*.*"):
        path.write_text(_named(path.read_text(encoding="utf-8"), slug, number), encoding="utf-8")


def _named(text: str, slug: str, number: int) -> str:
    """The text with the template's name in each of its forms replaced."""
    words, name = slug.split("-"), slug.replace("-", "_")
    text = NUMBER.sub(f"    number={number},", text)
    text = text.replace(f"sdlab.template.{TEMPLATE}", f"designs.{name}")
    text = text.replace(f"{TEMPLATE}_", f"{name}_")
    text = text.replace(f'title="{TEMPLATE.capitalize()}"', f'title="{" ".join(words).capitalize()}"')
    text = text.replace(f"# {TEMPLATE.capitalize()}", f"# {' '.join(words).capitalize()}")
    text = text.replace(TEMPLATE.capitalize(), "".join(word.capitalize() for word in words))
    return text.replace(TEMPLATE, slug)
