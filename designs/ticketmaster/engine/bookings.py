"""Booking: take the money, sell the seats; what a crash leaves between the two is put right.

One hold has one payment and at most one booking, and both bear its id: doing it again changes nothing.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

import orjson
import sqlalchemy as sa
from sqlalchemy.engine import Connection
from sqlalchemy.exc import IntegrityError

from designs.ticketmaster.config import DATABASE
from designs.ticketmaster.config import PAYMENT as PROVIDER
from designs.ticketmaster.events import cents_of
from designs.ticketmaster.holdings import SOLD, sold_among
from designs.ticketmaster.models import BookingRow, HoldRow, KeyRow, PaymentRow
from sdlab.lab import Clock, Conflict, Gone, LabError, NotFound, Room, Unavailable

T = TypeVar("T")
HOLD, BOOKING = HoldRow.__table__, BookingRow.__table__  # type: ignore[attr-defined]
PAYMENT, KEY = PaymentRow.__table__, KeyRow.__table__  # type: ignore[attr-defined]


class Declined(LabError):
    """The payment was refused; the hold goes on until it expires."""

    status = 402
    title = "Payment declined"


class SeatGone(Exception):
    """A seat of the hold is sold already, perhaps from a time without the constraint."""


@dataclass(frozen=True, slots=True)
class Hold:
    """A hold as the database has it."""

    id: str
    event_id: str
    seats: tuple[str, ...]
    buyer: str
    expires: float
    state: str
    token: str = ""


@dataclass(frozen=True, slots=True)
class Booking:
    """A sale. `repeated` when this answer was given before."""

    id: str
    event_id: str
    seats: tuple[str, ...]
    buyer: str
    at: float
    repeated: bool = False


class Gate(Protocol):
    """How a part of the system is reached: `gate(part, what is done, work)` gives what `work` gives."""

    async def __call__(self, part: str, label: str, work: Callable[[], Awaitable[T]]) -> T: ...


async def straight(part: str, label: str, work: Callable[[], Awaitable[T]]) -> T:
    """Nothing in between."""
    return await work()


async def at_once() -> None:
    """A payment that takes no time."""


class BoxOffice:
    """Holds, bookings and the ledger of one room.

    `constrained` says whether a seat is sold under its key, `pay` is what a payment takes, and
    every step passes the `gate`.
    """

    def __init__(self, room: Room, *, gate: Gate = straight) -> None:
        self._room, self._id = room, room.id
        self._clock: Clock = room.clock
        self._gate = gate
        self.constrained: Callable[[], bool] = lambda: True
        self.pay: Callable[[], Awaitable[None]] = at_once

    async def put(self, hold: Hold) -> None:
        """Write a hold down."""
        row = {
            "room": self._id,
            "id": hold.id,
            "event_id": hold.event_id,
            "seats": orjson.dumps(hold.seats).decode(),
            "buyer": hold.buyer,
            "expires": hold.expires,
            "state": hold.state,
            "token": hold.token,
        }
        await self._room.sql.write(lambda c: c.execute(HOLD.insert(), row))

    async def hold(self, hold_id: str) -> Hold:
        """The hold of that id; `NotFound` when there never was one."""
        query = sa.select(HOLD).where(HOLD.c.room == self._id, HOLD.c.id == hold_id)
        row = await self._room.sql.read(lambda c: c.execute(query).one_or_none())
        if row is None:
            raise NotFound("there is no such hold")
        return _hold(row)

    async def release(self, hold_id: str) -> bool:
        """Give a hold up; whether it was still held."""
        return bool(await self._room.sql.write(lambda c: self._state(c, hold_id, "held", "released")))

    def _state(self, connection: Connection, hold_id: str, before: str, after: str) -> int:
        return connection.execute(
            HOLD.update()
            .where(HOLD.c.room == self._id, HOLD.c.id == hold_id, HOLD.c.state == before)
            .values(state=after)
        ).rowcount

    async def booking(self, hold_id: str) -> Booking | None:
        """The booking that came of a hold."""
        query = sa.select(BOOKING).where(BOOKING.c.room == self._id, BOOKING.c.id == hold_id)
        row = await self._room.sql.read(lambda c: c.execute(query).one_or_none())
        if row is None:
            return None
        return Booking(row.id, row.event_id, tuple(orjson.loads(row.seats)), row.buyer, row.at)

    async def book(self, hold_id: str, *, outcome: str, key: str = "") -> Booking:
        """Pay and sell.

        `outcome` is that of the test payment: ok, declined (402) or crash (503: the money is taken,
        then the process dies; `reconcile` finishes). `Gone` for an expired or released hold,
        `Conflict` for a seat sold meanwhile or a key that was used for another hold. A repeat
        returns the same booking.
        """
        if key and (used := await self._key(key, hold_id)) != hold_id:
            raise Conflict("this idempotency key was used for another hold", hold_id=used)
        hold = await self.hold(hold_id)
        if done := await self.booking(hold_id):
            return Booking(done.id, done.event_id, done.seats, done.buyer, done.at, repeated=True)
        if hold.state != "held" or hold.expires <= self._clock.time():
            raise Gone("the hold has expired; its seats are free again")
        sold = await self._gate(DATABASE, "look", lambda: self._sold(hold))
        if sold:
            raise Conflict(
                f"{', '.join(sorted(sold))} sold meanwhile; nothing was charged", seats=sorted(sold)
            )
        await self._gate(PROVIDER, "pay", self.pay)
        if outcome == "declined":
            raise Declined("the payment was declined; the seats stay held until the hold expires")
        await self._gate(DATABASE, "note", lambda: self._capture(hold))
        if outcome == "crash":
            raise Unavailable("the process died after the payment; it is being reconciled", retry_after=2)
        return await self._gate(DATABASE, "sell", lambda: self.settle(hold))

    async def _sold(self, hold: Hold) -> set[str]:
        return await self._room.sql.read(lambda c: sold_among(c, self._id, hold.event_id, hold.seats))

    async def _key(self, key: str, hold_id: str) -> str:
        put = self._room.sql.insert(KEY).values(room=self._id, key=key, hold_id=hold_id)
        query = sa.select(KEY.c.hold_id).where(KEY.c.room == self._id, KEY.c.key == key)

        def claim(connection: Connection) -> str:
            connection.execute(put.on_conflict_do_nothing())
            return str(connection.execute(query).scalar_one())

        return await self._room.sql.write(claim)

    async def _capture(self, hold: Hold) -> None:
        now = self._clock.time()
        put = self._room.sql.insert(PAYMENT).values(
            room=self._id,
            hold_id=hold.id,
            cents=cents_of(hold.seats),
            at=now,
            state="captured",
        )
        await self._room.sql.write(lambda c: c.execute(put.on_conflict_do_nothing()))

    async def payment(self, hold_id: str) -> str:
        """The state of a hold's payment; empty when nothing was taken."""
        query = sa.select(PAYMENT.c.state).where(PAYMENT.c.room == self._id, PAYMENT.c.hold_id == hold_id)
        return await self._room.sql.read(lambda c: c.execute(query).scalar_one_or_none()) or ""

    async def settle(self, hold: Hold) -> Booking:
        """Sell what was paid for; when a seat is gone, give the money back and raise `Conflict`."""
        now, claim = self._clock.time(), "" if self.constrained() else hold.id

        def sell(connection: Connection) -> bool:
            paid = connection.execute(
                PAYMENT.update()
                .where(
                    PAYMENT.c.room == self._id, PAYMENT.c.hold_id == hold.id, PAYMENT.c.state == "captured"
                )
                .values(state="settled")
            ).rowcount
            if not paid:
                return False
            if not self._state(connection, hold.id, "held", "booked"):
                raise SeatGone  # it was given back while the payment was under way
            if not claim and sold_among(connection, self._id, hold.event_id, hold.seats):
                raise SeatGone
            common = {"room": self._id, "event_id": hold.event_id}
            connection.execute(
                SOLD.insert(),
                [{**common, "seat": seat, "claim": claim, "booking_id": hold.id} for seat in hold.seats],
            )
            seats = orjson.dumps(hold.seats).decode()
            connection.execute(
                BOOKING.insert(), {**common, "id": hold.id, "seats": seats, "buyer": hold.buyer, "at": now}
            )
            return True

        try:
            sold = await self._room.sql.write(sell)
        except (IntegrityError, SeatGone):
            await self._room.sql.write(lambda c: self._refund(c, hold.id))
            raise Conflict("a seat was sold meanwhile; the payment was refunded") from None
        done = await self.booking(hold.id)
        if done is None:
            raise Conflict("the payment of this hold was refunded")
        return done if sold else Booking(done.id, done.event_id, done.seats, done.buyer, done.at, True)

    def _refund(self, connection: Connection, hold_id: str) -> None:
        connection.execute(
            PAYMENT.update()
            .where(PAYMENT.c.room == self._id, PAYMENT.c.hold_id == hold_id, PAYMENT.c.state == "captured")
            .values(state="refunded")
        )
        self._state(connection, hold_id, "held", "lost")

    async def reconcile(self, *, older_than: float, limit: int = 100) -> list[tuple[Hold, str]]:
        """Finish payments that have no booking: sell if the seats are there, else refund.

        `older_than` seconds leaves those alone that are just under way. What was done to each.
        """
        until = self._clock.time() - older_than
        query = (
            sa.select(PAYMENT.c.hold_id)
            .where(PAYMENT.c.room == self._id, PAYMENT.c.state == "captured", PAYMENT.c.at <= until)
            .order_by(PAYMENT.c.at)
            .limit(limit)
        )
        done = []
        for hold_id in await self._room.sql.read(lambda c: list(c.execute(query).scalars())):
            hold = await self.hold(hold_id)
            try:
                await self.settle(hold)
                done.append((hold, "booked"))
            except Conflict:
                done.append((hold, "refunded"))
        return done

    async def forget_holds(self, *, older_than: float) -> int:
        """Delete holds that ended `older_than` seconds ago and that nobody ever paid for; how many."""
        was_paid = sa.exists().where(PAYMENT.c.room == self._id, PAYMENT.c.hold_id == HOLD.c.id)
        statement = HOLD.delete().where(
            HOLD.c.room == self._id, HOLD.c.expires < self._clock.time() - older_than, sa.not_(was_paid)
        )
        return int(await self._room.sql.write(lambda c: c.execute(statement).rowcount))

    async def open_holds(self, limit: int = 5_000) -> list[Hold]:
        """Holds that have not ended, oldest promise first."""
        query = (
            sa.select(HOLD)
            .where(HOLD.c.room == self._id, HOLD.c.state == "held", HOLD.c.expires > self._clock.time())
            .order_by(HOLD.c.expires)
            .limit(limit)
        )
        rows = await self._room.sql.read(lambda c: c.execute(query).all())
        return [_hold(row) for row in rows]


def _hold(row: Any) -> Hold:
    return Hold(
        row.id, row.event_id, tuple(orjson.loads(row.seats)), row.buyer, row.expires, row.state, row.token
    )
