"""The waiting queues of all events at work: who may come in, how long it takes, and that a batch is a batch."""

from __future__ import annotations

from designs.ticketmaster.config import Config
from designs.ticketmaster.engine.catalogue import Catalogue
from designs.ticketmaster.engine.nodes import BOOKING, QUEUE
from designs.ticketmaster.engine.search_index import Event
from designs.ticketmaster.engine.strategies import ADMISSIONS
from designs.ticketmaster.engine.waiting_queue import QueuePosition, WaitingQueue, belongs
from sdlab.blocks.windows import SlidingCounter
from sdlab.lab import EngineContext, Forbidden, NotFound, Signal, acting, read_step


class AdmissionControl:
    """One queue per event, in Redis; only those of popular events are stood in.

    `admitted` is told after each round that let somebody in: `newest` are their tokens. `since` (Unix
    seconds) is from when on the way in is as it is now.
    """

    def __init__(self, context: EngineContext[Config], catalogue: Catalogue) -> None:
        self._context, self._catalogue = context, catalogue
        self._queues: dict[str, WaitingQueue] = {}
        self._most_inside = context.config.batch
        self._pace = SlidingCounter(seconds=10)
        self.admitted = Signal()
        self.newest: list[str] = []
        self.since = context.clock.time()
        self.total = self.last_batch = self.waiting = self.inside = 0

    def queue(self, event_id: str) -> WaitingQueue:
        """The queue of an event."""
        if event_id not in self._queues:
            room = self._context.room
            self._queues[event_id] = WaitingQueue(room.redis, room.key("queue", event_id), clock=room.clock)
        return self._queues[event_id]

    def needed(self, event: Event) -> bool:
        """Whether that event is entered through its queue now."""
        return event.popular and ADMISSIONS[self._context.config.admission].waits

    async def join(self, event_id: str) -> QueuePosition:
        """A position at the end."""
        queue = self.queue(event_id)
        token = await self._context.node(QUEUE).call("join", queue.join, source=BOOKING)
        self._context.decide("the next number of this event's counter is the score in the sorted set")
        return await self.position(event_id, token)

    async def own_position(self, event_id: str, token: str) -> QueuePosition:
        """Where a token of the acting user stands; `NotFound` for another's as for one that is over."""
        if not belongs(token, acting().name):
            self._context.decide("the token was made for somebody else")
            raise NotFound("this position in the queue is no longer valid")
        return await self.position(event_id, token)

    async def position(self, event_id: str, token: str) -> QueuePosition:
        """Where a token stands, whosever it is; `NotFound` for one that is over."""
        config = self._context.config
        return await self.queue(event_id).position(
            token, batch=config.batch, visit_s=config.hold_s, pace=self.pace()
        )

    def pace(self) -> float:
        """How many came in per second lately; 0 when nobody did."""
        return self._pace.rate(self._context.clock.monotonic(), over=5)

    async def check(self, event: Event, token: str) -> None:
        """`Forbidden` for a popular event without an admitted position in its queue."""
        if not self.needed(event):
            self._context.decide("nobody has to wait for this event")
            return
        if token and not belongs(token, acting().name):
            self._context.decide("the token was made for somebody else")
            raise Forbidden("wait in the queue first; X-Queue-Token is not yours")
        queue = self.queue(event.id)
        inside = bool(token) and await self._context.node(QUEUE).call(
            "admitted?", lambda: queue.admitted(token), source=BOOKING
        )
        if not inside:
            self._context.decide("the token is not in the set of those inside")
            raise Forbidden("wait in the queue first; X-Queue-Token is not admitted")
        self._context.decide("the token is in the set of those inside, and its visit is not over")

    async def leave(self, event_id: str, token: str) -> None:
        """Give a position up."""
        if token:
            await self.queue(event_id).leave(token)

    async def admit(self) -> None:
        """One round: whose visit is over goes, the first ones come in until a batch is inside."""
        config = self._context.config
        for event in self._catalogue.events.values():
            if self.needed(event) and not self._context.node(QUEUE).down:
                queue = self.queue(event.id)
                self.newest = await queue.admit(batch=config.batch, visit_s=config.hold_s)
                self.total += len(self.newest)
                self.last_batch = len(self.newest) or self.last_batch
                self._pace.add(self._context.clock.monotonic(), len(self.newest))
                if self.newest:
                    self.admitted()
                self.waiting, self.inside = await queue.sizes()
                if self.inside:
                    self._check_batch()

    def reconfigure(self) -> None:
        """After a smaller batch was set, those who were inside before may finish their visit."""
        self._most_inside = max(self._most_inside, self._context.config.batch)
        self.since = self._context.clock.time()
        if not ADMISSIONS[self._context.config.admission].waits:
            self.waiting = self.inside = 0

    def _check_batch(self) -> None:
        if self.inside <= self._context.config.batch:
            self._most_inside = self._context.config.batch
        if self.inside <= self._most_inside:
            self._context.monitors["inside"].passed()
            return
        now = self._context.clock.time()
        self._context.monitors["inside"].violated(
            [
                read_step("waiting room", "how many may be inside", now, now, saw=self._most_inside),
                read_step("checker", "counts the set of those inside", now, now, saw=self.inside, lost=True),
            ]
        )
