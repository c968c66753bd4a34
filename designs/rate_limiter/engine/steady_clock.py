"""The time by which requests are counted."""

from __future__ import annotations

from typing import Any

from sdlab.lab import EngineContext


class SteadyClock:
    """One time for all checks, in Unix seconds; it stands still where the machine's clock steps back."""

    def __init__(self, context: EngineContext[Any]) -> None:
        self._clock = context.clock
        self._latest = 0.0

    def now(self) -> float:
        """At least as late as at the call before."""
        self._latest = max(self._latest, self._clock.time())
        return self._latest
