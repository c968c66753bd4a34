"""Server-sent events for a design's API, after the WHATWG HTML standard, section 9.2.

A design yields frames made with `encode`; one frame may be encoded once and sent to many. The
stream counts as somebody using the lab, sends a comment as heartbeat when nothing happens, and
ends when the peer goes or the lab closes.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Annotated

import orjson
from fastapi import Header, Query
from fastapi.requests import HTTPConnection
from starlette.responses import StreamingResponse

from sdlab.live.connections import connection_of
from sdlab.rooms.http import address_of
from sdlab.rooms.lab import RunningLab

HEARTBEAT = 15.0
HEARTBEAT_FRAME = b": still here\n\n"
RETRY_MS = 1000
MAX_EVENT_ID = 64

LastEventId = Annotated[
    str | None, Header(max_length=MAX_EVENT_ID, description="resume after this event; a browser sends it")
]
LastEventIdQuery = Annotated[
    str | None,
    Query(alias="last_event_id", max_length=MAX_EVENT_ID, description="the same, for plain clients"),
]


def encode(data: object, *, event: str = "", id: str = "") -> bytes:
    """One event as bytes; `data` is anything that JSON can say. Line breaks in `id` are refused."""
    if "\n" in id or "\r" in id or "\0" in id:
        raise ValueError("an event id is one line")
    head = (f"id: {id}\n" if id else "") + (f"event: {event}\n" if event else "")
    return head.encode() + b"data: " + orjson.dumps(data) + b"\n\n"


def event_stream(
    frames: AsyncIterator[bytes],
    *,
    connection: HTTPConnection,
    lab: RunningLab,
    heartbeat: float = HEARTBEAT,
) -> StreamingResponse:
    """Answer with the frames, as long as somebody listens. `TooMany` when the address listens too often."""
    address = address_of(connection)
    with connection_of(address):  # refused here it is an answer of its own; counted is the stream itself
        pass
    return StreamingResponse(
        _paced(frames, lab, address, heartbeat),
        media_type="text/event-stream",
        headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
    )


async def _paced(
    frames: AsyncIterator[bytes], lab: RunningLab, address: str, heartbeat: float
) -> AsyncIterator[bytes]:
    closed = asyncio.create_task(lab.closed.wait())
    coming: asyncio.Future[bytes] | None = None
    with connection_of(address), lab.listening():
        try:
            yield b"retry: %d\n\n" % RETRY_MS
            while True:
                coming = coming or asyncio.ensure_future(anext(frames))
                await asyncio.wait((coming, closed), timeout=heartbeat, return_when=asyncio.FIRST_COMPLETED)
                if coming.done():
                    try:
                        frame = coming.result()
                    except StopAsyncIteration:
                        return
                    coming = None
                    yield frame
                elif closed.done():
                    return
                else:
                    yield HEARTBEAT_FRAME
        finally:
            for task in (closed, coming):
                if task is not None:
                    task.cancel()
            if coming is not None:
                with contextlib.suppress(asyncio.CancelledError, StopAsyncIteration):
                    await coming
            if aclose := getattr(frames, "aclose", None):
                await aclose()
