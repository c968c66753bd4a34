"""Who goes first when many use a tag and one changes it: an order, which row locks alone do not give.

PostgreSQL lets whoever shares a row in while others share it already, also past somebody who waits to
have it alone: under traffic that one would never get it. So writers who come later wait for it here, where
they hold no connection of the database.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager


class Turns:
    """By name: the one who changes a tag comes before all who come later; two of them come one after the other."""

    def __init__(self) -> None:
        self._taken: dict[str, asyncio.Event] = {}

    async def wait(self, name: str) -> None:
        """Until nobody changes the tag of that name, or waits to."""
        while taken := self._taken.get(name):
            await taken.wait()

    @asynccontextmanager
    async def first(self, *names: str) -> AsyncIterator[None]:
        """Within the block this one changes the tags of these names."""
        mine: list[str] = []
        try:
            for name in sorted(set(names)):  # in one order, so that two do not wait for each other
                await self.wait(name)
                self._taken[name] = asyncio.Event()
                mine.append(name)
            yield
        finally:
            for name in mine:
                self._taken.pop(name).set()
