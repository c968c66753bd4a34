"""What the stores say about sales and money, asked apart from those who made them."""

from __future__ import annotations

from dataclasses import dataclass, field

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from designs.ticketmaster.box_office import BOOKING, PAYMENT
from designs.ticketmaster.holdings import SOLD
from sdlab.lab import Room

STUCK = 15.0


@dataclass(frozen=True, slots=True)
class Audit:
    """What was found. `ledger` has lines and cents per state of payment.

    `doubles` are events and seats that were sold more than once. `apart` counts payments kept
    without a booking, bookings without a payment, and payments that nobody reconciled for
    `STUCK` seconds.
    """

    sold: int = 0
    doubles: tuple[str, ...] = ()
    apart: int = 0
    ledger: dict[str, tuple[int, int]] = field(default_factory=dict)


async def audit(room: Room) -> Audit:
    """What was sold, what was sold twice, and where the ledger and the bookings disagree."""
    now = room.clock.time()
    return await room.sql.read(lambda c: _look(c, room.id, now))


def _look(connection: Connection, room: str, now: float) -> Audit:
    total = sa.select(sa.func.count()).select_from(SOLD).where(SOLD.c.room == room)
    twice = (
        sa.select(SOLD.c.event_id, SOLD.c.seat)
        .where(SOLD.c.room == room)
        .group_by(SOLD.c.event_id, SOLD.c.seat)
        .having(sa.func.count() > 1)
    )
    states = (
        sa.select(PAYMENT.c.state, sa.func.count(), sa.func.sum(PAYMENT.c.cents))
        .where(PAYMENT.c.room == room)
        .group_by(PAYMENT.c.state)
    )
    return Audit(
        sold=int(connection.execute(total).scalar_one()),
        doubles=tuple(f"{row.event_id} {row.seat}" for row in connection.execute(twice)),
        apart=_payments_apart(connection, room, now) + _bookings_apart(connection, room),
        ledger={state: (int(lines), int(cents)) for state, lines, cents in connection.execute(states)},
    )


def _payments_apart(connection: Connection, room: str, now: float) -> int:
    has_booking = sa.exists().where(BOOKING.c.room == room, BOOKING.c.id == PAYMENT.c.hold_id)
    kept = sa.and_(PAYMENT.c.state == "settled", sa.not_(has_booking))
    stuck = sa.and_(PAYMENT.c.state == "captured", PAYMENT.c.at < now - STUCK)
    query = sa.select(sa.func.count()).select_from(PAYMENT).where(PAYMENT.c.room == room, sa.or_(kept, stuck))
    return int(connection.execute(query).scalar_one())


def _bookings_apart(connection: Connection, room: str) -> int:
    is_paid = sa.exists().where(
        PAYMENT.c.room == room, PAYMENT.c.hold_id == BOOKING.c.id, PAYMENT.c.state == "settled"
    )
    query = sa.select(sa.func.count()).select_from(BOOKING).where(BOOKING.c.room == room, sa.not_(is_paid))
    return int(connection.execute(query).scalar_one())


async def buyers(room: Room, event_id: str, seat: str) -> list[tuple[str, str]]:
    """Who bought a seat, each with the id of the booking, in order of time."""
    query = (
        sa.select(BOOKING.c.buyer, BOOKING.c.id)
        .join(SOLD, sa.and_(SOLD.c.room == BOOKING.c.room, SOLD.c.booking_id == BOOKING.c.id))
        .where(SOLD.c.room == room.id, SOLD.c.event_id == event_id, SOLD.c.seat == seat)
        .order_by(BOOKING.c.at)
    )
    return await room.sql.read(lambda c: [(row.buyer, row.id) for row in c.execute(query)])
