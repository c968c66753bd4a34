"""Objects of a room: streamed in under a fingerprint, read in ranges, bounded in bytes, told of when they are there.

After the guarantees of Amazon S3: an object is there whole or not at all, a read after it was written sees it, and
whoever wants hears of it ("object created"). Memory stays flat: at most one piece of an object is held.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import re
import secrets
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Literal, Protocol

import blake3
import obstore

from sdlab.lab.errors import Invalid, NotFound, TooMany

PIECE = 256 * 1024
KEY = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._-]{0,127}(/[A-Za-z0-9_-][A-Za-z0-9._-]{0,127}){0,7}")
ARRIVING = "arriving"  # objects that are not whole yet lie below this, and are never listed
SERVER_BYTES = 16 * 1024**3

Algorithm = Literal["sha256", "blake3"]


class Digest(Protocol):
    """What a fingerprint is made with."""

    def update(self, data: bytes, /) -> object: ...
    def hexdigest(self) -> str: ...


DIGESTS: dict[str, Callable[[], Digest]] = {"sha256": hashlib.sha256, "blake3": blake3.blake3}


@dataclass(frozen=True, slots=True)
class StoredObject:
    """An object that is there: its key, its bytes, and the fingerprint that was checked while it came ("" when none was)."""

    key: str
    size: int
    fingerprint: str = ""


class ByteBudget:
    """Bytes that several stores share."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.used = 0

    def take(self, size: int) -> None:
        """`TooMany` when that much is not left."""
        if self.used + size > self.limit:
            raise TooMany("this server has no room for more bytes")
        self.used += size

    def give(self, size: int) -> None:
        """These bytes are free again."""
        self.used = max(0, self.used - size)


SERVER = ByteBudget(SERVER_BYTES)


