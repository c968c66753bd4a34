"""Media of chats: announced by size and fingerprint, uploaded and read by signed addresses, in parts."""

from __future__ import annotations

import hashlib
import secrets
import struct
import zlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from urllib.parse import urlencode

import sqlalchemy as sa

from designs.whatsapp.config import Config
from designs.whatsapp.engine.directory import Directory
from designs.whatsapp.engine.models import AttachmentRow
from designs.whatsapp.engine.nodes import BALANCER, BLOBS, DATABASE
from sdlab.lab import Conflict, EngineContext, NotFound, TooMany
from sdlab.parts.presigned import Presigner, Signed, verified

ATTACHMENTS = AttachmentRow.__table__  # type: ignore[attr-defined]
MOST_BYTES = 8 * 1024 * 1024
MOST_ATTACHMENTS = 500
PART = 256 * 1024
UPLOAD_S, READ_S = 300, 300
KINDS = ("image/png", "image/jpeg", "image/webp", "video/mp4", "audio/ogg", "application/pdf")


@dataclass(frozen=True, slots=True)
class Attachment:
    """An announced attachment."""

    id: str
    chat: str
    size: int
    sha256: str
    kind: str


class Media:
    """Rows say what was announced; parts of the content lie in the blob store, and a last one says that all are there."""

    def __init__(self, context: EngineContext[Config], directory: Directory) -> None:
        self._context, self._directory = context, directory
        self._presigner: Presigner | None = None

    async def open(self) -> None:
        """The secret of the room, made once."""
        room = self._context.room
        key = room.key("media-secret")
        await room.redis.set(key, secrets.token_hex(32), nx=True)
        self._presigner = Presigner(str(await room.redis.get(key)).encode())

    async def announce(self, chat: str, size: int, sha256: str, kind: str) -> Attachment:
        """A row; content may come to its address. `TooMany` in a full room."""
        room = self._context.room
        found = Attachment(f"a-{secrets.token_hex(8)}", chat, size, sha256, kind)

        def insert(c: sa.Connection) -> bool:
            here = sa.select(sa.func.count()).where(ATTACHMENTS.c.room == room.id)
            if c.execute(here).scalar_one() >= MOST_ATTACHMENTS:
                return False
            c.execute(
                ATTACHMENTS.insert(),
                {"room": room.id, "id": found.id, "chat": chat, "size": size, "sha256": sha256, "kind": kind},
            )
            return True

        if not await self._context.node(DATABASE).call(
            "INSERT attachment", lambda: room.sql.write(insert), source=BALANCER
        ):
            raise TooMany(f"this room has {MOST_ATTACHMENTS} attachments, and takes no more")
        return found

    async def find(self, id: str) -> Attachment:
        """The row. `NotFound`."""
        room, table = self._context.room, ATTACHMENTS
        query = sa.select(table).where(table.c.room == room.id, table.c.id == id)
        row = await self._context.node(DATABASE).call(
            "SELECT attachment",
            lambda: room.sql.read(lambda c: c.execute(query).one_or_none()),
            source=BALANCER,
        )
        if row is None:
            raise NotFound(f"no attachment {id}")
        return Attachment(row.id, row.chat, row.size, row.sha256, row.kind)

    def address(self, method: str, one: Attachment) -> str:
        """The path of a signed address, below the API."""
        assert self._presigner is not None
        seconds = UPLOAD_S if method == "PUT" else READ_S
        signed = self._presigner.sign(
            method, one.id, size=one.size, now=self._context.clock.time(), seconds=seconds
        )
        query = urlencode(
            {
                "room": self._context.room.id,
                "size": signed.size,
                "expires": signed.expires,
                "signature": signed.signature,
            }
        )
        return f"/api/{self._context.room.slug}/media/{one.id}?{query}"

    def allow(self, signed: Signed) -> None:
        """`Forbidden` for an address that was changed or is too old."""
        assert self._presigner is not None
        self._presigner.check(signed, now=self._context.clock.time())

    def _name(self, id: str, part: object) -> str:
        room = self._context.room
        return f"{room.id}/{room.slug}/{id}/{part}"

    async def there(self, id: str) -> bool:
        """Whether all of it is there."""
        try:
            await self._context.room.blobs.get(self._name(id, "all"))
        except FileNotFoundError:
            return False
        return True

    async def put(self, one: Attachment, chunks: AsyncIterator[bytes]) -> int:
        """Store what comes, in parts, and show it only when all of it was right. `Invalid`, `Conflict` for a second time."""
        if await self.there(one.id):
            raise Conflict("this attachment is there already")
        blobs = self._context.room.blobs
        count, waiting = 0, bytearray()

        async def store() -> None:
            nonlocal count
            part = bytes(waiting[:PART])
            del waiting[:PART]
            number, count = count, count + 1
            await self._context.node(BLOBS).call(
                "PUT part", lambda: blobs.put(self._name(one.id, number), part), source=BALANCER
            )

        try:
            async for chunk in verified(chunks, size=one.size, sha256=one.sha256):
                waiting += chunk
                while len(waiting) >= PART:
                    await store()
            if waiting:
                await store()
        except BaseException:
            for number in range(count):
                await blobs.delete(self._name(one.id, number))
            raise
        await self._context.node(BLOBS).call(
            "PUT object", lambda: blobs.put(self._name(one.id, "all"), str(count).encode()), source=BALANCER
        )
        return count

    async def parts(self, one: Attachment) -> AsyncIterator[bytes]:
        """What was stored, one part after the other. `NotFound` when not all of it is there."""
        blobs = self._context.room.blobs
        try:
            count = int(
                await self._context.node(BLOBS).call(
                    "GET object", lambda: blobs.get(self._name(one.id, "all")), source=BALANCER
                )
            )
        except FileNotFoundError:
            raise NotFound(f"attachment {one.id} was announced, and is not uploaded") from None

        async def read() -> AsyncIterator[bytes]:
            for number in range(count):
                yield await blobs.get(self._name(one.id, number))

        return read()


def picture(seed: int) -> bytes:
    """A small PNG of two colours, as a phone might take it."""
    width, height = 48, 32
    one, two = ((seed * 37) % 200 + 30, (seed * 91) % 200 + 30, (seed * 53) % 200 + 30), (240, 200, 90)
    rows = b"".join(
        b"\x00"
        + b"".join(
            bytes(two if (x - 34) ** 2 + (y - 9) ** 2 < 30 else one if y > 14 + x // 8 else (120, 180, 230))
            for x in range(width)
        )
        for y in range(height)
    )

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", head)
        + chunk(b"IDAT", zlib.compress(rows))
        + chunk(b"IEND", b"")
    )


def fingerprint(content: bytes) -> str:
    """SHA-256, in hexadecimal digits."""
    return hashlib.sha256(content).hexdigest()
