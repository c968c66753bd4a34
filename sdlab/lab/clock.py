"""Time as an argument: engines ask a clock, so tests decide what time it is."""

from __future__ import annotations

import asyncio
import heapq
import itertools
import time
from datetime import UTC, datetime
from typing import Protocol

DAY_S = 86_400


def time_of_day(t: float, *, seen: float | None = None) -> str:
    """A time (seconds since the epoch) as one reads it; with its day, unless it is that of `seen`.

    >>> time_of_day(1_800_000_011.4), time_of_day(1_800_000_011.4, seen=1_800_000_099)
    ('15 Jan 2027, 08:00:11 UTC', '08:00:11 UTC')
    """
    same_day = seen is not None and t // DAY_S == seen // DAY_S
    return datetime.fromtimestamp(t, UTC).strftime("%H:%M:%S UTC" if same_day else "%-d %b %Y, %H:%M:%S UTC")


class Clock(Protocol):
    """Where an engine gets its time from."""

    def time(self) -> float:
        """Seconds since the Unix epoch, UTC."""
        ...

    def monotonic(self) -> float:
        """Seconds on a clock that never steps back; for durations."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Return once at least `seconds` have passed on this clock."""
        ...


class SystemClock:
    """The machine's own clock."""

    def time(self) -> float:
        return time.time()

    def monotonic(self) -> float:
        return time.perf_counter()

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


class SteppedClock(SystemClock):
    """The machine's clock with a wall clock that somebody has put forward or back; durations go on."""

    def __init__(self) -> None:
        self.ahead = 0.0  # seconds, negative for one that is behind

    def time(self) -> float:
        return super().time() + self.ahead


class ManualClock:
    """A clock that moves only when told to; sleepers wake in order of their time."""

    def __init__(self, start: float = 1_800_000_000.0) -> None:
        self._now = start
        self._sleepers: list[tuple[float, int, asyncio.Future[None]]] = []
        self._order = itertools.count()

    def time(self) -> float:
        return self._now

    def monotonic(self) -> float:
        return self._now

    async def sleep(self, seconds: float) -> None:
        if seconds <= 0:
            await asyncio.sleep(0)
            return
        waiter: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        heapq.heappush(self._sleepers, (self._now + seconds, next(self._order), waiter))
        await waiter

    async def advance(self, seconds: float) -> None:
        """Move time forward; whoever is due runs before this returns."""
        await self._settle()
        target = self._now + seconds
        while self._sleepers and self._sleepers[0][0] <= target:
            self._now, _, waiter = heapq.heappop(self._sleepers)
            if not waiter.done():
                waiter.set_result(None)
            await self._settle()
        self._now = target
        await self._settle()

    async def _settle(self) -> None:
        for _ in range(10):
            await asyncio.sleep(0)

    def step_back(self, seconds: float) -> None:
        """What an NTP correction can do to a server: the wall clock goes backwards."""
        self._now -= seconds
