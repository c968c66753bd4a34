"""Snowflake workers: machines that make ids from their clocks, without asking anybody."""

from __future__ import annotations

from dataclasses import dataclass

from designs.url_shortener.config import Config
from designs.url_shortener.engine.allocator_state import AllocatorState
from designs.url_shortener.engine.nodes import label_of, worker_ids
from designs.url_shortener.engine.round_robin import RoundRobin
from designs.url_shortener.engine.strategies import ALLOCATOR_LOCKS
from designs.url_shortener.engine.strategies.generators import Allocated
from designs.url_shortener.engine.strategies.locks import Taken
from sdlab.blocks.snowflake import ClockStepped, SequenceExhausted, Snowflake
from sdlab.lab import EngineContext, Unavailable

DATA_CENTRE = 1


@dataclass(slots=True)
class Worker:
    """A machine that makes Snowflake ids. `skew_ms` is how far its clock is from the room's."""

    id: str
    machine: Snowflake
    skew_ms: int = 0
    issued: int = 0
    refused: int = 0
    waited: int = 0


class Workers:
    """Gives Snowflake ids; a worker whose clock stepped back refuses and is passed over."""

    def __init__(self, context: EngineContext[Config], state: AllocatorState) -> None:
        self._context = context
        self._state = state
        self._turns = RoundRobin(context)
        self.workers: dict[str, Worker] = {}

    def resize(self, count: int) -> None:
        """Run that many workers."""
        self.workers = {
            id: self.workers.get(id) or Worker(id, Snowflake(centre=DATA_CENTRE, worker=number))
            for number, id in enumerate(worker_ids(count))
        }

    async def take(self) -> Allocated:
        """The next id. `Unavailable` when no worker can give one."""
        return await self._turns.first_answer(
            list(self.workers.values()), "next id", self._next, refusal="no worker gives an id"
        )

    async def _next(self, worker: Worker) -> Taken:
        while True:
            lock = ALLOCATOR_LOCKS[self._context.config.allocator_lock]
            now_ms = self.now_ms(worker)
            try:
                taken = await lock.id(self._state, worker.id, worker.machine, now_ms, self._context.decide)
            except SequenceExhausted:
                worker.waited += 1
                await self._context.clock.sleep(0.001)
            except ClockStepped as stepped:
                if self.now_ms(worker) - now_ms >= stepped.by_ms:
                    continue  # this request read the clock, and another one was quicker with its script
                worker.refused += 1
                raise Unavailable(
                    f"{label_of(worker.id)} refuses, its clock is {stepped.by_ms} ms behind its last id"
                ) from None
            else:
                worker.issued += 1
                return taken

    def now_ms(self, worker: Worker) -> int:
        """What the worker's clock shows, ms since 1970."""
        return int(self._context.clock.time() * 1000) + worker.skew_ms
