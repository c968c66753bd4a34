"""The seats of events that somebody looks at, as the stores have them, with a version per change.

The stores are read again after every verb and a few times a second, so that a hold that ended by
itself is noticed too. Whoever looks names the version that it has and gets what changed since.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import orjson

from designs.ticketmaster.config import Config
from designs.ticketmaster.engine.delivery_meters import meters
from designs.ticketmaster.engine.holds import Holds
from designs.ticketmaster.engine.programme import FIRST_EVENT, SEATS
from designs.ticketmaster.engine.strategies.seat_locks import Holder
from sdlab.lab import EngineContext, LabError
from sdlab.parts.connections import ResumableLog

KEPT_CHANGES = 256
LOOK_EVERY = 0.25
SOONEST = 0.03
LONGEST_WAIT = 25.0
MOST_WATCHED = 64
FREE, HELD, SOLD, OVERDUE = "free", "held", "sold", "overdue"


@dataclass(frozen=True, slots=True)
class Seat:
    """A seat now. `until` (Unix seconds) is when a hold ends, `hold_id` whose it is."""

    state: str = FREE
    until: float = 0.0
    hold_id: str = ""


@dataclass(frozen=True, slots=True)
class Change:
    """Seats that became something else, at `at` on the monotonic clock."""

    at: float
    seats: frozenset[str]


@dataclass(frozen=True, slots=True)
class Update:
    """What a viewer is sent: the whole map, or the seats that changed since what it had."""

    mark: str
    full: bool
    seats: dict[str, Seat]
    age_s: float | None

    def message(self, now: float) -> dict[str, object]:
        """What a viewer reads, whichever way it takes; `now` in Unix seconds."""
        return {
            "version": self.mark,
            "full": self.full,
            "now": round(now, 3),
            "seats": {seat: one.state for seat, one in self.seats.items()},
            "until": {seat: one.until for seat, one in self.seats.items() if one.until},
        }

    def body(self, now: float) -> bytes:
        """The same as JSON."""
        return orjson.dumps(self.message(now))


@dataclass(slots=True)
class SeatMap:
    """The seats of one event, and the log of what changed."""

    seats: dict[str, Seat] = field(default_factory=lambda: dict.fromkeys(SEATS, Seat()))
    log: ResumableLog[Change] = field(default_factory=lambda: ResumableLog(KEPT_CHANGES))
    reading: asyncio.Lock = field(default_factory=asyncio.Lock)
    reads_begun: int = 0
    read_last: int = 0

    @property
    def mark(self) -> str:
        """What a viewer names when it asks again."""
        return self.log.mark

    def apply(self, fresh: dict[str, Seat], now: float) -> int:
        """Take what the stores say; how many seats are different."""
        differing = frozenset(
            seat for seat, one in fresh.items() if _differs(one, self.seats.get(seat, Seat()))
        )
        self.seats = fresh
        if differing:
            self.log.append(Change(now, differing))
        return len(differing)

    def since(self, mark: str, now: float) -> Update:
        """What changed since that version; everything for one that is unknown or too old."""
        known = self.log.position_of(mark)
        if known is None or not self.log.reaches(known):
            return Update(self.mark, True, self.seats, None)
        missing = self.log.since(known)
        seats = frozenset().union(*(one.seats for one in missing))
        age = now - missing[0].at if missing else None
        return Update(self.mark, False, {seat: self.seats[seat] for seat in sorted(seats)}, age)


def _differs(one: Seat, other: Seat) -> bool:
    return (one.state, one.hold_id) != (other.state, other.hold_id)


class SeatMaps:
    """The maps of a room, and the meters of who looks at them. `shown` is the event that the panels follow."""

    def __init__(self, context: EngineContext[Config], holds: Holds) -> None:
        self._context, self._holds, self._clock = context, holds, context.clock
        self._maps: dict[str, SeatMap] = {}
        self.shown = FIRST_EVENT
        self._watched: Counter[str] = Counter()
        self._wake = asyncio.Event()
        self._closed = False
        self.meters = meters()

    def map(self, event_id: str) -> SeatMap:
        """The map of an event as it was read last."""
        if event_id not in self._maps:
            self._maps[event_id] = SeatMap()
        return self._maps[event_id]

    def close(self) -> None:
        """Nothing changes any more: whoever waits is let go, and asks the next engine."""
        self._closed = True
        for one in self._maps.values():
            one.log.close()

    def nudge(self) -> None:
        """Something may have changed: look soon."""
        self._wake.set()

    @contextmanager
    def watching(self, event_id: str) -> Iterator[None]:
        """Keep an event's map fresh for as long as the block runs."""
        self._watched[event_id] += 1
        try:
            yield
        finally:
            self._watched[event_id] -= 1
            if not self._watched[event_id]:
                del self._watched[event_id]

    async def refreshing(self) -> None:
        """Keep the maps of watched events fresh until cancelled."""
        while True:
            self._wake.clear()
            for event_id in {self.shown, *list(self._watched)[:MOST_WATCHED]}:
                try:
                    await self.refresh(event_id)
                except LabError:
                    continue  # a store does not answer just now; the map shows what was known
            await self._clock.sleep(SOONEST)
            await self._nap()

    async def _nap(self) -> None:
        nudged = asyncio.ensure_future(self._wake.wait())
        rested = asyncio.ensure_future(self._clock.sleep(LOOK_EVERY - SOONEST))
        try:
            await asyncio.wait({nudged, rested}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            nudged.cancel()
            rested.cancel()

    async def refresh(self, event_id: str) -> SeatMap:
        """The map as the stores have it now, read after this was asked.

        Those who ask while a read is under way share the next one: many viewers ask at once.
        """
        found = self.map(event_id)
        wanted = found.reads_begun + 1
        async with found.reading:
            if found.read_last < wanted:
                found.reads_begun += 1
                await self._read(event_id, found)
                found.read_last = found.reads_begun
        return found

    async def _read(self, event_id: str, found: SeatMap) -> None:
        # Held first: a seat that is sold between the two looks is seen twice, and never as free.
        held = await self._holds.locks.holders(event_id, SEATS)
        sold = await self._holds.sold(event_id)
        await self._holds.know_buyers({one.hold_id for one in held.values()})
        now = self._clock.time()
        seats = {seat: seat_of(seat in sold, held.get(seat), now) for seat in SEATS}
        if found.apply(seats, self._clock.monotonic()):
            self._context.changed()

    # What viewers ask

    async def now(self, event_id: str, mark: str) -> Update:
        """What changed since `mark`, at once."""
        return (await self.refresh(event_id)).since(mark, self._clock.monotonic())

    async def next(self, event_id: str, mark: str, *, wait_s: float) -> Update:
        """What changed since `mark`; waits for a change for at most `wait_s` seconds."""
        with self.watching(event_id):
            seat_map = await self.refresh(event_id)
            update = seat_map.since(mark, self._clock.monotonic())
            if update.seats or update.full:
                return update
            await self._change(seat_map, wait_s)
            return seat_map.since(mark, self._clock.monotonic())

    async def _change(self, seat_map: SeatMap, seconds: float) -> None:
        waiting = asyncio.ensure_future(seat_map.log.beyond(seat_map.log.last))
        patience = asyncio.ensure_future(self._clock.sleep(seconds))
        try:
            await asyncio.wait({waiting, patience}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            waiting.cancel()
            patience.cancel()

    async def follow(self, event_id: str, mark: str) -> AsyncIterator[Update]:
        """Everything that changes from `mark` on, as it changes, until the maps are closed."""
        with self.watching(event_id):
            seat_map = await self.refresh(event_id)
            while not self._closed:
                update = seat_map.since(mark, self._clock.monotonic())
                if update.full or update.seats:
                    mark = update.mark
                    yield update
                else:
                    await seat_map.log.beyond(seat_map.log.last)


def seat_of(sold: bool, held: Holder | None, now: float) -> Seat:
    """What a seat is, from what the sales and the holds say."""
    if sold:
        return Seat(SOLD)
    if held is None:
        return Seat()
    return Seat(OVERDUE if held.left_s <= 0 else HELD, round(now + held.left_s, 2), held.hold_id)
