"""Snowflake workers: machines that make ids from their clocks, without asking anybody."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

from designs.url_shortener.config import Config
from designs.url_shortener.engine.nodes import label_of, worker_ids
from designs.url_shortener.engine.round_robin import RoundRobin
from designs.url_shortener.engine.strategies import ALLOCATOR_LOCKS
from designs.url_shortener.engine.strategies.generators import Allocated
from sdlab.blocks.snowflake import ClockStepped, SequenceExhausted, Snowflake, State
from sdlab.lab import EngineContext, Unavailable

DATA_CENTRE = 1
NEW = State()


@dataclass(slots=True)
class Worker:
    """A machine that makes Snowflake ids. `skew_ms` is how far its clock is from the room's."""

    id: str
    machine: Snowflake
    state: State = NEW
    skew_ms: int = 0
    issued: int = 0
    refused: int = 0
    waited: int = 0
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)


class Workers:
    """Gives Snowflake ids; a worker whose clock stepped back refuses and is passed over."""

    def __init__(self, context: EngineContext[Config]) -> None:
        self._context = context
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

    async def _next(self, worker: Worker) -> int:
        async with ALLOCATOR_LOCKS[self._context.config.allocator_lock].guard(worker.lock):
            number, state = await self._following(worker)
            await asyncio.sleep(0)  # between the read and the write others run, as other threads would
            worker.state = state
            worker.issued += 1
            return number

    async def _following(self, worker: Worker) -> tuple[int, State]:
        while True:
            try:
                return worker.machine.following(worker.state, self.now_ms(worker))
            except SequenceExhausted:
                worker.waited += 1
                await self._context.clock.sleep(0.001)
            except ClockStepped as stepped:
                worker.refused += 1
                raise Unavailable(
                    f"{label_of(worker.id)} refuses, its clock is {stepped.by_ms} ms behind its last id"
                ) from None

    def now_ms(self, worker: Worker) -> int:
        """What the worker's clock shows, ms since 1970."""
        return int(self._context.clock.time() * 1000) + worker.skew_ms
