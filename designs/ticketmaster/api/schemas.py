"""What the API takes and gives, as pydantic models."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from designs.ticketmaster.box_office import Booking, Hold
from designs.ticketmaster.events import PER_ROW, ROWS, TIERS, cents_of
from designs.ticketmaster.queueing import Place
from designs.ticketmaster.search import Event
from designs.ticketmaster.seatboard import Seat
from designs.ticketmaster.selling import MOST_SEATS

MAX_ID = 40


class EventOut(BaseModel):
    """An event."""

    id: str = Field(examples=["e2"])
    title: str = Field(examples=["Mira Holm Unplugged"])
    performer: str
    venue: str
    city: str
    starts: datetime
    popular: bool


class Events(BaseModel):
    """A page of events, soonest first; `next_cursor` leads to the one behind it."""

    items: list[EventOut]
    next_cursor: str | None


class Performer(BaseModel):
    """Who plays."""

    name: str


class Price(BaseModel):
    """Rows that cost the same."""

    name: str
    rows: str
    cents: int


class Venue(BaseModel):
    """Where, and how the hall is laid out."""

    name: str
    city: str
    rows: str
    seats_per_row: int
    prices: list[Price]


class EventWithSeats(BaseModel):
    """An event, its venue and performer, and every seat: free, held, overdue or sold."""

    event: EventOut
    venue: Venue
    performer: Performer
    seats: dict[str, str]


class QueuePlace(BaseModel):
    """A place in the queue; position 0 is inside. `bound_s` is the longest that it can take."""

    token: str
    admitted: bool
    position: int
    estimate_s: float
    bound_s: float
    left_s: float


class HoldBody(BaseModel):
    """Which seats to hold."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"event_id": "e2", "seats": ["D10", "D11"]}]}
    )

    event_id: str = Field(min_length=1, max_length=MAX_ID)
    seats: list[str] = Field(min_length=1, max_length=MOST_SEATS)


class HoldOut(BaseModel):
    """Seats that are yours until `expires`."""

    hold_id: str
    event_id: str
    seats: list[str]
    cents: int
    expires: datetime


class Payment(BaseModel):
    """A test payment: how it is to end."""

    model_config = ConfigDict(extra="forbid")

    outcome: Literal["ok", "declined", "crash"] = "ok"


class BookingBody(BaseModel):
    """Pay for a hold."""

    model_config = ConfigDict(extra="forbid")

    hold_id: str = Field(min_length=1, max_length=MAX_ID)
    payment: Payment = Payment()


class BookingOut(BaseModel):
    """A ticket."""

    booking_id: str
    event_id: str
    seats: list[str]
    buyer: str
    cents: int
    at: datetime


class TitleBody(BaseModel):
    """A new name for an event."""

    model_config = ConfigDict(extra="forbid")

    title: str = Field(min_length=1, max_length=80)


class SeatsOut(BaseModel):
    """Seats by name, and until when (Unix seconds) the held ones are; `version` is what to ask `after`."""

    version: str
    full: bool
    now: float
    seats: dict[str, str]
    until: dict[str, float]


def when(at: float) -> datetime:
    """Unix seconds as a time in UTC."""
    return datetime.fromtimestamp(at, UTC)


def event_out(one: Event) -> EventOut:
    """An event as the API says it."""
    return EventOut(
        id=one.id,
        title=one.title,
        performer=one.performer,
        venue=one.venue,
        city=one.city,
        starts=when(one.starts),
        popular=one.popular,
    )


def with_seats(one: Event, seats: dict[str, Seat]) -> EventWithSeats:
    """An event with everything around it."""
    prices = [Price(name=tier.name, rows=tier.rows, cents=tier.cents) for tier in TIERS]
    return EventWithSeats(
        event=event_out(one),
        venue=Venue(name=one.venue, city=one.city, rows=ROWS, seats_per_row=PER_ROW, prices=prices),
        performer=Performer(name=one.performer),
        seats={seat: found.state for seat, found in seats.items()},
    )


def place_out(one: Place) -> QueuePlace:
    """A place as the API says it."""
    return QueuePlace(
        token=one.token,
        admitted=one.admitted,
        position=one.position,
        estimate_s=one.estimate_s,
        bound_s=one.bound_s,
        left_s=round(one.left_s, 1),
    )


def hold_out(one: Hold) -> HoldOut:
    """A hold as the API says it."""
    return HoldOut(
        hold_id=one.id,
        event_id=one.event_id,
        seats=list(one.seats),
        cents=cents_of(one.seats),
        expires=when(one.expires),
    )


def booking_out(one: Booking) -> BookingOut:
    """A ticket as the API says it."""
    return BookingOut(
        booking_id=one.id,
        event_id=one.event_id,
        seats=list(one.seats),
        buyer=one.buyer,
        cents=cents_of(one.seats),
        at=when(one.at),
    )
