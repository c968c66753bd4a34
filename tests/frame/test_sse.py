"""Server-sent events: frames as they come, a heartbeat in silence, an end with the lab."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from fastapi.requests import HTTPConnection

from sdlab.lab import TooMany
from sdlab.live.connections import connection_of
from sdlab.live.sse import HEARTBEAT_FRAME, encode, event_stream
from sdlab.rooms.house import House
from sdlab.rooms.lab import RunningLab
from sdlab.settings import settings

PEER = HTTPConnection({"type": "http", "headers": [], "client": ("192.0.2.7", 1)})


@pytest.fixture
async def running(house: House) -> RunningLab:
    return await house.lab(await house.enter(house.ids.new(), "192.0.2.7"), "url-shortener")


class Source:
    """Frames that a test puts in, and whether the stream has let go of it."""

    def __init__(self) -> None:
        self.waiting: asyncio.Queue[bytes | None] = asyncio.Queue()
        self.released = False

    async def frames(self) -> AsyncIterator[bytes]:
        try:
            while (frame := await self.waiting.get()) is not None:
                yield frame
        finally:
            self.released = True


def listen(source: Source, lab: RunningLab, **options: Any) -> AsyncIterator[bytes]:
    return event_stream(source.frames(), connection=PEER, lab=lab, **options).body_iterator  # type: ignore[return-value]


def test_an_event_is_lines_of_fields() -> None:
    assert encode({"a": 1}, event="taken", id="7") == b'id: 7\nevent: taken\ndata: {"a":1}\n\n'
    with pytest.raises(ValueError, match="one line"):
        encode(1, id="7\n8")


async def test_frames_come_through_and_the_lab_is_in_use_meanwhile(running: RunningLab) -> None:
    source = Source()
    stream = listen(source, running)
    assert await anext(stream) == b"retry: 1000\n\n"
    assert running.watched
    source.waiting.put_nowait(encode(1))
    assert await anext(stream) == b"data: 1\n\n"
    source.waiting.put_nowait(None)
    assert [frame async for frame in stream] == []
    assert not running.watched
    assert source.released


async def test_silence_is_filled_with_heartbeats_and_no_frame_is_lost(running: RunningLab) -> None:
    source = Source()
    stream = listen(source, running, heartbeat=0.001)
    await anext(stream)
    assert await anext(stream) == HEARTBEAT_FRAME
    source.waiting.put_nowait(encode("now"))
    while (frame := await anext(stream)) == HEARTBEAT_FRAME:
        pass
    assert frame == b'data: "now"\n\n'
    await stream.aclose()  # type: ignore[attr-defined]
    assert source.released


async def test_a_stream_ends_with_its_lab(house: House, running: RunningLab) -> None:
    source = Source()
    stream = listen(source, running)
    await anext(stream)
    ended = asyncio.ensure_future(anext(stream, None))
    await asyncio.sleep(0)
    await house.remove(running.room.id)
    assert await ended is None
    assert source.released


async def test_an_address_holds_a_limited_number(
    running: RunningLab, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settings(), "sockets_per_address", 1)
    with connection_of("192.0.2.7"), pytest.raises(TooMany, match="connections"):
        listen(Source(), running)
