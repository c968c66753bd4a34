"""A process of the system as the engine has it: started at first need, killed, stopped, woken up, never left behind."""

from __future__ import annotations

import asyncio
import logging
from abc import ABC, abstractmethod
from collections.abc import Mapping

from redis.exceptions import RedisError

from designs.youtube.config import Config
from sdlab.lab import EngineContext, LabError
from sdlab.parts.worker_process import WorkerFailed, WorkerGone, WorkerProcess, address_of
from sdlab.parts.workers.peer import Handler

log = logging.getLogger("sdlab.engine")

RESTART_S = 0.5
RETRY_S = 0.3


class Driven(ABC):
    """Drives one process. `run` is supervised by the engine; a turn that finds the process gone begins a new one."""

    program: str

    def __init__(self, context: EngineContext[Config], id: str) -> None:
        self.context = context
        self.id = id
        self.died_at = 0.0
        self.process: WorkerProcess | None = None
        self._up = asyncio.Event()
        self._closing = False

    @abstractmethod
    async def wanted(self) -> None:
        """Return once there may be something to do."""

    @abstractmethod
    async def turn(self, process: WorkerProcess) -> None:
        """Do it."""

    @abstractmethod
    def hears(self) -> Mapping[str, Handler]:
        """What the process may ask."""

    @abstractmethod
    def died(self) -> None:
        """It was killed at work."""

    def sync(self) -> None:
        """The plan or the faults have changed."""
        node = self.context.nodes.get(self.id)
        if node is not None and not node.down and not self._closing:
            self._up.set()
        else:
            self._up.clear()
            if self.process is not None:
                self.process.kill()

    async def run(self) -> None:
        """Turn after turn, for as long as the plan has it."""
        while not self._closing:
            await self._up.wait()
            await self.wanted()
            if not self._up.is_set():
                continue
            try:
                await self.turn(await self._started())
            except WorkerGone:
                await self._ended()
            except (WorkerFailed, LabError, RedisError, OSError) as error:
                log.warning("%s of room %s: %s", self.id, self.context.room.id, error)
                await self.context.clock.sleep(RETRY_S)  # a part does not answer just now

    async def _ended(self) -> None:
        self.died_at = self.context.clock.time()
        self.died()
        await self.context.clock.sleep(RESTART_S)

    async def _started(self) -> WorkerProcess:
        if self.process is None:
            self.process = WorkerProcess(self.id, self.program, hears=self.hears())
        if self.process.ended.is_set():
            room = self.context.room
            await self.process.start(name=self.id, redis=address_of(room.redis), base=room.key("q"))
        return self.process

    async def retire(self) -> None:
        """The plan has it no more: its process ends."""
        if self.process is not None and self.context.nodes.get(self.id) is None:
            await self.process.close()

    def end(self) -> None:
        """Its process ends now, and no other is started."""
        self._closing = True
        if self.process is not None:
            self.process.kill()

    async def close(self) -> None:
        """Return when its process is gone; nothing is kept of it."""
        self.end()
        if self.process is not None:
            await self.process.close()
            self.process = None
