"""Whether somebody waits for an answer of this process, so that what can wait lets them go first."""

from __future__ import annotations

import time


class Calls:
    """HTTP calls that have not begun to be answered, and when the last of them was.

    A stream is no call any more as soon as it has begun.
    """

    def __init__(self) -> None:
        self.waiting = 0
        self._last = time.perf_counter()

    def began(self) -> None:
        """Somebody waits for an answer."""
        self.waiting += 1

    def answered(self) -> None:
        """One of them does no more."""
        self.waiting -= 1
        self._last = time.perf_counter()

    def quiet_for(self) -> float:
        """Seconds since somebody last waited; 0 while somebody does."""
        return 0.0 if self.waiting else time.perf_counter() - self._last


CALLS = Calls()  # of this process
