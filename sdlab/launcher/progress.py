"""Says what a start is doing, that it still does it, and how long it took. Standard library only."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

AGAIN_AFTER = 10.0  # seconds


@contextmanager
def telling(what: str, *, hint: str, every: float = AGAIN_AFTER) -> Iterator[None]:
    """Print `what` (and why it takes time) before the block, a line every few seconds, and its time after it.

    A block that raises is not said to be done.
    """
    print(f"sdlab: {what} ({hint})", flush=True)
    began, done = time.monotonic(), threading.Event()

    def remind() -> None:
        while not done.wait(every):
            print(f"sdlab: {what}: {time.monotonic() - began:.0f} s so far", flush=True)

    reminder = threading.Thread(target=remind, name="progress", daemon=True)
    reminder.start()
    try:
        yield
    finally:
        done.set()
        reminder.join()
    print(f"sdlab: {what}: done in {time.monotonic() - began:.0f} s", flush=True)
