"""Waking those who wait for work, without asking a store again and again."""

from __future__ import annotations

import asyncio


class Bell:
    """Counts its rings. Who waits names the last one that it heard, so that none is missed in between."""

    def __init__(self) -> None:
        self.rings = 0
        self._rung = asyncio.Event()

    def ring(self) -> None:
        """There is something."""
        self.rings += 1
        rung, self._rung = self._rung, asyncio.Event()
        rung.set()

    async def beyond(self, heard: int) -> int:
        """Return once it has rung since `heard`; the newest ring."""
        while self.rings <= heard:
            await self._rung.wait()
        return self.rings
