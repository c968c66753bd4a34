"""Chunks in the object store: reached by signed addresses, checked when they come, sealed where they lie.

Each is compressed by its device or not, then sealed with AES-GCM (NIST SP 800-38D) under the room's key; equal chunks are
found by the fingerprint of the plain bytes, so that they are shared within a room and never beyond it.
"""

from __future__ import annotations

import secrets
from collections import OrderedDict
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

import sqlalchemy as sa
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from designs.dropbox.config import Config
from designs.dropbox.engine.aside import aside
from designs.dropbox.engine.content import fingerprint, unpacked
from designs.dropbox.engine.counters import Counters
from designs.dropbox.engine.models import ChunkRow, SecretRow
from designs.dropbox.engine.nodes import API, DATABASE, STORE
from designs.dropbox.engine.strategies import COMPLETINGS, MOST_CHUNK
from sdlab.lab import EngineContext, Forbidden, Invalid, NotFound
from sdlab.parts.object_store import ObjectStore
from sdlab.parts.presigned import Presigner, Signed

CHUNKS = ChunkRow.__table__  # type: ignore[attr-defined]
SECRETS = SecretRow.__table__  # type: ignore[attr-defined]
ADDRESS_S = 300
NONCE = 12
SLACK = 1024  # bytes that zstd may add to what it cannot compress
SHARED = "shared"
CODECS = ("none", "zstd")
AT_A_TIME = 400  # names in one statement
FOLLOWED = 2000


@dataclass(frozen=True, slots=True)
class Part:
    """A chunk on its way: whose it is, its fingerprint, its bytes, and the signed path."""

    fingerprint: str
    size: int
    path: str


@dataclass(frozen=True, slots=True)
class StoredChunk:
    """A chunk as its row says."""

    owner: str
    fingerprint: str
    key: str
    size: int
    stored: int
    codec: str
    refs: int


