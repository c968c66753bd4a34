"""What must hold, and the checker that asks the stores, apart from the code that sells."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from designs.ticketmaster.config import Config
from designs.ticketmaster.engine.attempts import AttemptLog
from designs.ticketmaster.engine.bookings import Bookings
from designs.ticketmaster.engine.catalogue import Catalogue
from designs.ticketmaster.engine.models import BOOKING, PAYMENT, SOLD
from sdlab.lab import Claim, EngineContext, EvidenceView

STUCK_S = 15.0
CLAIMS = (
    Claim("sold_once", "A seat is sold at most once"),
    Claim("money", "Every payment that was kept has a booking, and every booking a payment"),
    Claim("all_or_nothing", "A hold has all of its seats or none"),
    Claim("inside", "At most one batch is inside, and nobody holds seats of a popular event from outside"),
)


@dataclass(frozen=True, slots=True)
class SalesReport:
    """What was found. `ledger` has lines and cents per state of payment.

    `doubles` are events and seats that were sold more than once. `apart` counts payments kept
    without a booking, bookings without a payment, and payments that nobody reconciled for
    `STUCK_S` seconds.
    """

    sold: int = 0
    doubles: tuple[str, ...] = ()
    apart: int = 0
    ledger: dict[str, tuple[int, int]] = field(default_factory=dict)

    def doubled(self, event_id: str) -> set[str]:
        """Seats of an event that were sold more than once."""
        found = (double.split(" ") for double in self.doubles)
        return {seat for event, seat in found if event == event_id}


class ClaimChecker:
    """Checks sales and money in the stores when money has moved since the last look; `report` is that look."""

    def __init__(
        self, context: EngineContext[Config], catalogue: Catalogue, bookings: Bookings, attempts: AttemptLog
    ) -> None:
        self._context, self._catalogue = context, catalogue
        self._bookings, self._attempts = bookings, attempts
        self._looked_at = -1
        self.report = SalesReport()

    async def check(self) -> None:
        """Ask the stores whether the claims hold."""
        if self._looked_at == self._bookings.money_moved:
            return
        self._looked_at, before = self._bookings.money_moved, set(self.report.doubles)
        room, now = self._context.room, self._context.clock.time()
        self.report = found = await room.sql.read(lambda c: read_sales(c, room.id, now))
        if "captured" in found.ledger:
            self._looked_at = -1  # that must not last
        for double in sorted(set(found.doubles) - before)[:1]:
            await self._violated_by(double)
        if not found.doubles:
            self._context.monitors["sold_once"].passed()
        if found.apart:
            steps = [("ledger", f"{found.apart} apart"), ("checker", "no partner found")]
            self._context.monitors["money"].violated(self._evidence(steps))
        else:
            self._context.monitors["money"].passed()

    async def _violated_by(self, double: str) -> None:
        event_id, seat = double.split(" ")
        bought = await self._buyers(event_id, seat)
        self._attempts.sold_twice([hold_id for _, hold_id in bought])
        title = self._catalogue.event(event_id).title
        steps = [(buyer, f"bought {seat} of {title}") for buyer, _ in bought]
        self._context.monitors["sold_once"].violated(self._evidence(steps))

    def _evidence(self, steps: Sequence[tuple[str, str]]) -> list[EvidenceView]:
        now = self._context.clock.time()
        return [EvidenceView(now, actor, text) for actor, text in steps]

    async def _buyers(self, event_id: str, seat: str) -> list[tuple[str, str]]:
        """Who bought a seat, each with the id of the booking, in order of time."""
        room = self._context.room
        query = (
            sa.select(BOOKING.c.buyer, BOOKING.c.id)
            .join(SOLD, sa.and_(SOLD.c.room == BOOKING.c.room, SOLD.c.booking_id == BOOKING.c.id))
            .where(SOLD.c.room == room.id, SOLD.c.event_id == event_id, SOLD.c.seat == seat)
            .order_by(BOOKING.c.at)
        )
        return await room.sql.read(lambda c: [(row.buyer, row.id) for row in c.execute(query)])


def read_sales(connection: Connection, room: str, now: float) -> SalesReport:
    """What was sold, what was sold twice, and where the ledger and the bookings disagree."""
    total = sa.select(sa.func.count()).select_from(SOLD).where(SOLD.c.room == room)
    twice = (
        sa.select(SOLD.c.event_id, SOLD.c.seat)
        .where(SOLD.c.room == room)
        .group_by(SOLD.c.event_id, SOLD.c.seat)
        .having(sa.func.count() > 1)
        .order_by(SOLD.c.event_id, SOLD.c.seat)
    )
    states = (
        sa.select(PAYMENT.c.state, sa.func.count(), sa.func.sum(PAYMENT.c.cents))
        .where(PAYMENT.c.room == room)
        .group_by(PAYMENT.c.state)
    )
    return SalesReport(
        sold=int(connection.execute(total).scalar_one()),
        doubles=tuple(f"{row.event_id} {row.seat}" for row in connection.execute(twice)),
        apart=_payments_apart(connection, room, now) + _bookings_apart(connection, room),
        ledger={state: (int(lines), int(cents)) for state, lines, cents in connection.execute(states)},
    )


def _payments_apart(connection: Connection, room: str, now: float) -> int:
    has_booking = sa.exists().where(BOOKING.c.room == room, BOOKING.c.id == PAYMENT.c.hold_id)
    kept = sa.and_(PAYMENT.c.state == "settled", sa.not_(has_booking))
    stuck = sa.and_(PAYMENT.c.state == "captured", PAYMENT.c.at < now - STUCK_S)
    query = sa.select(sa.func.count()).select_from(PAYMENT).where(PAYMENT.c.room == room, sa.or_(kept, stuck))
    return int(connection.execute(query).scalar_one())


def _bookings_apart(connection: Connection, room: str) -> int:
    is_paid = sa.exists().where(
        PAYMENT.c.room == room, PAYMENT.c.hold_id == BOOKING.c.id, PAYMENT.c.state == "settled"
    )
    query = sa.select(sa.func.count()).select_from(BOOKING).where(BOOKING.c.room == room, sa.not_(is_paid))
    return int(connection.execute(query).scalar_one())
