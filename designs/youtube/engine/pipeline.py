"""From an uploaded file to a video: cut, encode each segment as each rendition, package, write the manifests."""

from __future__ import annotations

import asyncio
import hashlib
import shutil
from collections import OrderedDict
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from designs.youtube.config import Config
from designs.youtube.engine import clips, ffmpeg
from designs.youtube.engine.catalogue import Catalogue, Segment, Video
from designs.youtube.engine.cell_queue import CellQueue
from designs.youtube.engine.counters import Counters
from designs.youtube.engine.ffmpeg import LADDER, RENDITIONS, FfmpegFailed
from designs.youtube.engine.models import FAILED, READY, SPLITTING, TRANSCODING
from designs.youtube.engine.nodes import APP, QUEUE, STORE
from designs.youtube.engine.playlists import index_key, index_text, master_key, master_text
from designs.youtube.engine.strategies import FENCINGS, MANIFESTS, SPLITS
from designs.youtube.engine.uploads import object_key
from sdlab.lab import EngineContext, Invalid, LabError, NotFound, amount
from sdlab.parts.bell import Bell
from sdlab.parts.object_store import ObjectStore

SEGMENT_S = 2.0
LONGEST_SEGMENT_S = 6.0
MOST_SEGMENTS = 200
FOLLOWED = 200


