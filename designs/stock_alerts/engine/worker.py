"""A process of the system that can be killed: what it holds in memory is gone with it, and it begins anew."""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from collections import deque

from redis.exceptions import RedisError

from designs.stock_alerts.config import Config
from sdlab.lab import EngineContext, NotFound, Unavailable

RESTART_S = 0.5
RETRY_S = 0.2
DEATHS_KEPT = 32
UNREACHABLE = (Unavailable, NotFound, RedisError, OSError)  # a part that was just taken away is not found


class Died(Exception):
    """The process ended where it stood."""


class Worker(ABC):
    """Runs `live` until it dies, and again once its node is up. `run` is supervised by the engine."""

    def __init__(self, context: EngineContext[Config], node_id: str) -> None:
        self.context = context
        self.id = node_id
        self._life: asyncio.Task[None] | None = None
        self._up = asyncio.Event()
        self._leaving = False
        self.deaths_at: deque[float] = deque(maxlen=DEATHS_KEPT)  # the newest, Unix seconds

    @abstractmethod
    async def live(self) -> None:
        """From its start to its end."""

    @abstractmethod
    def forget(self) -> None:
        """What was in memory is gone."""

    def fault_changed(self) -> None:
        """Killed, or brought back."""
        node = self.context.nodes.get(self.id)
        if node is None or not node.down:
            self._up.set()
        else:
            self._up.clear()
            if self._life is not None:
                self._life.cancel()

    def leave(self) -> None:
        """End this life and begin the next one with what is in memory."""
        if self._life is not None:
            self._leaving = True
            self._life.cancel()

    async def run(self) -> None:
        """One life after the other."""
        self.fault_changed()
        while True:
            await self._up.wait()
            life = self._life = asyncio.create_task(self.live(), name=self.id)
            try:
                await asyncio.wait({life})
            finally:
                self._life = None
                if not life.done():
                    life.cancel()
                    await asyncio.gather(life, return_exceptions=True)
            error = None if life.cancelled() else life.exception()
            if isinstance(error, UNREACHABLE):
                await self.context.clock.sleep(RETRY_S)
                continue
            if self._leaving and error is None:
                self._leaving = False
                continue
            self.deaths_at.append(self.context.clock.time())
            self.forget()
            if error is not None and not isinstance(error, Died):
                raise error
            await self.context.clock.sleep(RESTART_S)
