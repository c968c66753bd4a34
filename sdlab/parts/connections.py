"""Long connections: what one of them has still to be sent, and what it missed when it comes back.

After "Server-sent events" of the WHATWG HTML standard, section 9.2: every event has an id, and
whoever reconnects names the last one that it has (`Last-Event-ID`). How bytes get onto a wire, and
the heartbeats that keep a silent one open, are the transport's (`sdlab.live.sse`, `sdlab.api.sockets`).
"""

from __future__ import annotations

import asyncio
import secrets
from collections import deque
from collections.abc import Iterator
from typing import Generic, TypeVar

T = TypeVar("T")

DIGITS = 18


class ResumableLog(Generic[T]):
    """The newest `kept` entries of what grows, each at a position above all before it.

    Where it `reaches` a position, `since` gives every entry behind that position, in order and none
    twice. Where it does not, entries may be missing: whoever names such a position must read from
    elsewhere or begin anew. `last` is the newest position; it may be set ahead of the first entry
    by `begin`. A `mark` names a position also for those who come back to another process: a mark
    that was not made by this log is none of its positions.
    """

    def __init__(self, kept: int, *, last: int = 0) -> None:
        self.last = last
        self.epoch = secrets.token_hex(3)
        self.closed = False
        self._entries: deque[tuple[int, T]] = deque(maxlen=kept)
        self._news = asyncio.Event()

    def begin(self, last: int) -> None:
        """Nothing is kept of what lies up to `last`; the next entries come behind it."""
        self._entries.clear()
        self.last = last

    def append(self, entry: T) -> int:
        """Put an entry at the next position, which is returned."""
        self.put(self.last + 1, entry)
        return self.last

    def put(self, position: int, entry: T) -> None:
        """Put an entry at a position of its own. `ValueError` unless that lies behind `last`."""
        if position <= self.last:
            raise ValueError(f"position {position} is not behind {self.last}")
        self._entries.append((position, entry))
        self.last = position
        self._tell()

    def reaches(self, position: int) -> bool:
        """Whether everything behind `position` is here."""
        first = self._entries[0][0] if self._entries else self.last + 1
        return first - 1 <= position <= self.last

    def since(self, position: int) -> list[T]:
        """What is kept behind `position`, oldest first."""
        found: list[T] = []
        for at, entry in reversed(self._entries):
            if at <= position:
                break
            found.append(entry)
        found.reverse()
        return found

    @property
    def mark(self) -> str:
        """The name of the newest position."""
        return f"{self.epoch}-{self.last}"

    def position_of(self, mark: str) -> int | None:
        """The position that a mark names; None for one that this log did not make."""
        epoch, _, position = mark.partition("-")
        if epoch != self.epoch or not (position.isascii() and position.isdigit()) or len(position) > DIGITS:
            return None
        return int(position)

    async def beyond(self, position: int) -> bool:
        """Return once there is something behind `position`; false when the log was closed before that."""
        while self.last <= position:
            if self.closed:
                return False
            await self._news.wait()
        return True

    def close(self) -> None:
        """Nothing comes any more: whoever waits is let go."""
        self.closed = True
        self._tell()

    def _tell(self) -> None:
        news, self._news = self._news, asyncio.Event()
        news.set()

    def __iter__(self) -> Iterator[T]:
        return (entry for _, entry in self._entries)

    def __len__(self) -> int:
        return len(self._entries)


class BoundedBuffer(Generic[T]):
    """What waits for one connection: at most `limit` items, in the order in which they were put.

    Who writes never waits for who reads: an item for which there is no room is refused, and the
    writer decides what that means (to end the connection, or to wait for room after all). When the
    connection is over, `ended` says why, and what still waited is discarded: whoever reconnects names
    what it has.
    """

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.ended = ""
        self._waiting: deque[T] = deque()
        self._some = asyncio.Event()
        self._room = asyncio.Event()
        self._writers = 0

    def __len__(self) -> int:
        return len(self._waiting)

    def has_room(self, items: int = 1) -> bool:
        """Whether so many more would fit; for more than fit at all, whether it is empty."""
        return len(self._waiting) + min(items, self.limit) <= self.limit

    def push(self, item: T) -> bool:
        """Put an item at the end; false, and nothing is put, when there is no room."""
        if len(self._waiting) >= self.limit:
            return False
        self._waiting.append(item)
        self._some.set()
        return True

    def pop(self) -> T:
        """The oldest item. `IndexError` when none waits."""
        item = self._waiting.popleft()
        self._room.set()
        return item

    def take(self) -> list[T]:
        """Everything that waits, oldest first."""
        items = list(self._waiting)
        self.clear()
        return items

    def clear(self) -> None:
        """Discard what waits."""
        self._waiting.clear()
        self._room.set()

    def end(self, why: str) -> None:
        """The connection is over; `why` is told to whoever reads."""
        self.ended = why
        self.clear()
        self._some.set()

    async def room_made(self) -> None:
        """Return when something has been taken out, or discarded, from now on."""
        self._room.clear()
        self._writers += 1
        try:
            await self._room.wait()
        finally:
            self._writers -= 1

    @property
    def awaited(self) -> bool:
        """Whether a writer waits for room."""
        return self._writers > 0

    async def batch(self) -> list[T]:
        """All that waits, as soon as something does; nothing once the buffer is ended."""
        while not self._waiting and not self.ended:
            self._some.clear()
            await self._some.wait()
        return self.take()
