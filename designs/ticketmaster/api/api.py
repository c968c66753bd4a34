"""The endpoints of the box office: search, look, wait, hold, pay, give back, and the printed ticket."""

from __future__ import annotations

import base64
import io
from datetime import UTC, datetime
from typing import Annotated

import segno
from fastapi import APIRouter, Depends, Header, Path, Query
from starlette.responses import Response

from designs.ticketmaster.schemas import (
    MAX_ID,
    BookingBody,
    BookingOut,
    EventOut,
    Events,
    EventWithSeats,
    HoldBody,
    HoldOut,
    QueuePlace,
    TitleBody,
    booking_out,
    event_out,
    hold_out,
    place_out,
    with_seats,
)
from designs.ticketmaster.search import LATEST, Question, place_of
from designs.ticketmaster.seat_routes import EngineHere, EventId, add_seat_routes, engine_here, lab_here
from designs.ticketmaster.strategies import CACHES
from sdlab.api.problems import documented
from sdlab.lab import Invalid, NotFound
from sdlab.rooms.http import acting_user

__all__ = ["engine_here", "lab_here", "router"]

PAGE, MOST = 10, 50
MAX_CURSOR = 32

User = Annotated[str, Depends(acting_user)]
Id = Annotated[str, Path(max_length=MAX_ID)]
Token = Annotated[str, Header(max_length=MAX_ID, description="an admitted place in the queue")]
Key = Annotated[str, Header(max_length=80, description="a repeat returns the same booking")]


def router() -> APIRouter:
    """Everything below `/api/ticketmaster`."""
    routes = APIRouter()
    _add_events(routes)
    _add_queue(routes)
    _add_sales(routes)
    add_seat_routes(routes)
    return routes


def _add_events(routes: APIRouter) -> None:
    @routes.get("/events", summary="Search events", response_model=Events, responses=documented())
    async def events(  # noqa: PLR0917 - FastAPI fills them by name
        response: Response,
        engine: EngineHere,
        user: User,
        term: Annotated[str, Query(max_length=80, description="words; the last may be a beginning")] = "",
        city: Annotated[str, Query(max_length=80)] = "",
        since: Annotated[datetime | None, Query(alias="from")] = None,
        until: Annotated[datetime | None, Query(alias="to")] = None,
        cursor: Annotated[str, Query(max_length=MAX_CURSOR)] = "",
        limit: Annotated[int, Query(ge=1, le=MOST)] = PAGE,
    ) -> Events:
        """Soonest first. `X-Answered-By` says who answered; 422 for a cursor that this did not make."""
        asked = Question(
            term=term.strip(),
            city=city.strip(),
            since=min(_utc(since), LATEST) if since else 0.0,
            until=min(_utc(until), LATEST) if until else LATEST,
            after=_place(cursor),
            limit=limit + 1,
        )
        if asked.since > asked.until:
            raise Invalid("from is later than to", field="from")
        found = await engine.search(asked, by=user)
        cache = CACHES[engine.config.cache]
        response.headers["Cache-Control"] = cache.cache_control(engine.config.edge_s)
        response.headers["X-Answered-By"] = found.source
        response.headers["Age"] = str(int(found.age_s))
        shown = found.events[:limit]
        more = len(found.events) > limit
        return Events(
            items=[event_out(one) for one in shown],
            next_cursor=_cursor(place_of(shown[-1])) if more else None,
        )

    @routes.get("/events/{id}", summary="One event", response_model=EventWithSeats, responses=documented(404))
    async def event(engine: EngineHere, id: EventId) -> EventWithSeats:
        """Event, venue, performer, and every seat. 404 for an event that there is not."""
        found = engine.event(id)
        return with_seats(found, (await engine.board.refresh(id)).seats)

    @routes.patch(
        "/events/{id}", summary="Rename an event", response_model=EventOut, responses=documented(404, 503)
    )
    async def edit(engine: EngineHere, user: User, id: EventId, body: TitleBody) -> EventOut:
        """What an organiser does; how the search hears of it is a deep dive."""
        return event_out(await engine.edit(id, body.title, by=user))


def _add_queue(routes: APIRouter) -> None:
    @routes.post(
        "/events/{id}/queue",
        summary="Wait",
        status_code=201,
        response_model=QueuePlace,
        responses=documented(404),
    )
    async def join(engine: EngineHere, user: User, id: EventId) -> QueuePlace:
        """A place at the end of the queue."""
        return place_out(await engine.join(id, by=user))

    @routes.get(
        "/events/{id}/queue/{token}", summary="My place", response_model=QueuePlace, responses=documented(404)
    )
    async def place(engine: EngineHere, id: EventId, token: Id) -> QueuePlace:
        """404 for a place that is over."""
        return place_out(await engine.place(id, token))


def _add_sales(routes: APIRouter) -> None:
    @routes.post(
        "/holds",
        summary="Hold seats",
        status_code=201,
        response_model=HoldOut,
        responses=documented(403, 404, 409),
    )
    async def hold(engine: EngineHere, user: User, body: HoldBody, x_queue_token: Token = "") -> HoldOut:
        """403 without an admitted token, 404 without the event, 409 when a seat is taken: all or nothing."""
        return hold_out(await engine.hold(body.event_id, body.seats, token=x_queue_token, by=user))

    @routes.delete("/holds/{id}", summary="Give seats back", status_code=204, responses=documented(404))
    async def release(engine: EngineHere, user: User, id: Id) -> None:
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
        return booking_out(done)

    @routes.get(
        "/bookings/{id}/ticket.svg",
        summary="The code on a ticket",
        response_class=Response,
        responses={**documented(404), 200: {"content": {"image/svg+xml": {}}, "description": "a QR code"}},
    )
    async def ticket(engine: EngineHere, id: Id) -> Response:
        """A QR code of booking, event and seats, to be read at the door. 404 without such a booking."""
        found = await engine.selling.office.booking(id)
        if found is None:
            raise NotFound("there is no such booking")
        code = segno.make(f"{found.id} {found.event_id} {' '.join(found.seats)}", error="m")
        drawn = io.BytesIO()
        code.save(drawn, kind="svg", xmldecl=False, svgclass=None, lineclass=None, scale=4, border=2)
        return Response(
            drawn.getvalue(),
            media_type="image/svg+xml",
            headers={"Cache-Control": "private, max-age=3600"},
        )


def _utc(at: datetime) -> float:
    return (at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp()


def _cursor(place: int) -> str:
    return base64.urlsafe_b64encode(str(place).encode()).decode().rstrip("=")


def _place(cursor: str) -> int:
    if not cursor:
        return -1
    try:
        place = int(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except ValueError:
        place = -1
    if not 0 <= place < LATEST * 1_000_000 or _cursor(place) != cursor:
        raise Invalid("this cursor leads nowhere", field="cursor")
    return place
