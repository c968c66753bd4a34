"""People inside the lab who look at the hall without buying, each by the way that is in force.

They are objects of this process. Nothing travels to them, so that only the updates themselves are
counted for them, without headers, and apart from real connections.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from designs.ticketmaster.config import Config
from designs.ticketmaster.engine.catalogue import Catalogue
from designs.ticketmaster.engine.delivery_meters import DeliveryMeter, meters
from designs.ticketmaster.engine.seat_maps import LONGEST_WAIT, Seat, SeatMaps, Update
from designs.ticketmaster.engine.strategies import DELIVERIES
from sdlab.lab import EngineContext, LabError

MAX_WATCHERS = 50
TEND_EVERY = 0.25


@dataclass(slots=True, eq=False)
class Watcher:
    """One who looks at an event: the seats that they know, the version of these, and what they wait for."""

    event_id: str
    mark: str = ""
    seats: dict[str, Seat] = field(default_factory=dict)
    looking: asyncio.Task[None] | None = None

    @property
    def waits(self) -> bool:
        """Whether an answer, or the rest of one, is still to come."""
        return self.looking is not None and not self.looking.done()


class Watchers:
    """As many as the configuration says, at most `MAX_WATCHERS`, at the event that the panels follow."""

    def __init__(self, context: EngineContext[Config], catalogue: Catalogue, seat_maps: SeatMaps) -> None:
        self._context, self._catalogue, self._seat_maps = context, catalogue, seat_maps
        self.meters = meters()
        self.here: list[Watcher] = []
        self._event_id = ""
        self._way = context.config.delivery
        self._turn = 0
        self._tending = asyncio.Lock()
        self._closed = False

    async def tend(self) -> None:
        """See to it that they look at the right event by the right way, and that who was cut off begins again."""
        async with self._tending:
            if self._closed:
                return
            config = self._context.config
            told = config.delivery != self._way or bool(self._event_id)
            if (config.delivery, self._seat_maps.shown) != (self._way, self._event_id):
                await self._leave(len(self.here))
                self._way, self._event_id = config.delivery, self._seat_maps.shown
            await self._leave(len(self.here) - self._wanted)
            if self._wanted > len(self.here):
                await self._arrive(self._wanted - len(self.here), told=told)
            if DELIVERIES[self._way].stays:
                for watcher in self.here:
                    self._look(watcher)

    @property
    def _wanted(self) -> int:
        return min(self._context.config.watchers, MAX_WATCHERS)

    async def close(self) -> None:
        """All leave, and nobody comes any more."""
        async with self._tending:
            self._closed = True
            await self._leave(len(self.here))

    async def _arrive(self, count: int, *, told: bool) -> None:
        """So many come. Who is there from the beginning asked for nothing that anybody decided."""
        if told:
            await self._tell(count)
        self.here.extend(Watcher(self._event_id) for _ in range(count))

    async def _tell(self, count: int) -> None:
        async with self._context.request("GET seats", by="watchers", by_hand=False) as trace:
            delivery = DELIVERIES[self._way]
            delivery.begins(self._context.decide)
            people = "1 watcher looks" if count == 1 else f"{count} watchers look"
            title = self._catalogue.event(self._event_id).title
            trace.sentence = f"{people} at {title} by {delivery.label}"

    async def _leave(self, count: int) -> None:
        """So many of those who came last go; nobody for a number below one."""
        gone = [self.here.pop() for _ in range(count)]
        tasks = [one.looking for one in gone if one.looking]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    # How they look

    async def poll(self) -> None:
        """Where they poll, the next one asks, unless the last answer is still to come."""
        if self.here and not DELIVERIES[self._way].stays:
            self._turn = (self._turn + 1) % len(self.here)
            self._look(self.here[self._turn])

    def until_poll(self) -> float:
        """Seconds between two polls of different watchers, spread evenly over the interval of each."""
        return self._context.config.poll_s / max(1, self._wanted)

    def _look(self, watcher: Watcher) -> None:
        if not watcher.waits:
            watcher.looking = asyncio.create_task(self._looks(watcher), name="a watcher of seats")

    async def _looks(self, watcher: Watcher) -> None:
        ways: dict[str, Callable[[Watcher, DeliveryMeter], Awaitable[None]]] = {
            "polling": self._ask,
            "long": self._wait,
            "websocket": self._follow,
            "sse": self._follow,
        }
        try:
            await ways[self._way](watcher, self.meters[self._way])
        except LabError:
            pass  # a store does not answer just now: this one asks again in its turn
        except Exception as error:
            self._context.crashed("a watcher", error)

    async def _ask(self, watcher: Watcher, meter: DeliveryMeter) -> None:
        meter.asked(0)
        self._take(watcher, meter, await self._seat_maps.now(watcher.event_id, watcher.mark))

    async def _wait(self, watcher: Watcher, meter: DeliveryMeter) -> None:
        while not self._closed:
            meter.asked(0)
            with meter.connected():
                update = await self._seat_maps.next(watcher.event_id, watcher.mark, wait_s=LONGEST_WAIT)
            self._take(watcher, meter, update)

    async def _follow(self, watcher: Watcher, meter: DeliveryMeter) -> None:
        meter.asked(0)
        with meter.connected():
            async for update in self._seat_maps.follow(watcher.event_id, watcher.mark):
                self._take(watcher, meter, update)

    def _take(self, watcher: Watcher, meter: DeliveryMeter, update: Update) -> None:
        clock = self._context.clock
        body = update.body(clock.time())
        meter.sent(len(body), changes=len(update.seats), age_s=update.age_s, now=clock.monotonic())
        watcher.mark = update.mark
        watcher.seats.update(update.seats)
