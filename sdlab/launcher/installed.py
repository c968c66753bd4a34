"""The command of an installed package, which carries the whole project in its own folder."""

from __future__ import annotations

import runpy
import sys
from pathlib import Path


def main() -> None:
    """`sdlab …`, as `python3 -m sdlab …` in the source tree."""
    sys.path.insert(0, str(Path(__file__).resolve().parent))
    sys.argv[0] = "sdlab"
    runpy.run_module("sdlab", run_name="__main__", alter_sys=True)
