"""YouTube at work in one room: announce, upload, complete; transcode; watch."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence

from designs.youtube.config import Config
from designs.youtube.engine import clips, ffmpeg
from designs.youtube.engine.catalogue import Catalogue, Chunk, Segment, Video, shard_of
from designs.youtube.engine.cell_queue import CellQueue
from designs.youtube.engine.claims import CHECK_EVERY, CLAIMS, ClaimChecker
from designs.youtube.engine.counters import Counters
from designs.youtube.engine.ffmpeg import LADDER
from designs.youtube.engine.models import FAILED, PENDING, READY, UPLOADING, VERIFIED
from designs.youtube.engine.nodes import APP, EDGE, FLOWS, MOST_WORKERS, NETWORK, SHARDS, plan
from designs.youtube.engine.pipeline import Pipeline
from designs.youtube.engine.playback import Part, Playback
from designs.youtube.engine.playlists import index_key, index_text, master_key, master_text
from designs.youtube.engine.store_reader import StoreReader
from designs.youtube.engine.transcoders import Transcoder
from designs.youtube.engine.uploads import Announced, Uploads, object_key
from designs.youtube.engine.viewers import Sample, Viewers
from sdlab.lab import Engine, Invalid, Node, NodeSpec, NotFound, Room, acting, amount
from sdlab.parts.bell import Bell
from sdlab.parts.object_store import ObjectStore
from sdlab.parts.presigned import Signed

MOST_BYTES = 512 * 1024 * 1024
MOST_KEPT = 20
MOST_OWN = 6
OWN_CHUNK = 64 * 1024
UPKEEP_EVERY = 1.0
STALE_S = 60.0
OPENING_TITLE = "Shapes that bounce"
LAB = "the lab"


class Youtube(Engine[Config]):
    """Metadata are rows, chunks and segments objects, the queue lies in Redis; what a transcoder has is in its process."""

    claims = CLAIMS
    flows = FLOWS

    def __init__(self, room: Room, config: Config) -> None:
        super().__init__(room, config)
        context = self.context
        self.counters, self._bell = Counters(), Bell()
        self.store = ObjectStore(room.blobs.store, f"{room.id}/{room.slug}", limit=MOST_BYTES)
        self.catalogue = Catalogue(context)
        self.queue = CellQueue(room.redis, room.key("q"))
        self.uploads = Uploads(context, self.catalogue, self.store, self.counters)
        self.pipeline = Pipeline(
            context, self.catalogue, self.store, self.queue, counters=self.counters, bell=self._bell
        )
        self.playback = Playback(context, self.catalogue, self.store, self.counters)
        self.viewers = Viewers(context, self.catalogue, self.playback, self.counters)
        self.checker = ClaimChecker(context, self.catalogue, self.store, self.uploads, self.pipeline)
        self.reader = StoreReader(context, self.queue, self.store)
        self.transcoders = [
            Transcoder(
                context, f"transcoder-{n}", pipeline=self.pipeline, counters=self.counters, bell=self._bell
            )
            for n in range(1, MOST_WORKERS + 1)
        ]
        self.checker.watch({one.id: one.stopped_at for one in self.transcoders})
        self._dirty = False

    @classmethod
    def plan(cls, config: Config) -> tuple[NodeSpec, ...]:
        return plan(config)

    # Life

    async def open(self) -> None:
        await self.store.open()
        await self.catalogue.open()
        await self.uploads.open()
        if not await self.catalogue.kept():
            await self._prepare()
        for one in self.transcoders:
            one.sync()
            self.supervise(one.id, one.run)
        await self.pipeline.go_on()
        self.every("claims", CHECK_EVERY, self.checker.check, yields=True)
        self.every("upkeep", UPKEEP_EVERY, self._upkeep)

    async def _prepare(self) -> None:
        """The clip that a room opens with, as an earlier run left it."""
        clip = clips.prepared()[clips.OPENING]
        id, number = self.catalogue.next_id()
        parts = [clip.content[n : n + OWN_CHUNK] for n in range(0, len(clip.content), OWN_CHUNK)]
        chunks = [(len(one), clips.fingerprint(one)) for one in parts]
        now = round(self.clock.time() * 1000)
        shard = shard_of(id)
        video = Video(
            id, shard, number, LAB, OPENING_TITLE, READY, "", len(clip.content), OWN_CHUNK, len(parts), clip.sha256,
            False, clip.seconds, len(clip.segments), now, now, now, 0,
        )  # fmt: skip
        rows = [
            Segment(
                one.name, seq, 0, f"v/{id}/{one.name}-{seq}-1.ts", len(clip.cells[one.name, seq]), long, LAB, 1, now, 0, True
            )
            for one in LADDER
            for seq, long in enumerate(clip.segments)
        ]  # fmt: skip
        objects = {object_key(id, n): part for n, part in enumerate(parts)}
        for row in rows:
            content = clip.cells[row.rendition, row.seq]
            assert isinstance(content, bytes)
            objects[row.object] = content
        for one in LADDER:
            listed = [(row.seq, 0, row.seconds) for row in rows if row.rendition == one.name]
            objects[index_key(id, one.name)] = index_text(listed, ended=True).encode()
        objects[master_key(id)] = master_text(rows).encode()
        for key, content in objects.items():
            await self.store.put_bytes(key, content)
        await self.catalogue.prepare(video, chunks, rows, state=VERIFIED)
        self.uploads.arrived.clear()

    async def reconfigure(self, before: Config) -> None:
        """Whom the plan has not any more ends; its cell comes back when its lease is over."""
        self._sync()
        for one in self.transcoders:
            await one.retire()

    async def fault_changed(self, node: Node) -> None:
        self._sync()

    def _sync(self) -> None:
        for one in self.transcoders:
            one.sync()
        if any(one.process is not None for one in self.transcoders):  # a quiet room stays without processes
            self._bell.ring()

    async def close(self) -> None:
        """Processes and encoders end at once; what is in the stores stays."""
        for one in self.transcoders:
            one.end()
        await self.viewers.close()
        await super().close()
        await asyncio.gather(*(one.close() for one in self.transcoders))
        self.store.close()

    async def _upkeep(self) -> None:
        """Old videos go; uploads that nobody goes on with are given up."""
        if not self._dirty:
            return
        self._dirty = False
        kept = await self.catalogue.kept()
        now = self.clock.time() * 1000
        for video in kept:
            if video.state == UPLOADING:
                self._dirty = True
                patience = STALE_S * (10 if video.real else 1)
                if now - video.created_ms > patience * 1000:
                    await self.catalogue.change(
                        video, source=APP, state=FAILED, why="nobody went on with the upload"
                    )
        own = [one for one in kept if one.real]
        others = [one for one in kept if not one.real and one.number > 1 and one.state in (READY, FAILED)]
        for video in [*own[MOST_OWN:], *others[MOST_KEPT:]]:
            await self._delete(video)

    async def _delete(self, video: Video) -> None:
        objects = await self.catalogue.forget(video)
        keys = [object_key(video.id, n) for n in range(video.chunks)]
        keys += [master_key(video.id), *(index_key(video.id, one.name) for one in LADDER)]
        for key in [*objects, *keys]:
            await self.store.delete(key)

    # Uploading

    async def announce(
        self, title: str, size: int, chunk_size: int, fingerprints: Sequence[str]
    ) -> Announced:
        """Announce a video; an address for each of its chunks. `Invalid`, `TooLarge` (413), `TooMany`."""
        async with self.request("POST upload", kind="Announce a video") as trace:
            self.node(APP).touch("announce", "ok", source=NETWORK)
            made = await self.uploads.announce(title, size, chunk_size, fingerprints)
            trace.sentence = f"{acting().name} announced “{made.video.title}” in {made.video.chunks} chunks"
        self._dirty = True
        return made

    async def put(self, signed: Signed, stream: AsyncIterator[bytes]) -> Chunk:
        """A chunk by its signed address. `Forbidden`, `Conflict`, `Invalid` for another fingerprint."""
        async with self.request("PUT blobs", kind="Send a chunk") as trace:
            chunk = await self.uploads.put(signed, stream)
            trace.sentence = f"chunk {chunk.number} of {signed.key.partition('.')[0]} is stored"
        return chunk

    async def upload(self, id: str) -> tuple[Video, tuple[Chunk, ...], tuple[str, ...]]:
        """How far an upload of the acting user's is, with addresses for what is missing, in order."""
        async with self.request("GET upload", kind="Ask what is missing") as trace:
            self.node(APP).touch("what is missing", "ok", source=NETWORK)
            video = await self.uploads.own(id)
            chunks = tuple(await self.catalogue.chunks(video, source=APP))
            missing = [one for one in chunks if one.state == PENDING and video.state == UPLOADING]
            self.decide(f"the rows say that {len(missing)} of {len(chunks)} chunks are missing")
            trace.sentence = f"{len(missing)} of {len(chunks)} chunks of “{video.title}” are missing"
            return video, chunks, tuple(self.uploads.address(video, one.number, one.size) for one in missing)

    async def complete(self, id: str) -> Video:
        """All chunks are there: transcode. `Conflict` while some are missing, `Invalid` for what is no video."""
        async with self.request("POST complete", kind="Complete an upload") as trace:
            self.node(APP).touch("complete", "ok", source=NETWORK)
            before = await self.uploads.own(id)
            try:
                video = await self.uploads.complete(id)
            except Invalid:
                self.checker.completed(before)
                raise
            if before.state == UPLOADING:
                self.checker.completed(video)
                await self.pipeline.begin(video)
            trace.sentence = f"“{video.title}” is uploaded, and waits to be cut"
        self._dirty = True
        return video

    async def abandon(self, id: str) -> None:
        """The acting user goes no further with an upload."""
        async with self.request("DELETE upload", kind="Give an upload up") as trace:
            self.node(APP).touch("give up", "ok", source=NETWORK)
            video = await self.uploads.own(id)
            if video.state == UPLOADING:
                self.decide("its chunks are deleted")
                await self._delete(video)
            else:
                self.decide("it is no upload any more")
            trace.sentence = f"“{video.title}” is given up"

    async def clip(self, kind: str) -> bytes:
        """A clip that nobody has seen before, encoded now; where there is no ffmpeg, the lab's own. Or a spoilt file."""
        async with self.request("GET clip", kind="Make a clip") as trace:
            self.node(APP).touch("make a clip", "ok", source=NETWORK)
            if kind in clips.SPOILT_FILES:
                self.decide("a file that is spoilt on purpose")
                trace.sentence = "a spoilt file was asked for"
                return clips.SPOILT_FILES[kind]()
            if not ffmpeg.installed():
                self.decide(
                    "ffmpeg is not installed here: the lab's own clip, and what an earlier run made of it"
                )
                trace.sentence = "the lab's own clip"
                return clips.prepared()[clips.OPENING].content
            self.decide("encoded now, with the time of day in the picture: nobody has transcoded it before")
            content = await clips.fresh(self.room, self.clock.time())
            trace.sentence = f"a clip of {len(content):,} bytes was made"
            return content

    # Watching

    async def video(self, id: str) -> tuple[Video, tuple[Chunk, ...], tuple[Segment, ...]]:
        """Metadata with chunks and segments. `NotFound`."""
        async with self.request("GET videos/{id}", kind="Look at a video") as trace:
            self.node(EDGE).touch("video", "ok", source="visitor")
            video = await self.catalogue.video(id, source=EDGE)
            chunks = await self.catalogue.chunks(video, source=EDGE)
            segments = await self.catalogue.segments(video, source=EDGE)
            self.decide(f"its id leads to {SHARDS[video.shard]}: one shard is asked")
            trace.sentence = f"“{video.title}” is {video.state}"
            return video, tuple(chunks), tuple(segments)

    async def videos(self, *, below: int | None, limit: int) -> list[Video]:
        """What can be played, the newest first."""
        async with self.request("GET videos", kind="List videos") as trace:
            self.node(EDGE).touch("list", "ok", source="visitor")
            found = await self.catalogue.page(below=below, limit=limit)
            self.decide("asked of every shard: a list is the one thing that no single shard knows")
            trace.sentence = f"{len(found)} videos on this page"
            return found

    async def manifest(self, id: str, rendition: str = "") -> str:
        """The master manifest, or that of a rendition. `NotFound` before it is written."""
        async with self.request("GET manifest", kind="Fetch a manifest") as trace:
            await self.catalogue.video(id, source=EDGE)
            text = await self.playback.manifest(id, rendition)
            trace.sentence = f"{acting().name} has the manifest of {rendition or 'all renditions'}"
            return text

    async def segment(
        self, id: str, rendition: str, name: str, *, start: int = 0, end: int | None = None
    ) -> Part:
        """Bytes of a segment. `NotFound`, `NoSuchRange`."""
        async with self.request("GET segment", kind="Play a segment") as trace:
            part = await self.playback.segment(id, rendition, name, start=start, end=end)
            self.decide(f"{len(part.content):,} bytes, through a network of {self.config.bandwidth:,} kbit/s")
            trace.sentence = f"{acting().name} plays {name} as {rendition}"
            return part

    async def watch(self, *, viewer: str, traced: bool = False, video: str = "") -> bool:
        """A simulated player begins, if there is a place: at the video on the screen, unless another is named."""
        async with self.request("watch", kind="Begin to watch") as trace:
            self.node(EDGE).touch("begin to watch", "ok", source="visitor")
            found = await self._on_screen(video)
            await self.playback.watched(found)
            if self.viewers.full:
                self.decide("as many players run as may: the view is counted, and nothing is fetched")
                trace.sentence = f"{viewer} watches “{found.title}”, beside others"
                return False
            rows = await self.catalogue.segments(found, source=EDGE)
            self.decide("a player begins: it fetches segments through a network of its own")
            self.checker.watched(found)
            self.viewers.begin(viewer, found, [one for one in rows if not one.copy_number], traced=traced)
            trace.sentence = f"{viewer} begins to watch “{found.title}”"
            return True

    async def _on_screen(self, id: str) -> Video:
        if id:
            return await self.catalogue.video(id, source=EDGE)
        kept = await self.catalogue.page(below=2, limit=1)
        found = kept or await self.catalogue.page(below=None, limit=1)
        if not found:
            raise NotFound("there is no video to watch")
        return found[0]

    async def report(self, id: str, viewer: str, told: Sequence[Sample], *, first: bool) -> None:
        """The player on a page says what it did."""
        async with self.request("POST report", kind="Tell what the player does") as trace:
            video = await self.catalogue.video(id, source=EDGE)
            rows = await self.catalogue.segments(video, source=EDGE)
            if first:
                await self.playback.watched(video)
            self.viewers.report(viewer, video, rows, list(told), first=first)
            self.decide("what the player measured itself: the lab draws it, and adds nothing")
            trace.sentence = f"the player of “{video.title}” told {amount(len(told), 'moment')}"
        self.changed()
