"""Makes ready, while nobody asks for anything, what the first visitor of each lab would have to wait for.

A lab that opens for the first time in a process starts PostgreSQL or a process for workers, imports, and works
out what all its rooms share. So each is opened once, in a room that nobody sees and that is removed at once.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING

import psutil

from sdlab.lab import Design
from sdlab.parts.optional_packages import optional_packages
from sdlab.parts.worker_process import begin_nursery
from sdlab.rooms.calls import CALLS
from sdlab.rooms.pace import FRAMES_PER_SECOND, PACE

if TYPE_CHECKING:
    from sdlab.rooms.manager import RoomManager

log = logging.getLogger("sdlab.rooms")

QUIET_S = 1.0  # without a call before anything is begun: a page that loads calls more often
LOOK_EVERY = 0.2
STOP_WITHIN = 4.0
LEAST_FREE = 768 * 1024 * 1024  # bytes of memory; with less, labs are opened for visitors alone
PLACES_LEFT = 8  # labs that may still be opened by visitors while one is warmed up


class WarmUp:
    """Of one process: one step after another, each begun only when `quiet_for` says that nobody waits."""

    def __init__(
        self,
        manager: RoomManager,
        labs: Sequence[Design],
        *,
        quiet_for: Callable[[], float] = CALLS.quiet_for,
    ) -> None:
        self._manager, self._labs, self._quiet_for = manager, labs, quiet_for
        self._ending = False
        self._task: asyncio.Task[None] | None = None
        self.done: list[str] = []  # "postgres", "workers", and slugs

    def start(self) -> None:
        """Begin, in the background."""
        self._task = asyncio.create_task(self.run(), name="warms up")

    async def stop(self) -> None:
        """End after the step that is under way; nothing is done any more when this returns."""
        self._ending = True
        if self._task is not None:
            await asyncio.wait({self._task}, timeout=STOP_WITHIN)
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def run(self) -> None:
        """All of it. What fails is left to whoever asks for it, and is told there."""
        if any(one.database == "postgres" for one in self._labs):
            await self._step("postgres", self._postgres)
        await self._step("workers", self._workers)
        for design in self._labs:
            if all(optional_packages().status(one).state == "ready" for one in design.needs):
                await self._step(design.slug, partial(self._lab, design.slug))

    async def _step(self, name: str, work: Callable[[], Awaitable[None]]) -> None:
        await self._until_quiet()
        if self._ending:
            return
        try:
            await work()
        except Exception as error:
            log.debug("%s was not made ready: %s", name, type(error).__name__)
        else:
            self.done.append(name)

    async def _until_quiet(self) -> None:
        while not self._ending and not self._nobody_waits():  # noqa: ASYNC110 - looked at, so that calls pay nothing
            await asyncio.sleep(LOOK_EVERY)

    def _nobody_waits(self) -> bool:
        manager = self._manager
        return (
            self._quiet_for() >= QUIET_S
            and PACE.interval <= 1 / FRAMES_PER_SECOND
            and not manager.opening
            and psutil.virtual_memory().available >= LEAST_FREE
            and manager.open_labs < manager.settings.open_labs - PLACES_LEFT
        )

    async def _postgres(self) -> None:
        await self._manager.stores.databases.of("postgres")

    async def _workers(self) -> None:
        await asyncio.to_thread(begin_nursery)

    async def _lab(self, slug: str) -> None:
        if slug in self._manager.opened:
            return  # somebody was faster
        room = self._manager.rooms.temporary_room()
        try:
            lab = await self._manager.lab(room, slug)
            await lab.look()
            lab.serialise()
        finally:
            with suppress(Exception):
                await self._manager.remove(room)
