"""The endpoints of the box office: search, look, wait, hold, pay, give back, and the printed ticket."""

from __future__ import annotations

import io
from datetime import UTC, datetime
from typing import Annotated

import segno
from fastapi import APIRouter, Depends, Header, Path, Query
from starlette.responses import Response

from designs.ticketmaster.api.schemas import (
    MAX_ID,
    BookingBody,
    BookingOut,
    EventOut,
    EventWithSeats,
    HoldBody,
    HoldOut,
    QueuePlace,
    TitleBody,
    with_seats,
)
from designs.ticketmaster.api.seat_routes import EngineHere, EventId, engine_here, seat_routes
from designs.ticketmaster.engine.bookings import Booking
from designs.ticketmaster.engine.holds import Hold
from designs.ticketmaster.engine.search_index import LATEST, Event, SearchQuery, sort_key
from designs.ticketmaster.engine.waiting_queue import QueuePosition
from sdlab.api.kit import IdempotencyKey
from sdlab.api.pages import Cursor, CursorKey, Page, page_of
from sdlab.api.problems import documented
from sdlab.lab import Invalid
from sdlab.rooms.http import acting_user

__all__ = ["engine_here", "router"]

PAGE, MOST = 10, 50
CURSOR = CursorKey("events", int)

Id = Annotated[str, Path(max_length=MAX_ID)]
Token = Annotated[str, Header(max_length=MAX_ID, description="an admitted position in the queue")]


def router() -> APIRouter:
    """Everything below `/api/ticketmaster`."""
    routes = APIRouter(dependencies=[Depends(acting_user)])
    _add_events(routes)
    _add_queue(routes)
    _add_sales(routes)
    _add_tickets(routes)
    whole = APIRouter()
    whole.include_router(routes)
    whole.include_router(seat_routes())
    return whole


def _add_events(routes: APIRouter) -> None:
    @routes.get("/events", summary="Search events", responses=documented())
    async def events(
        response: Response,
        engine: EngineHere,
        query: Annotated[SearchQuery, Depends(_query)],
        cursor: Cursor = None,
        limit: Annotated[int, Query(ge=1, le=MOST)] = PAGE,
    ) -> Page[EventOut]:
        """Soonest first. `X-Answered-By` says who answered; 422 for a cursor that this did not make."""
        behind = CURSOR.decode(cursor)
        found = await engine.search(query.behind(behind[0] if behind else -1, limit=limit + 1))
        policy = engine.event_search.cache.policy
        response.headers["Cache-Control"] = policy.cache_control(engine.config.edge_s)
        response.headers["X-Answered-By"] = found.source
        response.headers["Age"] = str(int(found.age_s))
        return page_of(
            found.events,
            limit=limit,
            cursor=CURSOR,
            key=lambda one: (sort_key(one),),
            item=EventOut.model_validate,
        )

    @routes.get("/events/{id}", summary="One event", responses=documented(404))
    async def event(engine: EngineHere, id: EventId) -> EventWithSeats:
        """Event, venue, performer, and every seat. 404 for an event that there is not."""
        found = engine.event(id)
        return with_seats(found, (await engine.seat_maps.refresh(id)).seats)

    @routes.patch(
        "/events/{id}", summary="Rename an event", response_model=EventOut, responses=documented(404, 503)
    )
    async def edit(engine: EngineHere, id: EventId, body: TitleBody) -> Event:
        """What an organiser does; how the search hears of it is a deep dive."""
        return await engine.edit(id, body.title)


def _query(
    term: Annotated[str, Query(max_length=80, description="words; the last may be a beginning")] = "",
    city: Annotated[str, Query(max_length=80)] = "",
    since: Annotated[datetime | None, Query(alias="from")] = None,
    until: Annotated[datetime | None, Query(alias="to")] = None,
) -> SearchQuery:
    query = SearchQuery(
        term=term.strip(),
        city=city.strip(),
        since=min(_utc(since), LATEST) if since else 0.0,
        until=min(_utc(until), LATEST) if until else LATEST,
    )
    if query.since > query.until:
        raise Invalid("from is later than to", field="from")
    return query


def _utc(at: datetime) -> float:
    return (at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp()


def _add_queue(routes: APIRouter) -> None:
    @routes.post(
        "/events/{id}/queue",
        summary="Wait",
        status_code=201,
        response_model=QueuePlace,
        responses=documented(404),
    )
    async def join(engine: EngineHere, id: EventId) -> QueuePosition:
        """A position at the end of the queue."""
        return await engine.join(id)

    @routes.get(
        "/events/{id}/queue/{token}",
        summary="My position",
        response_model=QueuePlace,
        responses=documented(404),
    )
    async def position(engine: EngineHere, id: EventId, token: Id) -> QueuePosition:
        """404 for a position that is over."""
        return await engine.position(id, token)


def _add_sales(routes: APIRouter) -> None:
    @routes.post(
        "/holds",
        summary="Hold seats",
        status_code=201,
        response_model=HoldOut,
        responses=documented(403, 404, 409, 503),
    )
    async def hold(engine: EngineHere, body: HoldBody, x_queue_token: Token = "") -> Hold:
        """403 without an admitted token, 404 without the event, 409 when a seat is taken: all or nothing."""
        return await engine.hold(body.event_id, body.seats, token=x_queue_token)

    @routes.delete("/holds/{id}", summary="Give seats back", status_code=204, responses=documented(404))
    async def release(engine: EngineHere, id: Id) -> None:
        """404 for a hold that never was; giving back twice is no error."""
        await engine.release(id)

    @routes.post(
        "/bookings",
        summary="Pay",
        status_code=201,
        response_model=BookingOut,
        responses=documented(402, 404, 409, 410, 503),
    )
    async def book(engine: EngineHere, body: BookingBody, idempotency_key: IdempotencyKey = None) -> Booking:
        """402 declined, 410 expired, 409 a seat is gone, 422 the key is another request's, 503 a crash."""
        return await engine.book(body.hold_id, outcome=body.payment.outcome, key=idempotency_key)


def _add_tickets(routes: APIRouter) -> None:
    @routes.get(
        "/bookings/{id}/ticket.svg",
        summary="The code on a ticket",
        response_class=Response,
        responses={**documented(404), 200: {"content": {"image/svg+xml": {}}, "description": "a QR code"}},
    )
    async def ticket(engine: EngineHere, id: Id) -> Response:
        """A QR code of booking, event and seats, to be read at the door. 404 without such a booking of yours."""
        found = await engine.bookings.own(id)
        code = segno.make(f"{found.id} {found.event_id} {' '.join(found.seats)}", error="m")
        drawn = io.BytesIO()
        code.save(drawn, kind="svg", xmldecl=False, svgclass=None, lineclass=None, scale=4, border=2)
        return Response(
            drawn.getvalue(),
            media_type="image/svg+xml",
            headers={"Cache-Control": "private, max-age=3600"},
        )
