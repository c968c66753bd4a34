"""A process of the system as the engine has it: started at first need, killed, stopped, woken up, never left behind."""

from __future__ import annotations

import asyncio
import logging
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from redis.exceptions import RedisError

from designs.web_crawler.config import Config
from sdlab.lab import Clock, EngineContext, LabError
from sdlab.parts.worker_process import WorkerFailed, WorkerGone, WorkerProcess, address_of
from sdlab.parts.workers.peer import Handler

log = logging.getLogger("sdlab.engine")

RESTART_S = 0.3
RETRY_S = 0.3
DEATHS_KEPT = 32
NEVER = 2**53


class Bell:
    """Says to each listener when there may be something to do, so that nobody has to look before; times in ms."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._at: dict[str, int] = {}
        self._rung = asyncio.Event()

    def ring(self, at_ms: int = 0) -> None:
        """From then on there may be something to do, for everybody; 0 is now."""
        for who in self._at:
            self._at[who] = min(self._at[who], at_ms)
        self._wake()

    def tell(self, who: str, at_ms: int = 0) -> None:
        """From then on there may be something to do for this one."""
        self._at[who] = min(self._at.get(who, NEVER), at_ms)
        self._wake()

    def _wake(self) -> None:
        self._rung.set()
        self._rung = asyncio.Event()

    async def due(self, who: str) -> None:
        """Return once it is time for this one, who then knows of nothing more until it is told."""
        while True:
            at, now = self._at[who], int(self._clock.time() * 1000)
            if at <= now:
                self._at[who] = NEVER
                return
            with suppress(TimeoutError):
                async with asyncio.timeout(None if at == NEVER else (at - now) / 1000):
                    await self._rung.wait()


class Driven(ABC):
    """Drives one process. `run` is supervised by the engine; a turn that finds the process gone begins a new one."""

    program: str

    def __init__(self, context: EngineContext[Config], id: str, bell: Bell) -> None:
        self.context = context
        self.id = id
        self.bell = bell
        bell.tell(id, NEVER)
        self.deaths = 0
        self.deaths_at: deque[float] = deque(maxlen=DEATHS_KEPT)  # the newest, of the engine's clock
        self.process: WorkerProcess | None = None
        self._mourned = 0
        self._up = asyncio.Event()
        self._closing = False

    @abstractmethod
    async def wanted(self) -> None:
        """Return once there may be something to do."""

    @abstractmethod
    async def turn(self, process: WorkerProcess) -> None:
        """Do it."""

    @abstractmethod
    async def setup(self) -> Mapping[str, Any]:
        """What its program is made with, beside the stores."""

    def hears(self) -> Mapping[str, Handler]:
        """What the process may ask."""
        return {}

    @abstractmethod
    def died(self) -> None:
        """It was killed at work."""

    def sync(self) -> None:
        """The plan or the faults have changed."""
        node = self.context.nodes.get(self.id)
        if node is not None and not node.down and not self._closing:
            self._up.set()
            if self.process is not None and self.process.paused and node.state != "paused":
                self.process.resume()
        else:
            self._up.clear()
            if self.process is not None:
                self.process.kill()
        if node is not None and node.state == "paused" and self.process is not None:
            self.process.pause()

    @property
    def name(self) -> str:
        """As it is called in a sentence."""
        return self.id.replace("-", " ")

    async def run(self) -> None:
        """Turn after turn, for as long as the plan has it."""
        while not self._closing:
            await self._up.wait()
            await self.wanted()
            if not self._up.is_set():
                continue
            try:
                await self.turn(await self.started())
            except WorkerGone:
                self.mourn()
            except (WorkerFailed, LabError, RedisError, OSError) as error:
                log.warning("%s of room %s: %s", self.id, self.context.room.id, error)
                await self.context.clock.sleep(RETRY_S)  # a store does not answer just now
                self.bell.tell(self.id)

    def mourn(self) -> None:
        """Its process has ended at work: told once for each."""
        if self.process is not None and self._mourned != self.process.pid:
            self._mourned = self.process.pid
            self.deaths_at.append(self.context.clock.time())
            self.deaths += 1
            self.died()

    async def started(self) -> WorkerProcess:
        """Its process, begun when there is none."""
        if self.process is None:
            self.process = WorkerProcess(self.id, self.program, hears=self.hears())
        if self.process.ended.is_set():
            if self.process.pid:
                self.mourn()
                await self.context.clock.sleep(RESTART_S)
            if not self._up.is_set():
                raise WorkerGone(f"{self.id} is not wanted any more")
            room = self.context.room
            await self.process.start(
                name=self.id,
                url=room.sql.engine.url.render_as_string(hide_password=False),
                redis=address_of(room.redis),
                room=room.id,
                base=room.key("f"),
                **await self.setup(),
            )
        return self.process

    async def retire(self) -> None:
        """The plan has it no more: its process ends."""
        if self.process is not None and self.context.nodes.get(self.id) is None:
            self._mourned = self.process.pid
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
