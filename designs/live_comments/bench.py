"""Deliveries per second: through real event streams of one process, and to simulated viewers inside it.

As a program (`python -m designs.live_comments.bench URL ROOM COUNT RATE SECONDS [KILL]`) it is the
listeners: COUNT event streams, while RATE comments per second are posted for SECONDS. What arrived
is printed as JSON. With KILL, a server of the room is ended halfway; listeners come back with their
last id.
"""

from __future__ import annotations

import asyncio
import json
import re
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from designs.live_comments.config import Config
from designs.live_comments.engine.comments import Event
from designs.live_comments.engine.engine import LiveComments
from designs.live_comments.engine.streams import MAIN
from sdlab.launcher.bench.harness import BenchStores, bench_engine, bench_stores, in_process, quantile
from sdlab.launcher.bench.measures import Subject
from sdlab.launcher.bench.result import Result
from sdlab.launcher.server import running_server
from sdlab.launcher.testing import LIMITS

SLUG = "live-comments"
CONNECTIONS = 2000
FULL, HALF = 10.0, 3.75
SECONDS = 8.0
RECONNECTING = 500
SIMULATED = 10_000
ROUNDS = 300
ROOM_FOR_ALL = {"SDLAB_SOCKETS_PER_ADDRESS": "5000"}
EVENT = re.compile(rb'id: (\d+)\nevent: comment\ndata: [^\n]*?"comment":"([\d.]+)"[^\n]*\n\n')
AT_ONCE = 100
BACK_AFTER = 0.05
SETTLE = 1.0
PATIENCE = 20.0


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
    asked = urllib.request.Request(f"{url}/api/rooms", b"", method="POST")
    with urllib.request.urlopen(asked, timeout=10) as answer:
        room: str = json.loads(answer.read())["room"]
        return room


def _listen(url: str, room: str, count: int, rate: float, *more: str) -> dict[str, float]:
    found: dict[str, float] = in_process(
        "designs.live_comments.bench", url, room, count, rate, SECONDS, *more
    )
    return found


def inside(subject: Subject) -> Iterator[Result]:
    """Ten thousand simulated viewers, one comment at a time, each checked against what it had seen."""
    with bench_stores() as stores:
        rate = asyncio.run(_to_simulated(stores))
    yield Result(
        "deliveries to simulated viewers",
        rate,
        "per s",
        bar=200_000,
        at_least=True,
        detail=f"{SIMULATED:,} viewers, {ROUNDS} comments one by one",
    )


