"""Holding, paying and giving back: the order of the steps, and what goes on when one of them fails."""

from __future__ import annotations

import secrets
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, TypeVar

from designs.ticketmaster.audit import Audit, audit, buyers
from designs.ticketmaster.box_office import Booking, BoxOffice, Declined, Hold
from designs.ticketmaster.config import BOOKING, DATABASE
from designs.ticketmaster.events import SEATS, cents_of, euros
from designs.ticketmaster.holdings import HOLDINGS, Claimed, Holding, RedisLock, sold_among
from designs.ticketmaster.seatboard import Seat, seat_of
from sdlab.lab import Conflict, Forbidden, Invalid, LabError

if TYPE_CHECKING:
    from designs.ticketmaster.engine import Ticketmaster

T = TypeVar("T")

MOST_SEATS = 4
OUTCOMES = ("ok", "declined", "crash")
UNDER_WAY = 1.0
FORGOTTEN_AFTER = 600.0
KNOWN_BUYERS = 5_000


class Selling:
    """The way from a free seat to a ticket."""

    def __init__(self, engine: Ticketmaster) -> None:
        self._engine = engine
        self.office = BoxOffice(engine.room, gate=self._gate)
        self.office.constrained = lambda: self.holding.constrained
        self.office.pay = self._payment
        self.holdings: dict[str, Holding] = {name: kind(engine.room) for name, kind in HOLDINGS.items()}
        self.found = Audit()
        self._moved = True
        self._buyers: OrderedDict[str, str] = OrderedDict()

    @property
    def holding(self) -> Holding:
        """The approach in force."""
        return self.holdings[self._engine.config.holding]

    async def open(self) -> None:
        """Know again who holds what."""
        for hold in await self.office.open_holds():
            remember(self._buyers, hold.id, hold.buyer, KNOWN_BUYERS)
        await self.audit()

    def buyer_of(self, hold_id: str) -> str:
        """Who made a hold, for those that are remembered."""
        return self._buyers.get(hold_id, "somebody")

    async def _gate(self, part: str, label: str, work: Callable[[], Awaitable[T]]) -> T:
        node = self._engine.nodes[part]
        return await self._engine.races.step(label, lambda: node.call(label, work, source=BOOKING))

    async def _payment(self) -> None:
        if self._engine.config.payment_ms:
            await self._engine.clock.sleep(self._engine.config.payment_ms / 1000)

    async def seats(self, event_id: str) -> dict[str, Seat]:
        """Every seat of an event as the stores have it now."""
        room, now = self._engine.room, self._engine.clock.time()
        sold = await room.sql.read(lambda c: sold_among(c, room.id, event_id, SEATS))
        held = await self.holding.holders(event_id, SEATS)
        return {seat: seat_of(seat in sold, held.get(seat), now) for seat in SEATS}

    # Hold

    async def hold(self, event_id: str, seats: Sequence[str], *, token: str, by: str) -> Hold:
        """Hold all of these seats or none; see `Ticketmaster.hold`."""
        wanted = tuple(dict.fromkeys(seats))
        if not 0 < len(wanted) <= MOST_SEATS or not set(wanted) <= set(SEATS):
            raise Invalid(f"a hold has 1 to {MOST_SEATS} seats of the hall", field="seats")
        event, counts = self._engine.catalogue.event(event_id), self._engine.counts
        counts.attempts += 1
        try:
            with self._engine.races.attempt(by, event_id, wanted):
                await self._engine.lobby.check(event, token)
                hold = await self._take(event_id, wanted, token, by)
        except Forbidden:
            counts.outside += 1
            raise
        except LabError:
            counts.refused += 1
            raise
        counts.holds += 1
        self._engine.board.nudge()
        return hold

    async def _take(self, event_id: str, seats: tuple[str, ...], token: str, by: str) -> Hold:
        holding, now = self.holding, self._engine.clock.time()
        wish = Claimed(secrets.token_urlsafe(12), event_id, seats, now + self._engine.config.hold_s)
        await self._gate(holding.part, "hold", lambda: holding.take(wish))
        hold = Hold(wish.id, event_id, seats, by, wish.expires, "held", token)
        try:
            await self._gate(DATABASE, "note", lambda: self.office.put(hold))
        except BaseException:
            await holding.give_back(wish)
            raise
        remember(self._buyers, hold.id, by, KNOWN_BUYERS)
        if holding.constrained:
            await self._check_all_or_nothing(holding, wish, by)
        return hold

    async def _check_all_or_nothing(self, holding: Holding, wish: Claimed, by: str) -> None:
        owners = await holding.holders(wish.event_id, wish.seats)
        mine = sum(seat in owners and owners[seat].id == wish.id for seat in wish.seats)
        if mine in (0, len(wish.seats)):  # none: its time, or the lock store's memory, is over already
            self._engine.monitors["all_or_nothing"].hold()
        else:
            self._engine.broke(
                "all_or_nothing", [(by, f"asked for {len(wish.seats)} seats"), (by, f"got {mine}")]
            )

    # Pay

    async def book(self, hold_id: str, *, outcome: str, key: str, by: str) -> Booking:
        """Pay for a hold; see `BoxOffice.book`."""
        if outcome not in OUTCOMES:
            raise Invalid(f"outcome is one of {', '.join(OUTCOMES)}", field="outcome")
        counts = self._engine.counts
        dies = outcome == "ok" and any(one.kind == "crash" for one in self._engine.nodes[BOOKING].faults())
        hold = await self.office.hold(hold_id)
        try:
            with self._engine.races.attempt(by, hold.event_id, hold.seats, hold_id=hold.id):
                done = await self.office.book(hold_id, outcome="crash" if dies else outcome, key=key)
        except Declined:
            counts.declined += 1
            raise
        finally:
            self._moved = True
        counts.bookings += not done.repeated
        await self.over(hold)
        return done

    async def release(self, hold_id: str) -> tuple[Hold, bool]:
        """Give a hold up; the hold, and whether it was still held."""
        hold = await self.office.hold(hold_id)
        released = await self.office.release(hold_id)
        if released:
            await self.over(hold)
        return hold, released

    async def over(self, hold: Hold) -> None:
        """A hold has ended: its seats are no longer locked, its place inside is free."""
        wish = Claimed(hold.id, hold.event_id, hold.seats, hold.expires)
        try:
            await self.holding.give_back(wish)
            await self._engine.lobby.leave(hold.event_id, hold.token)
        finally:
            self._engine.board.nudge()

    # Beside it

    async def move(self, before: str) -> None:
        """Carry the holds that are open over to the approach now in force."""
        old, new = self.holdings[before], self.holding
        for hold in await self.office.open_holds():
            wish = Claimed(hold.id, hold.event_id, hold.seats, hold.expires)
            with suppress(Conflict):  # promised twice without protection: the first keeps it
                await new.take(wish)
            await old.give_back(wish)

    async def lose_locks(self, *, newest_only: bool) -> int:
        """What a restart of the lock store does to locks that nobody persisted; how many went."""
        locks = self.holdings["redis"]
        assert isinstance(locks, RedisLock)
        events = list(self._engine.catalogue.events)
        if newest_only:
            return await locks.lose_newest(events, SEATS, hold_s=self._engine.config.hold_s)
        return await locks.lose(events, SEATS)

    async def sweep(self) -> None:
        """One round of the sweeper; holds that ended long ago are forgotten as well."""
        await self.office.forget_holds(older_than=FORGOTTEN_AFTER)
        swept = await self.holdings["status"].sweep()
        counts = self._engine.counts
        counts.swept += swept.seats
        counts.blocked_s += swept.blocked_s
        if swept.seats:
            self._engine.board.nudge()

    async def reconcile(self) -> None:
        """Finish payments that have no booking, and say so."""
        counts = self._engine.counts
        for hold, what in await self.office.reconcile(older_than=UNDER_WAY):
            self._moved = True
            counts.reconciled += 1
            counts.refunded += what == "refunded"
            counts.bookings += what == "booked"
            await self.over(hold)
            paid = euros(cents_of(hold.seats))
            self._engine.feed.say(
                f"{paid} without a booking: {hold.buyer}'s {', '.join(hold.seats)} {what}",
                now=self._engine.clock.time(),
            )

    async def audit(self) -> None:
        """Ask the stores whether the claims hold, when money has moved since they were asked."""
        if not self._moved:
            return
        engine, before = self._engine, set(self.found.doubles)
        self._moved = False
        self.found = await audit(engine.room)
        self._moved |= "captured" in self.found.ledger  # that must not last
        for double in sorted(set(self.found.doubles) - before)[:1]:
            event_id, seat = double.split(" ")
            bought = await buyers(engine.room, event_id, seat)
            engine.races.sold_twice([id for _, id in bought])
            engine.broke("sold_once", [(buyer, f"bought {seat} of {event_id}") for buyer, _ in bought])
        if not self.found.doubles:
            engine.monitors["sold_once"].hold()
        if self.found.apart:
            engine.broke("money", [("ledger", f"{self.found.apart} apart"), ("audit", "no partner found")])
        else:
            engine.monitors["money"].hold()


def remember(known: OrderedDict[str, str], name: str, value: str, most: int) -> None:
    """Keep the newest `most` of them."""
    known[name] = value
    while len(known) > most:
        known.popitem(last=False)
