"""What panels show follows rows and disk, and switches show where they say."""

from __future__ import annotations

import pytest

from designs.dropbox.engine.parts import CHUNKS
from designs.dropbox.inside.snapshot import build_snapshot, build_tallies, kind_of
from tests.designs.dropbox.conftest import Make

pytestmark = pytest.mark.virtual_time


async def test_a_change_shows_in_strips_log_parts_and_folders(drive: Make) -> None:
    engine = await drive()
    before = (engine.devices["laptop"].folder / "notes.txt").read_text()
    await engine.save("laptop", "notes.txt", before[:40] + "x" + before[40:])
    await engine.clock.sleep(2)
    await engine.refresh_looks(now=True)
    shot = build_snapshot(engine)
    assert [one.version for one in shot.chunks.strips] == [1, 2]
    assert shot.chunks.shared == shot.chunks.chunks - 1
    assert shot.log.log[0].path == "notes.txt"
    assert {one.behind for one in shot.log.cursors} == {0}
    assert {one.there for one in shot.parts.parts} == {"there"}
    assert shot.wire.parts == 1
    assert shot.devices[1].text == shot.devices[0].text == before[:40] + "x" + before[40:]
    assert shot.versions.kept[0].base == 1
    assert all(one.file.startswith("f-") for device in shot.devices for one in device.files)
    assert {one.id: one.value for one in build_tallies(engine)}["arrived"] == 1


async def test_a_deleted_object_shows(drive: Make) -> None:
    engine = await drive()
    await engine.save("laptop", "notes.txt", "short")
    await engine.clock.sleep(2)
    for key in await engine.parts.objects.listing():
        await engine.parts.objects.delete(key)
    await engine.refresh_looks(now=True)
    assert {one.there for one in build_snapshot(engine).parts.parts} == {"missing"}


async def test_a_part_whose_row_is_gone_is_not_left_out(drive: Make) -> None:
    engine = await drive()
    await engine.save("laptop", "notes.txt", "short")
    await engine.clock.sleep(2)
    await engine.room.sql.write(lambda c: c.execute(CHUNKS.delete().where(CHUNKS.c.room == engine.room.id)))
    await engine.refresh_looks(now=True)
    (part,) = build_snapshot(engine).parts.parts
    assert (part.size, part.there) == (5, "no row of it")


@pytest.mark.parametrize(
    ("path", "kind"),
    [("a.txt", "text"), ("a", "text"), ("x/a.PNG", "picture"), ("a.zip", "bytes"), ("a.b/c", "text")],
)
def test_kinds(path: str, kind: str) -> None:
    assert kind_of(path) == kind
