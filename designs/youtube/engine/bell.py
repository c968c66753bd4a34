"""Waking those who wait for something to do, without asking a store again and again."""

from __future__ import annotations

import asyncio
from contextlib import suppress


class Bell:
    """Whoever heard it `rings` times waits until it has rung once more, or until a time is over."""

    def __init__(self) -> None:
        self.rings = 0
        self._rung = asyncio.Event()

    def ring(self) -> None:
        """There is something to do."""
        self.rings += 1
        self._rung.set()
        self._rung = asyncio.Event()

    async def beyond(self, heard: int, *, within: float | None = None) -> None:
        """Return once it has rung more often than `heard`, or after `within` seconds."""
        if self.rings > heard:
            return
        with suppress(TimeoutError):
            async with asyncio.timeout(within):
                await self._rung.wait()
