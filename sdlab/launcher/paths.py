"""Where the project's folders are. Standard library only."""

from __future__ import annotations

import os
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def venv() -> Path:
    """The virtual environment: `SDLAB_VENV`, or `.venv` in the project."""
    return Path(os.environ.get("SDLAB_VENV", ROOT / ".venv"))


def venv_python() -> Path:
    """Its interpreter."""
    return venv() / "bin" / "python"


def web_dir() -> Path:
    """Where the frontend is built: `REFLEX_WEB_WORKDIR`, or `.web` in the project."""
    return ROOT / os.environ.get("REFLEX_WEB_WORKDIR", ".web")
