"""An HTTP/1.1 load generator that costs little: the machine is shared with the server it measures."""

from __future__ import annotations

import asyncio
import json
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

HEAD_END = b"\r\n\r\n"
LENGTH = b"content-length:"
CHUNKED = b"transfer-encoding: chunked"


@dataclass(slots=True)
class Load:
    """What came back. `cpu` is the generator's own share of one core."""

    seconds: float = 0.0
    cpu: float = 0.0
    statuses: Counter[int] = field(default_factory=Counter)

    def rate(self, status: int) -> float:
        """Answers with that status per second."""
        return self.statuses[status] / self.seconds

    @property
    def others(self) -> str:
        """All statuses, for the report."""
        return ", ".join(f"{status}: {count}" for status, count in sorted(self.statuses.items()))


def request(
    url: str, path: str, *, method: str = "GET", room: str = "", body: dict[str, Any] | None = None
) -> bytes:
    """One request, ready to be sent."""
    payload = json.dumps(body).encode() if body is not None else b""
    lines = [f"{method} {path} HTTP/1.1", f"Host: {urlsplit(url).netloc}"]
    if room:
        lines.append(f"X-SDLab-Room: {room}")
    if body is not None:
        lines += ["Content-Type: application/json", f"Content-Length: {len(payload)}"]
    return "\r\n".join(lines).encode() + HEAD_END + payload


async def play(url: str, make: Callable[[], bytes], *, seconds: float, connections: int) -> Load:
    """Closed loop: every connection sends the next request as soon as it has its answer."""
    address, load = urlsplit(url), Load()
    began, busy = time.perf_counter(), time.process_time()
    until = began + seconds
    loop = asyncio.get_running_loop()
    clients = []
    for _ in range(connections):
        _, client = await loop.create_connection(
            lambda: _Client(make, load, until), address.hostname or "", address.port or 80
        )
        clients.append(client)
    await asyncio.gather(*(client.ended for client in clients))
    load.seconds = time.perf_counter() - began
    load.cpu = (time.process_time() - busy) / load.seconds
    return load


class _Client(asyncio.Protocol):
    """One connection with at most one request under way."""

    def __init__(self, make: Callable[[], bytes], load: Load, until: float) -> None:
        self._make, self._load, self._until = make, load, until
        self._buffer = b""
        self._transport: asyncio.Transport | None = None
        self.ended: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        transport.write(self._make())

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        length = _answer_length(self._buffer)
        if length is None or len(self._buffer) < length:
            return
        self._load.statuses[int(self._buffer[9:12])] += 1
        self._buffer = self._buffer[length:]
        assert self._transport is not None
        if time.perf_counter() < self._until:
            self._transport.write(self._make())
        else:
            self._transport.close()

    def connection_lost(self, error: Exception | None) -> None:
        if self.ended.done():
            return
        if error is None and time.perf_counter() >= self._until:
            self.ended.set_result(None)
        else:
            self.ended.set_exception(error or ConnectionResetError("the server closed the connection"))


def _answer_length(buffer: bytes) -> int | None:
    """How many bytes the first answer has, None while its head is incomplete."""
    end = buffer.find(HEAD_END)
    if end < 0:
        return None
    head = buffer[:end].lower()
    if CHUNKED in head:
        raise NotImplementedError("answers that are measured have a length")
    at = head.find(LENGTH)
    body = int(head[at + len(LENGTH) :].split(b"\r\n", 1)[0]) if at >= 0 else 0
    return end + len(HEAD_END) + body