async def _to_simulated(stores: BenchStores) -> float:
    async with bench_engine(stores, SLUG, LiveComments, Config(capacity=SIMULATED)) as engine:
        await engine.simulated.arrive(MAIN, SIMULATED)
        server = next(one for one in engine.pool.servers.values() if one.connections > SIMULATED // 2)
        began, before = time.perf_counter(), engine.deliveries.counters.delivered
        for seq in range(1, ROUNDS + 1):
            await server.take([Event(MAIN, seq, time.time(), b'{"id":"1","author":"a","comment":"x"}')])
        rate = (engine.deliveries.counters.delivered - before) / (time.perf_counter() - began)
        return rate if engine.monitors["seen_once"].view().holds else 0.0


MEASURES: dict[str, Callable[[Subject], Iterator[Result]]] = {
    "live-comments-streams": real_connections,
    "live-comments-inside": inside,
}


# The listeners, in a process of their own


@dataclass(slots=True)
class Arrivals:
    """What has arrived at all of them together."""

    host: str
    port: int
    room: str
    open: int = 0
    delivered: int = 0
    broken: int = 0
    reconnects: int = 0
    ended: bool = False
    delays: list[float] = field(default_factory=list)
    first: float = 0.0
    last: float = 0.0

    def request(self, last_id: int) -> bytes:
        """The request of one listener."""
        resume = f"Last-Event-ID: {last_id}\r\n" if last_id else ""
        return (
            f"GET /api/live-comments/streams/{MAIN}/events?room={self.room} HTTP/1.1\r\n"
            f"Host: {self.host}\r\n{resume}\r\n"
        ).encode()


class Listener(asyncio.Protocol):
    """One event stream; comes back with its last id when it is ended."""

    def __init__(self, arrivals: Arrivals, last_id: int = 0) -> None:
        self._arrivals = arrivals
        self._buffer = b""
        self.last_id = last_id
        self._head = True

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        transport.write(self._arrivals.request(self.last_id))
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        if self._head and b"retry:" in data:
            self._head = False
            self._arrivals.open += 1
        buffer, arrivals, now = self._buffer + data, self._arrivals, time.perf_counter()
        end = 0
        for found in EVENT.finditer(buffer):
            end = found.end()
            id = int(found[1])
            arrivals.broken += bool(self.last_id) and id != self.last_id + 1
            self.last_id = id
            arrivals.delivered += 1
            arrivals.delays.append(now - float(found[2]))
            arrivals.first = arrivals.first or now
            arrivals.last = now
        self._buffer = buffer[end:][-2000:]
        if b"event: dropped" in self._buffer:
            self._transport.close()

    def connection_lost(self, error: Exception | None) -> None:
        if self._arrivals.ended:
            return
        self._arrivals.open -= not self._head
        self._arrivals.reconnects += 1
        asyncio.get_running_loop().call_later(BACK_AFTER, self._again)

    def _again(self) -> None:
        arrivals = self._arrivals
        self._task = asyncio.ensure_future(connect(arrivals, self.last_id))


async def connect(arrivals: Arrivals, last_id: int = 0) -> None:
    """One more listener."""
    await asyncio.get_running_loop().create_connection(
        lambda: Listener(arrivals, last_id), arrivals.host, arrivals.port
    )


async def post(arrivals: Arrivals, path: str, body: dict[str, object], *, user: str = "bench") -> None:
    """One call; raises when it is refused."""
    reader, writer = await asyncio.open_connection(arrivals.host, arrivals.port)
    data = json.dumps(body).encode()
    writer.write(
        (
            f"POST {path} HTTP/1.1\r\nHost: {arrivals.host}\r\nContent-Type: application/json\r\n"
            f"X-SDLab-Room: {arrivals.room}\r\nX-SDLab-User: {user}\r\nConnection: close\r\n"
            f"Content-Length: {len(data)}\r\n\r\n"
        ).encode()
        + data
    )
    status = (await reader.readline()).decode()
    writer.close()
    if " 20" not in status:
        raise RuntimeError(status)


async def listen(
    url: str, room: str, count: int, rate: float, seconds: float, *, kill: bool
) -> dict[str, float]:
    """Open the streams, write, and count."""
    address = urlsplit(url)
    arrivals = Arrivals(address.hostname or "", address.port or 80, room)
    for start in range(0, count, AT_ONCE):
        await asyncio.gather(*(connect(arrivals) for _ in range(start, min(count, start + AT_ONCE))))
    await until(lambda: arrivals.open >= count)
    opened = arrivals.open
    await asyncio.sleep(SETTLE)
    total = int(rate * seconds)
    await write(arrivals, total, rate, kill=kill)
    await until(lambda: arrivals.delivered >= total * count)
    arrivals.ended = True
    delays = arrivals.delays or [0.0]
    return {
        "opened": opened,
        "delivered": arrivals.delivered,
        "expected": total * count,
        "rate": arrivals.delivered / max(0.001, arrivals.last - arrivals.first),
        "p50": quantile(delays, 0.5) * 1000,
        "p99": quantile(delays, 0.99) * 1000,
        "broken": arrivals.broken,
        "reconnects": arrivals.reconnects,
    }


async def write(arrivals: Arrivals, total: int, rate: float, *, kill: bool) -> None:
    """Post so many comments at that rate; with `kill` a server is ended halfway."""
    posts = []
    began = time.perf_counter()
    for number in range(total):
        await asyncio.sleep(max(0.0, began + number / rate - time.perf_counter()))
        said: dict[str, Any] = {"comment": f"{time.perf_counter():.6f}", "streamId": MAIN}
        posts.append(asyncio.ensure_future(post(arrivals, f"/api/{SLUG}/comment", said, user=f"u{number}")))
        if kill and number == total // 2:
            await post(arrivals, f"/api/labs/{SLUG}/faults", {"node": "server-4", "kind": "down"})
    await asyncio.gather(*posts)


async def until(done: Callable[[], bool]) -> None:
    """Return when it is done, or after `PATIENCE` seconds."""
    last = time.perf_counter() + PATIENCE
    while not done() and time.perf_counter() < last:  # noqa: ASYNC110 - the client counts
        await asyncio.sleep(0.05)


def main(url: str, room: str, count: str, rate: str, seconds: str, *more: str) -> None:
    """Be the listeners, and print what arrived."""
    print(
        json.dumps(asyncio.run(listen(url, room, int(count), float(rate), float(seconds), kill=bool(more))))
    )


if __name__ == "__main__":
    main(*sys.argv[1:])