class PartStore:
    """Rows say which chunks there are, and under which key of the store each lies; what comes again gets a new key."""

    def __init__(self, context: EngineContext[Config], counters: Counters) -> None:
        self._context, self._counters = context, counters
        room = context.room
        self.objects = ObjectStore(room.blobs.store, f"{room.id}/{room.slug}/objects", limit=room.quota.bytes)
        self._presigner = Presigner(bytes(16))
        self._cipher = AESGCM(bytes(32))
        self.damaging = 0  # how many of the next parts get a flipped bit on their way
        self.taken_wrong: OrderedDict[str, float] = (
            OrderedDict()
        )  # keys of what came wrong, and when that was taken

    async def open(self) -> None:
        """The secret of the room, made once, and what the store has."""
        room = self._context.room
        fresh = {"room": room.id, "key": secrets.token_hex(48)}

        def secret(c: sa.Connection) -> str:
            c.execute(room.sql.insert(SECRETS).values(fresh).on_conflict_do_nothing())
            return str(c.execute(sa.select(SECRETS.c.key).where(SECRETS.c.room == room.id)).scalar_one())

        key = bytes.fromhex(await room.sql.write(secret))
        self._cipher, self._presigner = AESGCM(key[:32]), Presigner(key[32:])
        await self.objects.open()

    def close(self) -> None:
        """The objects stay; their share of the server's bytes is given back."""
        self.objects.close()

    # Addresses

    def address(self, method: str, owner: str, print_: str, size: int) -> Part:
        """A chunk with the path that is signed for it."""
        key, room = f"{owner or SHARED}.{print_}", self._context.room
        signed = self._presigner.sign(
            method, key, size=size, now=self._context.clock.time(), seconds=ADDRESS_S
        )
        query = {"room": room.id, "size": size, "expires": signed.expires, "signature": signed.signature}
        return Part(print_, size, f"/api/{room.slug}/parts/{key}?{urlencode(query)}")

    def allow(self, signed: Signed) -> tuple[str, str]:
        """Owner and fingerprint of a signed address. `Forbidden` for one that was changed or is too old."""
        try:
            self._presigner.check(signed, now=self._context.clock.time())
        except Forbidden as error:
            self._context.decide(error.detail)
            raise
        owner, _, print_ = signed.key.partition(".")
        return "" if owner == SHARED else owner, print_

    # Bytes

    async def put(self, signed: Signed, body: AsyncIterator[bytes], codec: str, *, source: str) -> None:
        """Take a chunk in. `Invalid` for other bytes than its fingerprint says, where parts are verified."""
        owner, print_ = self.allow(signed)
        content = await _all_of(body, min(signed.size, MOST_CHUNK) + SLACK)
        self._counters.sent_parts += 1
        self._counters.sent_bytes += len(content)
        self._counters.plain_bytes += signed.size
        content = self._on_its_way(content)
        right, sealed = await aside(signed.size, self._sealed, content, codec, signed.size, print_)
        if COMPLETINGS[self._context.config.completing].checks and not right:
            self._counters.rejected += 1
            self._context.decide("these bytes have another fingerprint than the one that was signed: refused")
            raise Invalid("another fingerprint than the one that was announced", field="body")
        key = f"{print_[:2]}/{print_}.{secrets.token_hex(6)}"
        await self._context.node(STORE).call(
            "PUT part", lambda: self.objects.put_bytes(key, sealed), source=source
        )
        if not right:
            self.taken_wrong[key] = self._context.clock.time()
            while len(self.taken_wrong) > FOLLOWED:
                self.taken_wrong.popitem(last=False)
        self._counters.sealed += len(sealed) - len(content)
        before = await self._noted(owner, print_, key, signed.size, len(sealed), codec)
        if before:
            self._counters.again += 1
            self._context.decide("the store had this chunk already: sent for nothing")
            await self.objects.delete(before)
        else:
            self._context.decide(
                "a new chunk: sealed, stored under its fingerprint, free until a version refers to it"
            )

    def _on_its_way(self, content: bytes) -> bytes:
        """What arrives: with a flipped bit, where the line damages it."""
        share = next((one.value for one in self._context.node(STORE).faults() if one.kind == "corrupt"), 0.0)
        if not self.damaging and not (share and self._context.rng.random() * 100 < share):
            return content
        self.damaging = max(0, self.damaging - 1)
        self._counters.damaged += 1
        middle = len(content) // 2
        return content[:middle] + bytes([content[middle] ^ 1]) + content[middle + 1 :] if content else b"\x01"

    def _sealed(self, content: bytes, codec: str, size: int, print_: str) -> tuple[bool, bytes]:
        try:
            plain = unpacked(content, codec, size)
            right = len(plain) == size and fingerprint(plain) == print_
        except Invalid:
            right = False
        nonce = secrets.token_bytes(NONCE)
        return right, nonce + self._cipher.encrypt(nonce, content, print_.encode())

    async def _noted(  # noqa: PLR0917 - the columns of a row
        self, owner: str, print_: str, key: str, size: int, stored: int, codec: str
    ) -> str:
        """The row of a chunk; the key that it had before, when it was there."""
        room, now = self._context.room, self._context.clock.time()
        here = (CHUNKS.c.room == room.id) & (CHUNKS.c.owner == owner) & (CHUNKS.c.fingerprint == print_)
        fresh = {"key": key, "stored": stored, "codec": codec, "since": now}

        def note(c: sa.Connection) -> str:
            before = c.execute(sa.select(CHUNKS.c.key).where(here)).scalar_one_or_none()
            if before is None:
                row = {
                    "room": room.id,
                    "owner": owner,
                    "fingerprint": print_,
                    "size": size,
                    "refs": 0,
                    **fresh,
                }
                c.execute(CHUNKS.insert(), row)
            else:
                c.execute(CHUNKS.update().where(here).values(fresh))
            return before or ""

        return await self._context.node(DATABASE).call(
            "note the part", lambda: room.sql.write(note), source=API
        )

    async def packed(self, owner: str, print_: str, *, source: str) -> tuple[bytes, str]:
        """A chunk as it was sent, and its codec. `NotFound` when it is not there, `Invalid` when it cannot be opened."""
        found = (await self.rows(owner, [print_])).get(print_)
        if found is None:
            raise NotFound("no such chunk")
        sealed = await self._context.node(STORE).call(
            "GET part", lambda: self.objects.get(found.key), source=source
        )
        return await aside(len(sealed), self.opened, sealed, print_), found.codec

    def opened(self, sealed: bytes, print_: str) -> bytes:
        try:
            return self._cipher.decrypt(sealed[:NONCE], sealed[NONCE:], print_.encode())
        except InvalidTag:
            raise Invalid("what lies in the store was changed") from None

    async def plain(self, owner: str, print_: str, size: int, *, source: str) -> bytes:
        """The bytes of a chunk."""
        body, codec = await self.packed(owner, print_, source=source)
        return await aside(size, unpacked, body, codec, size)

    # Rows

    async def rows(self, owner: str, prints: Sequence[str]) -> dict[str, StoredChunk]:
        """Of these chunks those that have a row."""
        room = self._context.room

        def read(c: sa.Connection) -> dict[str, StoredChunk]:
            return rows_of(c, room.id, owner, prints)

        return await room.sql.read(read)

    async def absent(self, owner: str, prints: Sequence[str]) -> list[str]:
        """Of these chunks those that the store does not have, asked for each."""
        known = await self.rows(owner, prints)
        keys = {one.key: one.fingerprint for one in known.values()}
        there = await self._context.node(STORE).call(
            "HEAD parts",
            lambda: self.objects.sizes(list(keys)),
            source=API,
            detail=lambda found: f"{len(found):,} there",
        )
        present = {keys[key] for key in there}
        return [one for one in dict.fromkeys(prints) if one not in present]


def rows_of(c: sa.Connection, room: str, owner: str, prints: Sequence[str]) -> dict[str, StoredChunk]:
    """The rows of these chunks, by fingerprint."""
    found, wanted = {}, list(dict.fromkeys(prints))
    columns = [
        getattr(CHUNKS.c, name) for name in ("owner", "fingerprint", "key", "size", "stored", "codec", "refs")
    ]
    for at in range(0, len(wanted), AT_A_TIME):
        some = CHUNKS.c.fingerprint.in_(wanted[at : at + AT_A_TIME])
        for row in c.execute(sa.select(*columns).where(CHUNKS.c.room == room, CHUNKS.c.owner == owner, some)):
            found[row.fingerprint] = StoredChunk(*row)
    return found


async def _all_of(body: AsyncIterator[bytes], most: int) -> bytes:
    taken = bytearray()
    async for piece in body:
        taken += piece
        if len(taken) > most:
            raise Invalid("more bytes than were announced", field="body")
    return bytes(taken)
