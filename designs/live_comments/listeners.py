"""A crowd of real event streams, in a process of its own: `listeners URL ROOM COUNT RATE SECONDS [KILL]`.

Opens COUNT connections, posts RATE comments per second for SECONDS, and prints as JSON what
arrived. With KILL, a server of the room is ended halfway; connections come back with the last id.
"""

from __future__ import annotations

import asyncio
import json
import re
import statistics
import sys
import time
from dataclasses import dataclass, field
from urllib.parse import urlsplit

STREAM = "harbour"
EVENT = re.compile(rb'id: (\d+)\nevent: comment\ndata: [^\n]*?"comment":"([\d.]+)"[^\n]*\n\n')
AT_ONCE = 100
BACK_AFTER = 0.05
SETTLE = 1.0
PATIENCE = 20.0


@dataclass(slots=True)
class Crowd:
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

    def ask(self, last_id: int) -> bytes:
        """The request of one listener."""
        resume = f"Last-Event-ID: {last_id}\r\n" if last_id else ""
        return (
            f"GET /api/live-comments/streams/{STREAM}/events?room={self.room} HTTP/1.1\r\n"
            f"Host: {self.host}\r\n{resume}\r\n"
        ).encode()


class Listener(asyncio.Protocol):
    """One event stream; comes back with its last id when it is ended."""

    def __init__(self, crowd: Crowd, last_id: int = 0) -> None:
        self._crowd = crowd
        self._buffer = b""
        self.last_id = last_id
        self._head = True

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        transport.write(self._crowd.ask(self.last_id))
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        if self._head and b"retry:" in data:
            self._head = False
            self._crowd.open += 1
        buffer, crowd, now = self._buffer + data, self._crowd, time.perf_counter()
        end = 0
        for found in EVENT.finditer(buffer):
            end = found.end()
            id = int(found[1])
            crowd.broken += bool(self.last_id) and id != self.last_id + 1
            self.last_id = id
            crowd.delivered += 1
            crowd.delays.append(now - float(found[2]))
            crowd.first = crowd.first or now
            crowd.last = now
        self._buffer = buffer[end:][-2000:]
        if b"event: dropped" in self._buffer:
            self._transport.close()

    def connection_lost(self, error: Exception | None) -> None:
        if self._crowd.ended:
            return
        self._crowd.open -= not self._head
        self._crowd.reconnects += 1
        asyncio.get_running_loop().call_later(BACK_AFTER, self._again)

    def _again(self) -> None:
        crowd = self._crowd
        self._task = asyncio.ensure_future(connect(crowd, self.last_id))


async def connect(crowd: Crowd, last_id: int = 0) -> None:
    """One more listener."""
    await asyncio.get_running_loop().create_connection(
        lambda: Listener(crowd, last_id), crowd.host, crowd.port
    )


async def post(crowd: Crowd, path: str, body: dict[str, object], *, user: str = "bench") -> None:
    """One call; raises when it is refused."""
    reader, writer = await asyncio.open_connection(crowd.host, crowd.port)
    data = json.dumps(body).encode()
    writer.write(
        (
            f"POST {path} HTTP/1.1\r\nHost: {crowd.host}\r\nContent-Type: application/json\r\n"
            f"X-SDLab-Room: {crowd.room}\r\nX-SDLab-User: {user}\r\nConnection: close\r\n"
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
    """Fill the room, write, and count."""
    address = urlsplit(url)
    crowd = Crowd(address.hostname or "", address.port or 80, room)
    for start in range(0, count, AT_ONCE):
        await asyncio.gather(*(connect(crowd) for _ in range(start, min(count, start + AT_ONCE))))
    until = time.perf_counter() + PATIENCE
    while crowd.open < count and time.perf_counter() < until:  # noqa: ASYNC110 - the client counts
        await asyncio.sleep(0.05)
    opened = crowd.open
    await asyncio.sleep(SETTLE)
    posts = []
    began = time.perf_counter()
    total = int(rate * seconds)
    for number in range(total):
        await asyncio.sleep(max(0.0, began + number / rate - time.perf_counter()))
        said: dict[str, object] = {"comment": f"{time.perf_counter():.6f}", "streamId": STREAM}
        posts.append(
            asyncio.ensure_future(post(crowd, "/api/live-comments/comment", said, user=f"u{number}"))
        )
        if kill and number == total // 2:
            fault: dict[str, object] = {"node": "server-4", "kind": "down"}
            await post(crowd, "/api/labs/live-comments/faults", fault)
    await asyncio.gather(*posts)
    until = time.perf_counter() + PATIENCE
    while crowd.delivered < total * count and time.perf_counter() < until:  # noqa: ASYNC110 - the client counts
        await asyncio.sleep(0.05)
    crowd.ended = True
    cuts = statistics.quantiles(crowd.delays, n=100) if len(crowd.delays) > 1 else [0.0] * 99
    return {
        "opened": opened,
        "delivered": crowd.delivered,
        "expected": total * count,
        "rate": crowd.delivered / max(0.001, crowd.last - crowd.first),
        "p50": cuts[49] * 1000,
        "p99": cuts[98] * 1000,
        "broken": crowd.broken,
        "reconnects": crowd.reconnects,
    }


if __name__ == "__main__":
    _, where, which, *numbers = sys.argv
    print(
        json.dumps(
            asyncio.run(
                listen(
                    where,
                    which,
                    int(numbers[0]),
                    float(numbers[1]),
                    float(numbers[2]),
                    kill=len(numbers) > 3,
                )
            )
        )
    )
