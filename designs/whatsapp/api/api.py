"""The endpoints of the messenger: the socket of a device, the history of a chat, media by signed address."""

from __future__ import annotations

from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Path, Query, WebSocket
from fastapi.requests import Request
from pydantic import Field, TypeAdapter, ValidationError
from starlette.responses import StreamingResponse

from designs.whatsapp.api.schemas import (
    AckFrame,
    AddressOut,
    AttachFrame,
    AttachmentOut,
    ChatOut,
    CreateFrame,
    Frame,
    MessageOut,
    ModifyFrame,
    NewAttachment,
    NewChat,
    NewMessage,
    Participants,
    SendFrame,
    SentOut,
    TypingFrame,
    message_out,
    sent_out,
)
from designs.whatsapp.engine.devices import Device
from designs.whatsapp.engine.engine import Whatsapp
from designs.whatsapp.engine.media import MOST_BYTES
from sdlab.api.pages import Cursor, CursorKey, Limit, Page, page_of
from sdlab.api.problems import documented
from sdlab.api.sockets import LabSocket, serve_socket
from sdlab.lab import Forbidden, LabError, acting
from sdlab.parts.connections import BoundedBuffer
from sdlab.parts.presigned import Signed
from sdlab.rooms.http import ActingUser, EngineOf

SLUG = "whatsapp"
PAGE = 20
MOST_WAITING = 2_000  # frames for a socket that takes none
CHAT_CURSOR = CursorKey("whatsapp messages", int)
FRAMES: TypeAdapter[Frame] = TypeAdapter(Annotated[Frame, Field(discriminator="type")])

EngineHere = Annotated[Whatsapp, EngineOf(SLUG, Whatsapp)]
ChatId = Annotated[str, Path(min_length=1, max_length=80, examples=["weekend"])]
MediaId = Annotated[str, Path(pattern=r"^a-[0-9a-f]{16}$", examples=["a-0123456789abcdef"])]
Size = Annotated[int, Query(gt=0, le=MOST_BYTES)]
Expires = Annotated[int, Query(ge=0, le=1 << 40)]
Signature = Annotated[str, Query(min_length=64, max_length=64)]


def router() -> APIRouter:
    """Everything below `/api/whatsapp`."""
    routes = APIRouter()
    _chats(routes)
    _media(routes)
    _socket(routes)
    return routes


def _chats(routes: APIRouter) -> None:
    @routes.post(
        "/chats",
        summary="A chat with others",
        status_code=201,
        response_model=ChatOut,
        responses=documented(),
    )
    async def create(engine: EngineHere, user: ActingUser, body: NewChat) -> ChatOut:
        """Whoever is named is in it."""
        return ChatOut(id=await engine.create_chat(body.name, tuple(body.participants)))

    @routes.patch(
        "/chats/{chat}/participants",
        summary="Who comes in, who goes",
        response_model=ChatOut,
        responses=documented(),
    )
    async def modify(engine: EngineHere, user: ActingUser, chat: ChatId, body: Participants) -> ChatOut:
        """404 for who is not in the chat."""
        await engine.modify(chat, add=tuple(body.add), remove=tuple(body.remove))
        return ChatOut(id=chat)

    @routes.post(
        "/chats/{chat}/messages",
        summary="Send a message",
        status_code=201,
        response_model=SentOut,
        responses=documented(),
    )
    async def send(engine: EngineHere, user: ActingUser, chat: ChatId, body: NewMessage) -> SentOut:
        """Without a socket. The same client id is the same message."""
        return sent_out(await engine.send(chat, body.text, client_id=body.client_id))

    @routes.get(
        "/chats/{chat}/messages",
        summary="What the servers still have",
        response_model=Page[MessageOut],
        responses=documented(),
    )
    async def history(
        engine: EngineHere, user: ActingUser, chat: ChatId, cursor: Cursor = None, limit: Limit = PAGE
    ) -> Page[MessageOut]:
        """The newest first; 404 for who is not in the chat. What all devices have is deleted here."""
        below = CHAT_CURSOR.decode(cursor)[0] if cursor else None
        rows = await engine.history(chat, below=below, limit=limit + 1)
        return page_of(rows, limit=limit, cursor=CHAT_CURSOR, key=lambda one: (one.seq,), item=message_out)


