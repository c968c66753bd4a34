"""Uploads: videos are announced with the fingerprints of their chunks, which come by signed addresses in any order."""

from __future__ import annotations

import math
import re
import secrets
from collections import OrderedDict
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from designs.youtube.config import Config
from designs.youtube.engine import ffmpeg
from designs.youtube.engine.catalogue import Catalogue, Chunk, Video, shard_of
from designs.youtube.engine.counters import Counters
from designs.youtube.engine.models import COMING, FAILED, PENDING, SPLITTING, UPLOADING
from designs.youtube.engine.nodes import APP, NETWORK, STORE
from designs.youtube.engine.strategies import FINGERPRINTS, PATHS, RESUMES
from sdlab.lab import Conflict, EngineContext, Forbidden, Invalid, LabError, TooMany, acting
from sdlab.lab.text import TextRule
from sdlab.parts.object_store import ObjectStore, StoredObject
from sdlab.parts.presigned import Presigner, Signed

MB = 1024 * 1024
MOST_VIDEO = 200 * MB
MOST_CHUNK = MB  # a request has no more
LEAST_CHUNK = 1024
MOST_CHUNKS = 1_000
MOST_UNDER_WAY = 10  # for traffic
MOST_BY_HAND = 40
ADDRESS_S = 3_600
TITLE = TextRule("title", 80)
SHA256 = re.compile(r"[0-9a-f]{64}")
KEY = re.compile(r"([A-Za-z0-9]{11})\.(\d{1,4})")
REMEMBERED = 500
HEAD = 512


class TooLarge(LabError):
    """More bytes than may come."""

    status = 413
    title = "Content too large"


class ConnectionCut(LabError):
    """The connection broke in the middle; nobody is there to read this."""

    status = 503
    title = "Connection lost"


@dataclass(frozen=True, slots=True)
class Announced:
    """A video that was announced, and an address for each of its chunks."""

    video: Video
    addresses: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Arrival:
    """A chunk whose object was created, and when (seconds of the room's clock)."""

    at: float
    size: int


def object_key(video: str, number: int) -> str:
    """Where a chunk lies in the store."""
    return f"v/{video}/chunk-{number:04}"


