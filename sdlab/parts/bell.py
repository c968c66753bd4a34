"""A bell: who waits names the last ring that it heard, so that none is missed in between."""

from __future__ import annotations

import asyncio
from contextlib import suppress


class Bell:
    """Counts its rings."""

    def __init__(self) -> None:
        self.rings = 0
        self._rung = asyncio.Event()

    def ring(self) -> None:
        """There is something to do: all who wait go on."""
        self.rings += 1
        rung, self._rung = self._rung, asyncio.Event()
        rung.set()

    async def beyond(self, heard: int, *, within: float | None = None) -> int:
        """Return once it has rung more often than `heard`, or after `within` seconds; the newest ring."""
        if self.rings <= heard:
            with suppress(TimeoutError):
                async with asyncio.timeout(within):
                    await self._rung.wait()
        return self.rings
