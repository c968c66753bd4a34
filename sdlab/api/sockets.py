"""The WebSocket of a lab: refusals in the close reason, bounded messages, an end with the lab.

Where the call comes from is not looked at: the server before it does that for all sockets.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from fastapi import WebSocket, WebSocketDisconnect
from starlette.websockets import WebSocketState

from sdlab.lab import Engine, LabError, acting_as
from sdlab.live.connections import connection_of, until_one_ends
from sdlab.rooms.http import address_of, engine_in, may_act, user_name
from sdlab.rooms.ids import PUBLIC
from sdlab.rooms.lab import RunningLab
from sdlab.rooms.manager import room_manager

SEND_TIMEOUT = 20.0
MAX_MESSAGE = 4096
MAX_REASON = 123  # bytes; RFC 6455, section 5.5
POLICY_VIOLATION, TOO_BIG, SERVICE_RESTART, TRY_AGAIN = 1008, 1009, 1012, 1013

E = TypeVar("E", bound=Engine[Any])


class TooBig(Exception):
    """A message of a client that is longer than any of ours."""


@dataclass(frozen=True, slots=True)
class LabSocket(Generic[E]):
    """An accepted WebSocket in a room. `room` is the one that was entered."""

    socket: WebSocket
    lab: RunningLab
    engine: E
    room: str
    max_message: int = MAX_MESSAGE

    async def send(self, text: str | bytes) -> None:
        """Send one text message; `TimeoutError` when the peer takes none for `SEND_TIMEOUT` seconds."""
        async with asyncio.timeout(SEND_TIMEOUT):
            await self.socket.send_text(text if isinstance(text, str) else text.decode())

    async def receive(self) -> str:
        """The next message, "" for one that is no text. `TooBig`; `WebSocketDisconnect` at the end."""
        message = await self.socket.receive()
        if message["type"] == "websocket.disconnect":
            raise WebSocketDisconnect(message.get("code", 1000), message.get("reason"))
        text = message.get("text") or ""
        if len(text) > self.max_message:
            raise TooBig(f"a message has at most {self.max_message} characters")
        return text

    async def ignore(self) -> None:
        """Read and drop what the peer says: only reading tells that it is gone."""
        while True:
            await self.receive()

    async def may_act(self) -> bool:
        """Whether the peer may use the product now; false for followers of a class that is not open."""
        return await may_act(self.socket, self.room)

    async def run(self, *parts: Coroutine[Any, Any, None]) -> None:
        """Run the parts until one ends or the lab closes. One of them must read, or `ignore()` does."""
        await until_one_ends(self.lab, *parts)


async def serve_socket(
    socket: WebSocket,
    slug: str,
    kind: type[E],
    work: Callable[[LabSocket[E]], Awaitable[None]],
    *,
    room: str = "",
    user: str = "visitor",
    max_message: int = MAX_MESSAGE,
) -> None:
    """Accept, enter the room, do `work` as `user`, close. A `LabError` is said in the close reason.

    Codes: 1013 for what may succeed later (429, 503), 1008 for other refusals, 1009 for a message
    that is too long, 1012 when the lab closes, else 1000.
    """
    await socket.accept()
    try:
        with connection_of(address_of(socket)), acting_as(user_name(user, field="user")):
            entered = await room_manager().rooms.enter(room or PUBLIC, address_of(socket))
            lab = await room_manager().lab(entered, slug)
            with lab.frames.listening():
                await work(LabSocket(socket, lab, engine_in(lab, kind), entered, max_message))
        await _close(socket, SERVICE_RESTART if lab.frames.closed.is_set() else 1000)
    except LabError as error:
        code = TRY_AGAIN if error.status in (429, 503) else POLICY_VIOLATION
        await _close(socket, code, error.detail)
    except TooBig as error:
        await _close(socket, TOO_BIG, str(error))
    except (TimeoutError, WebSocketDisconnect):
        return  # the peer is gone
    except RuntimeError:
        if _is_open(socket):
            raise  # else it was sent to when it was gone


async def _close(socket: WebSocket, code: int, reason: str = "") -> None:
    if _is_open(socket):
        short = reason.encode()[:MAX_REASON].decode(errors="ignore")
        await socket.close(code, short)


def _is_open(socket: WebSocket) -> bool:
    states = (socket.client_state, socket.application_state)
    return WebSocketState.DISCONNECTED not in states