class Uploads:
    """Chunks that are coming, and what became of them. `arrived` are created objects, as the store told."""

    def __init__(
        self, context: EngineContext[Config], catalogue: Catalogue, store: ObjectStore, counters: Counters
    ) -> None:
        self._context, self._catalogue, self._store, self._counters = context, catalogue, store, counters
        self._presigner: Presigner | None = None
        self._rng = context.room.rng("network")
        self._fates: OrderedDict[str, tuple[int, bool]] = OrderedDict()
        self._created: list[tuple[str, int, bool]] = []
        self._void: set[tuple[str, int]] = set()
        self.coming: dict[tuple[str, int], float] = {}
        self.arrived: OrderedDict[tuple[str, int], Arrival] = OrderedDict()
        self.again: list[tuple[str, int, Arrival, float]] = []
        self.unchecked: OrderedDict[tuple[str, int], float] = (
            OrderedDict()
        )  # chunks taken without a comparison
        self.begun_anew: OrderedDict[str, float] = (
            OrderedDict()
        )  # uploads that began anew as a connection broke
        store.on_created(self._object_created)

    async def open(self) -> None:
        """The secret of the room, made once."""
        room = self._context.room
        key = room.key("secret")
        await room.redis.set(key, secrets.token_hex(32), nx=True)
        self._presigner = Presigner(str(await room.redis.get(key)).encode())

    # Announcing

    async def announce(
        self, title: str, size: int, chunk_size: int, fingerprints: Sequence[str]
    ) -> Announced:
        """A row for the video and one for each chunk. `Invalid`, `TooLarge`, `TooMany`."""
        said = TITLE.check(title, field="title")
        if size > MOST_VIDEO:
            raise TooLarge(f"{size:,} bytes; at most {MOST_VIDEO:,}")
        chunks = self._chunks(size, chunk_size, fingerprints)
        under_way = await self._catalogue.under_way()
        if len(under_way) >= (MOST_UNDER_WAY if not acting().by_hand else MOST_BY_HAND):
            self._context.decide(f"{len(under_way)} videos are under way in this room: no more for now")
            raise TooMany("as many videos are under way as may be", retry_after=3)
        id, number = self._catalogue.next_id()
        now = round(self._context.clock.time() * 1000)
        video = Video(
            id, shard_of(id), number, acting().name, said, UPLOADING, "", size, chunk_size, len(chunks), "",
            acting().by_hand, 0.0, 0, now, 0, 0, 0,
        )  # fmt: skip
        self._context.decide(f"its id falls on {video.node} of the ring; {len(chunks)} chunks are pending")
        await self._catalogue.announce(video, chunks, source=APP)
        self._counters.announced += 1
        return Announced(video, tuple(self.address(video, n, chunk[0]) for n, chunk in enumerate(chunks)))

    @staticmethod
    def _chunks(size: int, chunk_size: int, fingerprints: Sequence[str]) -> list[tuple[int, str]]:
        if size < 1 or not LEAST_CHUNK <= chunk_size <= MOST_CHUNK:
            raise Invalid(f"a chunk has {LEAST_CHUNK:,} to {MOST_CHUNK:,} bytes", field="chunk_size")
        count = math.ceil(size / chunk_size)
        if count > MOST_CHUNKS:
            raise Invalid(
                f"{count:,} chunks; at most {MOST_CHUNKS:,}: larger ones are needed", field="chunk_size"
            )
        if len(fingerprints) != count:
            raise Invalid(f"{count:,} chunks, and {len(fingerprints):,} fingerprints", field="fingerprints")
        if not all(SHA256.fullmatch(one) for one in fingerprints):
            raise Invalid("a fingerprint is a SHA-256 in hexadecimal digits", field="fingerprints")
        sizes = [chunk_size] * (count - 1) + [size - chunk_size * (count - 1)]
        return list(zip(sizes, fingerprints, strict=True))

    def address(self, video: Video, number: int, size: int) -> str:
        """The path of a signed address, below the API."""
        assert self._presigner is not None
        room = self._context.room
        key = f"{video.id}.{number}"
        signed = self._presigner.sign(
            "PUT", key, size=size, now=self._context.clock.time(), seconds=ADDRESS_S
        )
        query = {"room": room.id, "size": size, "expires": signed.expires, "signature": signed.signature}
        return f"/api/{room.slug}/blobs/{key}?{urlencode(query)}"

    async def missing(self, video: Video) -> list[Chunk]:
        """Chunks that are not there yet."""
        chunks = await self._catalogue.chunks(video, source=APP)
        return [one for one in chunks if one.state in (PENDING, COMING)]

    # Chunks

    def allow(self, signed: Signed) -> tuple[str, int]:
        """Video and number of a chunk. `Forbidden` for an address that was changed or is too old."""
        assert self._presigner is not None
        self._presigner.check(signed, now=self._context.clock.time())
        found = KEY.fullmatch(signed.key)
        if found is None:
            raise Forbidden("this address leads to no chunk")
        return found[1], int(found[2])

    async def put(self, signed: Signed, stream: AsyncIterator[bytes]) -> Chunk:
        """Store what comes to a signed address. `Conflict` for what is there already."""
        context, counters = self._context, self._counters
        id, number = self.allow(signed)
        counters.puts += 1
        video = await self._catalogue.video(id, source=APP)
        if video.state != UPLOADING:
            raise Conflict("this upload is over: nothing more is taken")
        chunk = await self._catalogue.chunk(video, number, source=APP)
        at = (id, number)
        if chunk.state not in (PENDING, COMING):
            context.decide("this chunk is stored already: it is not taken twice")
            raise Conflict("this chunk is stored already")
        if at in self.coming:
            raise Conflict("this chunk is coming already")
        before = self.arrived.get(at)
        self.coming[at] = began = context.clock.time()
        try:
            await self._store_chunk(video, chunk, stream)
        except ConnectionCut:
            counters.cuts += 1
            if not RESUMES[context.config.resume].keeps(context):
                self._void |= {one for one in self.coming if one[0] == id}
                self.begun_anew[id] = context.clock.time()
                while len(self.begun_anew) > REMEMBERED:
                    self.begun_anew.popitem(last=False)
                await self._catalogue.void(id, source=APP)
            raise
        except Invalid:
            counters.refused_chunks += 1
            context.decide("other bytes than announced: nothing of them is kept, the client sends them again")
            raise
        finally:
            self.coming.pop(at, None)
            self._void.discard(at)
        if before is not None:
            counters.again_chunks += 1
            self.again.append((id, number, before, began))
            del self.again[:-REMEMBERED]
        counters.chunks += 1
        return chunk

    async def _store_chunk(self, video: Video, chunk: Chunk, stream: AsyncIterator[bytes]) -> StoredObject:
        context, config, counters = self._context, self._context.config, self._counters
        context.node(NETWORK).touch(f"PUT {chunk.size:,} bytes", "ok", source="visitor")
        source = PATHS[config.path].source(context, chunk.size)
        expected = FINGERPRINTS[config.fingerprints].expected(context, chunk.sha256)
        pieces = self._network(video, chunk, stream)
        made = await context.node(STORE).call(
            "PUT chunk",
            lambda: self._store.put(
                object_key(video.id, chunk.number), pieces, size=chunk.size, fingerprint=expected
            ),
            source=source,
        )
        if not expected:
            self.unchecked[video.id, chunk.number] = context.clock.time()
            while len(self.unchecked) > REMEMBERED:
                self.unchecked.popitem(last=False)
        counters.stored_bytes += made.size
        if source == APP:
            counters.app_bytes += made.size
        else:
            counters.direct_bytes += made.size
        await self._mark()
        return made

    def _object_created(self, made: StoredObject) -> None:
        """The store says that an object is there."""
        found = re.fullmatch(r"v/(\w+)/chunk-(\d+)", made.key)
        if found is None:
            return
        at = (found[1], int(found[2]))
        self._created.append((*at, bool(made.fingerprint)))
        self.arrived[at] = Arrival(self._context.clock.time(), made.size)
        while len(self.arrived) > REMEMBERED * 20:
            self.arrived.popitem(last=False)

    async def _mark(self) -> None:
        """Chunks whose objects were created are marked in their rows."""
        while self._created:
            id, number, checked = self._created.pop()
            if (id, number) in self._void:  # it was on its way when the upload was begun anew
                continue
            await self._catalogue.mark(id, number, checked=checked, source=STORE)

    # What the network does

    def _fate(self, video: Video) -> tuple[int, bool]:
        """Which chunk of an upload breaks off (-1: none), and whether its first is changed; each once."""
        if video.id not in self._fates:
            faults = {one.kind: one.value for one in self._context.node(NETWORK).faults()}
            cut = self._rng.random() * 100 < faults.get("cut", 0.0)
            corrupt = self._rng.random() * 100 < faults.get("corrupt", 0.0)
            at = video.chunks // 2 if cut else -1
            self._fates[video.id] = (at, corrupt)
            while len(self._fates) > REMEMBERED:
                self._fates.popitem(last=False)
        return self._fates[video.id]

    async def _network(
        self, video: Video, chunk: Chunk, stream: AsyncIterator[bytes]
    ) -> AsyncIterator[bytes]:
        """The bytes as they arrive: counted, and what is being done to the network done to them."""
        cut, corrupt = self._fate(video)
        counters, passed = self._counters, 0
        again = (video.id, chunk.number) in self.arrived
        if cut == chunk.number:
            self._fates[video.id] = (-1, corrupt)
        if corrupt and chunk.number == 0:
            self._fates[video.id] = (cut if cut != chunk.number else -1, False)
        async for piece in stream:
            if passed + len(piece) > chunk.size:
                raise TooLarge(f"more than the {chunk.size:,} bytes that were announced")
            counters.sent_bytes += len(piece)
            if again:
                counters.again_bytes += len(piece)
            if cut == chunk.number and passed + len(piece) > chunk.size // 2:
                counters.again_bytes += min(passed + len(piece), chunk.size // 2)
                counters.sent_bytes -= max(0, passed + len(piece) - chunk.size // 2)
                raise ConnectionCut("the connection broke in the middle of a chunk", retry_after=1)
            if corrupt and chunk.number == 0 and passed == 0 and piece:
                counters.again_bytes += chunk.size if self._context.config.fingerprints == "checked" else 0
                yield bytes(byte ^ 0xFF for byte in piece[:16]) + piece[16:]
            else:
                yield piece
            passed += len(piece)

    # The end of an upload

    async def complete(self, id: str) -> Video:
        """All chunks are there: on to transcoding. `Conflict` while some are missing; `Invalid` for what is no video."""
        video = await self.own(id)
        if video.state != UPLOADING:
            self._context.decide("it was completed before: nothing is done twice")
            return video
        if lacking := await self.missing(video):
            some = ", ".join(str(one.number) for one in lacking[:5])
            self._context.decide(f"{len(lacking)} chunks are not there: the upload goes on")
            raise Conflict(
                f"{len(lacking)} of {video.chunks} chunks are missing: {some}", missing=len(lacking)
            )
        context, counters = self._context, self._counters
        head = await context.node(STORE).call("GET head", lambda: self._head(id), source=APP)
        now = round(context.clock.time() * 1000)
        counters.uploads += 1
        counters.upload_ms.add(max(1, now - video.created_ms))
        if not (container := ffmpeg.container_of(head)):
            counters.refused_files += 1
            context.decide("its first bytes begin no container that is known: nothing runs for it")
            why = "not a video: its first bytes begin no container that is known"
            await self._catalogue.change(video, source=APP, state=FAILED, why=why, uploaded_ms=now)
            raise Invalid(why, field="file")
        context.decide(f"all {video.chunks} chunks are there, and it begins as {container}: to be cut")
        return await self._catalogue.change(video, source=APP, state=SPLITTING, uploaded_ms=now)

    async def own(self, id: str) -> Video:
        """A video of the acting user's. `Forbidden` for another's."""
        video = await self._catalogue.video(id, source=APP)
        if video.owner != acting().name:
            raise Forbidden("this upload is somebody else's")
        return video

    async def _head(self, id: str) -> bytes:
        first = b""
        async for piece in await self._store.read(object_key(id, 0), 0, HEAD):
            first += piece
        return first
