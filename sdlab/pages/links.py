"""Files that lie beside a module and travel with the pages: linked below `assets/external`, where Reflex looks."""

from __future__ import annotations

import os
from pathlib import Path

from sdlab.launcher.paths import packaged


def link(file: Path, address: Path, *, root: Path) -> str:
    """Link `file` to `assets/external/<address>` of the project at `root`; its address in the pages.

    A package's pages are built, and nothing is written there. Raises `OSError` where it cannot be linked.
    """
    place = Path("external") / address
    target = root / "assets" / place
    if not packaged() and not (target.is_symlink() and target.readlink() == file):
        target.parent.mkdir(parents=True, exist_ok=True)
        fresh = target.with_name(f".{target.name}.{os.getpid()}")
        fresh.unlink(missing_ok=True)
        fresh.symlink_to(file)
        fresh.replace(target)  # several processes may start at once
    return f"/{place.as_posix()}"
