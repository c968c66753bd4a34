"""A line between the server and its Valkey that can be slow, lossy, silent or cut."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from pathlib import Path
from random import Random

CHUNK = 64 * 1024
QUEUED = 64  # chunks on their way in one direction; then the sender waits
RETRANSMITTED_AFTER = 0.2  # seconds; TCP's least time-out: what a lost segment looks like to a program


class Proxy:
    """Passes bytes between TCP connections and a unix socket; `delay` and `loss` are each way.

    Loss is seen as programs see it over TCP: that share of chunks comes a retransmission later, and what
    is behind waits for it. While `silent`, what is sent stays on its way.
    """

    def __init__(self, target: Path, *, seed: int = 1) -> None:
        self.delay = 0.0  # seconds
        self.loss = 0.0  # share of chunks, 0 to 1
        self._target = target
        self._chance = Random(seed)
        self._passing = asyncio.Event()
        self._passing.set()
        self._refusing = False
        self._connections: set[asyncio.Task[None]] = set()
        self._server: asyncio.Server | None = None
        self.port = 0

    async def open(self) -> None:
        """Listen on a free port of this machine."""
        self._server = await asyncio.start_server(self._connected, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]

    async def close(self) -> None:
        """Cut everything and listen no more."""
        if self._server is not None:
            self._server.close()
        await self.cut(refuse=True)

    def silence(self) -> None:
        """Let nothing through, and break nothing."""
        self._passing.clear()

    def pass_on(self) -> None:
        """As at first: what waited goes on its way."""
        self.delay = self.loss = 0.0
        self._refusing = False
        self._passing.set()

    async def cut(self, *, refuse: bool) -> None:
        """End all connections; who comes later is cut off too when `refuse`."""
        self._refusing = refuse
        tasks = list(self._connections)
        for one in tasks:
            one.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._connections.add(task)
        try:
            if not self._refusing:
                await self._pass_between(reader, writer)
        except (OSError, asyncio.CancelledError):  # either side is gone, or we have cut it
            pass
        finally:
            self._connections.discard(task)
            writer.transport.abort()

    async def _pass_between(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        far_reader, far_writer = await asyncio.open_unix_connection(str(self._target))
        ways = [
            asyncio.create_task(self._one_way(reader, far_writer)),
            asyncio.create_task(self._one_way(far_reader, writer)),
        ]
        try:
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for one in ways:
                one.cancel()
            await asyncio.gather(*ways, return_exceptions=True)
            far_writer.transport.abort()

    async def _one_way(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        queue: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue(QUEUED)
        sending = asyncio.create_task(self._send(queue, writer))
        try:
            while data := await reader.read(CHUNK):
                await queue.put((asyncio.get_running_loop().time() + self._on_its_way(), data))
        finally:
            sending.cancel()
            with suppress(asyncio.CancelledError, OSError):
                await sending

    def _on_its_way(self) -> float:
        lost = self.loss > 0 and self._chance.random() < self.loss
        return self.delay + (RETRANSMITTED_AFTER if lost else 0.0)

    async def _send(self, queue: asyncio.Queue[tuple[float, bytes]], writer: asyncio.StreamWriter) -> None:
        while True:
            due, data = await queue.get()
            await asyncio.sleep(max(0.0, due - asyncio.get_running_loop().time()))
            await self._passing.wait()
            writer.write(data)
            await writer.drain()
