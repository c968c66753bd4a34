"""Two processes on one Redis: one runs the room, viewers of the other see the same frames."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import orjson
import pytest

from sdlab.api.server import open_rooms
from sdlab.lab import Unavailable
from sdlab.live.relay import Relay, RemoteFrames
from sdlab.rooms import manager as manager_module
from sdlab.rooms.manager import Elsewhere, RoomManager
from sdlab.settings import Settings
from sdlab.stores.redis import EmbeddedRedis
from tests.frame.toy import TOY


@pytest.fixture(autouse=True)
def _toy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(manager_module, "design", lambda slug: TOY)


@pytest.fixture
async def pair(valkey: EmbeddedRedis, tmp_path: Path) -> AsyncIterator[tuple[RoomManager, RoomManager]]:
    shared = f"sqlite:///{tmp_path / 'shared.db'}"
    one = Settings(SDLAB_DATA=tmp_path / "one", REDIS_URL=valkey.url, DATABASE_URL=shared)
    two = Settings(SDLAB_DATA=tmp_path / "two", REDIS_URL=valkey.url, DATABASE_URL=shared)
    async with open_rooms(one) as first, open_rooms(two) as second:
        yield first, second


async def test_a_room_has_one_process_and_viewers_in_both(pair: tuple[RoomManager, RoomManager]) -> None:
    here, there = pair
    room = await here.rooms.new_room("10.0.0.1")
    lab = await here.lab(room, "toy")
    with pytest.raises(Elsewhere):
        await there.lab(room, "toy")
    relay = Relay(here)
    remote = RemoteFrames(there.stores.redis, room, "toy")
    await remote.open()
    await relay.look()
    first = orjson.loads(await remote.next_payload())
    await lab.engine.add()
    while (frame := orjson.loads(await remote.next_payload()))["snapshot"]["total"] == 0:
        pass
    assert frame["seq"] > first["seq"]
    assert frame["events"][0]["text"] == "POST add: the total is 1"
    await remote.close()
    await relay.look()
    assert not lab.frames.watched


async def test_a_room_moves_when_its_process_closes_it(pair: tuple[RoomManager, RoomManager]) -> None:
    here, there = pair
    room = await here.rooms.new_room("10.0.0.1")
    await (await here.lab(room, "toy")).engine.add()
    await here.close()
    assert await (await there.lab(room, "toy")).engine.add() == 2


async def test_a_silent_process_is_named(
    pair: tuple[RoomManager, RoomManager], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sdlab.live.relay.FIRST_FRAME_WITHIN", 0.05)
    remote = RemoteFrames(pair[0].stores.redis, "nobody", "toy")
    await remote.open()
    with pytest.raises(Unavailable):
        await remote.next_payload()
    await remote.close()
