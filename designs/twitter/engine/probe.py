"""How soon what was just tweeted is found."""

from __future__ import annotations

from sdlab.blocks.histogram import LogHistogram

PATIENCE = 10.0


class Probe:
    """Words that nobody else uses, and how long searches for them took."""

    pause = 0.01

    def __init__(self) -> None:
        self.delays = LogHistogram()
        self.found = self.missed = 0
        self.slowest = 0.0
        self._number = 0

    def word(self) -> str:
        """A new one."""
        self._number += 1
        return f"probe{self._number}"

    def gives_up(self, seconds: float) -> bool:
        """Whether it has been long enough."""
        if seconds < PATIENCE:
            return False
        self.missed += 1
        return True

    def took(self, seconds: float) -> float:
        """It was found, or given up, after that."""
        if seconds < PATIENCE:
            self.found += 1
            self.slowest = max(self.slowest, seconds)
            self.delays.add(seconds * 1000)
        return seconds
