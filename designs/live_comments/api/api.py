"""The endpoints of live comments: say something, read what was said, and watch by events or by socket."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Annotated

import orjson
from fastapi import APIRouter, Path, Query, WebSocket
from fastapi.requests import Request
from pydantic import ValidationError
from starlette.responses import Response, StreamingResponse

from designs.live_comments.api.schemas import (
    MAX_STREAM,
    CommentOut,
    HistoryOut,
    NewComment,
    PollOut,
    SocketComment,
    comment_out,
    history_out,
    poll_out,
)
from designs.live_comments.engine.engine import PAGE, LiveComments
from designs.live_comments.engine.history import MAX_OFFSET
from designs.live_comments.engine.strategies import ServerSentEvents
from designs.live_comments.engine.strategies import WebSocket as WebSocketMethod
from designs.live_comments.engine.viewers import WireFormat
from designs.live_comments.engine.written import WireMeter
from sdlab.api.pages import Cursor, Limit
from sdlab.api.problems import documented
from sdlab.api.sockets import LabSocket, serve_socket
from sdlab.lab import Forbidden, Invalid, LabError
from sdlab.live.sse import MAX_EVENT_ID, LastEventId, LastEventIdQuery, encode, event_stream
from sdlab.live.written import on_bytes
from sdlab.rooms.http import ActingUser, EngineOf, LabOf, engine_in
from sdlab.rooms.lab import RunningLab

SLUG = "live-comments"

EngineHere = Annotated[LiveComments, EngineOf(SLUG, LiveComments)]
LabHere = Annotated[RunningLab, LabOf(SLUG)]
StreamId = Annotated[str, Path(max_length=MAX_STREAM, examples=["harbour"])]
PositionQuery = Annotated[
    str | None, Query(max_length=MAX_EVENT_ID, description="id of the newest comment that you have")
]
DemoUserNumber = Annotated[
    int | None, Query(ge=0, le=9, description="the demo user whose screen this is, 0 for the host")
]
Offset = Annotated[int | None, Query(ge=0, le=MAX_OFFSET, description="skip so many, as they are now")]


EVENTS = WireFormat(
    "sse",
    frame=lambda event: ServerSentEvents.frame(event.seq, event.body),
    farewell=lambda why: encode({"reason": why}, event="dropped"),
    reset=encode({"reason": "that id is not reached yet; from now on"}, event="reset"),
    greeting=lambda server: encode({"server": server}, event="server"),
)
MESSAGES = WireFormat(
    "websocket",
    frame=lambda event: event.body + b"\n",
    farewell=lambda why: orjson.dumps({"dropped": why}) + b"\n",
    reset=orjson.dumps({"reset": True}) + b"\n",
    greeting=lambda server: orjson.dumps({"server": server}) + b"\n",
)


def router() -> APIRouter:
    """Everything below `/api/live-comments`."""
    routes = APIRouter()
    _comments(routes)
    _streams(routes)
    return routes


def _comments(routes: APIRouter) -> None:
    @routes.post(
        "/comment",
        summary="Comment on a stream",
        status_code=201,
        response_model=CommentOut,
        responses=documented(),
    )
    async def comment(engine: EngineHere, user: ActingUser, body: NewComment) -> CommentOut:
        """Every viewer of the stream gets it. 422 for nothing or too much, 429 for too often."""
        return comment_out(await engine.comment(body.comment, stream_id=body.streamId))

    @routes.get(
        "/comment-history/{stream_id}",
        summary="What was said before",
        response_model=HistoryOut,
        responses=documented(),
    )
    async def history(  # noqa: PLR0917 - FastAPI fills them by name
        engine: EngineHere,
        user: ActingUser,
        stream_id: StreamId,
        cursor: Cursor = None,
        limit: Limit = PAGE,
        offset: Offset = None,
    ) -> HistoryOut:
        """Newest first. By cursor pages are exact; by offset they shift when something is said meanwhile."""
        return history_out(await engine.read(stream_id, cursor=cursor, offset=offset, limit=limit))


def _streams(routes: APIRouter) -> None:
    @routes.get(
        "/streams/{stream_id}/events",
        summary="Comments as they come (server-sent events)",
        response_class=StreamingResponse,
        responses={
            **documented(),
            200: {"content": {"text/event-stream": {}}, "description": "events with ids"},
        },
    )
    async def events(  # noqa: PLR0917 - FastAPI fills them by name
        request: Request,
        lab: LabHere,
        stream_id: StreamId,
        last_event_id: LastEventId = None,
        last_event_id_query: LastEventIdQuery = None,
        demo_user: DemoUserNumber = None,
    ) -> StreamingResponse:
        """From now on, or from behind `Last-Event-ID`. `dropped` says why the server ends the stream."""
        engine = engine_in(lab, LiveComments)
        after = position_of(last_event_id or last_event_id_query)
        await engine.admit(stream_id, "sse", demo_user=demo_user)
        meter = engine.deliveries.wire.open("sse")
        frames = engine.listen(stream_id, EVENTS, after=after, meter=meter, demo_user=demo_user)
        return event_stream(frames, connection=request, lab=lab, wrote=meter.wrote)

    @routes.get(
        "/streams/{stream_id}/comments",
        summary="Comments behind a position (polling)",
        response_model=PollOut,
        responses=documented(),
    )
    async def poll(  # noqa: PLR0917 - FastAPI fills them by name
        request: Request,
        engine: EngineHere,
        user: ActingUser,
        stream_id: StreamId,
        after: PositionQuery = None,
        demo_user: DemoUserNumber = None,
    ) -> Response:
        """What came behind `after`, oldest first; ask again with the last id. Most answers are empty."""
        found = await engine.poll(stream_id, after=position_of(after), demo_user=demo_user)
        on_bytes(request, lambda size: engine.deliveries.wire.poll(len(found), size))
        return Response(poll_out(found), media_type="application/json", headers={"Cache-Control": "no-store"})

    @routes.websocket("/streams/{stream_id}/ws")
    async def socket(  # noqa: PLR0917 - FastAPI fills them by name
        websocket: WebSocket,
        stream_id: str,
        room: str = "",
        user: str = "visitor",
        last_event_id: str = "",
        demo_user: str = "",
    ) -> None:
        """Comments as JSON messages; `{"comment": "..."}` from the client is a comment of its own."""

        async def work(peer: LabSocket[LiveComments]) -> None:
            after, screen = position_of(last_event_id), position_of(demo_user)
            await peer.engine.admit(stream_id, "websocket", demo_user=screen)
            meter = peer.engine.deliveries.wire.open("websocket")
            frames = peer.engine.listen(stream_id, MESSAGES, after=after, meter=meter, demo_user=screen)
            try:
                await peer.run(_send(peer, frames, meter), _receive(peer, stream_id))
            finally:
                await frames.aclose()  # type: ignore[attr-defined]

        await serve_socket(websocket, SLUG, LiveComments, work, room=room, user=user or "visitor")


async def _send(peer: LabSocket[LiveComments], frames: AsyncIterator[bytes], meter: WireMeter) -> None:
    async for chunk in frames:
        for line in chunk.splitlines():
            await peer.send(line)
            meter.wrote(len(line) + WebSocketMethod.header(len(line)))


async def _receive(peer: LabSocket[LiveComments], stream_id: str) -> None:
    while True:
        message = await peer.receive()
        try:
            said = SocketComment.model_validate_json(message)
            if not await peer.may_act():
                raise Forbidden("not allowed to comment here")
            await peer.engine.comment(said.comment, stream_id=stream_id)
        except LabError as error:
            await peer.send(orjson.dumps({"error": error.detail, "status": error.status}))
        except ValidationError:
            await peer.send('{"error":"a message is {\\"comment\\": \\"...\\"}","status":422}')


def position_of(last_event_id: str | None) -> int | None:
    """The position that an id names; None for none. `Invalid` for what cannot be one."""
    if not last_event_id:
        return None
    if not (last_event_id.isascii() and last_event_id.isdigit() and len(last_event_id) < 16):
        raise Invalid("Last-Event-ID is the id of a comment", field="Last-Event-ID")
    return int(last_event_id)
