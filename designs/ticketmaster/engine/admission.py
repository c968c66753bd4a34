"""The waiting rooms of all events at work: who may come in, how long it takes, and that a batch is a batch."""

from __future__ import annotations

from typing import TYPE_CHECKING

from designs.ticketmaster.config import BOOKING, QUEUE
from designs.ticketmaster.queueing import Place, WaitingRoom
from designs.ticketmaster.search import Event
from designs.ticketmaster.strategies import ADMISSIONS
from sdlab.blocks.windows import SlidingCounter
from sdlab.lab import Forbidden

if TYPE_CHECKING:
    from designs.ticketmaster.engine import Ticketmaster


class Lobby:
    """One queue per event, in Redis; only those of popular events are stood in."""

    def __init__(self, engine: Ticketmaster) -> None:
        self._engine = engine
        self._queues: dict[str, WaitingRoom] = {}
        self._most_inside = engine.config.batch
        self._pace = SlidingCounter(seconds=10)
        self.admitted = 0
        self.last_batch = 0
        self.waiting = self.inside = 0

    def queue(self, event_id: str) -> WaitingRoom:
        """The queue of an event."""
        if event_id not in self._queues:
            room = self._engine.room
            self._queues[event_id] = WaitingRoom(room.redis, room.key("queue", event_id), clock=room.clock)
        return self._queues[event_id]

    def needed(self, event: Event) -> bool:
        """Whether that event is entered through its queue now."""
        return event.popular and ADMISSIONS[self._engine.config.admission].waits

    async def join(self, event_id: str) -> Place:
        """A place at the end."""
        queue = self.queue(event_id)
        token = await self._engine.nodes[QUEUE].call("join", queue.join, source=BOOKING)
        return await self.place(event_id, token)

    async def place(self, event_id: str, token: str) -> Place:
        """Where a token stands; `NotFound` for one that is over."""
        config = self._engine.config
        return await self.queue(event_id).place(
            token, batch=config.batch, visit_s=config.hold_s, pace=self.pace()
        )

    def pace(self) -> float:
        """How many came in per second lately; 0 when nobody did."""
        return self._pace.rate(self._engine.clock.monotonic(), over=5)

    async def check(self, event: Event, token: str) -> None:
        """`Forbidden` for a popular event without an admitted place in its queue."""
        if not self.needed(event):
            return
        queue = self.queue(event.id)
        inside = bool(token) and await self._engine.nodes[QUEUE].call(
            "admitted?", lambda: queue.admitted(token), source=BOOKING
        )
        if not inside:
            raise Forbidden("wait in the queue first; X-Queue-Token is not admitted")
        self._engine.monitors["inside"].hold()

    async def leave(self, event_id: str, token: str) -> None:
        """Give a place up."""
        if token:
            await self.queue(event_id).leave(token)

    async def admit(self) -> None:
        """One round: whose visit is over goes, the first ones come in until a batch is inside."""
        config = self._engine.config
        for event in self._engine.catalogue.events.values():
            if self.needed(event) and not self._engine.nodes[QUEUE].down:
                queue = self.queue(event.id)
                admitted = await queue.admit(batch=config.batch, visit_s=config.hold_s)
                self.admitted += len(admitted)
                self._engine.crowd.admitted(admitted)
                self.last_batch = len(admitted) or self.last_batch
                self._pace.add(self._engine.clock.monotonic(), len(admitted))
                self.waiting, self.inside = await queue.sizes()
                if self.inside:
                    self._check_batch()

    def reconfigure(self) -> None:
        """After a smaller batch was set, those who were inside before may finish their visit."""
        self._most_inside = max(self._most_inside, self._engine.config.batch)
        if not ADMISSIONS[self._engine.config.admission].waits:
            self.waiting = self.inside = 0

    def _check_batch(self) -> None:
        if self.inside <= self._engine.config.batch:
            self._most_inside = self._engine.config.batch
        if self.inside <= self._most_inside:
            self._engine.monitors["inside"].hold()
        else:
            self._engine.broke(
                "inside",
                [("queue", f"{self._most_inside} may be inside"), ("audit", f"{self.inside} are")],
            )
