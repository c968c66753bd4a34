"""What players are given: manifests and segments, each as fast as the player's network takes it."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass

from designs.youtube.config import Config
from designs.youtube.engine.catalogue import Catalogue, Segment, Video
from designs.youtube.engine.counters import Counters
from designs.youtube.engine.ffmpeg import RENDITIONS
from designs.youtube.engine.link import Link
from designs.youtube.engine.nodes import EDGE, STORE
from designs.youtube.engine.playlists import index_key, master_key, parsed
from sdlab.lab import EngineContext, LabError, NotFound
from sdlab.parts.object_store import ObjectStore

MOST_LINKS = 100


class NoSuchRange(LabError):
    """Bytes that a segment does not have."""

    status = 416
    title = "Range not satisfiable"


@dataclass(frozen=True, slots=True)
class Part:
    """Bytes of a segment, from `start` up to `end` of `size`."""

    content: bytes
    start: int
    end: int
    size: int


class Playback:
    """Reads from the store; a segment is what its row names."""

    def __init__(
        self, context: EngineContext[Config], catalogue: Catalogue, store: ObjectStore, counters: Counters
    ) -> None:
        self._context, self._catalogue, self._store, self._counters = context, catalogue, store, counters
        self._links: OrderedDict[str, Link] = OrderedDict()

    async def manifest(self, id: str, rendition: str = "") -> str:
        """The master manifest, or that of a rendition, as it lies in the store. `NotFound` before it is written."""
        key = index_key(id, rendition) if rendition else master_key(id)
        if rendition and rendition not in RENDITIONS:
            raise NotFound(f"no rendition {rendition}")

        async def read() -> bytes:
            return await self._context.node(STORE).call(
                "GET manifest", lambda: self._store.get(key), source=EDGE
            )

        self._context.node(EDGE).touch("manifest", "ok", source="visitor")
        try:
            text = (await read()).decode()
        except NotFound:
            self._context.decide("no manifest is written yet: players are told to come again")
            raise NotFound(f"video {id} has no manifest yet") from None
        self._context.decide("the manifest as it lies in the store")
        return text

    async def row(self, id: str, rendition: str, name: str) -> Segment:
        """The row of a segment by its name in a manifest. `NotFound`."""
        at = parsed(name)
        if at is None or rendition not in RENDITIONS:
            raise NotFound(f"no segment {name} of {rendition}")
        row = await self._catalogue.segment(id, rendition, *at, source=EDGE)
        if row is None:
            self._counters.unplayable += 1
            self._context.decide("named by the manifest, and not there: the player stalls")
            raise NotFound(f"segment {name} of {rendition} is not there")
        return row

    async def segment(
        self, id: str, rendition: str, name: str, *, start: int = 0, end: int | None = None
    ) -> Part:
        """Bytes of a segment. `NotFound`; `NoSuchRange` for a range that it does not have."""
        self._context.node(EDGE).touch("segment", "ok", source="visitor")
        row = await self.row(id, rendition, name)
        stop = row.size if end is None else min(end, row.size)
        if not 0 <= start < stop:
            raise NoSuchRange(f"bytes from {start} of {row.size}")
        content = await self._context.node(STORE).call(
            "GET segment", lambda: self._bytes(row.object, start, stop), source=EDGE
        )
        self._counters.served += 1
        self._counters.served_bytes += len(content)
        return Part(content, start, stop, row.size)

    async def _bytes(self, key: str, start: int, stop: int) -> bytes:
        return b"".join([piece async for piece in await self._store.read(key, start, stop)])

    async def watched(self, video: Video) -> None:
        """Somebody begins to watch."""
        await self._catalogue.viewed(video)

    def link(self, viewer: str, kbits: Callable[[], float] | None = None) -> Link:
        """The network of a viewer, as fast as the knob says unless `kbits` says otherwise."""
        found = self._links.pop(viewer, None)
        if found is None:
            found = Link(self._context.clock, kbits or (lambda: float(self._context.config.bandwidth)))
        self._links[viewer] = found
        while len(self._links) > MOST_LINKS:
            self._links.popitem(last=False)
        return found

    def through(self, viewer: str, content: bytes) -> AsyncIterator[bytes]:
        """The bytes through the network of that viewer."""
        return self.link(viewer).pieces(content)
