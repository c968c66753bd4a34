"""The seat map in four ways: asked for, waited for, pushed over a socket, pushed as events.

Each counts its connections, requests and bytes in the engine's meters, with the headers that the
application sees.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query, WebSocket
from fastapi.requests import HTTPConnection, Request
from starlette.responses import Response, StreamingResponse

from designs.ticketmaster.api.schemas import MAX_ID, SeatsOut
from designs.ticketmaster.engine.engine import Ticketmaster
from designs.ticketmaster.engine.seat_maps import LONGEST_WAIT, Update
from sdlab.api.problems import documented
from sdlab.api.sockets import LabSocket, serve_socket
from sdlab.live.connections import connection_of
from sdlab.live.sse import LastEventId, LastEventIdQuery, encode, event_stream
from sdlab.rooms.http import LabOf, address_of, engine_of
from sdlab.rooms.lab import RunningLab

SLUG = "ticketmaster"
MAX_MARK = 40
MAX_MESSAGE = 1_024
STATUS_LINE = len(b"HTTP/1.1 200 OK\r\n") + 2
PER_HEADER = len(b": \r\n")
SHORT_FRAME, LONG_FRAME, FRAME_LIMIT = 2, 4, 126

engine_here = engine_of(SLUG, Ticketmaster)
EngineHere = Annotated[Ticketmaster, Depends(engine_here)]
LabHere = Annotated[RunningLab, LabOf(SLUG)]
EventId = Annotated[str, Path(max_length=MAX_ID, examples=["e2"])]
Mark = Annotated[str, Query(max_length=MAX_MARK, description="the version that you have")]


def seat_routes() -> APIRouter:
    """The four ways, below `/events/{id}/seats`."""
    routes = APIRouter()
    _add_asking(routes)
    _add_pushing(routes)
    return routes


def _add_asking(routes: APIRouter) -> None:
    @routes.get(
        "/events/{id}/seats",
        summary="Seats now (polling)",
        response_model=SeatsOut,
        responses=documented(404),
    )
    async def seats(request: Request, engine: EngineHere, id: EventId, after: Mark = "") -> Response:
        """What changed since `after`, at once; all seats without it, or when it is too old."""
        engine.event(id)
        engine.seat_maps.meters["polling"].asked(_request_size(request))
        return _answer(engine, "polling", await engine.seat_maps.now(id, after))

    @routes.get(
        "/events/{id}/seats/next",
        summary="Seats when they change (long polling)",
        response_model=SeatsOut,
        responses=documented(404, 429),
    )
    async def next_seats(  # noqa: PLR0917 - FastAPI fills them by name
        request: Request,
        lab: LabHere,
        engine: EngineHere,
        id: EventId,
        after: Mark = "",
        wait: Annotated[float, Query(ge=0, le=LONGEST_WAIT, description="seconds")] = LONGEST_WAIT,
    ) -> Response:
        """What changed since `after`, as soon as there is something, or nothing after `wait` seconds."""
        engine.event(id)
        meter = engine.seat_maps.meters["long"]
        meter.asked(_request_size(request))
        with connection_of(address_of(request)), lab.frames.listening(), meter.connected():
            update = await engine.seat_maps.next(id, after, wait_s=wait)
        return _answer(engine, "long", update)


def _add_pushing(routes: APIRouter) -> None:
    @routes.get(
        "/events/{id}/seats/stream",
        summary="Seats as they change (server-sent events)",
        response_class=StreamingResponse,
        responses={
            **documented(404, 429),
            200: {"content": {"text/event-stream": {}}, "description": "events with ids"},
        },
    )
    async def stream(  # noqa: PLR0917 - FastAPI fills them by name
        connection: HTTPConnection,
        engine: EngineHere,
        lab: LabHere,
        id: EventId,
        last_event_id: LastEventId = None,
        last_event_id_query: LastEventIdQuery = None,
    ) -> StreamingResponse:
        """All seats first, then those that change; `Last-Event-ID` resumes without the first."""
        engine.event(id)
        engine.seat_maps.meters["sse"].asked(_request_size(connection))
        mark = (last_event_id or last_event_id_query or "")[:MAX_MARK]
        return event_stream(seat_events(engine, id, mark), connection=connection, lab=lab)

    @routes.websocket("/events/{id}/seats/ws")
    async def socket(websocket: WebSocket, id: str, room: str = "", after: str = "") -> None:
        """The same as JSON messages. Nothing that a client says is needed or answered."""

        async def follow(one: LabSocket[Ticketmaster]) -> None:
            one.engine.event(id)
            meter = one.engine.seat_maps.meters["websocket"]
            meter.asked(_request_size(websocket))
            with meter.connected():
                await one.run(_send(one, id, after[:MAX_MARK]), one.ignore())

        await serve_socket(websocket, SLUG, Ticketmaster, follow, room=room, max_message=MAX_MESSAGE)


def _answer(engine: Ticketmaster, kind: str, update: Update) -> Response:
    response = Response(
        update.body(engine.clock.time()), media_type="application/json", headers={"Cache-Control": "no-store"}
    )
    head = STATUS_LINE + sum(len(k) + len(v) + PER_HEADER for k, v in response.raw_headers)
    _sent(engine, kind, head + len(response.body), update)
    return response


def _sent(engine: Ticketmaster, kind: str, size: int, update: Update) -> None:
    engine.seat_maps.meters[kind].sent(
        size, changes=len(update.seats), age_s=update.age_s, now=engine.clock.monotonic()
    )


async def seat_events(engine: Ticketmaster, event_id: str, mark: str) -> AsyncIterator[bytes]:
    """The seats of an event as server-sent events; the id of each is the version."""
    with engine.seat_maps.meters["sse"].connected():
        async for update in engine.seat_maps.follow(event_id, mark):
            frame = encode(update.message(engine.clock.time()), event="seats", id=update.mark)
            _sent(engine, "sse", len(frame), update)
            yield frame


async def _send(one: LabSocket[Ticketmaster], event_id: str, mark: str) -> None:
    async for update in one.engine.seat_maps.follow(event_id, mark):
        body = update.body(one.engine.clock.time())
        _sent(one.engine, "websocket", len(body) + _frame_head(len(body)), update)
        await one.send(body)


def _frame_head(size: int) -> int:
    return SHORT_FRAME if size < FRAME_LIMIT else LONG_FRAME


def _request_size(connection: HTTPConnection) -> int:
    path = len(connection.url.path) + len(connection.url.query)
    return path + STATUS_LINE + sum(len(k) + len(v) + PER_HEADER for k, v in connection.scope["headers"])
