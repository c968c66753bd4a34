"""The seat map in four ways: asked for, waited for, pushed over a socket, pushed as events.

Each counts its connections, requests and bytes in the engine's meters, with the headers that the
application sees.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Mapping
from typing import Annotated

import orjson
from fastapi import APIRouter, Depends, Path, Query, WebSocket, WebSocketDisconnect
from fastapi.requests import HTTPConnection, Request
from starlette.responses import Response, StreamingResponse

from designs.ticketmaster.engine import Ticketmaster
from designs.ticketmaster.schemas import MAX_ID, SeatsOut
from designs.ticketmaster.seatboard import LONGEST_WAIT, Update
from sdlab.api.problems import documented
from sdlab.lab import LabError
from sdlab.live.connections import connection_of, until_one_ends
from sdlab.live.sse import LastEventId, LastEventIdQuery, encode, event_stream
from sdlab.rooms.house import house
from sdlab.rooms.http import address_of, engine_of, lab_of
from sdlab.rooms.ids import PUBLIC
from sdlab.rooms.lab import RunningLab

SLUG = "ticketmaster"
MAX_MARK = 40
SEND_TIMEOUT = 20.0
MAX_MESSAGE = 1_024
POLICY_VIOLATION, TRY_AGAIN, TOO_BIG = 1008, 1013, 1009
STATUS_LINE = len(b"HTTP/1.1 200 OK\r\n") + 2
PER_HEADER = len(b": \r\n")
SHORT_FRAME, LONG_FRAME, FRAME_LIMIT = 2, 4, 126

engine_here, lab_here = engine_of(SLUG), lab_of(SLUG)
EngineHere = Annotated[Ticketmaster, Depends(engine_here)]
LabHere = Annotated[RunningLab, Depends(lab_here)]
EventId = Annotated[str, Path(max_length=MAX_ID, examples=["e2"])]
Mark = Annotated[str, Query(max_length=MAX_MARK, description="the version that you have")]


def add_seat_routes(routes: APIRouter) -> None:
    """The four ways, below `/events/{id}/seats`."""

    @routes.get(
        "/events/{id}/seats",
        summary="Seats now (polling)",
        response_model=SeatsOut,
        responses=documented(404),
    )
    async def seats(request: Request, engine: EngineHere, id: EventId, after: Mark = "") -> Response:
        """What changed since `after`, at once; all seats without it, or when it is too old."""
        engine.event(id)
        engine.board.meters["polling"].asked(_request_size(request))
        return _answer(engine, "polling", await engine.board.now(id, after))

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
        meter = engine.board.meters["long"]
        meter.asked(_request_size(request))
        with connection_of(address_of(request)), lab.listening(), meter.connected():
            update = await engine.board.next(id, after, wait_s=wait)
        return _answer(engine, "long", update)

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
        engine.board.meters["sse"].asked(_request_size(connection))
        mark = (last_event_id or last_event_id_query or "")[:MAX_MARK]
        return event_stream(seat_events(engine, id, mark), connection=connection, lab=lab)

    @routes.websocket("/events/{id}/seats/ws")
    async def socket(websocket: WebSocket, id: str, room: str = "", after: str = "") -> None:
        """The same as JSON messages. Nothing that a client says is needed or answered."""
        await websocket.accept()
        try:
            with connection_of(address_of(websocket)):
                await _serve(websocket, id, room or PUBLIC, after[:MAX_MARK])
        except LabError as error:
            code = TRY_AGAIN if error.status in (429, 503) else POLICY_VIOLATION
            with contextlib.suppress(RuntimeError):
                await websocket.close(code, error.detail[:120])
        except (TimeoutError, WebSocketDisconnect, RuntimeError):
            return  # the peer is gone


def _answer(engine: Ticketmaster, kind: str, update: Update) -> Response:
    response = Response(
        body_of(engine, update), media_type="application/json", headers={"Cache-Control": "no-store"}
    )
    head = STATUS_LINE + sum(len(k) + len(v) + PER_HEADER for k, v in response.raw_headers)
    _sent(engine, kind, head + len(response.body), update)
    return response


def body_of(engine: Ticketmaster, update: Update) -> bytes:
    """An update as JSON."""
    return orjson.dumps(_said(engine, update))


def _said(engine: Ticketmaster, update: Update) -> Mapping[str, object]:
    return {
        "version": update.mark,
        "full": update.full,
        "now": round(engine.clock.time(), 3),
        "seats": {seat: one.state for seat, one in update.seats.items()},
        "until": {seat: one.until for seat, one in update.seats.items() if one.until},
    }


def _sent(engine: Ticketmaster, kind: str, size: int, update: Update) -> None:
    engine.board.meters[kind].sent(
        size, changes=len(update.seats), age_s=update.age_s, now=engine.clock.monotonic()
    )


async def seat_events(engine: Ticketmaster, event_id: str, mark: str) -> AsyncIterator[bytes]:
    """The seats of an event as server-sent events; the id of each is the version."""
    with engine.board.meters["sse"].connected():
        async for update in engine.board.follow(event_id, mark):
            frame = encode(_said(engine, update), event="seats", id=update.mark)
            _sent(engine, "sse", len(frame), update)
            yield frame


async def _serve(websocket: WebSocket, event_id: str, room: str, mark: str) -> None:
    entered = await house().enter(room, address_of(websocket))
    lab = await house().lab(entered, SLUG)
    engine = lab.engine
    assert isinstance(engine, Ticketmaster)
    engine.event(event_id)
    meter = engine.board.meters["websocket"]
    meter.asked(_request_size(websocket))
    with lab.listening(), meter.connected():
        await until_one_ends(lab, _send(websocket, engine, event_id, mark), _read(websocket))
        await websocket.close()


async def _send(websocket: WebSocket, engine: Ticketmaster, event_id: str, mark: str) -> None:
    async for update in engine.board.follow(event_id, mark):
        body = body_of(engine, update)
        _sent(engine, "websocket", len(body) + _frame_head(len(body)), update)
        async with asyncio.timeout(SEND_TIMEOUT):
            await websocket.send_text(body.decode())


async def _read(websocket: WebSocket) -> None:
    while True:  # only reading tells that a peer is gone
        if len(await websocket.receive_text()) > MAX_MESSAGE:
            await websocket.close(TOO_BIG)
            return


def _frame_head(size: int) -> int:
    return SHORT_FRAME if size < FRAME_LIMIT else LONG_FRAME


def _request_size(connection: HTTPConnection) -> int:
    path = len(connection.url.path) + len(connection.url.query)
    return path + STATUS_LINE + sum(len(k) + len(v) + PER_HEADER for k, v in connection.scope["headers"])
