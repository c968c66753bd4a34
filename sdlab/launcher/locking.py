"""Writes the locks: every package of every supported platform in one version, each file by its hash.

Run as a program, `python3 -m sdlab.launcher.locking`, after a change of the requirements. pip then
refuses a file that is not the one that was locked (https://pip.pypa.io/en/stable/topics/secure-installs/).
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from sdlab.launcher.environment import EXTRAS, RUN, TEST, lock_of, mark_of
from sdlab.launcher.paths import ROOT

PYTHON = "3.11"


def main() -> int:
    """Write all locks; 1 when a set of requirements cannot be had together."""
    return max(_write(name) for name in (RUN, EXTRAS, TEST))


def _write(requirements: str) -> int:
    lock = lock_of(requirements)
    command = [
        str(Path(sys.executable).parent / "uv"),
        "pip",
        "compile",
        requirements,
        "--output-file",
        str(lock),
    ]
    options = [
        "--universal",
        "--generate-hashes",
        "--no-header",
        "--no-annotate",
        "--no-strip-extras",
        "--quiet",
    ]
    made = subprocess.run([*command, *options, f"--python-version={PYTHON}"], cwd=ROOT, check=False)
    if made.returncode == 0:
        lock.write_text(f"{mark_of(requirements)}\n{lock.read_text(encoding='utf-8')}", encoding="utf-8")
    return made.returncode


if __name__ == "__main__":
    sys.exit(main())
