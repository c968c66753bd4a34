"""On the machine's own clock the operating system says what was changed, and the command-line client follows."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI

from designs.dropbox.client import HttpRemote, Printed, approaches
from designs.dropbox.engine.device import Device
from designs.dropbox.engine.local_database import LocalDatabase
from sdlab.lab import SystemClock
from sdlab.rooms.manager import RoomManager
from tests.designs.dropbox.conftest import Make
from tests.machine import budget


async def until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(budget(10)):
        while not holds():  # noqa: ASYNC110 - the disk rings no bell
            await asyncio.sleep(0.02)


async def test_an_edit_by_any_program_is_noticed(drive: Make) -> None:
    engine = await drive()
    (engine.devices["laptop"].folder / "by hand.txt").write_text("by hand")
    there = engine.devices["desktop"].folder / "by hand.txt"
    await until(there.is_file)
    assert there.read_text() == "by hand"


class OverTheApplication(HttpRemote):
    """The same client, without a socket between."""

    def __init__(self, application: FastAPI, room: str) -> None:
        super().__init__("http://localhost:3000", room, "visitor")
        transport = httpx.ASGITransport(app=application, raise_app_exceptions=False)
        self.client = httpx.AsyncClient(transport=transport, base_url="http://localhost:3000")

    async def _request(
        self, method: str, url: str, headers: dict, content: bytes | None
    ) -> tuple[int, list, bytes]:
        answer = await self.client.request(method, url, headers=headers, content=content)
        return answer.status_code, answer.headers.raw, answer.content


@pytest.mark.virtual_time
async def test_the_client_keeps_a_folder_in_step(
    manager: RoomManager, application: FastAPI, tmp_path: Path
) -> None:
    room = manager.ids.new()
    lab = await manager.lab(room, "dropbox")
    remote = OverTheApplication(application, room)
    database = LocalDatabase(tmp_path / "local.db")
    folder = tmp_path / "mine"
    device = Device(
        "visitor",
        folder,
        database,
        remote,
        voice=Printed(reasons=True),
        clock=SystemClock(),
        approaches=approaches,
    )
    await device.reconcile()
    assert (folder / "notes.txt").read_bytes() == (
        lab.engine.devices["laptop"].folder / "notes.txt"
    ).read_bytes()
    (folder / "mine.txt").write_text("of my own")
    await device.sync_up()
    await lab.room.clock.sleep(2)
    assert (lab.engine.devices["desktop"].folder / "mine.txt").read_text() == "of my own"
    await lab.engine.save("laptop", "mine.txt", "of the laptop")
    (folder / "mine.txt").write_text("of my own again")
    await lab.room.clock.sleep(2)
    await device.ask()
    assert (folder / "mine.txt").read_text() == "of my own again", "nothing is written over an edit"
    assert device.edited.is_set()
    await device.sync_up()
    assert (folder / "mine.txt").read_text() == "of the laptop"
    assert (folder / "mine (conflicted copy of visitor).txt").read_text() == "of my own again"
    (folder / "mine.txt").rename(folder / "yours.txt")
    await device.sync_up()
    await lab.room.clock.sleep(2)
    assert (lab.engine.devices["desktop"].folder / "yours.txt").is_file()
    (folder / "yours.txt").unlink()
    await device.sync_up()
    await lab.room.clock.sleep(2)
    assert not (lab.engine.devices["desktop"].folder / "yours.txt").exists()
    database.close()
    await remote.client.aclose()
    await remote.close()
