"""Whatever anybody says to a socket of any lab: it ends with a code that says why, and nothing fails inside."""

from __future__ import annotations

import asyncio
import json
import logging
import re
from random import Random
from urllib.parse import quote

import pytest
from fastapi import FastAPI
from starlette.routing import WebSocketRoute
from starlette.types import Message, Scope

from sdlab.live import socket
from sdlab.registry import designs
from sdlab.rooms.manager import RoomManager
from tests.machine import budget

TALKS = 60
ENDS = {1000, 1003, 1007, 1008, 1009, 1012, 1013}
NASTY = (
    *("", " ", "\0", "null", "[]", "{}", "NaN", "1e999", '"', "\ud800", "\u202e", "é" * 300, "x" * 5000),
    *("../../etc/passwd", "'; DROP TABLE x; --", "%s%n", "{{7*7}}", "-1", "9" * 30, "0x10", "true"),
)
KEYS = ("watch", "following", "comment", "last_event_id", "after", "room", "user", "a")


def sockets() -> list[str]:
    """The paths of all sockets."""
    routers = {"": socket.router, **{f"/api/{one.slug}": one.router() for one in designs()}}
    return [
        f"{prefix}{route.path}"
        for prefix, router in routers.items()
        for route in router.routes
        if isinstance(route, WebSocketRoute)
    ]


def value(random: Random, depth: int = 0) -> object:
    kind = random.randrange(7 if depth < 3 else 4)
    if kind < 2:
        return random.choice(NASTY)
    if kind == 2:
        return random.choice((0, -1, 2**70, 1e308, True, None))
    if kind == 3:
        return "".join(
            chr(random.choice((random.randrange(32, 127), random.randrange(0x2000)))) for _ in "1234567"
        )
    if kind == 4:
        return [value(random, depth + 1) for _ in range(random.randrange(6))]
    return {random.choice(KEYS): value(random, depth + 1) for _ in range(random.randrange(4))}


def message(random: Random) -> Message:
    if random.random() < 0.1:
        return {"type": "websocket.receive", "bytes": random.randbytes(20), "text": None}
    said = value(random)
    text = said if isinstance(said, str) and random.random() < 0.5 else json.dumps(said)
    return {"type": "websocket.receive", "text": text}


async def talk(application: FastAPI, random: Random, path: str, room: str) -> list[Message]:
    """One socket: half the time into an existing room, with parameters of any kind."""
    asked = {"room": room} if random.random() < 0.7 else {}
    for name in ("room", "user", "last_event_id", "after", "demo_user", "lab"):
        if random.random() < 0.3:
            asked.setdefault(name, random.choice(NASTY))
    if random.random() < 0.7:
        asked["lab"] = random.choice(designs()).slug
    query = "&".join(f"{name}={quote(said, errors='replace')}" for name, said in asked.items())
    filled = re.sub(r"\{\w+\}", lambda _: random.choice(("harbour", "1", "x", *NASTY[6:])), path)
    said = [message(random) for _ in range(random.randrange(6))]
    incoming = iter([{"type": "websocket.connect"}, *said])
    answers: list[Message] = []

    async def receive() -> Message:
        await asyncio.sleep(0)
        return next(incoming, {"type": "websocket.disconnect", "code": 1005})

    async def send(one: Message) -> None:
        answers.append(one)

    scope: Scope = {
        "type": "websocket",
        "path": filled,
        "raw_path": quote(filled, errors="replace").encode(),
        "root_path": "",
        "query_string": query.encode(),
        "headers": [(b"host", b"localhost:3000"), (b"origin", b"http://localhost:3000")],
        "client": ("10.0.0.1", 1),
        "scheme": "ws",
        "subprotocols": [],
    }
    async with asyncio.timeout(budget(10)):
        await application(scope, receive, send)
    return answers


async def test_any_message_ends_in_order(
    application: FastAPI, manager: RoomManager, caplog: pytest.LogCaptureFixture
) -> None:
    room = await manager.rooms.new_room("10.0.0.1")
    paths = sockets()
    assert len(paths) >= 3
    with caplog.at_level(logging.ERROR):
        for path in paths:
            for seed in range(TALKS):
                answers = await talk(application, Random(f"{path} {seed}"), path, room)
                for one in answers:
                    if one["type"] == "websocket.close":
                        assert one["code"] in ENDS, (seed, one)
                        assert len(one.get("reason") or "") <= 123
    assert caplog.records == []
    assert all(lab.snapshot() for lab in manager.running().values())
