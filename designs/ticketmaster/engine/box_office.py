"""The box office: the way from a free seat to a ticket, step by step, and what goes on when one of them fails."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import partial

from designs.ticketmaster.config import Config
from designs.ticketmaster.engine.admission import AdmissionControl
from designs.ticketmaster.engine.attempts import AttemptLog
from designs.ticketmaster.engine.bookings import Booking, Bookings, Declined
from designs.ticketmaster.engine.catalogue import Catalogue
from designs.ticketmaster.engine.holds import Hold, Holds
from designs.ticketmaster.engine.nodes import BOOKING
from designs.ticketmaster.engine.programme import SEATS, cents_of, euros
from designs.ticketmaster.engine.waiting_queue import QueuePosition
from sdlab.lab import Conflict, EngineContext, Forbidden, Invalid, Signal, acting
from sdlab.parts.idempotency import IdempotencyKeys

MOST_SEATS = 4
OUTCOMES = ("ok", "declined", "crash")
UNDER_WAY_S = 1.0


@dataclass(slots=True)
class Counters:
    """What happened since the engine was opened."""

    attempts: int = 0
    holds: int = 0
    refused: int = 0
    outside: int = 0
    bookings: int = 0
    declined: int = 0
    reconciled: int = 0
    refunded: int = 0
    swept: int = 0
    blocked_s: float = 0.0
    locks_lost: int = 0


class BoxOffice:
    """What a buyer asks for, whoever that is. `seats_changed` is told whenever a seat may be another's now."""

    def __init__(  # noqa: PLR0917 - the service in the middle knows its siblings
        self,
        context: EngineContext[Config],
        catalogue: Catalogue,
        admission: AdmissionControl,
        holds: Holds,
        bookings: Bookings,
        attempts: AttemptLog,
    ) -> None:
        self._context, self._catalogue, self._admission = context, catalogue, admission
        self.holds, self.bookings, self._attempts = holds, bookings, attempts
        self._keys = IdempotencyKeys(context)
        self.counters = Counters()
        self.seats_changed = Signal()

    def _asked(self, what: str) -> None:
        self._context.node(BOOKING).touch(what, "ok", source="visitor")

    async def join(self, event_id: str) -> QueuePosition:
        """Stand in line."""
        event = self._catalogue.event(event_id)
        async with self._context.request("POST queue") as trace:
            self._asked("join")
            position = await self._admission.join(event.id)
            trace.sentence = f"{trace.by} joined the queue of {event.title} as number {position.position}"
            return position

    async def hold(self, event_id: str, seats: Sequence[str], *, token: str = "") -> Hold:
        """Hold all of these seats or none.

        `Invalid` for none, more than four, or unknown ones; `Forbidden` for a popular event without
        an admitted token; `Conflict` names the seats that are taken.
        """
        async with self._context.request("POST holds") as trace:
            self._asked("hold")
            event, wanted = self._catalogue.event(event_id), tuple(dict.fromkeys(seats))
            if not 0 < len(wanted) <= MOST_SEATS or not set(wanted) <= set(SEATS):
                self._context.decide(f"what is asked for are not 1 to {MOST_SEATS} seats of the hall")
                raise Invalid(f"a hold has 1 to {MOST_SEATS} seats of the hall", field="seats")
            self.counters.attempts += 1
            try:
                with self._attempts.attempt(event.id, wanted):
                    await self._admission.check(event, token)
                    hold = await self.holds.take(event.id, wanted, token)
            except Forbidden:
                self.counters.outside += 1
                raise
            except Conflict:
                self.counters.refused += 1
                raise
            self.counters.holds += 1
            self.seats_changed()
            seconds = self._context.config.hold_s
            trace.sentence = f"{trace.by} holds {', '.join(hold.seats)} of {event.title} for {seconds} s"
            return hold

    async def book(self, hold_id: str, *, outcome: str = "ok", key: str | None = None) -> Booking:
        """Pay for one's own hold; see `Bookings.book`. Under the same `key` the same request gets the first answer."""
        async with self._context.request("POST bookings") as trace:
            self._asked("book")
            if outcome not in OUTCOMES:
                raise Invalid(f"outcome is one of {', '.join(OUTCOMES)}", field="outcome")
            done = await self._keys.once(
                key,
                operation="book",
                body={"hold_id": hold_id, "outcome": outcome},
                work=partial(self._book, hold_id, outcome),
                dump=asdict,
                load=lambda kept: Booking(**{**kept, "seats": tuple(kept["seats"]), "repeated": True}),
            )
            title = self._catalogue.event(done.event_id).title
            trace.sentence = f"{done.buyer} bought {', '.join(done.seats)} of {title}"
            return done

    async def _book(self, hold_id: str, outcome: str) -> Booking:
        dies = any(one.kind == "crash" for one in self._context.node(BOOKING).faults())
        hold = await self.holds.own(hold_id)
        try:
            with self._attempts.attempt(hold.event_id, hold.seats, hold_id=hold.id):
                done = await self.bookings.book(
                    hold, outcome="crash" if dies and outcome == "ok" else outcome
                )
        except Declined:
            self.counters.declined += 1
            raise
        self.counters.bookings += not done.repeated
        await self._over(hold)
        return done

    async def release(self, hold_id: str) -> bool:
        """Give one's own hold up; whether it was still held. `NotFound` for another's."""
        async with self._context.request("DELETE holds") as trace:
            self._asked("release")
            hold = await self.holds.own(hold_id)
            released = await self.holds.release(hold_id)
            if released:
                self._context.decide("the hold was still held: its seats are free again")
                await self._over(hold)
            else:
                self._context.decide(f"the hold is {hold.state} already: nothing is left to give back")
            title = self._catalogue.event(hold.event_id).title
            trace.sentence = f"{acting().name} gave {', '.join(hold.seats)} of {title} back"
            return released

    async def _over(self, hold: Hold) -> None:
        """A hold has ended: its seats are no longer locked, its position inside is free."""
        try:
            await self.holds.give_back(hold)
            await self._admission.leave(hold.event_id, hold.token)
        finally:
            self.seats_changed()

    # Beside the verbs

    async def sweep(self) -> None:
        """One round of the sweeper."""
        swept = await self.holds.sweep()
        self.counters.swept += swept.seats
        self.counters.blocked_s += swept.blocked_s
        if swept.seats:
            self.seats_changed()

    async def reconcile(self) -> None:
        """Finish payments that have no booking, and say so."""
        for hold, what in await self.bookings.reconcile(older_than=UNDER_WAY_S):
            self.counters.reconciled += 1
            self.counters.refunded += what == "refunded"
            self.counters.bookings += what == "booked"
            await self._over(hold)
            paid = euros(cents_of(hold.seats))
            self._context.say(f"{paid} without a booking: {hold.buyer}'s {', '.join(hold.seats)} {what}")

    async def lose_locks(self, *, newest_only: bool) -> str:
        """Restart the lock store; the sentence for the feed."""
        gone = await self.holds.lose_locks(list(self._catalogue.events), newest_only=newest_only)
        self.counters.locks_lost += gone
        self.seats_changed()
        which = "of the last second" if newest_only else "that there were"
        return f"the lock store restarted: {gone} locks {which} are lost; what is sold, the database knows"
