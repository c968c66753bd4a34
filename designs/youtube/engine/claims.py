"""What must hold, judged from objects and rows, apart from those who work."""

from __future__ import annotations

import hashlib
from collections import Counter, OrderedDict
from collections.abc import Mapping, Sequence

from designs.youtube.config import Config
from designs.youtube.engine.catalogue import AUDIT, Catalogue, Segment, Video
from designs.youtube.engine.ffmpeg import LADDER
from designs.youtube.engine.models import FAILED, READY, UPLOADING
from designs.youtube.engine.nodes import NETWORK, label
from designs.youtube.engine.pipeline import Pipeline
from designs.youtube.engine.playlists import index_key, names_in, parsed
from designs.youtube.engine.uploads import Uploads, object_key
from sdlab.lab import Claim, EngineContext, EvidenceView, NotFound, cause_step, read_step, write_step
from sdlab.parts.object_store import ObjectStore

CLAIMS = (
    Claim("bytes", "every byte counts", "What is stored has the fingerprints that the uploader announced"),
    Claim("once", "each cell once", "A manifest names each segment of each rendition exactly once"),
    Claim("whole", "never half a stream", "A manifest names only segments that are stored"),
    Claim("resume", "goes on where it stopped", "No chunk that was stored is sent again"),
)
CHECK_EVERY = 0.15
REMEMBERED = 2_000
AT_ONCE = 20
LONGEST_STOP_S = 60.0


