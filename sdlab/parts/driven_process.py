"""A worker process as an engine has it: it works turn by turn, is killed and stopped, and comes back."""

from __future__ import annotations

import asyncio
import logging
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Mapping
from typing import Any, Generic, TypeVar

from redis.exceptions import RedisError

from sdlab.lab import EngineContext, LabError, Room
from sdlab.parts.worker_process import WorkerFailed, WorkerGone, WorkerProcess, address_of
from sdlab.parts.workers.peer import Handler

log = logging.getLogger("sdlab.engine")

RESTART_S = 0.5
RETRY_S = 0.3
DEATHS_KEPT = 32
C = TypeVar("C")


def stores_of(room: Room) -> dict[str, str]:
    """Where a process finds the stores of a room (`redis`, and `url` of the SQL database), and its id."""
    url = room.sql.engine.url.render_as_string(hide_password=False)
    return {"room": room.id, "redis": address_of(room.redis), "url": url}


class DrivenProcess(ABC, Generic[C]):
    """Drives the process of the node `id`, which runs `program` (`module:function`, see `WorkerProcess`).

    `run` is supervised by the engine. The process is begun at its first turn, so that a quiet room has
    none; a turn that finds it gone mourns it, and the next one begins another. While the plan does not
    have the node, or it is down, there is none.
    """

    program: str

    def __init__(self, context: EngineContext[C], id: str) -> None:
        self.context = context
        self.id = id
        self.deaths_at: deque[float] = deque(maxlen=DEATHS_KEPT)  # the newest, of the engine's clock
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
    def died(self) -> None:
        """It was killed at work."""

    def hears(self) -> Mapping[str, Handler]:
        """What the process may ask."""
        return {}

    def setup(self) -> Mapping[str, Any]:
        """What its program is made with."""
        return {}

    @property
    def stopped(self) -> bool:
        """Whether it is to be stopped, at once or at its work."""
        node = self.context.nodes.get(self.id)
        return node is not None and any(one.kind in ("paused", "stopped") for one in node.faults())

    @property
    def up(self) -> bool:
        """Whether the plan has it, and nobody killed it."""
        return self._up.is_set()

    @property
    def alive(self) -> bool:
        """Whether there is a process that works."""
        return self.process is not None and not self.process.paused and not self.process.ended.is_set()

    def sync(self) -> None:
        """The plan or the faults have changed."""
        node = self.context.nodes.get(self.id)
        if node is None or node.down or self._closing:
            self._up.clear()
            if self.process is not None:
                self.process.kill()
            return
        self._up.set()
        if self.process is None:
            return
        if node.state == "paused":
            self.process.pause()
        elif self.process.paused and not self.stopped:
            self.process.resume()

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
                self.deaths_at.append(self.context.clock.time())
                self.died()
                await self.context.clock.sleep(RESTART_S)
            except (WorkerFailed, LabError, RedisError, OSError) as error:
                log.warning("%s of room %s: %s", self.id, self.context.room.id, error)
                await self.context.clock.sleep(RETRY_S)  # a part does not answer just now

    async def _started(self) -> WorkerProcess:
        if self.process is None:
            self.process = WorkerProcess(self.id, self.program, hears=self.hears())
        if self.process.ended.is_set():
            await self.process.start(**self.setup())
        return self.process

    async def retire(self) -> None:
        """Where the plan has it no more, its process ends."""
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
