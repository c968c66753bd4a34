"""Lists under which licence each package comes that the application is run with: docs/licences.md.

Run as a program, `python3 -m sdlab.launcher.licences`, after the locks were written.
"""

from __future__ import annotations

import re
import sys
from importlib.metadata import PackageNotFoundError, files, metadata
from pathlib import Path

from sdlab.launcher.environment import EXTRAS, RUN, lock_of
from sdlab.launcher.paths import ROOT

TABLE = ROOT / "docs" / "licences.md"
ELSEWHERE = "not installed on this system"
HEAD = """# Licences

What the application is installed with, from `requirements.lock`, and what it fetches when a lab first
wants it, from `requirements-extras.lock`, by what each package says of itself.
`python3 -m sdlab.launcher.licences` writes this table.

| package | version | licence |
| --- | --- | --- |
"""


def locked_packages(lock: Path) -> dict[str, str]:
    """Versions by name, in the order of the file."""
    found = re.findall(
        r"^([a-z0-9_.-]+)(?:\[[^\]]*\])?==([^\s;]+)", lock.read_text(encoding="utf-8"), re.MULTILINE
    )
    return dict(found)


def licence_of(package: str) -> str:
    """What the installed package says: an SPDX expression, else its classifiers, else a short text."""
    try:
        said = metadata(package).json
    except PackageNotFoundError:
        return ELSEWHERE
    if expression := said.get("license_expression"):
        return str(expression)
    named = [
        one.rpartition(" :: ")[2]
        for one in said.get("classifier", [])
        if one.startswith("License ::") and not one.endswith("OSI Approved")
    ]
    text = str(said.get("license", "")).strip().partition("\n")[0][:60]
    return ", ".join(named) or text or _headed(package) or "says nothing"


def _headed(package: str) -> str:
    """How the licence file that came with it is headed."""
    texts = [one.read_text() for one in files(package) or () if one.name.upper().startswith("LICENSE")]
    return next((line.strip() for text in texts for line in text.splitlines() if line.strip()), "")[:60]


def table() -> str:
    """The whole document."""
    rows = {**locked_packages(lock_of(RUN)), **locked_packages(lock_of(EXTRAS))}.items()
    return HEAD + "".join(f"| {name} | {version} | {licence_of(name)} |\n" for name, version in rows)


def main() -> int:
    """Write it."""
    TABLE.write_text(table(), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
