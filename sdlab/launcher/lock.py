"""One preparation at a time: installs and builds of several starts wait for each other."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def alone(folder: Path, *, waiting: str) -> Iterator[None]:
    """Hold the folder's lock for the block; says `waiting` when somebody else has it.

    The lock is on the folder itself: a killed holder leaves nothing behind, and nothing in the
    folder can remove it.
    """
    handle = os.open(folder, os.O_RDONLY)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            print(f"sdlab: {waiting}", flush=True)
            fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)
