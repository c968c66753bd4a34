"""The style sheets of all pages, found where they lie: the shared ones in `assets`, a design's in its folder."""

from __future__ import annotations

import os
from pathlib import Path

from sdlab.settings import ROOT

FIRST = "sdlab.css"  # what the others refine


def stylesheets(root: Path = ROOT) -> list[str]:
    """Addresses of all style sheets, in the order in which they apply, the same on every machine.

    First `sdlab.css`, then what else lies in `assets`, then `designs/*/**/*.css`, each by its path.
    Raises `OSError` where a design's sheet cannot be linked below `assets/external`.
    """
    shared = sorted(path.name for path in (root / "assets").glob("*.css") if path.name != FIRST)
    own = sorted((root / "designs").glob("*/**/*.css"))
    return [f"/{name}" for name in (FIRST, *shared)] + [_linked(sheet, root) for sheet in own]


def _linked(sheet: Path, root: Path) -> str:
    # Reflex takes sheets from `assets` alone; scripts that lie beside a module reach it as links, too.
    address = Path("external") / sheet.relative_to(root)
    link = root / "assets" / address
    if not (link.is_symlink() and link.readlink() == sheet):
        link.parent.mkdir(parents=True, exist_ok=True)
        fresh = link.with_name(f".{link.name}.{os.getpid()}")
        fresh.unlink(missing_ok=True)
        fresh.symlink_to(sheet)
        fresh.replace(link)  # several processes may start at once
    return f"/{address.as_posix()}"