class Pipeline:
    """The tasks of the graph, each done by whichever transcoder takes it; `published` names what was written last."""

    def __init__(
        self,
        context: EngineContext[Config],
        catalogue: Catalogue,
        store: ObjectStore,
        queue: CellQueue,
        *,
        counters: Counters,
        bell: Bell,
    ) -> None:
        self._context, self._catalogue, self._store = context, catalogue, store
        self._queue, self._counters, self._bell = queue, counters, bell
        self._lock = asyncio.Lock()
        self.published: list[str] = []
        self.published_at: OrderedDict[str, float] = OrderedDict()
        self.doubles: list[tuple[str, Segment, Segment]] = []
        self.percent: dict[tuple[str, str, int], int] = {}

    async def begin(self, video: Video) -> None:
        """An upload is complete: cut it."""
        await self._put([(f"{video.id}.cut", {"video": video.id, "cells": []})])

    async def _put(self, jobs: Sequence[tuple[str, dict[str, Any]]]) -> None:
        await self._context.node(QUEUE).call(
            f"put {amount(len(jobs), 'job')}", lambda: self._queue.put(jobs), source=APP
        )
        self._bell.ring()

    async def go_on(self) -> None:
        """After a start: what was under way and is in no queue is put there again."""
        known = await self._queue.known()
        for video in await self._catalogue.under_way():
            if video.state == SPLITTING or (video.state == TRANSCODING and not video.segments):
                if f"{video.id}.cut" not in known:
                    await self._put([(f"{video.id}.cut", {"video": video.id, "cells": []})])
            elif video.state == TRANSCODING and not any(one.startswith(f"{video.id}.") for one in known):
                await self._catalogue.change(video, source=APP, state=SPLITTING)
                await self._put([(f"{video.id}.cut", {"video": video.id, "cells": []})])
        if known:
            self._bell.ring()

    async def cut(self, id: str, *, by: str) -> dict[str, Any]:
        """Probe the file and cut it into segments; then its cells are jobs. What cannot be cut is no video."""
        try:
            video = await self._catalogue.video(id, source=by)
        except NotFound:
            return {}
        if video.state != SPLITTING:
            self._context.decide("it was cut before")
            return {}
        try:
            lengths, sha256 = await self._lengths(video, by)
        except (Invalid, FfmpegFailed) as error:
            self._context.decide("it cannot be read as a video: nothing is tried again")
            await self._refuse(video, ffmpeg.refusal(error))
            return {}
        except LabError as error:
            if error.status != 503 or ffmpeg.installed():
                raise
            await self._refuse(video, error.detail)
            return {}
        video = await self._catalogue.change(
            video,
            source=by,
            state=TRANSCODING,
            segments=len(lengths),
            seconds=round(sum(lengths), 3),
            sha256=sha256,
        )
        if MANIFESTS[self._context.config.manifest].early:
            await self._publish_early(video, lengths, by)
        seconds = {(one.name, seq): long for one in LADDER for seq, long in enumerate(lengths)}
        jobs = SPLITS[self._context.config.split].jobs(self._context, list(seconds))
        await self._put(
            [
                (f"{id}.{name}", {"video": id, "cells": [[*cell, seconds[cell]] for cell in cells]})
                for name, cells in jobs
            ]
        )
        return {}

    async def _lengths(self, video: Video, by: str) -> tuple[list[float], str]:
        """Seconds of each segment, and the hash of the file."""
        digest = hashlib.sha256()

        async def read() -> None:
            for number in range(video.chunks):
                async for piece in await self._store.read(object_key(video.id, number)):
                    digest.update(piece)

        await self._context.node(STORE).call(f"GET {video.size:,} bytes", read, source=by)
        sha256 = digest.hexdigest()
        clip = self._earlier(video, sha256)
        if clip is not None:
            self._context.decide("one of the lab's own clips: what an earlier run made of it is used")
            return list(clip.segments), sha256
        self._context.decide("probed and cut at its key frames by ffmpeg, without decoding a picture")
        folder = self._folder(video.id)
        path = folder / "source"
        await self._assemble(video, path)
        found = await ffmpeg.probe(path)
        parts = await ffmpeg.split(
            path, folder, each_s=SEGMENT_S, longest_s=LONGEST_SEGMENT_S, audio=found.audio
        )
        if len(parts) > MOST_SEGMENTS:
            raise Invalid(f"{len(parts)} segments; at most {MOST_SEGMENTS}", field="file")
        return [long for _, long in parts], sha256

    def _earlier(self, video: Video, sha256: str) -> clips.Clip | None:
        """What an earlier run made of it; never for what a visitor brings, where ffmpeg is installed."""
        if video.real and ffmpeg.installed():
            return None
        return clips.known(sha256)

    async def _assemble(self, video: Video, path: Path) -> None:
        with await asyncio.to_thread(path.open, "wb") as file:
            for number in range(video.chunks):
                async for piece in await self._store.read(object_key(video.id, number)):
                    await asyncio.to_thread(file.write, piece)

    def _folder(self, id: str) -> Path:
        room = self._context.room
        return room.blobs.folder(f"{room.id}/{room.slug}/work/{id}")

    async def _refuse(self, video: Video, why: str) -> None:
        self._counters.refused_files += 1
        await self._catalogue.change(video, source=QUEUE, state=FAILED, why=why)
        self._context.say(f"“{video.title}” is refused: {why}", outcome="error")
        await self._tidy(video.id)

    async def encode(
        self, id: str, rendition: str, seq: int, seconds: float, *, token: int, by: str
    ) -> dict[str, Any]:
        """One cell: the segment as that rendition, stored. `failed` says why not."""
        context, counters = self._context, self._counters
        try:
            video = await self._catalogue.video(id, source=by)
        except NotFound:
            return {"failed": "the video was deleted"}
        began = context.clock.monotonic()
        clip = self._earlier(video, video.sha256)
        made: bytes | str
        if clip is not None:
            context.decide(f"{rendition} of segment {seq}: encoded in an earlier run by {clip.made_with}")
            made = clip.cells[rendition, seq]
            counters.earlier_cells += 1
        else:
            context.decide(f"{rendition} of segment {seq}: encoded by ffmpeg now")
            made = await self._encoded(id, rendition, seq, seconds)
        await context.clock.sleep(
            max(0.0, context.config.encode_ms / 1000 - (context.clock.monotonic() - began))
        )
        counters.cells += 1
        counters.cell_rate.add(context.clock.monotonic())
        if isinstance(made, str):
            counters.failed_cells += 1
            return {"failed": made}
        key, content = f"v/{id}/{rendition}-{seq}-{token}.ts", made
        await context.node(STORE).call("PUT segment", lambda: self._store.put_bytes(key, content), source=by)
        took = max(1, round((context.clock.monotonic() - began) * 1000))
        return {
            "object": key,
            "size": len(content),
            "seconds": seconds,
            "took": took,
            "earlier": clip is not None,
        }

    async def _encoded(self, id: str, rendition: str, seq: int, seconds: float) -> bytes | str:
        folder, cell = self._folder(id), (id, rendition, seq)
        loop = asyncio.get_running_loop()
        began: list[float] = []

        def moved(done: float) -> None:  # in a thread; its times are those of the film, not of the segment
            began.append(done)
            share = (done - began[0]) / max(seconds, 0.1)
            loop.call_soon_threadsafe(self.percent.__setitem__, cell, min(99, round(100 * share)))

        target = folder / f"{rendition}-{seq}.ts"
        try:
            await ffmpeg.encode(folder / f"part-{seq:03}.mkv", target, RENDITIONS[rendition], progress=moved)
            return await asyncio.to_thread(target.read_bytes)
        except (FfmpegFailed, OSError) as error:
            return str(error)[:160]
        finally:
            loop.call_soon(self.percent.pop, cell, None)
            target.unlink(missing_ok=True)

    async def write(
        self, id: str, rendition: str, seq: int, *, token: int, made: dict[str, Any], by: str
    ) -> str:
        """Write a finished cell down, and package the video when it was the last."""
        fencing = FENCINGS[self._context.config.fencing]
        fencing.said(self._context, token)
        now = round(self._context.clock.time() * 1000)
        one = Segment(
            rendition, seq, 0, made["object"], made["size"], made["seconds"], by, token, now, made["took"], made["earlier"]
        )  # fmt: skip
        written = await self._catalogue.write_segment(id, one, compares=fencing.compares, source=by)
        if written.state == "refused":
            self._counters.fenced += 1
            self._context.decide(
                f"refused: token {written.before.token if written.before else 0} has written this cell"
            )
            await self._store.delete(made["object"])
        if written.state == "again" and written.before is not None:
            self.doubles.append((id, written.before, one))
            del self.doubles[:-FOLLOWED]
        await self._package(id, by)
        return written.state

    async def _package(self, id: str, by: str) -> None:
        """When all cells are there: the manifests, and the video is ready. Once more when a cell came twice."""
        async with self._lock:
            try:
                video = await self._catalogue.video(id, source=by)
            except NotFound:
                return
            if video.state not in (TRANSCODING, READY):
                return
            rows = await self._catalogue.segments(video, source=by)
            if len({(one.rendition, one.seq) for one in rows}) < video.segments * len(LADDER):
                return
            if video.state == TRANSCODING or any(one.copy_number for one in rows):
                MANIFESTS["after"].said(self._context, len(rows))
                await self._publish(video, rows, by)
            if video.state == TRANSCODING:
                await self._finish(video, rows, by)

    async def _publish(self, video: Video, rows: Sequence[Segment], by: str) -> None:
        async def put() -> None:
            for one in LADDER:
                own = [row for row in rows if row.rendition == one.name]
                text = index_text([(row.seq, row.copy_number, row.seconds) for row in own], ended=True)
                await self._store.put_bytes(index_key(video.id, one.name), text.encode())
            await self._store.put_bytes(master_key(video.id), master_text(rows).encode())

        await self._context.node(STORE).call("PUT manifests", put, source=by)
        self._counters.published += 1
        self.published.append(video.id)
        del self.published[:-FOLLOWED]
        self.published_at[video.id] = self._context.clock.time()
        while len(self.published_at) > FOLLOWED:
            self.published_at.popitem(last=False)

    async def _publish_early(self, video: Video, lengths: Sequence[float], by: str) -> None:
        """Names of segments that will be there, one day."""
        MANIFESTS["before"].said(self._context, len(lengths) * len(LADDER))
        rows = [
            Segment(one.name, seq, 0, "", round(one.bandwidth * long / 8), long, "", 0, 0, 0, earlier=False)
            for one in LADDER
            for seq, long in enumerate(lengths)
        ]
        await self._publish(video, rows, by)

    async def _finish(self, video: Video, rows: Sequence[Segment], by: str) -> None:
        context, counters = self._context, self._counters
        now = round(context.clock.time() * 1000)
        await self._catalogue.change(video, source=by, state=READY, ready_ms=now)
        counters.ready += 1
        makespan = max(1, now - video.uploaded_ms)
        encoder = max(1, sum(one.took_ms for one in rows))
        counters.makespans.add(makespan)
        counters.last_makespan_ms, counters.last_encoder_ms = makespan, encoder
        counters.ratios.append(makespan / encoder)
        workers = len({one.worker for one in rows})
        context.say(
            f"“{video.title}” is ready: {amount(len(rows), 'segment')} by {amount(workers, 'transcoder')} "
            f"in {makespan / 1000:,.2f} s"
        )
        await self._tidy(video.id)

    async def _tidy(self, id: str) -> None:
        ids = [one for one in await self._queue.known() if one.startswith(f"{id}.")]
        names = [f"{id}.cut", f"{id}.whole", *ids]
        await self._queue.drop(names)
        await asyncio.to_thread(shutil.rmtree, self._folder(id), ignore_errors=True)

    async def gave_up(self, job: str, why: str) -> None:
        """A dead letter: its video has failed, and its other cells need not be done."""
        self._counters.dead += 1
        id = job.partition(".")[0]
        try:
            video = await self._catalogue.video(id, source=QUEUE)
        except NotFound:
            return
        if video.state in (SPLITTING, TRANSCODING):
            cell = job.partition(".")[2].replace(".", ", segment ")
            said = f"transcoding failed at {cell}: {why}"
            await self._catalogue.change(video, source=QUEUE, state=FAILED, why=said)
            self._context.say(f"“{video.title}” has failed: {said}", outcome="error")
            await self._tidy(id)

    @staticmethod
    def words(job: dict[str, Any]) -> str:
        """A job in a sentence."""
        cells = job["cells"]
        if not cells:
            return "the cutting of a file"
        if len(cells) == 1:
            return f"segment {cells[0][1]} as {cells[0][0]}"
        return f"a whole file of {len(cells)} cells"
