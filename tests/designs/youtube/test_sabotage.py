"""Each claim fails when the system is made to do what it says it does not."""

from __future__ import annotations

from typing import Any

import pytest

from designs.youtube.engine.engine import Youtube
from designs.youtube.engine.pipeline import Pipeline
from designs.youtube.engine.playlists import index_key, names_in
from designs.youtube.engine.uploads import Uploads, object_key
from tests.sabotage import Sabotage, sabotage_test


def chunks_are_changed(patch: pytest.MonkeyPatch, engine: Youtube) -> None:
    """Behind the engine a stored chunk gets another byte before anybody reads it."""
    complete = Uploads.complete

    async def spoils(self: Uploads, id: str) -> Any:
        key = object_key(id, 0)
        content = await engine.store.get(key)
        await engine.store.put_bytes(key, content[:-1] + bytes([content[-1] ^ 1]))
        return await complete(self, id)

    patch.setattr(Uploads, "complete", spoils)


def manifests_repeat(patch: pytest.MonkeyPatch, engine: Youtube) -> None:
    """Behind the engine a line of a manifest is written once more."""
    finish = Pipeline._finish

    async def repeats(self: Pipeline, video: Any, rows: Any, by: str) -> None:
        await finish(self, video, rows, by)
        key = index_key(video.id, "360p")
        text = (await engine.store.get(key)).decode()
        line = names_in(text)[0]
        await engine.store.put_bytes(key, text.replace("#EXT-X-ENDLIST", f"{line}\n#EXT-X-ENDLIST").encode())

    patch.setattr(Pipeline, "_finish", repeats)


def segments_are_lost(patch: pytest.MonkeyPatch, engine: Youtube) -> None:
    """Behind the engine an object goes away, just before the manifest is written."""
    publish = Pipeline._publish

    async def loses(self: Pipeline, video: Any, rows: Any, by: str) -> None:
        await engine.store.delete(rows[0].object)
        await publish(self, video, rows, by)

    patch.setattr(Pipeline, "_publish", loses)


def rows_are_pending_again(patch: pytest.MonkeyPatch, engine: Youtube) -> None:
    """Behind the engine the rows of stored chunks are set back, once for each upload."""
    upload, done = Youtube.upload, set()

    async def forgets(self: Youtube, id: str) -> Any:
        if id not in done:
            done.add(id)
            await engine.catalogue.void(id, source="app")
        return await upload(self, id)

    patch.setattr(Youtube, "upload", forgets)


SABOTAGES = {
    "bytes": Sabotage(breaks=chunks_are_changed, workload="uploads", rate=8, seconds=2),
    "once": Sabotage(breaks=manifests_repeat, workload="uploads", rate=8, seconds=2),
    "whole": Sabotage(breaks=segments_are_lost, workload="uploads", rate=8, seconds=2),
    "resume": Sabotage(breaks=rows_are_pending_again, workload="uploads", rate=8, seconds=2),
}

test_every_claim_can_fail = sabotage_test("youtube", SABOTAGES)
