"""The style sheets of all pages, found where they lie: the shared ones in `assets`, a design's in its folder."""

from __future__ import annotations

from pathlib import Path

from sdlab.pages.links import link
from sdlab.settings import ROOT

FIRST = "sdlab.css"  # what the others refine


def stylesheets(root: Path = ROOT) -> list[str]:
    """Addresses of all style sheets, in the order in which they apply, the same on every machine.

    First `sdlab.css`, then what else lies in `assets`, then `designs/*/**/*.css`, each by its path.
    Raises `OSError` where a design's sheet cannot be linked below `assets/external`.
    """
    shared = sorted(path.name for path in (root / "assets").glob("*.css") if path.name != FIRST)
    own = sorted((root / "designs").glob("*/**/*.css"))
    return [f"/{name}" for name in (FIRST, *shared)] + [
        link(sheet, sheet.relative_to(root), root=root) for sheet in own
    ]
