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
from sdlab.rooms.lab import RunningLab
from sdlab.rooms.manager import RoomManager
from sdlab.settings import settings

PEER = HTTPConnection({"type": "http", "headers": [], "client": ("192.0.2.7", 1)})


@pytest.fixture
async def running(manager: RoomManager) -> RunningLab:
    return await manager.lab(await manager.rooms.enter(manager.ids.new(), "192.0.2.7"), "url-shortener")


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


class Peer:
    """Somebody at the other end of the connection: takes what is sent until told not to, and may go."""

    def __init__(self, source: Source, lab: RunningLab, **options: Any) -> None:
        self.came: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self.takes = asyncio.Event()
        self.takes.set()
        self._gone = asyncio.Event()
        answer = event_stream(source.frames(), connection=PEER, lab=lab, **options)
        self.answering = asyncio.create_task(answer({"type": "http"}, self._receive, self._send))

    async def _receive(self) -> dict[str, Any]:
        await self._gone.wait()
        return {"type": "http.disconnect"}

    async def _send(self, message: Any) -> None:
        await self.takes.wait()
        self.came.put_nowait(message)

    async def begin(self) -> None:
        """The head of the answer and the first line."""
        start = await self.came.get()
        assert (start["type"], start["status"]) == ("http.response.start", 200)
        assert (b"content-type", b"text/event-stream; charset=utf-8") in start["headers"]
        assert await self.frame() == b"retry: 1000\n\n"

    async def frame(self) -> bytes | None:
        """The next frame; None at the end of the answer."""
        message = await self.came.get()
        return message["body"] if message["more_body"] else None

    def go(self) -> None:
        """Close the connection."""
        self._gone.set()


def test_an_event_is_lines_of_fields() -> None:
    assert encode({"a": 1}, event="taken", id="7") == b'id: 7\nevent: taken\ndata: {"a":1}\n\n'
    with pytest.raises(ValueError, match="one line"):
        encode(1, id="7\n8")


async def test_frames_come_through_and_the_lab_is_in_use_meanwhile(running: RunningLab) -> None:
    source = Source()
    peer = Peer(source, running)
    await peer.begin()
    assert running.frames.watched
    source.waiting.put_nowait(encode(1))
    assert await peer.frame() == b"data: 1\n\n"
    source.waiting.put_nowait(None)
    assert await peer.frame() is None
    await peer.answering
    assert not running.frames.watched
    assert source.released


async def test_silence_is_filled_with_heartbeats_and_no_frame_is_lost(running: RunningLab) -> None:
    source = Source()
    peer = Peer(source, running, heartbeat=0.001)
    await peer.begin()
    assert await peer.frame() == HEARTBEAT_FRAME
    for number in range(3):
        source.waiting.put_nowait(encode(number))
    frames = []
    while len(frames) < 3:
        if (frame := await peer.frame()) != HEARTBEAT_FRAME:
            frames.append(frame)
    assert frames == [b"data: 0\n\n", b"data: 1\n\n", b"data: 2\n\n"]
    peer.go()
    await peer.answering
    assert source.released


async def test_a_peer_that_goes_leaves_nothing_behind(running: RunningLab) -> None:
    source = Source()
    peer = Peer(source, running)
    await peer.begin()
    peer.go()
    await peer.answering
    assert source.released
    assert not running.frames.watched


async def test_a_peer_that_takes_nothing_for_two_heartbeats_is_given_up(running: RunningLab) -> None:
    source = Source()
    peer = Peer(source, running, heartbeat=0.01)
    await peer.begin()
    peer.takes.clear()
    source.waiting.put_nowait(encode(1))
    await peer.answering
    assert source.released
    assert not running.frames.watched


async def test_frames_that_fail_end_the_answer_and_are_not_hidden(running: RunningLab) -> None:
    class Broken(Source):
        async def frames(self) -> AsyncIterator[bytes]:
            yield encode(1)
            raise RuntimeError("the source has failed")

    peer = Peer(Broken(), running)
    await peer.begin()
    assert await peer.frame() == b"data: 1\n\n"
    with pytest.raises(RuntimeError, match="has failed"):
        await peer.answering
    assert not running.frames.watched


async def test_a_stream_ends_with_its_lab(manager: RoomManager, running: RunningLab) -> None:
    source = Source()
    peer = Peer(source, running)
    await peer.begin()
    await manager.remove(running.room.id)
    assert await peer.frame() is None
    await peer.answering
    assert source.released


async def test_an_address_holds_a_limited_number(
    running: RunningLab, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settings(), "sockets_per_address", 1)
    with connection_of("192.0.2.7"), pytest.raises(TooMany, match="connections"):
        event_stream(Source().frames(), connection=PEER, lab=running)
