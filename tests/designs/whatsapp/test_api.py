"""The API: a device's socket, media by signed addresses, pages of history."""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from sdlab.rooms.manager import RoomManager

BASE = "/api/whatsapp"
pytestmark = pytest.mark.virtual_time


@pytest.fixture
async def client(manager: RoomManager, application: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(app=application, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost:3000") as one:
        one.headers["X-SDLab-Room"] = (await one.post("/api/rooms")).json()["room"]
        yield one


async def chat_with_ann(client: httpx.AsyncClient) -> str:
    made = await client.post(f"{BASE}/chats", json={"name": "Two", "participants": ["ann"]})
    return str(made.json()["id"])


async def test_media_comes_and_goes_by_signed_addresses(client: httpx.AsyncClient) -> None:
    chat, content = await chat_with_ann(client), b"x" * 700_000
    body = {"size": len(content), "sha256": hashlib.sha256(content).hexdigest(), "kind": "image/png"}
    announced = (await client.post(f"{BASE}/chats/{chat}/attachments", json=body)).json()
    assert (
        await client.get(f"{BASE}/attachments/{announced['id']}", headers={"X-SDLab-User": "eve"})
    ).status_code == 404
    wrong = await client.put(announced["upload"], content=b"y" * len(content))
    assert wrong.status_code == 422
    assert (
        await client.put(announced["upload"].replace("signature=", "signature=0"), content=content)
    ).status_code == 422
    changed = announced["upload"][:-1] + ("0" if announced["upload"][-1] != "0" else "1")
    assert (await client.put(changed, content=content)).status_code == 403
    assert (await client.put(announced["upload"], content=content)).status_code == 204
    assert (await client.put(announced["upload"], content=content)).status_code == 409
    path = (await client.get(f"{BASE}/attachments/{announced['id']}")).json()["download"]
    answer = await client.get(path)
    assert (answer.status_code, answer.content) == (200, content)
    assert (await client.get(announced["upload"])).status_code == 403


async def test_history_is_paged_and_for_participants(client: httpx.AsyncClient) -> None:
    made = await client.post(f"{BASE}/chats", json={"name": "Two", "participants": ["zoe"]})
    chat = made.json()["id"]
    for number in range(5):
        await client.post(
            f"{BASE}/chats/{chat}/messages", json={"text": f"m {number}", "client_id": f"c{number}"}
        )
    first = (await client.get(f"{BASE}/chats/{chat}/messages?limit=3")).json()
    rest = (await client.get(f"{BASE}/chats/{chat}/messages?limit=3&cursor={first['next_cursor']}")).json()
    assert [one["seq"] for one in first["items"] + rest["items"]] == [5, 4, 3, 2, 1]
    assert rest["next_cursor"] is None
    outside = await client.get(f"{BASE}/chats/{chat}/messages", headers={"X-SDLab-User": "eve"})
    assert outside.status_code == 404


@pytest.mark.parametrize(
    "body", [{"text": ""}, {"text": "x", "client_id": "no spaces"}, {"text": "x" * 1001, "client_id": "a"}]
)
async def test_bad_messages_are_refused(client: httpx.AsyncClient, body: dict[str, Any]) -> None:
    chat = await chat_with_ann(client)
    assert (await client.post(f"{BASE}/chats/{chat}/messages", json=body)).status_code == 422


class Socket:
    """One WebSocket of the application, driven in the loop of the test."""

    def __init__(self, application: FastAPI, query: str) -> None:
        self._in: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self.out: list[dict[str, Any]] = []
        self.closed: dict[str, Any] = {}
        scope = {
            "type": "websocket", "path": f"{BASE}/ws", "raw_path": b"", "query_string": query.encode(), "root_path": "",
            "headers": [(b"host", b"localhost:3000")], "client": ("127.0.0.1", 1), "server": ("localhost", 3000),
            "scheme": "ws", "subprotocols": [], "state": {}, "extensions": {}, "asgi": {"version": "3.0"},
        }  # fmt: skip
        self._in.put_nowait({"type": "websocket.connect"})
        self.task = asyncio.ensure_future(application(scope, self._in.get, self._send))

    async def _send(self, message: dict[str, Any]) -> None:
        if message["type"] == "websocket.send":
            self.out.append(json.loads(message.get("text") or message["bytes"]))
        elif message["type"] == "websocket.close":
            self.closed = message

    def say(self, frame: Any) -> None:
        self._in.put_nowait(
            {"type": "websocket.receive", "text": frame if isinstance(frame, str) else json.dumps(frame)}
        )

    async def end(self) -> None:
        self._in.put_nowait({"type": "websocket.disconnect", "code": 1000})
        await self.task

    def of(self, kind: str) -> list[dict[str, Any]]:
        return [one for one in self.out if one["type"] == kind]


async def test_two_devices_talk_over_sockets(
    client: httpx.AsyncClient, application: FastAPI, manager: RoomManager
) -> None:
    room = client.headers["X-SDLab-Room"]
    dan, eve = (Socket(application, f"user={name}&device=web&room={room}") for name in ("dan", "eve"))
    await manager.clock.sleep(1)
    dan.say({"type": "createChat", "name": "Two", "participants": ["eve"]})
    await manager.clock.sleep(1)
    chat = dan.of("answer")[0]["chat"]
    assert eve.of("chatUpdate")[0]["chat"] == chat
    dan.say({"type": "sendMessage", "chat": chat, "client_id": "a", "text": "hello"})
    dan.say({"type": "sendMessage", "chat": chat, "client_id": "a", "text": "hello"})
    dan.say({"type": "typing", "chat": chat})
    await manager.clock.sleep(2)
    answers = [one for one in dan.of("answer") if one["to"] == "sendMessage"]
    assert [(one["seq"], one["again"]) for one in answers] == [(1, False), (1, True)]
    (got,) = eve.of("newMessage")
    assert (got["seq"], got["text"], got["from"]) == (1, "hello", "dan")
    assert eve.of("typing")
    assert dan.of("receipt") == []
    eve.say({"type": "ack", "messages": [{"chat": chat, "id": got["id"]}], "read": True})
    await manager.clock.sleep(2)
    assert [one["state"] for one in dan.of("receipt")][:1] == ["delivered"]
    await eve.end()
    dan.say({"type": "sendMessage", "chat": chat, "client_id": "b", "text": "later"})
    await manager.clock.sleep(2)
    again = Socket(application, f"user=eve&device=web&room={room}")
    await manager.clock.sleep(2)
    assert [one["text"] for one in again.of("newMessage")] == ["later"]
    await again.end()
    await dan.end()


@pytest.mark.parametrize(
    "frame",
    [
        "not json",
        "[]",
        '{"type": "nothing"}',
        {"type": "ack"},
        {"type": "sendMessage", "chat": "weekend", "client_id": "x", "text": "hi"},
    ],
)
async def test_bad_frames_get_an_error_and_the_socket_stays(
    client: httpx.AsyncClient, application: FastAPI, manager: RoomManager, frame: Any
) -> None:
    socket = Socket(application, f"user=mallory&device=web&room={client.headers['X-SDLab-Room']}")
    await manager.clock.sleep(1)
    socket.say(frame)
    await manager.clock.sleep(1)
    assert [one["status"] in (404, 422) for one in socket.of("error")] == [True]
    socket.say({"type": "createChat", "name": "Still here", "participants": ["ann"]})
    await manager.clock.sleep(1)
    assert socket.of("answer")
    await socket.end()


@pytest.mark.parametrize("query", ["user=ann&device=phone", "user=a|b&device=web", "user=ann&device=No"])
async def test_who_may_not_connect_is_told_why(
    client: httpx.AsyncClient, application: FastAPI, manager: RoomManager, query: str
) -> None:
    socket = Socket(application, f"{query}&room={client.headers['X-SDLab-Room']}")
    await manager.clock.sleep(1)
    assert socket.closed["code"] == 1008
    await socket.task
