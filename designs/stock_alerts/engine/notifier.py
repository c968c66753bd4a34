"""The notifier: takes what was found, and tells each owner."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from designs.stock_alerts.config import Config
from designs.stock_alerts.engine.counters import Counters
from designs.stock_alerts.engine.firing_queue import FiringQueue, Message
from designs.stock_alerts.engine.nodes import NOTIFIER, QUEUE
from designs.stock_alerts.engine.strategies.delivery import ACKS, ONCE, Delivery
from designs.stock_alerts.engine.ticks import Hit
from designs.stock_alerts.engine.worker import Died, Worker
from sdlab.lab import EngineContext, amount

MESSAGES = 16  # at once


class Notifier(Worker):
    """One process. It may die between sending and acknowledging, or between its two marks."""

    def __init__(
        self,
        context: EngineContext[Config],
        queue: FiringQueue,
        delivery: Delivery,
        counters: Counters,
    ) -> None:
        super().__init__(context, NOTIFIER)
        self._queue, self._delivery, self._counters = queue, delivery, counters
        self._in_hand: list[Hit] = []
        self._acknowledged = False

    def forget(self) -> None:
        if self._acknowledged:
            self._counters.lost_in_hand += len(self._in_hand)
        self._in_hand, self._acknowledged = [], False
        self._counters.deaths += 1

    async def live(self) -> None:
        """Message after message, from the last acknowledged one."""
        position = await self._queue.position()
        while True:
            heard = self._queue.bell.rings
            messages = []
            if self._queue.tail != position:
                messages = await self._queue.read(position, limit=MESSAGES, source=NOTIFIER)
            if not messages:
                await self._queue.bell.beyond(heard)
                continue
            await self.context.node(NOTIFIER).call(
                f"notify {len(messages)}", partial(self._handle, messages), source=QUEUE
            )
            position = messages[-1].id
            self.context.changed()

    async def _handle(self, messages: Sequence[Message]) -> None:
        hits = [hit for one in messages for hit in one.hits]
        self._in_hand, self._acknowledged = hits, False

        async def send() -> None:
            await ONCE[self.context.config.once].send(hits, self._delivery, self._may_die)
            self._in_hand = []

        async def acknowledge() -> None:
            await self._queue.acknowledge(messages[-1].id, source=NOTIFIER)
            self._acknowledged = True

        async with self.context.request("notify", by=NOTIFIER, by_hand=False, kind="Notify") as trace:
            before = self._counters.sent
            await ACKS[self.context.config.ack].handle(self.context, send, acknowledge, self._may_die)
            trace.sentence = (
                f"the notifier had {amount(len(hits), 'alert')} and sent {self._counters.sent - before}"
            )
        self._in_hand = []

    def _may_die(self, where: str) -> None:
        faults = {one.kind: one.value for one in self.context.node(NOTIFIER).faults()}
        if where in faults and self.context.rng.random() * 100 < faults[where]:
            raise Died(where)
