"""The endpoints of the box office: search, look, wait, hold, pay, give back, and seats as they change."""

from __future__ import annotations

import base64
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Header, Query
from fastapi.requests import HTTPConnection
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import StreamingResponse

from designs.ticketmaster.engine import MOST_SEATS, Ticketmaster
from designs.ticketmaster.search import Event
from sdlab.api.problems import documented
from sdlab.lab import Invalid
from sdlab.live.sse import encode, event_stream
from sdlab.rooms.http import acting_user, engine_of, lab_of
from sdlab.rooms.lab import RunningLab

SLUG = "ticketmaster"
PAGE = 10
MAX_ID = 40
LOOK_EVERY = 0.5

engine_here, lab_here = engine_of(SLUG), lab_of(SLUG)
EngineHere = Annotated[Ticketmaster, Depends(engine_here)]
LabHere = Annotated[RunningLab, Depends(lab_here)]
User = Annotated[str, Depends(acting_user)]
Token = Annotated[str, Header(max_length=MAX_ID, description="an admitted place in the queue")]
Key = Annotated[str, Header(max_length=80, description="a repeat returns the same booking")]


class EventOut(BaseModel):
    """An event."""

    id: str
    title: str
    performer: str
    venue: str
    city: str
    starts: datetime
    popular: bool


class Events(BaseModel):
    """A page of events; `cursor` leads to the next one."""

    events: list[EventOut]
    cursor: str | None


class EventWithSeats(EventOut):
    """An event and its seats: free, held or sold."""

    seats: dict[str, str]


class QueuePlace(BaseModel):
    """A place in the queue; position 0 is inside."""

    token: str
    admitted: bool
    position: int
    estimate_s: float


class HoldBody(BaseModel):
    """Which seats to hold."""

    model_config = ConfigDict(extra="forbid")

    event_id: str = Field(min_length=1, max_length=MAX_ID)
    seats: list[str] = Field(min_length=1, max_length=MOST_SEATS)


class HoldOut(BaseModel):
    """Seats that are yours until `expires`."""

    hold_id: str
    event_id: str
    seats: list[str]
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
    at: datetime


def router() -> APIRouter:
    """Everything below `/api/ticketmaster`."""
    routes = APIRouter()

    @routes.get("/events", summary="Search events", response_model=Events, responses=documented())
    async def events(
        engine: EngineHere,
        user: User,
        *,
        term: Annotated[str, Query(max_length=80)] = "",
        city: Annotated[str, Query(max_length=80)] = "",
        since: Annotated[datetime | None, Query(alias="from")] = None,
        until: Annotated[datetime | None, Query(alias="to")] = None,
        cursor: Annotated[str, Query(max_length=20)] = "",
    ) -> Events:
        """422 for a cursor that this endpoint did not make. A time without a zone is UTC."""
        begin = _offset(cursor)
        found = [
            one
            for one in await engine.search(term, city=city, by=user)
            if (since is None or one.starts >= _utc(since)) and (until is None or one.starts <= _utc(until))
        ]
        more = begin + PAGE < len(found)
        return Events(
            events=[EventOut(**_event(one)) for one in found[begin : begin + PAGE]],
            cursor=_cursor(begin + PAGE) if more else None,
        )

    @routes.get("/events/{id}", summary="One event", response_model=EventWithSeats, responses=documented(404))
    async def event(engine: EngineHere, id: str) -> EventWithSeats:
        """404 for an event that there is not."""
        return EventWithSeats(**_event(engine.event(id)), seats=await engine.seats(id))

    @routes.post(
        "/events/{id}/queue",
        summary="Wait",
        status_code=201,
        response_model=QueuePlace,
        responses=documented(404),
    )
    async def join(engine: EngineHere, user: User, id: str) -> QueuePlace:
        """A place at the end of the queue."""
        place = await engine.join(id, by=user)
        return QueuePlace(
            token=place.token, admitted=place.admitted, position=place.position, estimate_s=place.estimate_s
        )

    @routes.get(
        "/events/{id}/queue/{token}", summary="My place", response_model=QueuePlace, responses=documented(404)
    )
    async def place(engine: EngineHere, id: str, token: str) -> QueuePlace:
        """404 for a place that is over."""
        found = await engine.place(id, token)
        return QueuePlace(
            token=found.token, admitted=found.admitted, position=found.position, estimate_s=found.estimate_s
        )

    @routes.post(
        "/holds",
        summary="Hold seats",
        status_code=201,
        response_model=HoldOut,
        responses=documented(403, 404, 409),
    )
    async def hold(engine: EngineHere, user: User, body: HoldBody, x_queue_token: Token = "") -> HoldOut:
        """403 without an admitted token, 404 without the event, 409 when a seat is taken: all or nothing."""
        held = await engine.hold(body.event_id, body.seats, token=x_queue_token, by=user)
        return HoldOut(
            hold_id=held.id, event_id=held.event_id, seats=list(held.seats), expires=_time(held.expires)
        )

    @routes.delete("/holds/{id}", summary="Give seats back", status_code=204, responses=documented(404))
    async def release(engine: EngineHere, user: User, id: str) -> None:
        """404 for a hold that never was; giving back twice is no error."""
        await engine.release(id, by=user)

    @routes.post(
        "/bookings",
        summary="Pay",
        status_code=201,
        response_model=BookingOut,
        responses=documented(402, 404, 409, 410, 503),
    )
    async def book(
        engine: EngineHere, user: User, body: BookingBody, idempotency_key: Key = ""
    ) -> BookingOut:
        """402 declined, 410 expired, 409 a seat is gone or the key is another hold's, 503 a crash."""
        done = await engine.book(body.hold_id, outcome=body.payment.outcome, key=idempotency_key, by=user)
        return BookingOut(
            booking_id=done.id,
            event_id=done.event_id,
            seats=list(done.seats),
            buyer=done.buyer,
            at=_time(done.at),
        )

    @routes.get("/events/{id}/seats/stream", summary="Seats as they change", responses=documented(404))
    async def stream(
        connection: HTTPConnection, engine: EngineHere, lab: LabHere, id: str
    ) -> StreamingResponse:
        """All seats first, then those that changed."""
        engine.event(id)
        return event_stream(changes(engine, id), connection=connection, lab=lab)

    return routes


async def changes(engine: Ticketmaster, event_id: str) -> AsyncIterator[bytes]:
    """The seats of an event as server-sent events: all at first, then what is different."""
    known: dict[str, str] = {}
    while True:
        now = await engine.seats(event_id)
        if fresh := {seat: state for seat, state in now.items() if known.get(seat) != state}:
            yield encode(fresh, event="seats")
        known = now
        await engine.clock.sleep(LOOK_EVERY)


def _time(at: float) -> datetime:
    return datetime.fromtimestamp(at, UTC)


def _utc(at: datetime) -> float:
    return (at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp()


def _event(one: Event) -> dict[str, object]:
    return {
        "id": one.id,
        "title": one.title,
        "performer": one.performer,
        "venue": one.venue,
        "city": one.city,
        "starts": _time(one.starts),
        "popular": one.popular,
    }


def _cursor(offset: int) -> str:
    return base64.urlsafe_b64encode(str(offset).encode()).decode()


def _offset(cursor: str) -> int:
    try:
        offset = int(base64.urlsafe_b64decode(cursor or _cursor(0)))
    except ValueError:
        raise Invalid("this cursor leads nowhere", field="cursor") from None
    if offset < 0:
        raise Invalid("this cursor leads nowhere", field="cursor")
    return offset
