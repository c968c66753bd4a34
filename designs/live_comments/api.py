"""The endpoints of live comments: say something, read what was said, and watch by events or by socket."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Annotated

import orjson
from fastapi import APIRouter, Depends, Path, Query, WebSocket, WebSocketDisconnect
from fastapi.requests import Request
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import StreamingResponse

from designs.live_comments.authors import MAX_TEXT
from designs.live_comments.comments import Comment, Event, iso
from designs.live_comments.engine import PAGE, LiveComments
from designs.live_comments.history import MAX_LIMIT, MAX_OFFSET
from sdlab.api.problems import documented
from sdlab.lab import Invalid, LabError
from sdlab.live.connections import connection_of, until_one_ends
from sdlab.live.sse import LastEventId, LastEventIdQuery, encode, event_stream
from sdlab.rooms.house import house
from sdlab.rooms.http import ActingUser, address_of, engine_of, lab_of, may_act
from sdlab.rooms.ids import PUBLIC
from sdlab.rooms.lab import RunningLab

SLUG = "live-comments"
MAX_STREAM = 40
MAX_MESSAGE = 4096
SEND_TIMEOUT = 20.0
POLICY_VIOLATION, TRY_AGAIN, TOO_BIG = 1008, 1013, 1009

EngineHere = Annotated[LiveComments, Depends(engine_of(SLUG))]
LabHere = Annotated[RunningLab, Depends(lab_of(SLUG))]
StreamId = Annotated[str, Path(max_length=MAX_STREAM, examples=["harbour"])]


class NewComment(BaseModel):
    """What somebody says on a stream."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"comment": "What a view!", "streamId": "harbour"}]},
    )

    comment: str = Field(min_length=1, max_length=MAX_TEXT)
    streamId: str = Field(min_length=1, max_length=MAX_STREAM)


class Said(BaseModel):
    """A comment. `id` counts from 1 in each stream."""

    id: str = Field(examples=["1"])
    streamId: str = Field(examples=["harbour"])
    author: str = Field(examples=["visitor"])
    comment: str = Field(examples=["What a view!"])
    at: str = Field(examples=["2026-01-01T00:00:00.000Z"])


class SaidBefore(BaseModel):
    """A page, newest first. `next_offset` is there when the page was asked for by offset."""

    items: list[Said]
    next_cursor: str | None
    next_offset: int | None


def router() -> APIRouter:
    """Everything below `/api/live-comments`."""
    routes = APIRouter()

    @routes.post(
        "/comment",
        summary="Comment on a stream",
        status_code=201,
        response_model=Said,
        responses=documented(),
    )
    async def comment(engine: EngineHere, user: ActingUser, body: NewComment) -> Said:
        """Every viewer of the stream is told. 422 for nothing or too much, 429 for too often."""
        return _said(await engine.comment(body.comment, stream_id=body.streamId, by=user))

    @routes.get(
        "/comment-history/{stream_id}",
        summary="What was said before",
        response_model=SaidBefore,
        responses=documented(),
    )
    async def history(  # noqa: PLR0917 - FastAPI fills them by name
        engine: EngineHere,
        user: ActingUser,
        stream_id: StreamId,
        cursor: Annotated[str | None, Query(max_length=64, description="go on behind this page")] = None,
        limit: Annotated[int, Query(ge=1, le=MAX_LIMIT)] = PAGE,
        offset: Annotated[
            int | None, Query(ge=0, le=MAX_OFFSET, description="skip so many, as they are now")
        ] = None,
    ) -> SaidBefore:
        """Newest first. By cursor pages are exact; by offset they shift when something is said meanwhile."""
        page = await engine.read(stream_id, cursor=cursor, offset=offset, limit=limit, by=user)
        return SaidBefore(
            items=[_said(one) for one in page.comments],
            next_cursor=page.next_cursor,
            next_offset=page.next_offset,
        )

    @routes.get(
        "/streams/{stream_id}/events",
        summary="Comments as they come (server-sent events)",
        response_class=StreamingResponse,
        responses={
            **documented(),
            200: {"content": {"text/event-stream": {}}, "description": "events with ids"},
        },
    )
    async def events(
        request: Request,
        lab: LabHere,
        stream_id: StreamId,
        last_event_id: LastEventId = None,
        last_event_id_query: LastEventIdQuery = None,
    ) -> StreamingResponse:
        """From now on, or from behind `Last-Event-ID`. `dropped` says why the server ends the stream."""
        engine = lab.engine
        assert isinstance(engine, LiveComments)
        engine.admit(stream_id)
        frames = engine.listen(
            stream_id,
            kind="sse",
            frame=sse_frame,
            farewell=lambda why: encode({"reason": why}, event="dropped"),
            reset=encode({"reason": "that id is not reached yet; from now on"}, event="reset"),
            after=_place(last_event_id or last_event_id_query),
        )
        return event_stream(frames, connection=request, lab=lab)

    @routes.websocket("/streams/{stream_id}/ws")
    async def socket(
        websocket: WebSocket, stream_id: str, room: str = "", user: str = "visitor", last_event_id: str = ""
    ) -> None:
        """Comments as JSON messages; `{"comment": "..."}` from the client is a comment of its own."""
        await websocket.accept()
        try:
            with connection_of(address_of(websocket)):
                await _serve(websocket, stream_id, room or PUBLIC, user[:MAX_STREAM], last_event_id)
        except LabError as error:
            code = TRY_AGAIN if error.status in (429, 503) else POLICY_VIOLATION
            with contextlib.suppress(RuntimeError):
                await websocket.close(code, error.detail[:120])
        except (TimeoutError, WebSocketDisconnect, RuntimeError):
            return  # the peer is gone

    return routes