class ClaimChecker:
    """Reads every completed upload and every published manifest. `wrong_chunks`, `doubled`, `missing`, `again` count."""

    def __init__(
        self,
        context: EngineContext[Config],
        catalogue: Catalogue,
        store: ObjectStore,
        uploads: Uploads,
        pipeline: Pipeline,
    ) -> None:
        self._context, self._catalogue, self._store = context, catalogue, store
        self._uploads, self._pipeline = uploads, pipeline
        self._to_read: list[str] = []
        self._seen: OrderedDict[tuple[str, str, str], None] = OrderedDict()
        self._stopped: Mapping[str, Sequence[float]] = {}
        self.wrong_chunks = self.doubled = self.missing = self.again = 0

    def watch(self, stopped: Mapping[str, Sequence[float]]) -> None:
        """When each transcoder was stopped with a cell in its hand."""
        self._stopped = stopped

    def completed(self, video: Video) -> None:
        """All chunks of it are said to be there."""
        self._to_read.append(video.id)
        del self._to_read[:-REMEMBERED]

    def watched(self, video: Video) -> None:
        """Somebody plays it: what its manifests name is looked at once more."""
        self._pipeline.published.append(video.id)

    async def check(self) -> None:
        """What has come since the last time; nothing is read while nothing comes."""
        self._check_again()
        published, self._pipeline.published = (
            self._pipeline.published[:AT_ONCE],
            self._pipeline.published[AT_ONCE:],
        )
        for id in dict.fromkeys(published):
            await self._check_manifests(id)
        to_read, self._to_read = self._to_read[:AT_ONCE], self._to_read[AT_ONCE:]
        for id in to_read:
            await self._check_bytes(id)

    # Uploads

    def _check_again(self) -> None:
        monitor = self._context.monitors["resume"]
        again, self._uploads.again = self._uploads.again, []
        for id, number, before, began in again:
            self.again += 1
            now = self._context.clock.time()
            monitor.violated(
                [
                    write_step("object store", f"has chunk {number}", before.at, before.at, wrote=f"{before.size:,} bytes"),
                    self._why_again(id, before.at, began),
                    write_step(
                        "uploader", f"sends chunk {number} once more", began, max(now, began + 0.001),
                        wrote=f"{before.size:,} bytes", lost=True,
                    ),
                ]
            )  # fmt: skip

    def _why_again(self, id: str, stored: float, sent: float) -> EvidenceView:
        anew = self._uploads.begun_anew.get(id, 0.0)
        if stored <= anew <= sent:
            return cause_step(
                NETWORK, "the connection broke in another chunk, and the upload began anew", anew
            )
        return cause_step("metadata", "says that this chunk is pending", sent)

    async def _check_bytes(self, id: str) -> None:
        try:
            video = await self._catalogue.video(id, source=AUDIT)
            chunks = await self._catalogue.chunks(video, source=AUDIT)
        except NotFound:
            return
        for chunk in chunks:
            began = self._context.clock.time()
            digest = hashlib.sha256()
            try:
                async for piece in await self._store.read(object_key(id, chunk.number)):
                    digest.update(piece)
            except NotFound:
                if not await self._still(id):
                    return
            if digest.hexdigest() == chunk.sha256:
                self._context.monitors["bytes"].passed()
                continue
            self.wrong_chunks += 1
            now = self._context.clock.time()
            announced = video.created_ms / 1000
            self._context.monitors["bytes"].violated(
                [
                    write_step(video.owner, f"announces chunk {chunk.number}", announced, announced, wrote=chunk.sha256[:12]),
                    self._why_other(id, chunk.number, now),
                    read_step(
                        "claim checker", "reads what is stored", began, max(now, began + 0.001),
                        saw=digest.hexdigest()[:12], lost=True,
                    ),
                ]
            )  # fmt: skip
        self._context.monitors["resume"].passed()

    def _why_other(self, id: str, number: int, now: float) -> EvidenceView:
        """Changed on the way, where nobody compared as it came; else afterwards."""
        if (at := self._uploads.unchecked.get((id, number))) is not None:
            return cause_step("object store", "stores what came, and compares it with nothing", at)
        return cause_step("object store", "has other bytes now than those that it took", now)

    async def _still(self, id: str) -> bool:
        """Whether the video is there: what was deleted meanwhile is not missing."""
        try:
            await self._catalogue.video(id, source=AUDIT)
        except NotFound:
            return False
        return True

    # Manifests

    async def _check_manifests(self, id: str) -> None:
        try:
            video = await self._catalogue.video(id, source=AUDIT)
            if video.state in (UPLOADING, FAILED):
                return
            texts = [(one.name, (await self._store.get(index_key(id, one.name))).decode()) for one in LADDER]
            rows = await self._catalogue.segments(video, source=AUDIT)
        except NotFound:
            return
        there = {(one.rendition, one.seq, one.copy_number): one for one in rows}
        for rendition, text in texts:
            names = names_in(text)
            await self._check_there(video, rendition, names, there)
            if video.state == READY:
                self._check_once(video, rendition, names, rows)

    async def _check_there(
        self, video: Video, rendition: str, names: Sequence[str], there: dict[tuple[str, int, int], Segment]
    ) -> None:
        monitor, began = self._context.monitors["whole"], self._context.clock.time()
        lacking = []
        for name in names:
            at = parsed(name)
            row = there.get((rendition, *at)) if at is not None else None
            if row is None or await self._store.size(row.object) != row.size:
                lacking.append(name)
        if not lacking or not await self._still(video.id):
            monitor.passed()
            return
        if not self._first(video.id, "whole", rendition):
            return
        self.missing += len(lacking)
        now = self._context.clock.time()
        wrote = self._pipeline.published_at.get(video.id, began)
        monitor.violated(
            [
                write_step("packager", f"writes the manifest of {rendition}", wrote, wrote, wrote=f"{len(names)} names"),
                read_step(
                    "claim checker", f"looks for the segments, {lacking[0]} among them", began, max(now, began + 0.001),
                    saw=f"{len(lacking)} are not stored", lost=True,
                ),
            ]
        )  # fmt: skip

    def _check_once(
        self, video: Video, rendition: str, names: Sequence[str], rows: Sequence[Segment]
    ) -> None:
        monitor = self._context.monitors["once"]
        named = Counter(at[0] for name in names if (at := parsed(name)))
        wrong = [seq for seq in range(video.segments) if named[seq] != 1]
        if not wrong:
            monitor.passed()
            return
        for seq in wrong:
            if not self._first(video.id, "once", f"{rendition} {seq} {named[seq]}"):
                continue
            self.doubled += 1
            own = [one for one in rows if (one.rendition, one.seq) == (rendition, seq)]
            now = self._context.clock.time()
            writes = [
                write_step(
                    label(one.worker), f"writes segment {seq} as {rendition}", (one.at_ms - one.took_ms) / 1000,
                    one.at_ms / 1000, wrote=f"with token {one.token}", lost=one.copy_number > 0,
                )
                for one in own
            ]  # fmt: skip
            late = next((one for one in own if one.copy_number), None)
            cause = self._why_doubled(late, now)
            seen = read_step(
                "claim checker", f"reads the manifest of {rendition}", now, now + 0.001,
                saw=f"segment {seq} in {named[seq]} lines",
            )  # fmt: skip
            monitor.violated([*writes, cause, seen])

    def _why_doubled(self, late: Segment | None, now: float) -> EvidenceView:
        if late is None:
            return cause_step("manifest", "has other lines than the rows of the segments", now)
        ended = late.at_ms / 1000
        stops = [at for at in self._stopped.get(late.worker, ()) if ended - LONGEST_STOP_S < at <= ended]
        if stops:
            return cause_step(
                label(late.worker), "is stopped; its lease ends, and another takes the cell", stops[-1]
            )
        return cause_step("rows", "take a second copy of the cell, whoever writes it", ended)

    def _first(self, *what: str) -> bool:
        """Whether that was not said before."""
        key = (what[0], what[1], what[2])
        if key in self._seen:
            return False
        self._seen[key] = None
        while len(self._seen) > REMEMBERED:
            self._seen.popitem(last=False)
        return True
