"""What waits for its time: known in memory so that nobody asks the store while nothing is due. Rebuilt from the rows."""

from __future__ import annotations

import heapq
from collections.abc import Iterable

from designs.job_scheduler.config import Config
from designs.job_scheduler.engine.counters import Counters
from sdlab.lab import EngineContext
from sdlab.parts.bell import Bell

SLACK_S = 0.001
LEAD_S = 1.0  # so long before anything is due they are at their places


class Backlog:
    """Runs that wait, by the time that they are due. It says when to scan, never what: that the rows say."""

    def __init__(self, context: EngineContext[Config], counters: Counters) -> None:
        self._clock, self._counters = context.clock, counters
        self._heap: list[tuple[int, str]] = []
        self._waiting: set[str] = set()
        self._due: dict[str, int] = {}
        self.bell = Bell()
        self.awake_since = self._awake_at = 0.0
        self.claimed_at = 0.0

    def reset(self, runs: Iterable[tuple[str, int]]) -> None:
        """These wait, and no others."""
        self._heap, self._waiting, self._due = [], set(), {}
        self.add(runs)

    def add(self, runs: Iterable[tuple[str, int]]) -> None:
        """These wait as well."""
        for run, due_ms in runs:
            if run not in self._waiting:
                self._waiting.add(run)
                heapq.heappush(self._heap, (due_ms, run))
        self.bell.ring()

    def gone(self, runs: Iterable[str]) -> None:
        """These do not wait any more."""
        for run in runs:
            self._waiting.discard(run)
            self._due.pop(run, None)

    def claimed(self, runs: Iterable[str]) -> None:
        """An extractor has them."""
        self.gone(runs)
        self.claimed_at = self._clock.monotonic()

    @property
    def waiting(self) -> int:
        """How many wait."""
        return len(self._waiting)

    @property
    def hot(self) -> bool:
        """Whether anything is due that nobody has claimed."""
        self._roll()
        if self._due:
            self._wake()
        return bool(self._due)

    def _roll(self) -> None:
        now = self._clock.time()
        was = bool(self._due)
        while self._heap and self._heap[0][0] <= now * 1000:
            due_ms, run = heapq.heappop(self._heap)
            if run in self._waiting:
                self._due[run] = due_ms
                self._counters.became_due(due_ms, self._clock.monotonic())
        if self._due and not was:
            self._wake()

    def _wake(self) -> None:
        """After a rest: whoever is there has to be heard of first."""
        now = self._clock.monotonic()
        if now - self._awake_at > LEAD_S or not self.awake_since:
            self.awake_since = self.claimed_at = now
        self._awake_at = now

    async def until_near(self) -> None:
        """Return once something is due, or will be within a second."""
        while not self.hot:
            heard = self.bell.rings
            wait = None
            if self._heap:
                wait = self._heap[0][0] / 1000 - self._clock.time() - LEAD_S
                if wait <= 0:
                    self._wake()
                    return
            await self.bell.beyond(heard, within=None if wait is None else wait + SLACK_S)