async def _serve(websocket: WebSocket, stream_id: str, room: str, user: str, last_event_id: str) -> None:
    entered = await house().enter(room, address_of(websocket))
    lab = await house().lab(entered, SLUG)
    engine = lab.engine
    assert isinstance(engine, LiveComments)
    engine.admit(stream_id)
    frames = engine.listen(
        stream_id,
        kind="websocket",
        frame=lambda event: event.body + b"\n",
        farewell=lambda why: orjson.dumps({"dropped": why}) + b"\n",
        reset=orjson.dumps({"reset": True}) + b"\n",
        after=_place(last_event_id or None),
    )
    with lab.listening():
        may = await may_act(websocket, entered)
        try:
            await until_one_ends(
                lab,
                _send(websocket, frames),
                _receive(websocket, engine, stream_id, user or "visitor", may=may),
            )
            await websocket.close()
        finally:
            await frames.aclose()  # type: ignore[attr-defined]


async def _send(websocket: WebSocket, frames: AsyncIterator[bytes]) -> None:
    async for chunk in frames:
        for line in chunk.splitlines():
            async with asyncio.timeout(SEND_TIMEOUT):
                await websocket.send_text(line.decode())


async def _receive(
    websocket: WebSocket, engine: LiveComments, stream_id: str, user: str, *, may: bool
) -> None:
    while True:
        message = await websocket.receive_text()
        if len(message) > MAX_MESSAGE:
            raise Invalid(f"a message has at most {MAX_MESSAGE} characters")
        try:
            said = orjson.loads(message)
            text = said["comment"]
            if not isinstance(text, str) or not may:
                raise Invalid("not allowed to comment here" if not may else "comment is a text")
            await engine.comment(text, stream_id=stream_id, by=user)
        except LabError as error:
            await websocket.send_text(orjson.dumps({"error": error.detail, "status": error.status}).decode())
        except (ValueError, TypeError, KeyError):
            await websocket.send_text('{"error":"a message is {\\"comment\\": \\"...\\"}","status":422}')


def sse_frame(event: Event) -> bytes:
    """A comment as an event of a stream."""
    return b"id: %d\nevent: comment\ndata: %b\n\n" % (event.seq, event.body)


def _place(last_event_id: str | None) -> int | None:
    """The place that an id names; `Invalid` for what cannot be one."""
    if last_event_id is None or last_event_id == "":
        return None
    if not (last_event_id.isascii() and last_event_id.isdigit() and len(last_event_id) < 16):
        raise Invalid("Last-Event-ID is the id of a comment", field="Last-Event-ID")
    return int(last_event_id)


def _said(comment: Comment) -> Said:
    return Said(
        id=str(comment.seq),
        streamId=comment.stream,
        author=comment.author,
        comment=comment.text,
        at=iso(comment.at),
    )
