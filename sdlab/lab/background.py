"""What runs beside an engine until it closes: supervised, never silent."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any

from sdlab.lab.context import EngineContext

RESTART_AFTER = 0.5
AT_REST = 15.0  # seconds between two turns of anything while nobody uses the engine or looks at it


class Background:
    """The background work of one engine. What crashes is logged, shown, and begun again after `RESTART_AFTER` s."""

    def __init__(self, context: EngineContext[Any]) -> None:
        self._context = context
        self._tasks: set[asyncio.Task[None]] = set()
        self._awake = asyncio.Event()
        self._awake.set()

    def rest(self) -> None:
        """Nobody uses the engine: what is done again and again is done seldom from now on."""
        self._awake.clear()

    def wake(self) -> None:
        """Somebody does: everything is done at once, and then as usual."""
        self._awake.set()

    def supervise(self, name: str, work: Callable[[], Awaitable[None]]) -> None:
        """Run `work` until it returns, or until everything is stopped."""
        task = asyncio.create_task(self._supervised(name, work), name=f"{self._context.room.slug} {name}")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def every(
        self,
        name: str,
        seconds: float | Callable[[], float],
        work: Callable[[], Awaitable[object]],
        *,
        yields: bool = False,
    ) -> None:
        """Supervise `work`, done again `seconds` after it has ended; the first time after that too.

        A callable is asked each time, for an interval that the config decides. What `yields` (audits,
        measurements: nobody waits for it) is done less often while requests have to wait for each other.
        """

        async def again() -> None:
            while True:
                interval = seconds() if callable(seconds) else seconds
                await self._context.clock.sleep(interval * (self._context.slower() if yields else 1.0))
                await self._until_wanted()
                await work()

        self.supervise(name, again)

    async def _until_wanted(self) -> None:
        if not self._awake.is_set():
            with suppress(TimeoutError):
                await asyncio.wait_for(self._awake.wait(), AT_REST)

    async def stop(self) -> None:
        """Cancel everything; nothing runs any more when this returns."""
        for task in list(self._tasks):
            task.cancel()
        if self._tasks:
            await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _supervised(self, name: str, work: Callable[[], Awaitable[None]]) -> None:
        while True:
            try:
                await work()
                return
            except Exception as error:
                self._context.crashed(name, error)
                await self._context.clock.sleep(RESTART_AFTER)
