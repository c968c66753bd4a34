"""What must hold, and the checker that asks the stores, apart from the code that sells."""

from __future__ import annotations

import asyncio
from collections import deque
from dataclasses import dataclass, field

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from designs.ticketmaster.config import Config
from designs.ticketmaster.engine.admission import AdmissionControl
from designs.ticketmaster.engine.attempts import AttemptLog
from designs.ticketmaster.engine.bookings import Bookings
from designs.ticketmaster.engine.catalogue import Catalogue
from designs.ticketmaster.engine.holds import ANSWERS_KEPT, AnsweredHold, Hold, Holds
from designs.ticketmaster.engine.models import BOOKING, PAYMENT, SOLD
from sdlab.lab import Claim, EngineContext, EvidenceView, read_step, write_step

STUCK_S = 15.0
SURE_S = 0.5  # this near its end a hold may be gone by the clock of another store
CLAIMS = (
    Claim("sold_once", "sold once", "A seat is sold at most once"),
    Claim(
        "money", "money = tickets", "Every payment that was kept has a booking, and every booking a payment"
    ),
    Claim("all_or_nothing", "all seats or none", "A hold has all of its seats or none"),
    Claim(
        "inside",
        "one batch inside",
        "At most one batch is inside, and nobody holds seats of a popular event from outside",
    ),
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
    """Checks sales and money in the stores when money has moved since the last look; `report` is the last look."""

    def __init__(  # noqa: PLR0917 - it looks at what each of its siblings answered
        self,
        context: EngineContext[Config],
        catalogue: Catalogue,
        admission: AdmissionControl,
        holds: Holds,
        bookings: Bookings,
        attempts: AttemptLog,
    ) -> None:
        self._context, self._catalogue = context, catalogue
        self._admission, self._holds = admission, holds
        self._bookings, self._attempts = bookings, attempts
        self.look = context.look(self._read, SalesReport())
        self._checking = asyncio.Lock()
        self._looked_at = -1
        self._known_doubles: set[str] = set()

    @property
    def report(self) -> SalesReport:
        """What the last look found."""
        return self.look.last

    async def check(self) -> None:
        """Ask the stores whether the claims hold; who calls while that is done waits, and has it done once more."""
        async with self._checking:
            await self._check_holds()
            await self._check_sales()

    async def _check_sales(self) -> None:
        if self._looked_at == self._bookings.money_moved:
            return
        self._looked_at = self._bookings.money_moved
        found = await self.look.refresh(now=True)
        if "captured" in found.ledger:
            self._looked_at = -1  # that must not last
        for double in sorted(set(found.doubles) - self._known_doubles)[:1]:
            await self._violated_by(double)
        self._known_doubles = set(found.doubles)
        if not found.doubles:
            self._context.monitors["sold_once"].passed()
        if found.apart:
            self._context.monitors["money"].violated(self._apart(found))
        else:
            self._context.monitors["money"].passed()

    async def _violated_by(self, double: str) -> None:
        event_id, seat = double.split(" ")
        bought = await self._buyers(event_id, seat)
        self._attempts.sold_twice([hold_id for _, hold_id, _ in bought])
        steps = self._attempts.steps_of([hold_id for _, hold_id, _ in bought])
        if len({step.actor for step in steps}) < 2:  # not all are remembered: what the table says
            title = self._catalogue.event(event_id).title
            steps = [
                write_step(buyer, f"bought {seat} of {title}", at, at, wrote=seat, lost=True)
                for buyer, _, at in bought
            ]
        self._context.monitors["sold_once"].violated(steps)

    def _apart(self, found: SalesReport) -> list[EvidenceView]:
        now = self._context.clock.time()
        lines = ", ".join(f"{lines} {state}" for state, (lines, _) in sorted(found.ledger.items()))
        return [
            read_step("ledger", "payments by state", now, now, saw=lines),
            read_step("bookings", f"{found.apart} without a partner", now, now, saw=found.apart, lost=True),
        ]

    async def _read(self) -> SalesReport:
        room, now = self._context.room, self._context.clock.time()
        return await room.sql.read(lambda c: read_sales(c, room.id, now))

    # Holds, by what buyers were told

    async def _check_holds(self) -> None:
        """Look for the seats of the holds that were answered lately: all of them, or none."""
        answered, self._holds.answered = self._holds.answered, deque(maxlen=ANSWERS_KEPT)
        for one in answered:
            if self._holds.locks.constrained:
                await self._check_seats(one)
            if one.granted and self._admission.needed(self._catalogue.event(one.hold.event_id)):
                await self._check_admitted(one.hold, one.at)

    async def _check_seats(self, one: AnsweredHold) -> None:
        holders = await self._holds.locks.holders(one.hold.event_id, one.hold.seats)
        mine = sorted(seat for seat, found in holders.items() if found.hold_id == one.hold.id)
        wanted = list(one.hold.seats) if one.granted else []
        now = self._context.clock.time()
        if one.granted and not mine:
            # Given back, sold, expired, or lost with the lock store: then there is nothing to compare.
            state = (await self._holds.hold(one.hold.id)).state
            if state != "held" or now >= one.hold.expires - SURE_S or one.epoch != self._holds.epoch:
                return
        if sorted(wanted) == mine or one.epoch != self._holds.epoch:
            self._context.monitors["all_or_nothing"].passed()
            return
        if one.granted and now >= one.hold.expires - SURE_S:
            return  # its locks are just ending
        told = "all are held" if one.granted else "none is held"
        asked = ", ".join(one.hold.seats)
        made = one.at
        self._context.monitors["all_or_nothing"].violated(
            [
                write_step(one.hold.buyer, f"asks for {asked}", made, made, wrote=told),
                read_step(
                    "checker", "looks who holds them", now, now, saw=", ".join(mine) or "nobody", lost=True
                ),
            ]
        )

    async def _check_admitted(self, hold: Hold, made: float) -> None:
        queue, now = self._admission.queue(hold.event_id), self._context.clock.time()
        if hold.token and (await queue.was_admitted([hold.token]))[hold.token]:
            self._context.monitors["inside"].passed()
            return
        if made <= self._admission.since:
            return  # it was made by another rule
        title = self._catalogue.event(hold.event_id).title
        self._context.monitors["inside"].violated(
            [
                write_step(hold.buyer, f"holds {', '.join(hold.seats)} of {title}", made, made, lost=True),
                read_step("checker", "looks for the token among those let in", now, now, saw="not there"),
            ]
        )

    async def _buyers(self, event_id: str, seat: str) -> list[tuple[str, str, float]]:
        """Who bought a seat, each with the id of the booking and when, in order of time."""
        room = self._context.room
        query = (
            sa.select(BOOKING.c.buyer, BOOKING.c.id, BOOKING.c.at)
            .join(SOLD, sa.and_(SOLD.c.room == BOOKING.c.room, SOLD.c.booking_id == BOOKING.c.id))
            .where(SOLD.c.room == room.id, SOLD.c.event_id == event_id, SOLD.c.seat == seat)
            .order_by(BOOKING.c.at)
        )
        return await room.sql.read(lambda c: [(row.buyer, row.id, row.at) for row in c.execute(query)])


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
