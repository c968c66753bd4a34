"""Each claim fails when folders, rows, objects or what travels are changed behind the engine."""

from __future__ import annotations

from typing import Any

import pytest

from designs.dropbox.engine.device import Device
from designs.dropbox.engine.engine import Dropbox
from designs.dropbox.engine.metadata import VERSIONS, FileInfo
from designs.dropbox.engine.parts import PartStore
from tests.sabotage import Sabotage, sabotage_test


def takes_nothing(patch: pytest.MonkeyPatch, engine: Dropbox) -> None:
    """The desktop notes that it has a version, and leaves the file as it was."""
    take = Device._take

    async def pretends(self: Device, id: str, info: FileInfo | None) -> None:
        if self.name != "desktop":
            await take(self, id, info)

    patch.setattr(Device, "_take", pretends)


def forgets_the_base(patch: pytest.MonkeyPatch, engine: Dropbox) -> None:
    """A version is written over another that its writer had not seen."""
    commit = engine.metadata.commit
    again: set[str] = set()

    async def skips(id: str) -> Any:
        done = await commit(id)
        if done.state == "done" and done.file.version > 2 and done.file.id not in again:
            again.add(done.file.id)
            room, file = engine.room, done.file
            here = (
                (VERSIONS.c.room == room.id)
                & (VERSIONS.c.file == file.id)
                & (VERSIONS.c.number == file.version)
            )
            await room.sql.write(lambda c: c.execute(VERSIONS.update().where(here).values(base=0)) and None)
        return done

    patch.setattr(engine.metadata, "commit", skips)


def seals_something_else(patch: pytest.MonkeyPatch, engine: Dropbox) -> None:
    """What lies in the store is not what came."""
    sealed = PartStore._sealed

    def other(self: PartStore, content: bytes, codec: str, size: int, print_: str) -> tuple[bool, bytes]:
        right, _ = sealed(self, content, codec, size, print_)
        return right, sealed(self, b"x" + content[1:], "none", size, print_)[1]

    patch.setattr(PartStore, "_sealed", other)


def collects_what_is_referred_to(patch: pytest.MonkeyPatch, engine: Dropbox) -> None:
    """A chunk that versions refer to goes from the store."""

    async def delete() -> None:
        keys = list(await engine.parts.objects.listing())
        for key in keys[:3]:
            await engine.parts.objects.delete(key)

    engine.every("sabotage", 0.7, delete)


SABOTAGES = {
    "same": Sabotage(breaks=takes_nothing, workload="edits", rate=4),
    "edits": Sabotage(breaks=forgets_the_base, workload="edits", rate=6),
    "visible": Sabotage(breaks=seals_something_else, workload="edits", rate=4),
    "kept": Sabotage(breaks=collects_what_is_referred_to, workload="edits", rate=4),
}

test_every_claim_can_fail = sabotage_test("dropbox", SABOTAGES)
