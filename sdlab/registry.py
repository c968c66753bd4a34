"""Finds the designs: every `designs/<name>/design.py` with a `DESIGN`. There is no central list."""

from __future__ import annotations

from functools import cache
from importlib import import_module
from pathlib import Path

from sdlab.lab import GROUPS, Design, NotFound

FOLDER = Path(__file__).resolve().parent.parent / "designs"


@cache
def designs() -> tuple[Design, ...]:
    """All designs, in catalogue order: by group, then by number."""
    found = [
        import_module(f"designs.{path.parent.name}.design").DESIGN
        for path in sorted(FOLDER.glob("*/design.py"))
    ]
    return tuple(sorted(found, key=lambda design: (GROUPS.index(design.group), design.number)))


def design(slug: str) -> Design:
    """The design of that slug; `NotFound` when there is none."""
    for one in designs():
        if one.slug == slug:
            return one
    known = ", ".join(one.slug for one in designs())
    raise NotFound(f"no lab {slug!r}; there are {known}")
