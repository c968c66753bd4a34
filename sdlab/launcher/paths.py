"""Where the project's folders are. Standard library only."""

from __future__ import annotations

import os
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


PACKAGED = "sdlab-package.json"  # lies beside the built pages that an installed package brings


def packaged() -> bool:
    """Whether this is an installed package: its pages are built, its requirements there, its folder not to be written."""
    return (ROOT / PACKAGED).is_file()


def command() -> str:
    """What a person types."""
    return "sdlab" if packaged() else "python3 -m sdlab"


def home() -> Path:
    """Where an installed package keeps data, unless told: the user's folder for such things."""
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Application Support" / "sdlab"
    return Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share") / "sdlab"


def venv() -> Path:
    """The virtual environment: `SDLAB_VENV`, or `.venv` in the project. A package is in one already."""
    if packaged():
        return Path(sys.prefix)
    return Path(os.environ.get("SDLAB_VENV", ROOT / ".venv"))


def venv_python() -> Path:
    """Its interpreter."""
    return venv() / "bin" / "python"


def web_dir() -> Path:
    """Where the frontend is built: `REFLEX_WEB_WORKDIR`, or `.web` in the project, or what a package brings."""
    return ROOT / os.environ.get("REFLEX_WEB_WORKDIR", "web" if packaged() else ".web")
