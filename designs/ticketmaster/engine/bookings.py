"""Bookings: take the money, sell the seats; what a crash leaves between the two is put right.

One hold has one payment and at most one booking, and both bear its id: doing it again changes nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import orjson
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from designs.ticketmaster.config import Config
from designs.ticketmaster.engine.attempts import AttemptLog
from designs.ticketmaster.engine.holds import Hold, Holds, ended
from designs.ticketmaster.engine.models import BOOKING, PAYMENT, SOLD
from designs.ticketmaster.engine.nodes import DATABASE
from designs.ticketmaster.engine.nodes import PAYMENT as PROVIDER
from designs.ticketmaster.engine.programme import cents_of
from designs.ticketmaster.engine.strategies.seat_locks import sold_query
from designs.ticketmaster.engine.transactions import Transactions
from sdlab.lab import Conflict, EngineContext, Gone, LabError, NotFound, Unavailable, acting
from sdlab.stores.sessions import Session

MOST_RECONCILED = 100


class Declined(LabError):
    """The payment was refused; the hold goes on until it expires."""

    status = 402
    title = "Payment declined"


class SeatGone(Exception):
    """A seat of the hold is sold already, perhaps from a time without the constraint."""


class GivenBack(Exception):
    """The hold was given back while its payment was under way."""


ENDED = {
    "released": "the hold was given back; its seats are no longer yours",
    "lost": "a seat of this hold was gone; its payment was refunded",
}


@dataclass(frozen=True, slots=True)
class Booking:
    """A sale at `at` (Unix seconds). `repeated` when this answer was given before."""

    id: str
    event_id: str
    seats: tuple[str, ...]
    buyer: str
    at: float
    repeated: bool = False


class Bookings:
    """Bookings and the ledger of one room. `money_moved` counts what may have changed the ledger."""

    def __init__(
        self,
        context: EngineContext[Config],
        transactions: Transactions,
        attempts: AttemptLog,
        holds: Holds,
    ) -> None:
        self._context, self._transactions = context, transactions
        self._attempts, self._holds = attempts, holds
        self._id, self._sql, self._clock = context.room.id, context.room.sql, context.clock
        self.money_moved = 0

    async def booking(self, hold_id: str) -> Booking | None:
        """The booking that came of a hold."""
        query = sa.select(BOOKING).where(BOOKING.c.room == self._id, BOOKING.c.id == hold_id)
        row = await self._sql.read(lambda c: c.execute(query).one_or_none())
        if row is None:
            return None
        return Booking(row.id, row.event_id, tuple(orjson.loads(row.seats)), row.buyer, row.at)

    async def own(self, booking_id: str) -> Booking:
        """The acting user's booking of that id; `NotFound` for another's as for one that never was."""
        found = await self.booking(booking_id)
        if found is None or found.buyer != acting().name:
            raise NotFound("there is no such booking")
        return found

    async def payment(self, hold_id: str) -> str:
        """The state of a hold's payment; empty when nothing was taken."""
        query = sa.select(PAYMENT.c.state).where(PAYMENT.c.room == self._id, PAYMENT.c.hold_id == hold_id)
        return await self._sql.read(lambda c: c.execute(query).scalar_one_or_none()) or ""

    async def book(self, hold: Hold, *, outcome: str) -> Booking:
        """Pay and sell.

        `outcome` is that of the test payment: ok, declined (402) or crash (503: the money is taken,
        then the process dies; `reconcile` finishes). `Gone` for an expired or released hold,
        `Conflict` for a seat sold meanwhile. A repeat returns the same booking, also while the
        first is under way: what is looked for is somebody else's sale, never one's own.
        """
        if done := await self.booking(hold.id):
            self._context.decide("this hold was paid and booked before: its booking again")
            return replace(done, repeated=True)
        if hold.state in ENDED:
            self._context.decide(f"the hold is {hold.state}: no money is asked for")
            raise Gone(ENDED[hold.state])
        if await self.payment(hold.id) == "captured":
            self._context.decide("its money was taken before: the provider is not asked again")
            return await self._attempts.step(DATABASE, "sell", lambda: self.settle(hold))
        if hold.expires <= self._clock.time():
            self._context.decide("its time is looked at before the money, and it is over")
            raise Gone("the hold has expired; its seats are no longer yours")
        if await self._attempts.step(DATABASE, "look", lambda: self._sold_to_oneself(hold)):
            return await self.settle(hold)
        await self._attempts.step(PROVIDER, "pay", self._pay)
        if outcome == "declined":
            self._context.decide("the provider declined; the hold goes on")
            raise Declined("the payment was declined; the seats stay held until the hold expires")
        await self._attempts.step(DATABASE, "note", lambda: self._capture(hold))
        if outcome == "crash":
            self._context.decide("the process dies between the payment and the sale")
            raise Unavailable("the process died after the payment; it is being reconciled", retry_after=2)
        return await self._attempts.step(DATABASE, "sell", lambda: self.settle(hold))

    async def _sold_to_oneself(self, hold: Hold) -> bool:
        """Whether this very hold was sold meanwhile, by a repeat; `Conflict` for somebody else's sale."""
        query = sold_query(self._id, hold.event_id, hold.seats)
        found = await self._sql.read(lambda c: c.execute(query).all())
        others = sorted({row.seat for row in found if row.booking_id != hold.id})
        if others:
            self._context.decide(f"a sale to somebody else is found for {', '.join(others)}: no money moves")
            raise Conflict(f"{', '.join(others)} sold meanwhile; nothing was charged", seats=others)
        if found:
            self._context.decide("the sale that is found is this hold's own: its booking again")
            return True
        self._context.decide("no sale is found: the provider is asked for the money")
        return False

    async def _pay(self) -> None:
        if self._context.config.payment_ms:
            await self._clock.sleep(self._context.config.payment_ms / 1000)

    async def _capture(self, hold: Hold) -> None:
        row = {"room": self._id, "hold_id": hold.id, "cents": cents_of(hold.seats), "state": "captured"}
        put = self._sql.insert(PAYMENT).values(at=self._clock.time(), **row).on_conflict_do_nothing()
        await self._sql.write(lambda c: c.execute(put) and None)
        self.money_moved += 1

    async def settle(self, hold: Hold) -> Booking:
        """Sell what was paid for; when a seat is gone, give the money back and raise `Conflict`.

        `Unavailable` when the database gave the sale up: the payment stays captured.
        """
        claim, now = "" if self._holds.locks.constrained else hold.id, self._clock.time()
        try:
            sold = await self._transactions.run(lambda session: self._sell(session, hold, claim, now))
        except GivenBack:
            self._context.decide(
                "the hold was given back meanwhile: the same id turns the payment into a refund"
            )
            await self._transactions.run(lambda session: self._refund(session, hold.id))
            raise Conflict("the seats were given back meanwhile; the payment was refunded") from None
        except (IntegrityError, SeatGone):
            self._context.decide("the seat is sold already: the same id turns the payment into a refund")
            await self._transactions.run(lambda session: self._refund(session, hold.id))
            raise Conflict("a seat was sold meanwhile; the payment was refunded") from None
        finally:
            self.money_moved += 1
        done = await self.booking(hold.id)
        if done is None:
            raise Conflict("the payment of this hold was refunded")
        return done if sold else replace(done, repeated=True)

    async def _sell(self, session: Session, hold: Hold, claim: str, now: float) -> bool:
        if not await self._turn_payment(session, hold.id, "settled"):
            self._context.decide("this payment is settled already: nothing is sold twice")
            return False
        if not (await session.execute(ended(self._id, hold.id, "booked"))).rowcount:
            raise GivenBack
        sold = sold_query(self._id, hold.event_id, hold.seats)
        if not claim and (await session.execute(sold)).first():
            raise SeatGone
        common = {"room": self._id, "event_id": hold.event_id}
        rows = [{**common, "seat": seat, "claim": claim, "booking_id": hold.id} for seat in hold.seats]
        await session.execute(SOLD.insert(), rows)
        seats = orjson.dumps(hold.seats).decode()
        booking = {**common, "id": hold.id, "seats": seats, "buyer": hold.buyer, "at": now}
        await session.execute(BOOKING.insert(), booking)
        if claim:
            self._context.decide("sold; without a constraint another sale of the seat is admitted as well")
        else:
            self._context.decide("sold: the unique key of event and seat admitted this sale")
        return True

    async def _turn_payment(self, session: Session, hold_id: str, state: str) -> int:
        mine = sa.and_(PAYMENT.c.room == self._id, PAYMENT.c.hold_id == hold_id)
        statement = PAYMENT.update().where(mine, PAYMENT.c.state == "captured").values(state=state)
        return (await session.execute(statement)).rowcount

    async def _refund(self, session: Session, hold_id: str) -> None:
        await self._turn_payment(session, hold_id, "refunded")
        await session.execute(ended(self._id, hold_id, "lost"))

    async def reconcile(self, *, older_than: float) -> list[tuple[Hold, str]]:
        """Finish payments that have no booking: sell if the seats are there, else refund.

        `older_than` seconds leaves those alone that are just under way. What was done to each.
        """
        until = self._clock.time() - older_than
        query = (
            sa.select(PAYMENT.c.hold_id)
            .where(PAYMENT.c.room == self._id, PAYMENT.c.state == "captured", PAYMENT.c.at <= until)
            .order_by(PAYMENT.c.at)
            .limit(MOST_RECONCILED)
        )
        done = []
        for hold_id in await self._sql.read(lambda c: list(c.execute(query).scalars())):
            hold = await self._holds.hold(hold_id)
            try:
                await self.settle(hold)
                done.append((hold, "booked"))
            except Conflict:
                done.append((hold, "refunded"))
            except Unavailable:
                continue  # the database is busy: the next round comes soon
        return done
