"""Frames over a WebSocket: `/api/live?lab=&room=` sends `{seq, t, snapshot, events}` to who watches.

At most five frames a second, when something changed, and one a second when nothing did. With `changes=1`
a frame after the first says only what is other than in the frame `base`: those fields of the snapshot,
the new events, and how many (`kept`) of the events before follow them. A field may be a patch, `{"~":
{key or index: value or patch}}`, of what it was. One with `"beat": true` brings nothing but the time.

A page that is opened says so with `visit=`, the query of its address, and in `room` where its tab was:
the first message is then `{"room": ..., "notices": [...]}`, the room it is in from now on, set up as the
address says, and what of it could not be done. With `embed=1` that is the room for frames on other pages.

A viewer may ask for more rooms of the same lab on the same socket with `{"watch": [room, ...]}`;
their frames carry `"ch": 1, 2, ...` in that order, the first room's carry none.

In the room of a class, whoever joined or leads it (a cookie says so) also gets
`{"class": {...}}` whenever the class moves, with `"past"` beside it while all look at a past
frame, and may say `{"following": false}` to look around. The leader may point and draw with
`{"ink": {"at": part of the page, "stroke": number, "pen": true, "points": [[x, y], ...]}}` (or
`{"ink": {"clear": true}}`); all of the class then get `{"ink": [mark, ...]}`.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
from typing import Any

import orjson
from fastapi import APIRouter, WebSocket, WebSocketDisconnect

from sdlab.api.problems import STORE_ERRORS
from sdlab.lab import Invalid, LabError
from sdlab.lab.scenario import Notices
from sdlab.live.connections import connection_of
from sdlab.live.relay import RemoteFrames
from sdlab.metrics import SENT_BYTES
from sdlab.rooms.arrival import Visit, arrive
from sdlab.rooms.classroom import Classroom, Member, classes, token_in
from sdlab.rooms.embed import embed_room
from sdlab.rooms.frames import NOBODY
from sdlab.rooms.http import address_of, cookie_room
from sdlab.rooms.ids import PUBLIC
from sdlab.rooms.ink import mark_of
from sdlab.rooms.manager import Elsewhere, room_manager
from sdlab.rooms.publisher import Closed, Publisher

MAX_MESSAGE = 4096
MAX_MORE_ROOMS = 4
SEND_TIMEOUT = 20.0
BETWEEN_CLASS_MESSAGES = 0.05
POLICY_VIOLATION = 1008
TOO_BIG = 1009
TRY_AGAIN = 1013
PLACE = "sdlab_at"
MESSAGES = 'messages are {"watch": [room, ...]}, {"following": true or false} and {"ink": mark}'

router = APIRouter()


class BadMessage(Exception):
    """A viewer said something that is not for this socket."""


@router.websocket("/api/live")
async def live(
    socket: WebSocket,
    lab: str = "",
    room: str = "",
    visit: str | None = None,
    changes: bool = False,
) -> None:
    """Send frames until the peer goes. Refusals are said in the close reason, after accepting."""
    await socket.accept()
    try:
        with connection_of(address_of(socket)):
            viewer = _Viewer(socket, lab, changes=changes)
            if visit is not None:
                room = await viewer.arrive(room, visit, embedded=bool(socket.query_params.get("embed")))
            await viewer.serve(await classes().home(room or cookie_room(socket) or PUBLIC))
    except LabError as error:
        code = TRY_AGAIN if error.status in (429, 503) else POLICY_VIOLATION
        await socket.close(code, error.detail[:120])
    except BadMessage as error:
        await socket.close(TOO_BIG, str(error))
    except STORE_ERRORS:
        await socket.close(TRY_AGAIN, "a store does not answer just now")
    except (TimeoutError, WebSocketDisconnect, RuntimeError):
        return  # the peer is gone


class _Viewer:
    """One socket with its channels; each channel waits for its own lab's next frame."""

    def __init__(self, socket: WebSocket, slug: str, *, changes: bool) -> None:
        self._socket = socket
        self._changes = changes
        self._slug = slug
        self._more: list[asyncio.Task[None]] = []
        self._sending = asyncio.Lock()
        self._class: Classroom | None = None
        self._number = 0

    async def arrive(self, tab: str, query: str, *, embedded: bool) -> str:
        """The room that the opened page is in; the page is told."""
        room, notices = await (self._embed(query) if embedded else self._visit(tab, query))
        await self._send(json.dumps({"room": room, "notices": notices}))
        return room

    async def _embed(self, query: str) -> tuple[str, Notices]:
        return await embed_room(self._slug, query, address_of(self._socket))

    async def _visit(self, tab: str, query: str) -> tuple[str, Notices]:
        visit = Visit(
            slug=self._slug,
            query=query,
            tab=tab,
            own=cookie_room(self._socket) or "",
            place=self._socket.cookies.get(PLACE, ""),
            address=address_of(self._socket),
        )
        arrival = await arrive(room_manager(), visit)
        return arrival.room, arrival.notices

    async def serve(self, room: str) -> None:
        """Return or raise when the peer is gone or sent away."""
        main = asyncio.create_task(self._channel(room, await self._open(room), prefix=b""))
        attending = asyncio.create_task(self._attend(room))
        # The server does not notice by sending that a peer is gone; only reading tells.
        reading = asyncio.create_task(self._read())
        try:
            done, _ = await asyncio.wait({main, reading}, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()
        finally:
            async with self._sending:  # a frame that is on its way is never cut off: closing comes after it
                for task in (main, reading, attending, *self._more):
                    task.cancel()
            await _end([main, reading, attending, *self._more])

    async def _open(self, room: str) -> Publisher | RemoteFrames:
        entered = await room_manager().rooms.enter(room, address_of(self._socket))
        try:
            return (await room_manager().lab(entered, self._slug)).frames
        except Elsewhere:
            remote = RemoteFrames(room_manager().stores.redis, entered, self._slug)
            await remote.open()
            return remote

    async def _channel(self, room: str, frames: Publisher | RemoteFrames, *, prefix: bytes) -> None:
        """Frames of that room; when its lab was closed under the viewer it is opened again."""
        while True:
            frames.join()
            try:
                with contextlib.suppress(Closed):
                    await self._send_frames(frames, prefix)
            finally:
                frames.leave()
                if isinstance(frames, RemoteFrames):
                    await frames.close()
            frames = await self._open(await classes().home(room))

    async def _send_frames(self, frames: Publisher | RemoteFrames, prefix: bytes) -> None:
        at = NOBODY
        while True:
            sent = await frames.next_sent(at)
            if prefix:
                payload = b"{" + prefix + sent.whole[1:]
            else:
                payload = sent.change if self._changes and at == sent.base != NOBODY else sent.whole
            at = sent.seq
            await self._send(payload.decode())

    async def _attend(self, room: str) -> None:
        """Say where the class stands, for as long as the viewer is there."""
        taught = await classes().around(room)
        token = token_in(self._socket.cookies, taught.standing.room) if taught else ""
        if taught is None or not token:
            return
        # After a restart nobody has asked for a history yet, and a paused frame comes from there.
        if room == taught.standing.room:
            with contextlib.suppress(Elsewhere):
                (await room_manager().lab(room, self._slug)).frames.keep_history()
        number, member = taught.enter(token)
        self._class, self._number = taught, number
        try:
            await taught.take_in(member)
            member.changed.set()
            while True:
                await member.changed.wait()
                member.changed.clear()
                if member.moved:
                    member.moved = False
                    await self._send(await self._class_message(taught, member))
                if member.ink:
                    marks = list(member.ink)
                    member.ink.clear()
                    await self._send(json.dumps({"ink": marks}))
                await asyncio.sleep(BETWEEN_CLASS_MESSAGES)
        finally:
            self._class = None
            taught.leave(number)

    async def _class_message(self, taught: Classroom, member: Member) -> str:
        message: dict[str, Any] = {"class": taught.view(member.role, member.id)}
        if taught.standing.paused is not None:
            lab = await room_manager().lab(taught.standing.room, taught.standing.lab)
            past = lab.frames.past(taught.standing.paused)
            message["past"] = orjson.Fragment(past) if past else None
        return orjson.dumps(message).decode()

    async def _send(self, text: str) -> None:
        async with self._sending:
            async with asyncio.timeout(SEND_TIMEOUT):
                await self._socket.send_text(text)
        SENT_BYTES.inc(len(text))

    async def _read(self) -> None:
        while True:
            message = await self._socket.receive_text()
            if len(message) > MAX_MESSAGE:
                raise BadMessage(f"a message has at most {MAX_MESSAGE} characters")
            what, said = _said(message)
            if what == "watch":
                await self._watch(said)
            elif self._class is not None:
                self._in_class(self._class, what, said)

    def _in_class(self, taught: Classroom, what: str, said: Any) -> None:
        if what == "following":
            taught.looks_around(self._number, following=said)
        elif taught.members[self._number].role == "leader" and not taught.standing.ended:
            taught.draw(said)

    async def _watch(self, rooms: list[str]) -> None:
        await _end(self._more)
        labs = [await self._open(room) for room in rooms]
        self._more = [
            asyncio.create_task(self._channel(room, lab, prefix=b'"ch":%d,' % number))
            for number, (room, lab) in enumerate(zip(rooms, labs, strict=True), start=1)
        ]


async def _end(tasks: list[asyncio.Task[None]]) -> None:
    for task in tasks:
        task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await asyncio.gather(*tasks, return_exceptions=True)


def _said(message: str) -> tuple[str, Any]:
    """What a viewer says: rooms to watch, whether to follow the class, a mark. `BadMessage` for anything else."""
    try:
        said = json.loads(message)
    except ValueError:
        said = None
    if not isinstance(said, dict):
        raise BadMessage(MESSAGES)
    if isinstance(said.get("following"), bool):
        return "following", said["following"]
    if "ink" in said:
        try:
            return "ink", mark_of(said["ink"])
        except Invalid as error:
            raise BadMessage(error.detail) from None
    asked = said.get("watch")
    if not isinstance(asked, list) or not all(isinstance(room, str) for room in asked):
        raise BadMessage(MESSAGES)
    if len(asked) > MAX_MORE_ROOMS:
        raise BadMessage(f"at most {MAX_MORE_ROOMS} more rooms")
    return "watch", asked
