"""What is done about rooms again and again: idle labs rest and are closed, old rooms go, leases are renewed."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from sdlab.rooms.admission import LAST_SEEN
from sdlab.rooms.lease import RENEW_EVERY

if TYPE_CHECKING:
    from sdlab.rooms.manager import RoomManager

log = logging.getLogger("sdlab.rooms")

SWEEP_EVERY = 30.0
REST_EVERY = 5.0
REMOVED_AT_ONCE = 200


class Housekeeping:
    """Of all rooms of one manager. What fails is logged and tried again."""

    def __init__(self, manager: RoomManager) -> None:
        self._manager = manager
        self._tasks: list[asyncio.Task[None]] = []

    def start(self) -> None:
        """Begin."""
        idle = self._manager.settings.idle_minutes * 60
        self._tasks = [
            asyncio.create_task(_forever(work, every), name=work.__name__)
            for work, every in (
                (self.sweep, min(SWEEP_EVERY, idle / 2)),
                (self.renew, RENEW_EVERY),
                (self.rest, REST_EVERY),
            )
        ]

    async def stop(self) -> None:
        """End; nothing is done any more when this returns."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def sweep(self) -> None:
        """Close idle labs and remove rooms that nobody used for a day."""
        await self._close_idle()
        manager = self._manager
        redis, oldest = manager.stores.redis, manager.clock.time() - manager.settings.keep_hours * 3600
        while old := await redis.zrangebyscore(LAST_SEEN, "-inf", oldest, start=0, num=REMOVED_AT_ONCE):
            await manager.remove(*old)

    async def _close_idle(self) -> None:
        manager = self._manager
        now, idle = manager.clock.monotonic(), manager.settings.idle_minutes * 60
        for (room, slug), lab in manager.running().items():
            if lab.frames.watched:
                lab.touch()
                await manager.stores.redis.zadd(LAST_SEEN, {room: manager.clock.time()})
            elif now - lab.last_used > idle:
                await (
                    manager.remove(room)
                    if manager.rooms.is_temporary(room)
                    else manager.close_lab(room, slug)
                )

    async def rest(self) -> None:
        """Labs that nobody uses or watches cost next to nothing until somebody does."""
        for lab in self._manager.running().values():
            lab.rest_if_idle()

    async def renew(self) -> None:
        """Keep the leases of open rooms; a room whose lease is lost is closed."""
        open_labs = self._manager.running()
        for room in {room for room, _ in open_labs}:
            if not await self._manager.stores.leases.take(room):
                log.warning("the lease of room %s is lost; closing it", room)
                for slug in [slug for held, slug in open_labs if held == room]:
                    await self._manager.close_lab(room, slug)


async def _forever(work: Callable[[], Awaitable[None]], every: float) -> None:
    while True:
        try:
            await work()
        except Exception:
            log.exception("%s failed; it is tried again", getattr(work, "__name__", "housekeeping"))
        await asyncio.sleep(every)
