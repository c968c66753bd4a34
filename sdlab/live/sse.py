"""Server-sent events for a design's API, after the WHATWG HTML standard, section 9.2.

A design yields frames made with `encode`; one frame may be encoded once and sent to many. The
stream counts as somebody using the lab, sends a comment as heartbeat when nothing happens, and
ends when the peer goes, takes nothing for two heartbeats, or the lab closes.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from typing import Annotated, Any

import orjson
from fastapi import Header, Query
from fastapi.requests import HTTPConnection
from starlette.responses import StreamingResponse
from starlette.types import Receive, Scope, Send

from sdlab.live.connections import connection_of
from sdlab.rooms.http import address_of
from sdlab.rooms.lab import RunningLab

HEARTBEAT = 15.0
HEARTBEAT_FRAME = b": still here\n\n"
RETRY_MS = 1000
RETRY_FRAME = b"retry: %d\n\n" % RETRY_MS
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
    wrote: Callable[[int], None] = lambda size: None,
) -> EventStream:
    """Answer with the frames, as long as somebody listens. `TooMany` when the address listens too often.

    `wrote` is told how many bytes of the body were handed to the peer, each time some were.
    """
    address = address_of(connection)
    with connection_of(address):  # refused here it is an answer of its own; counted is the stream itself
        pass
    return EventStream(frames, lab=lab, address=address, heartbeat=heartbeat, wrote=wrote)


class EventStream(StreamingResponse):
    """Writes each frame straight to the peer; one wait beside it looks after the peer, the lab and silence.

    A task, a timer or a wait per frame would cost more than the frame itself.
    """

    def __init__(
        self,
        frames: AsyncIterator[bytes],
        *,
        lab: RunningLab,
        address: str,
        heartbeat: float,
        wrote: Callable[[int], None],
    ) -> None:
        super().__init__(
            frames,
            media_type="text/event-stream",
            headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
        )
        self._frames = frames
        self._lab = lab
        self._address = address
        self._heartbeat = heartbeat
        self._wrote = wrote
        self._sent = 0
        self._sending = False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send until the frames end, the peer is gone or the lab closes."""
        start = {"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers}
        with connection_of(self._address), self._lab.frames.listening():
            await send(start)
            parts: set[asyncio.Task[Any]] = {
                asyncio.create_task(self._write(send)),
                asyncio.create_task(_until_gone(receive)),
                asyncio.create_task(self._lab.frames.closed.wait()),
            }
            try:
                takes = await self._watch(parts, send)
            finally:
                for part in parts:
                    part.cancel()
                await asyncio.gather(*parts, return_exceptions=True)
                if aclose := getattr(self._frames, "aclose", None):
                    await aclose()
        if takes:
            with contextlib.suppress(OSError):
                await send({"type": "http.response.body", "body": b"", "more_body": False})

    async def _write(self, send: Send) -> None:
        await send({"type": "http.response.body", "body": RETRY_FRAME, "more_body": True})
        self._wrote(len(RETRY_FRAME))
        async for frame in self._frames:
            self._sending = True
            await send({"type": "http.response.body", "body": frame, "more_body": True})
            self._sending = False
            self._sent += 1
            self._wrote(len(frame))

    async def _watch(self, parts: set[asyncio.Task[Any]], send: Send) -> bool:
        """Return when one of them ends; false when the peer has taken nothing for two heartbeats."""
        stuck = False
        while True:
            before = self._sent
            done, _ = await asyncio.wait(parts, timeout=self._heartbeat, return_when=asyncio.FIRST_COMPLETED)
            for part in done:
                part.result()
            if done:
                return True
            quiet = self._sent == before
            if quiet and self._sending and stuck:
                return False
            stuck = quiet and self._sending
            if quiet and not stuck:
                try:
                    async with asyncio.timeout(self._heartbeat):
                        await _beat(send)
                        self._wrote(len(HEARTBEAT_FRAME))
                except TimeoutError:
                    return False


async def _beat(send: Send) -> None:
    await send({"type": "http.response.body", "body": HEARTBEAT_FRAME, "more_body": True})


async def _until_gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
