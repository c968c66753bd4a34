"""How much lies in a folder."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from stat import S_ISREG


def bytes_in(folder: Path) -> int:
    """The bytes of all files below a folder, while somebody else writes and removes them."""
    total = 0
    for path in folder.rglob("*"):
        with suppress(OSError):
            found = path.stat()
            total += found.st_size if S_ISREG(found.st_mode) else 0
    return total
