"""Two folders in step: what travels, what follows, what becomes of two edits, what is lost and found again."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

import pytest

from designs.dropbox.engine import device
from designs.dropbox.engine.engine import Dropbox
from designs.dropbox.engine.samples import text
from sdlab.lab import TooMany, Unavailable
from tests.designs.dropbox.conftest import Make

pytestmark = pytest.mark.virtual_time


def folder(engine: Dropbox, device: str) -> dict[str, bytes]:
    """What lies in the folder of a device."""
    root = engine.devices[device].folder
    return {
        path.relative_to(root).as_posix(): path.read_bytes() for path in root.rglob("*") if path.is_file()
    }


def same(engine: Dropbox) -> bool:
    return folder(engine, "laptop") == folder(engine, "desktop")


async def settle(engine: Dropbox, seconds: float = 5.0) -> None:
    await engine.clock.sleep(seconds)


def broken(engine: Dropbox) -> dict[str, int]:
    return {name: one.violations for name, one in engine.monitors.items() if one.violations}


async def test_it_begins_in_step_and_counts_nothing_of_that(drive: Make) -> None:
    engine = await drive()
    assert same(engine)
    assert set(folder(engine, "laptop")) == {"notes.txt", "todo.txt", "picture.png"}
    assert engine.counters.sent_parts == 0
    assert engine.traffic().total == 0


async def test_a_letter_sends_one_chunk_and_the_other_follows_within_a_second(drive: Make) -> None:
    engine = await drive()
    before = folder(engine, "laptop")["notes.txt"].decode()
    await engine.save("laptop", "notes.txt", before[:30] + "x" + before[30:])
    await settle(engine, 1)
    assert engine.counters.sent_parts == 1
    assert folder(engine, "desktop")["notes.txt"].decode() == before[:30] + "x" + before[30:]
    assert same(engine)
    await settle(engine)
    assert engine.monitors["same"].checked > 0
    assert broken(engine) == {}


async def test_create_rename_delete(drive: Make) -> None:
    engine = await drive()
    await engine.create("desktop", "docs/new.txt")
    await settle(engine, 2)
    assert same(engine)
    sent = engine.counters.sent_parts
    await engine.rename_on("laptop", "docs/new.txt", "docs/other.txt")
    await settle(engine, 2)
    assert engine.counters.sent_parts == sent
    assert "docs/other.txt" in folder(engine, "desktop")
    assert same(engine)
    await engine.delete_on("desktop", "docs/other.txt")
    await settle(engine, 2)
    assert "docs/other.txt" not in folder(engine, "laptop")
    assert same(engine)


async def test_edits_on_both_sides_while_offline_are_both_kept(drive: Make) -> None:
    engine = await drive()
    await engine.offline("desktop", True)
    await engine.save("laptop", "notes.txt", "of the laptop")
    await engine.save("desktop", "notes.txt", "of the desktop")
    await settle(engine, 2)
    await engine.offline("desktop", False)
    await settle(engine)
    assert same(engine)
    contents = folder(engine, "laptop")
    assert contents["notes.txt"] == b"of the laptop"
    assert contents["notes (conflicted copy of desktop).txt"] == b"of the desktop"
    assert broken(engine) == {}


@pytest.mark.parametrize(("skew", "winner"), [(0.0, b"of the desktop"), (-60.0, b"of the laptop")])
async def test_the_last_writer_wins_by_the_clocks(drive: Make, skew: float, winner: bytes) -> None:
    engine = await drive(conflict="last")
    if skew:
        await engine.set_fault("desktop", "skew", skew)
    await engine.offline("desktop", True)
    await engine.save("laptop", "notes.txt", "of the laptop")
    await settle(engine, 1)
    await engine.save("desktop", "notes.txt", "of the desktop")
    await engine.offline("desktop", False)
    await settle(engine)
    assert same(engine)
    assert folder(engine, "laptop")["notes.txt"] == winner
    assert "edits" in broken(engine)


async def test_a_damaged_part_is_refused_and_sent_again(drive: Make) -> None:
    engine = await drive()
    engine.parts.damaging = 1
    await engine.save("laptop", "notes.txt", "something else")
    await settle(engine)
    assert (engine.counters.rejected, engine.counters.sent_parts) == (1, 2)
    assert same(engine)
    assert broken(engine) == {}


async def test_a_damaged_part_is_visible_where_nobody_looks(drive: Make) -> None:
    engine = await drive(completing="trusted")
    engine.parts.damaging = 1
    await engine.save("laptop", "notes.txt", "something else")
    await settle(engine)
    assert "visible" in broken(engine)


async def test_a_cut_upload_goes_on_where_it_was(drive: Make) -> None:
    engine = await drive()
    await engine.set_fault("laptop", "cut", 3)
    await engine.save("laptop", "long.txt", text("long", 12_000).decode())
    await settle(engine)
    assert engine.counters.cuts == 1
    assert engine.counters.again == 0
    assert same(engine)


async def test_a_lost_notification_is_found_by_the_cursor(drive: Make) -> None:
    engine = await drive()
    engine.bus.losing = 1
    await engine.save("laptop", "notes.txt", "nobody is told")
    await settle(engine, 3)
    assert same(engine)


async def test_without_a_log_it_is_found_by_the_reconciliation_alone(drive: Make) -> None:
    engine = await drive(changes="told")
    engine.bus.losing = 1
    await engine.save("laptop", "notes.txt", "nobody is told")
    await settle(engine, 6)
    assert not same(engine)
    assert "same" in broken(engine)
    await settle(engine, 25)
    assert same(engine)
    assert engine.counters.repaired == 1


@pytest.mark.parametrize("changes", ["log", "scan", "told"])
@pytest.mark.parametrize("delivery", ["fixed", "adaptive", "long_poll"])
async def test_every_way_of_hearing_brings_everything(drive: Make, changes: str, delivery: str) -> None:
    engine = await drive(changes=changes, delivery=delivery)
    for number in range(5):
        await engine.save("laptop", f"file-{number}.txt", f"text {number}")
        await settle(engine, 0.3)
    await settle(engine, 9)
    assert same(engine)
    assert broken(engine) == {}


async def test_a_known_chunk_is_not_collected_under_an_upload(drive: Make) -> None:
    for collecting, breaks in (("grace", False), ("at_once", True)):
        engine = await drive(collecting=collecting)
        content = text("scratch", 1500)
        device = engine.devices["laptop"]
        for _ in range(12):
            await engine.write(device, "scratch.txt", content)
            await device.sync_up()
            await settle(engine, 0.2)
            await engine.unlink(device, "scratch.txt")
            await device.sync_up()
            await settle(engine, 0.15)
        await engine.write(device, "scratch.txt", content)
        await device.sync_up()
        await settle(engine, 3)
        assert ("kept" in broken(engine)) is breaks


async def test_what_is_there_survives_another_start(drive: Make) -> None:
    first = await drive()
    await first.save("laptop", "notes.txt", "before")
    await settle(first, 2)
    await first.close()
    again = await drive(room=first.room.id)
    await settle(again, 2)
    assert folder(again, "desktop")["notes.txt"] == b"before"
    assert same(again)


async def test_a_big_sparse_file_is_one_chunk_many_times(drive: Make) -> None:
    engine = await drive()
    await engine.set_fault("laptop", "sparse", 4)
    await settle(engine, 10)
    assert engine.counters.sent_parts <= 3
    assert same(engine)


async def test_many_small_files(drive: Make) -> None:
    engine = await drive()
    await engine.set_fault("desktop", "many", 50)
    await settle(engine, 20)
    assert len(folder(engine, "laptop")) == 53
    assert same(engine)
    assert broken(engine) == {}


def test_folders_are_real(tmp_path: Path) -> None:
    assert asyncio.run(asyncio.to_thread(tmp_path.is_dir))


async def test_a_folder_that_cannot_be_read_is_not_taken_for_an_empty_one(
    drive: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = await drive()
    laptop = engine.devices["laptop"]
    scandir = os.scandir

    def refuses(path: object) -> object:
        if Path(str(path)).is_relative_to(laptop.folder):
            raise PermissionError(13, "permission denied", str(path))
        return scandir(path)  # type: ignore[call-overload]

    with monkeypatch.context() as patch:
        patch.setattr(os, "scandir", refuses)
        with pytest.raises(Unavailable, match="cannot be read"):
            await laptop.sync_up()
    assert set(folder(engine, "desktop")) == {"notes.txt", "todo.txt", "picture.png"}
    with monkeypatch.context() as patch:
        patch.setattr(device, "MOST_FOLDER", 2)
        with pytest.raises(TooMany, match="up to 2 files"):
            await laptop.sync_up()
    await settle(engine)
    assert same(engine)
    assert set(folder(engine, "desktop")) == {"notes.txt", "todo.txt", "picture.png"}
