"""Open connections: buses that send their positions, and people who follow a bus."""

from __future__ import annotations

import asyncio
from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import contextmanager

from designs.location_tracking.engine.position import Position
from sdlab.lab import TooMany

MAX_CONNECTIONS = 500


class ConnectionManager:
    """A follower that is slow gets the newest position, not every one.

    `dropped` counts connections that were cut, `resumed` those that came back afterwards.
    """

    def __init__(self) -> None:
        self.dropped = self.resumed = self.sent = 0
        self.cut = asyncio.Event()  # set when all connections of now are to be dropped
        self._senders: Counter[str] = Counter()
        self._buffers: defaultdict[str, set[asyncio.Queue[Position]]] = defaultdict(set)
        self._lost: set[str] = set()

    @property
    def following(self) -> int:
        """How many connections receive positions."""
        return sum(map(len, self._buffers.values()))

    @property
    def sending(self) -> int:
        """How many connections send positions."""
        return self._senders.total()

    @contextmanager
    def follow(self, bus: str) -> Iterator[asyncio.Queue[Position]]:
        """A buffer that holds the newest position of a bus. `TooMany` beyond `MAX_CONNECTIONS`."""
        self._admit(f"track {bus}")
        buffer: asyncio.Queue[Position] = asyncio.Queue(maxsize=1)
        self._buffers[bus].add(buffer)
        try:
            yield buffer
        finally:
            self._buffers[bus].discard(buffer)
            if not self._buffers[bus]:
                del self._buffers[bus]

    @contextmanager
    def send(self, bus: str) -> Iterator[None]:
        """Somebody sends the positions of a bus. `TooMany` beyond `MAX_CONNECTIONS`."""
        self._admit(f"bus {bus}")
        self._senders[bus] += 1
        try:
            yield
        finally:
            self._senders[bus] -= 1

    def publish(self, position: Position) -> None:
        """Put a position into every buffer of its bus, in place of an older one."""
        for buffer in self._buffers.get(position.bus, ()):
            if buffer.full():
                buffer.get_nowait()
            buffer.put_nowait(position)
            self.sent += 1

    def cut_all(self) -> int:
        """Drop every connection of now; how many there were."""
        count = self.following + self.sending
        self._lost |= {f"track {bus}" for bus in self._buffers}
        self._lost |= {f"bus {bus}" for bus, senders in self._senders.items() if senders}
        self.dropped += count
        self.cut.set()
        self.cut = asyncio.Event()
        return count

    def _admit(self, name: str) -> None:
        if self.following + self.sending >= MAX_CONNECTIONS:
            raise TooMany(f"{MAX_CONNECTIONS} connections are open in this room")
        if name in self._lost:
            self._lost.discard(name)
            self.resumed += 1
