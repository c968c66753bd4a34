"""What the API takes and gives, as pydantic models; and calls that show it."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, computed_field

from designs.ticketmaster.engine.box_office import MOST_SEATS
from designs.ticketmaster.engine.catalogue import TITLE
from designs.ticketmaster.engine.programme import PER_ROW, ROWS, TIERS, cents_of
from designs.ticketmaster.engine.search_index import Event
from designs.ticketmaster.engine.seat_maps import Seat
from sdlab.api.kit import StrictModel, TextOf
from sdlab.lab import Example

MAX_ID = 40
BASE = "/api/ticketmaster"


class FromEngine(BaseModel):
    """Made from the engine's own type, field by field; Unix seconds become times in UTC, named so."""

    model_config = ConfigDict(from_attributes=True)


class EventOut(FromEngine):
    """An event."""

    id: str = Field(examples=["e2"])
    title: str = Field(examples=["Mira Holm Unplugged"])
    performer: str
    venue: str
    city: str
    starts: datetime = Field(validation_alias="local_start", description="with the offset of its town")
    timezone: str = Field(examples=["Europe/Oslo"])
    popular: bool


class Performer(BaseModel):
    """Who plays."""

    name: str


class Price(FromEngine):
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


class QueuePlace(FromEngine):
    """A position in the queue; 0 is inside. `bound_s` is the longest that it can take."""

    token: str
    admitted: bool
    position: int
    estimate_s: float
    bound_s: float
    left_s: float


class HoldBody(StrictModel):
    """Which seats to hold."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"event_id": "e2", "seats": ["D10", "D11"]}]})

    event_id: str = Field(min_length=1, max_length=MAX_ID)
    seats: list[str] = Field(min_length=1, max_length=MOST_SEATS)


class _Priced(FromEngine):
    event_id: str
    seats: list[str]

    @computed_field  # type: ignore[prop-decorator]
    @property
    def cents(self) -> int:
        """What the seats cost together."""
        return cents_of(self.seats)


class HoldOut(_Priced):
    """Seats that are yours until `expires`."""

    hold_id: str = Field(validation_alias="id")
    expires: datetime


class Payment(StrictModel):
    """A test payment: how it is to end."""

    outcome: Literal["ok", "declined", "crash"] = "ok"


class BookingBody(StrictModel):
    """Pay for a hold."""

    hold_id: str = Field(min_length=1, max_length=MAX_ID)
    payment: Payment = Payment()


class BookingOut(_Priced):
    """A ticket."""

    booking_id: str = Field(validation_alias="id")
    buyer: str
    at: datetime


class TitleBody(StrictModel):
    """A new name for an event."""

    title: Annotated[str, TextOf(TITLE)] = Field(examples=["Mira Holm Unplugged"])


class SeatsOut(BaseModel):
    """Seats since a version: all of them when `full`, else those that changed. `until` (Unix seconds) of held ones.

    `version` is what to name next time as `after`.
    """

    version: str
    full: bool
    now: float
    seats: dict[str, str]
    until: dict[str, float]


def with_seats(one: Event, seats: dict[str, Seat]) -> EventWithSeats:
    """An event with everything around it."""
    prices = [Price.model_validate(tier) for tier in TIERS]
    return EventWithSeats(
        event=EventOut.model_validate(one),
        venue=Venue(name=one.venue, city=one.city, rows=ROWS, seats_per_row=PER_ROW, prices=prices),
        performer=Performer(name=one.performer),
        seats={seat: found.state for seat, found in seats.items()},
    )


EXAMPLES = (
    Example("What is on, soonest first", "GET", f"{BASE}/events?limit=3", saves={"cursor": "next_cursor"}),
    Example("The page behind it", "GET", f"{BASE}/events?limit=3&cursor={{cursor}}"),
    Example("Search by word and city", "GET", f"{BASE}/events?term=live&city=Berlin"),
    Example("One event with its seats", "GET", f"{BASE}/events/e2"),
    Example(
        "Hold two seats",
        "POST",
        f"{BASE}/holds",
        body={"event_id": "e2", "seats": ["D10", "D11"]},
        status=201,
        saves={"hold": "hold_id"},
        note="they are yours for 30 s; watch with curl -N " + BASE + "/events/e2/seats/stream",
    ),
    Example(
        "Nobody else gets one of them",
        "POST",
        f"{BASE}/holds",
        body={"event_id": "e2", "seats": ["D11", "D12"]},
        status=409,
        note="all or nothing: D12 stays free",
    ),
    Example(
        "A card that is declined",
        "POST",
        f"{BASE}/bookings",
        body={"hold_id": "{hold}", "payment": {"outcome": "declined"}},
        status=402,
    ),
    Example(
        "Pay",
        "POST",
        f"{BASE}/bookings",
        body={"hold_id": "{hold}", "payment": {"outcome": "ok"}},
        headers={"Idempotency-Key": "{hold}-1"},
        status=201,
        saves={"booking": "booking_id"},
        note="once more gives the same ticket",
    ),
    Example(
        "Stand in line for the popular one",
        "POST",
        f"{BASE}/events/e1/queue",
        status=201,
        saves={"token": "token"},
        note="X-Queue-Token of a hold, once it is admitted",
    ),
    Example("Where do I stand?", "GET", f"{BASE}/events/e1/queue/{{token}}"),
    Example(
        "Without an admitted position",
        "POST",
        f"{BASE}/holds",
        body={"event_id": "e1", "seats": ["A1"]},
        status=403,
    ),
)
