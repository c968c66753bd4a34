"""The live socket, as any client may use it."""

from __future__ import annotations

import asyncio
import json
import threading
from collections import deque
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

import aiohttp
import pytest

from sdlab.registry import designs
from tests.closing import closing
from tests.machine import budget

SLUG = designs()[0].slug if designs() else ""


def run(work: Coroutine[Any, Any, Any]) -> Any:
    """The browser's loop runs in this thread; sockets get a thread of their own."""
    result: list[Any] = []
    failed: list[BaseException] = []

    def inside() -> None:
        try:
            result.append(asyncio.run(work))
        except BaseException as error:
            failed.append(error)

    thread = threading.Thread(target=inside, daemon=True)
    thread.start()
    thread.join(budget(60))
    if failed:
        raise failed[0]
    return result[0]


Session = Callable[[aiohttp.ClientSession], Awaitable[Any]]


def with_session(server_url: str, work: Session) -> Any:
    async def inside() -> Any:
        async with aiohttp.ClientSession(server_url) as session:
            return await work(session)

    return run(inside())


async def make_room(session: aiohttp.ClientSession) -> str:
    async with session.post("/api/rooms") as answer:
        room: str = (await answer.json())["room"]
        return room


async def frame(socket: aiohttp.ClientWebSocketResponse) -> dict[str, Any]:
    message = await socket.receive(timeout=budget(10))
    assert message.type is aiohttp.WSMsgType.TEXT, message
    found: dict[str, Any] = json.loads(message.data)
    return found


def test_frames_come_while_somebody_watches(server_url: str) -> None:
    async def work(session: aiohttp.ClientSession) -> list[dict[str, Any]]:
        room = await make_room(session)
        async with session.ws_connect(f"/api/live?lab={SLUG}&room={room}") as socket:
            return [await frame(socket) for _ in range(6)]

    frames = with_session(server_url, work)
    assert [set(one) for one in frames] == [{"seq", "t", "snapshot", "events"}] * 6
    assert [one["seq"] for one in frames] == list(range(frames[0]["seq"], frames[0]["seq"] + 6))
    assert frames[-1]["t"] - frames[0]["t"] >= 0.5


def test_more_rooms_travel_on_the_same_socket(server_url: str) -> None:
    async def work(session: aiohttp.ClientSession) -> set[Any]:
        rooms = [await make_room(session) for _ in range(3)]
        async with session.ws_connect(f"/api/live?lab={SLUG}&room={rooms[0]}") as socket:
            await socket.send_json({"watch": rooms[1:]})
            seen: set[Any] = set()
            async with asyncio.timeout(budget(20)):
                while len(seen) < len(rooms):
                    seen.add((await frame(socket)).get("ch"))
            return seen | {(await frame(socket)).get("ch") for _ in range(10)}

    assert with_session(server_url, work) == {None, 1, 2}


QUIET_BYTES, QUIET_SECONDS = 1024, 3.0


def test_a_quiet_lab_sends_nearly_nothing(server_url: str) -> None:
    async def rests(session: aiohttp.ClientSession, slug: str) -> str:
        """Return when a page of that lab has received little for some seconds."""
        room, clock = await make_room(session), asyncio.get_running_loop().time
        began, seen = clock(), deque[tuple[float, int]]()
        async with session.ws_connect(f"/api/live?lab={slug}&room={room}&changes=1") as socket:
            while True:
                message = await socket.receive(timeout=budget(10))
                now = clock()
                seen.append((now, len(message.data)))
                while seen[0][0] < now - QUIET_SECONDS:
                    seen.popleft()
                little = sum(size for _, size in seen) < QUIET_BYTES * QUIET_SECONDS
                if little and now - began > QUIET_SECONDS:
                    return slug

    async def work(session: aiohttp.ClientSession) -> list[str]:
        return await asyncio.gather(*(rests(session, design.slug) for design in designs()))

    assert len(with_session(server_url, work)) == len(designs())


@pytest.mark.parametrize(
    ("query", "code"),
    [("lab=nothing&room={room}", 1008), (f"lab={SLUG}&room=forged", 1008), ("", 1008)],
)
def test_what_cannot_be_watched_is_said(server_url: str, query: str, code: int) -> None:
    async def work(session: aiohttp.ClientSession) -> Any:
        room = await make_room(session)
        async with session.ws_connect(f"/api/live?{query.format(room=room)}") as socket:
            return (await closing(socket)).data

    assert with_session(server_url, work) == code


@pytest.mark.parametrize("said", ["x" * 5000, "nonsense", '{"watch": 1}', '{"watch": ["a","b","c","d","e"]}'])
def test_a_viewer_who_says_nonsense_is_sent_away(server_url: str, said: str) -> None:
    async def work(session: aiohttp.ClientSession) -> Any:
        room = await make_room(session)
        async with session.ws_connect(f"/api/live?lab={SLUG}&room={room}") as socket:
            await socket.send_str(said)
            return (await closing(socket)).data

    assert with_session(server_url, work) == 1009