def _media(routes: APIRouter) -> None:
    @routes.post(
        "/chats/{chat}/attachments",
        summary="Announce an attachment",
        status_code=201,
        response_model=AttachmentOut,
        responses=documented(),
    )
    async def announce(
        engine: EngineHere, user: ActingUser, chat: ChatId, body: NewAttachment
    ) -> AttachmentOut:
        """Its id, and a signed path for the upload."""
        found, path = await engine.announce(chat, size=body.size, sha256=body.sha256, kind=str(body.kind))
        return AttachmentOut(id=found.id, upload=path)

    @routes.get(
        "/attachments/{id}",
        summary="An address to read an attachment by",
        response_model=AddressOut,
        responses=documented(),
    )
    async def address(engine: EngineHere, user: ActingUser, id: MediaId) -> AddressOut:
        """404 for who is not in its chat."""
        return AddressOut(download=await engine.media_address(id))

    @routes.put("/media/{id}", summary="Upload", status_code=204, responses=documented(403, 409))
    async def upload(  # noqa: PLR0917 - FastAPI fills them by name
        request: Request, engine: EngineHere, id: MediaId, size: Size, expires: Expires, signature: Signature
    ) -> None:
        """By a signed address, which is all the right that is needed. 422 for other bytes than were announced."""
        await engine.upload(Signed("PUT", id, size, expires, signature), request.stream())

    @routes.get(
        "/media/{id}",
        summary="Download",
        response_class=StreamingResponse,
        responses={
            **documented(403),
            200: {"content": {"application/octet-stream": {}}, "description": "the bytes"},
        },
    )
    async def download(
        engine: EngineHere, id: MediaId, size: Size, expires: Expires, signature: Signature
    ) -> StreamingResponse:
        """By a signed address."""
        found, parts = await engine.download(Signed("GET", id, size, expires, signature))
        return StreamingResponse(
            parts,
            media_type=found.kind,
            headers={"Content-Length": str(found.size), "X-Content-Type-Options": "nosniff"},
        )


def _socket(routes: APIRouter) -> None:
    @routes.websocket("/ws")
    async def socket(
        websocket: WebSocket, room: str = "", user: str = "visitor", device: str = "web"
    ) -> None:
        """The socket of a device: frames in, messages, updates and receipts out."""

        async def work(peer: LabSocket[Whatsapp]) -> None:
            buffer: BoundedBuffer[str] = BoundedBuffer(MOST_WAITING)

            def sink(text: str) -> None:
                if not buffer.push(text):
                    buffer.end("too slow")

            own = await peer.engine.attach(acting().name, device, sink)
            try:
                await peer.run(_send(peer, buffer), _receive(peer, own, sink))
            finally:
                peer.engine.detach(own)

        await serve_socket(
            websocket, SLUG, Whatsapp, work, room=room, user=user or "visitor", max_message=16_384
        )


async def _send(peer: LabSocket[Whatsapp], buffer: BoundedBuffer[str]) -> None:
    while texts := await buffer.batch():
        for text in texts:
            await peer.send(text)


async def _receive(peer: LabSocket[Whatsapp], own: Device, sink: Any) -> None:
    while True:
        message = await peer.receive()
        kind = ""
        try:
            frame = FRAMES.validate_json(message)
            kind = frame.type
            if not await peer.may_act():
                raise Forbidden("not allowed to write here")
            if (answer := await _does(peer.engine, own, frame)) is not None:
                sink(orjson.dumps({"type": "answer", "to": kind, **answer}).decode())
        except ValidationError as error:
            first = error.errors()[0]
            detail = f"{'.'.join(str(one) for one in first['loc'])}: {first['msg']}".lstrip(": ")
            sink(orjson.dumps({"type": "error", "status": 422, "to": kind, "detail": detail}).decode())
        except LabError as error:
            sink(
                orjson.dumps(
                    {"type": "error", "status": error.status, "to": kind, "detail": error.detail}
                ).decode()
            )


async def _does(engine: Whatsapp, own: Device, frame: Frame) -> dict[str, Any] | None:
    if isinstance(frame, SendFrame):
        sent = await engine.send(
            frame.chat, frame.text, device=own.id, client_id=frame.client_id, attachment=frame.attachment
        )
        return sent_out(sent).model_dump()
    if isinstance(frame, CreateFrame):
        return {"chat": await engine.create_chat(frame.name, tuple(frame.participants))}
    if isinstance(frame, AttachFrame):
        found, path = await engine.announce(
            frame.chat, size=frame.size, sha256=frame.sha256, kind=str(frame.kind)
        )
        return {"id": found.id, "upload": path}
    if isinstance(frame, ModifyFrame):
        await engine.modify(frame.chat, add=tuple(frame.add), remove=tuple(frame.remove))
        return {"chat": frame.chat}
    if isinstance(frame, AckFrame):
        await engine.acknowledge(own.id, [(one.chat, one.id) for one in frame.messages], read=frame.read)
        return None
    assert isinstance(frame, TypingFrame)
    await engine.typing(own.id, frame.chat)
    return None