class ObjectStore:
    """The objects below one prefix of a store (a folder, or a bucket), of at most `limit` bytes together.

    Everything is done in threads: nothing here keeps the loop from its other work. `open()` counts what is there,
    `close()` gives its share of the server's bytes back; the objects stay until whoever owns the prefix deletes it.
    """

    def __init__(self, store: Any, prefix: str, *, limit: int, server: ByteBudget = SERVER) -> None:
        self._store, self._prefix = store, prefix.rstrip("/")
        self._server = server
        self._listeners: list[Callable[[StoredObject], None]] = []
        self.limit = limit
        self.used = 0

    async def open(self) -> None:
        """Count what is there; what had not arrived whole when the process ended is thrown away."""
        found = await asyncio.to_thread(self._listing, "")
        for key in [one for one in found if one.startswith(f"{ARRIVING}/")]:
            await asyncio.to_thread(self._remove, key)
            del found[key]
        self._take(sum(found.values()))

    def close(self) -> None:
        """This store is not used any more."""
        self._give(self.used)

    def on_created(self, listener: Callable[[StoredObject], None]) -> None:
        """From now on `listener` hears of every object, once, when it is there whole."""
        self._listeners.append(listener)

    async def put(
        self,
        key: str,
        pieces: AsyncIterator[bytes],
        *,
        size: int,
        fingerprint: str = "",
        algorithm: Algorithm = "sha256",
    ) -> StoredObject:
        """Store what streams in, and show it only when all of it was right.

        `Invalid` as soon as there are more than `size` bytes, at the end for fewer or another fingerprint (none given: not
        checked); `TooMany` for more than the room or the server may hold. What was there under that key is replaced.
        """
        name, arriving = self._name(key), f"{self._prefix}/{ARRIVING}/{secrets.token_hex(12)}"
        self._take(size)
        digest, seen, there = DIGESTS[algorithm](), 0, False
        try:
            writer = await asyncio.to_thread(obstore.open_writer, self._store, arriving, buffer_size=PIECE)
            try:
                async for piece in _gathered(pieces):
                    seen += len(piece)
                    if seen > size:
                        raise Invalid(f"more than the {size:,} bytes that were announced", field="body")
                    await asyncio.to_thread(_pass, writer, digest, piece)
                if seen != size:
                    raise Invalid(f"{seen:,} bytes, and {size:,} were announced", field="body")
                if fingerprint and not hmac.compare_digest(digest.hexdigest(), fingerprint):
                    raise Invalid("another fingerprint than the one that was announced", field="body")
            finally:
                await asyncio.to_thread(writer.close)
            before = await self.size(key)
            await asyncio.to_thread(obstore.rename, self._store, arriving, name)
            there = True
        finally:
            if not there:
                self._give(size)
                with suppress(FileNotFoundError):
                    await asyncio.to_thread(obstore.delete, self._store, arriving)
        self._give(before or 0)
        return self._created(StoredObject(key, size, digest.hexdigest() if fingerprint else ""))

    async def put_bytes(self, key: str, content: bytes) -> StoredObject:
        """Store a small object at once."""
        name = self._name(key)
        self._take(len(content))
        try:
            before = await asyncio.to_thread(self._replace, name, content)
        except BaseException:
            self._give(len(content))
            raise
        self._give(before)
        return self._created(StoredObject(key, len(content)))

    async def get(self, key: str) -> bytes:
        """All of a small object. `NotFound`."""
        return await asyncio.to_thread(self._get, self._name(key), key)

    async def read(self, key: str, start: int = 0, end: int | None = None) -> AsyncIterator[bytes]:
        """The bytes from `start` up to `end`, piece by piece. `NotFound` and `Invalid` before the first one."""
        size = await self.size(key)
        if size is None:
            raise NotFound(f"no object {key}")
        stop = size if end is None else min(end, size)
        if not 0 <= start <= stop:
            raise Invalid(f"bytes {start} to {stop} of {size}", field="range")
        return self._pieces(self._name(key), start, stop)

    async def _pieces(self, name: str, start: int, stop: int) -> AsyncIterator[bytes]:
        for at in range(start, stop, PIECE):
            until = min(at + PIECE, stop)
            yield bytes(await asyncio.to_thread(obstore.get_range, self._store, name, start=at, end=until))

    async def size(self, key: str) -> int | None:
        """How many bytes it has; nothing, when it is not there."""
        return await asyncio.to_thread(self._size, self._name(key))

    async def sizes(self, keys: Sequence[str]) -> dict[str, int]:
        """Of those that are there, how many bytes each has."""
        names = {key: self._name(key) for key in keys}
        found = await asyncio.to_thread(lambda: {key: self._size(name) for key, name in names.items()})
        return {key: size for key, size in found.items() if size is not None}

    async def delete(self, key: str) -> bool:
        """Whether it was there."""
        size = await self.size(key)
        if size is None:
            return False
        await asyncio.to_thread(self._remove, key)
        self._give(size)
        return True

    async def listing(self, below: str = "") -> dict[str, int]:
        """Every key below that folder, with the bytes of the object."""
        found = await asyncio.to_thread(self._listing, below)
        return {key: size for key, size in found.items() if not key.startswith(f"{ARRIVING}/")}

    def _name(self, key: str) -> str:
        if not KEY.fullmatch(key) or key.split("/", 1)[0] == ARRIVING:
            raise Invalid(
                "a key has up to 8 parts of letters, digits, . _ and -, and no part begins with a dot",
                field="key",
            )
        return f"{self._prefix}/{key}"

    def _created(self, made: StoredObject) -> StoredObject:
        for listener in self._listeners:
            listener(made)
        return made

    def _take(self, size: int) -> None:
        if self.used + size > self.limit:
            raise TooMany(f"this room may hold {self.limit:,} bytes, and has {self.used:,}")
        self._server.take(size)
        self.used += size

    def _give(self, size: int) -> None:
        self.used = max(0, self.used - size)
        self._server.give(size)

    def _replace(self, name: str, content: bytes) -> int:
        """How many bytes were there before."""
        before = self._size(name) or 0
        obstore.put(self._store, name, content)
        return before

    def _get(self, name: str, key: str) -> bytes:
        try:
            return bytes(obstore.get(self._store, name).bytes())
        except FileNotFoundError:
            raise NotFound(f"no object {key}") from None

    def _size(self, name: str) -> int | None:
        try:
            return int(obstore.head(self._store, name)["size"])
        except FileNotFoundError:
            return None

    def _remove(self, key: str) -> None:
        with suppress(FileNotFoundError):
            obstore.delete(self._store, f"{self._prefix}/{key}")

    def _listing(self, below: str) -> dict[str, int]:
        prefix = f"{self._prefix}/{below}".rstrip("/")
        start = len(self._prefix) + 1
        return {
            meta["path"][start:]: int(meta["size"])
            for batch in obstore.list(self._store, prefix=prefix)
            for meta in batch
        }


async def _gathered(pieces: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """The same bytes in pieces of at least `PIECE`, but for the last: a network brings many small ones."""
    held = bytearray()
    async for piece in pieces:
        held += piece
        if len(held) >= PIECE:
            yield bytes(held)
            held.clear()
    if held:
        yield bytes(held)


def _pass(writer: Any, digest: Digest, piece: bytes) -> None:
    """A piece on its way: into the fingerprint, and into the store."""
    for start in range(0, len(piece), PIECE):
        part = piece[start : start + PIECE]
        digest.update(part)
        writer.write(part)
