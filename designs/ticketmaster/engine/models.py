"""What lasts: events, holds, seats, bookings, the ledger of payments, and the outbox of changed events."""

from __future__ import annotations

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from sdlab.parts.outbox import OutboxRow


class EventRow(SQLModel, table=True):
    """An event as the box office knows it. `starts` is Unix seconds, `place` orders all events in time."""

    __tablename__ = "ticketmaster_event"
    __table_args__ = (sa.Index("ticketmaster_event_place", "room", "place"),)

    room: str = Field(primary_key=True)
    id: str = Field(primary_key=True)
    title: str
    performer: str
    venue: str
    city: str
    starts: float
    popular: bool = False
    place: int = Field(default=0, sa_type=sa.BigInteger)


class HoldRow(SQLModel, table=True):
    """Seats promised to a buyer until `expires`. `state` is held, booked, released or lost.

    `token` is the position in the queue that it was made with, given up when the hold ends.
    """

    __tablename__ = "ticketmaster_hold"

    room: str = Field(primary_key=True)
    id: str = Field(primary_key=True)
    event_id: str
    seats: str
    buyer: str
    expires: float
    state: str = "held"
    token: str = ""


class SeatRow(SQLModel, table=True):
    """Who holds a seat, where the database keeps that; an event has its rows from its first hold on."""

    __tablename__ = "ticketmaster_seat"

    room: str = Field(primary_key=True)
    event_id: str = Field(primary_key=True)
    seat: str = Field(primary_key=True)
    hold_id: str = ""
    expires: float = 0.0


class SoldRow(SQLModel, table=True):
    """A sold seat. `claim` is empty with the constraint in force, so that the key admits one sale."""

    __tablename__ = "ticketmaster_sold"

    room: str = Field(primary_key=True)
    event_id: str = Field(primary_key=True)
    seat: str = Field(primary_key=True)
    claim: str = Field(primary_key=True, default="")
    booking_id: str


class BookingRow(SQLModel, table=True):
    """A booking; its id is that of its hold, so a hold is booked at most once."""

    __tablename__ = "ticketmaster_booking"

    room: str = Field(primary_key=True)
    id: str = Field(primary_key=True)
    event_id: str
    seats: str
    buyer: str
    at: float


class PaymentRow(SQLModel, table=True):
    """A line of the ledger, one per hold. `state` is captured, settled (a booking exists) or refunded."""

    __tablename__ = "ticketmaster_payment"

    room: str = Field(primary_key=True)
    hold_id: str = Field(primary_key=True)
    cents: int
    at: float
    state: str = "captured"


class NewsRow(OutboxRow, table=True):
    """A changed event, written in the transaction that changed it."""

    __tablename__ = "ticketmaster_news"


EVENT, HOLD, SEAT, SOLD, BOOKING, PAYMENT, NEWS = (
    kind.__table__  # type: ignore[union-attr]
    for kind in (EventRow, HoldRow, SeatRow, SoldRow, BookingRow, PaymentRow, NewsRow)
)
