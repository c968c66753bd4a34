"""Deliveries per second: through real event streams of one process, and to simulated viewers inside it."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from designs.live_comments.comments import Event
from designs.live_comments.engine import Config, LiveComments
from designs.live_comments.streams import MAIN
from sdlab.lab import Room
from sdlab.launcher.bench.measures import Subject
from sdlab.launcher.bench.result import Result
from sdlab.launcher.places import ROOT
from sdlab.launcher.server import running_server
from sdlab.launcher.testing import LIMITS
from sdlab.stores.blobs import Blobs
from sdlab.stores.names import RedisNames
from sdlab.stores.redis import EmbeddedRedis, connect
from sdlab.stores.sql import Sql

CONNECTIONS = 2000
FULL, HALF = 10.0, 3.75
SECONDS = 8.0
RECONNECTING = 500
CROWD = 10_000
ROUNDS = 300
ROOM_FOR_ALL = {"SDLAB_SOCKETS_PER_ADDRESS": "5000"}


def real_connections(subject: Subject) -> Iterator[Result]:
    """Event streams on one process: how many, how fast, how late; and what a server's end costs them."""
    folder = subject.folder / "comments-streams"
    folder.mkdir()
    with running_server(folder, env={**LIMITS, **ROOM_FOR_ALL}) as server:
        half = _listen(server.url, _room(server.url), CONNECTIONS, HALF)
        full = _listen(server.url, _room(server.url), CONNECTIONS, FULL)
        killed = _listen(server.url, _room(server.url), RECONNECTING, HALF, "kill")
    yield Result("event streams on one process", full["opened"], "connections", bar=2000, at_least=True)
    detail = f"{full['delivered']:,.0f} of {full['expected']:,.0f}, {full['broken']:.0f} out of order"
    yield Result(
        "deliveries through sockets", full["rate"], "per s", bar=15_000, at_least=True, detail=detail
    )
    detail = f"p50 {half['p50']:.0f} ms at {half['rate']:,.0f}/s"
    yield Result("delivery delay p99, at half of that", half["p99"], "ms", bar=250, detail=detail)
    lost = killed["expected"] - killed["delivered"] + killed["broken"]
    detail = f"{killed['reconnects']:.0f} reconnects, {killed['delivered']:,.0f} deliveries"
    yield Result("lost or repeated when a server ends", abs(lost), "deliveries", bar=1, detail=detail)


def _room(url: str) -> str:
    import urllib.request

    asked = urllib.request.Request(f"{url}/api/rooms", b"", method="POST")
    with urllib.request.urlopen(asked, timeout=10) as answer:
        room: str = json.loads(answer.read())["room"]
        return room


def _listen(url: str, room: str, count: int, rate: float, *more: str) -> dict[str, float]:
    command = [sys.executable, "-m", "designs.live_comments.listeners", url, room]
    numbers = [str(count), str(rate), str(SECONDS), *more]
    done = subprocess.run([*command, *numbers], cwd=ROOT, capture_output=True, check=True, text=True)
    found: dict[str, float] = json.loads(done.stdout)
    return found


def inside(subject: Subject) -> Iterator[Result]:
    """Ten thousand simulated viewers, one comment at a time, each checked against what it had seen."""
    folder = subject.folder / "comments-inside"
    folder.mkdir()
    valkey = EmbeddedRedis.start(folder)
    try:
        rate = asyncio.run(_to_crowd(folder, valkey.url))
    finally:
        valkey.stop()
    yield Result(
        "deliveries to simulated viewers",
        rate,
        "per s",
        bar=200_000,
        at_least=True,
        detail=f"{CROWD:,} viewers, {ROUNDS} comments one by one",
    )


async def _to_crowd(folder: Path, url: str) -> float:
    redis, sql = connect(url), Sql(f"sqlite:///{folder / 'bench.db'}")
    await sql.create()
    room = Room("bench", "live-comments", redis, sql, Blobs(str(folder / "blobs")), RedisNames(redis))
    engine = LiveComments(room, Config(capacity=CROWD))
    await engine.start()
    await engine.hub.arrive(MAIN, CROWD)
    server = next(one for one in engine.hub.servers.values() if one.connections > CROWD // 2)
    began, before = time.perf_counter(), engine.hub.counted.delivered
    for seq in range(1, ROUNDS + 1):
        await server.take([Event(MAIN, seq, time.time(), b'{"id":"1","author":"a","comment":"x"}')])
    rate = (engine.hub.counted.delivered - before) / (time.perf_counter() - began)
    held = engine.monitors["seen_once"].view().holds
    await engine.close()
    await sql.close()
    await redis.aclose()
    return rate if held else 0.0


MEASURES: dict[str, Callable[[Subject], Iterator[Result]]] = {
    "live-comments-streams": real_connections,
    "live-comments-inside": inside,
}
