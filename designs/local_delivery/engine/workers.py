"""Workers beside the requests: each has a task of its own, which is really ended when it is killed, and waits when paused."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from designs.local_delivery.config import Config
from sdlab.lab import EngineContext, LabError

AFTER_A_CRASH_S = 0.5


@dataclass(slots=True)
class Worker:
    """`every` tells the seconds between two turns, of which each says whether there was anything to do.

    `turns` are finished ones that did something, `ended` how often it was killed at work.
    """

    id: str
    every: Callable[[], float]
    turn: Callable[[], Awaitable[bool]]
    task: asyncio.Task[None] | None = None
    busy: bool = False
    turns: int = 0
    ended: int = 0


class Workers:
    """Runs exactly those that the plan has and that nobody has killed."""

    def __init__(self, context: EngineContext[Config]) -> None:
        self._context = context
        self.all: dict[str, Worker] = {}

    def add(self, id: str, every: Callable[[], float], turn: Callable[[], Awaitable[bool]]) -> None:
        """A worker that runs while there is a node of that id."""
        self.all[id] = Worker(id, every, turn)

    def sync(self) -> None:
        """Start whom the plan has, end whom it has not or whom somebody killed."""
        for worker in self.all.values():
            node = self._context.nodes.get(worker.id)
            wanted = node is not None and not node.down
            if wanted and (worker.task is None or worker.task.done()):
                name = f"local-delivery {worker.id}"
                worker.task = asyncio.create_task(self._work(worker), name=name)
            elif not wanted and worker.task is not None:
                self._end(worker)

    def _end(self, worker: Worker) -> None:
        assert worker.task is not None
        worker.task.cancel()
        worker.ended += worker.busy
        worker.task = None

    async def stop(self) -> None:
        """End all; nothing runs any more when this returns."""
        tasks = [one.task for one in self.all.values() if one.task is not None]
        for task in tasks:
            task.cancel()
        for one in self.all.values():
            one.task = None
        await asyncio.gather(*tasks, return_exceptions=True)
        self.all.clear()

    async def _work(self, worker: Worker) -> None:
        while True:
            await self._context.clock.sleep(worker.every())
            node = self._context.nodes.get(worker.id)
            if node is None:
                return
            if node.state == "paused":
                continue
            worker.busy = True
            try:
                worker.turns += await worker.turn()
            except LabError:
                pass  # a store does not answer just now: the next turn comes
            except Exception as error:
                self._context.crashed(worker.id, error)
                await self._context.clock.sleep(AFTER_A_CRASH_S)
            finally:
                worker.busy = False
