"""Frames over a WebSocket: `/api/live?lab=&room=` sends `{seq, t, snapshot, events}` to who watches."""

from __future__ import annotations

import asyncio
import contextlib

from fastapi import APIRouter, WebSocket, WebSocketDisconnect

from sdlab.lab import LabError
from sdlab.rooms.house import house
from sdlab.rooms.http import address_of, cookie_room
from sdlab.rooms.ids import PUBLIC
from sdlab.rooms.lab import RunningLab

MAX_MESSAGE = 4096
SEND_TIMEOUT = 20.0
POLICY_VIOLATION = 1008
TOO_BIG = 1009
TRY_AGAIN = 1013

router = APIRouter()


@router.websocket("/api/live")
async def live(socket: WebSocket, lab: str = "", room: str = "") -> None:
    """Send frames until the peer goes. Refusals are said in the close reason, after accepting."""
    await socket.accept()
    try:
        entered = await house().enter(room or cookie_room(socket) or PUBLIC, address_of(socket))
        running = await house().lab(entered, lab)
        running.join()
    except LabError as error:
        code = TRY_AGAIN if error.status in (429, 503) else POLICY_VIOLATION
        await socket.close(code, error.detail[:120])
        return
    try:
        await _send_frames(socket, running)
    finally:
        running.leave()


async def _send_frames(socket: WebSocket, running: RunningLab) -> None:
    # The server does not notice a peer that is gone by sending; only reading tells.
    gone = asyncio.create_task(_read_until_gone(socket))
    try:
        while not gone.done():
            fresh = asyncio.ensure_future(running.next_payload())
            await asyncio.wait({gone, fresh}, return_when=asyncio.FIRST_COMPLETED)
            if not fresh.done():
                fresh.cancel()
                break
            await asyncio.wait_for(socket.send_text(fresh.result().decode()), SEND_TIMEOUT)
    except (TimeoutError, WebSocketDisconnect, RuntimeError):
        return
    finally:
        gone.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await gone


async def _read_until_gone(socket: WebSocket) -> None:
    """Viewers have nothing to say here; one that says too much is sent away."""
    with contextlib.suppress(WebSocketDisconnect, RuntimeError):
        while True:
            message = await socket.receive_text()
            if len(message) > MAX_MESSAGE:
                await socket.close(TOO_BIG, "viewers send nothing here")
                return
