"""Those who watch: simulated viewers that read at once, slow ones, demo users of the page, real connections."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from designs.live_comments.engine.comments import Event

UNKNOWN = -1
TICK = 0.05  # seconds between two looks at those who wait for something
DEMO_USER_KEEPS = 40
SLOW_BACK_AFTER = 1.0

Kind = Literal["simulated", "slow", "demo", "sse", "websocket"]


class Viewer:
    """Somebody who watches one stream. `seen` is the newest comment that they have, `UNKNOWN` before the first.

    A simulated viewer reads whatever comes at the moment it comes. `gone` is one that has left for good.
    """

    __slots__ = ("gone", "id", "kind", "lost_because", "seen", "server", "stream")

    def __init__(self, id: int, stream: str, *, kind: Kind = "simulated") -> None:
        self.id = id
        self.stream = stream
        self.kind = kind
        self.seen = UNKNOWN
        self.server = ""
        self.lost_because = ""
        self.gone = False

    @property
    def name(self) -> str:
        """What evidence calls it."""
        return f"{self.kind} viewer {self.id}"

    def disconnected(self, because: str, *, farewell: str) -> None:
        """Its server has ended the connection; `farewell` is for whoever can still read."""
        self.server, self.lost_because = "", because


class DemoUser(Viewer):
    """A viewer whose screen is on the page: it keeps what it shows, the newest last."""

    __slots__ = ("on", "shown", "title")

    def __init__(self, id: int, stream: str, *, title: str, on: bool = True) -> None:
        super().__init__(id, stream, kind="demo")
        self.title = title
        self.on = on
        self.shown: deque[Event] = deque(maxlen=DEMO_USER_KEEPS)


class BufferedViewer(Viewer):
    """A viewer with a buffer on its server, of at most `limit` events."""

    __slots__ = ("dropped", "limit", "room", "waiting")

    def __init__(self, id: int, stream: str, *, kind: Kind, limit: int) -> None:
        super().__init__(id, stream, kind=kind)
        self.limit = limit
        self.waiting: deque[Event] = deque()
        self.dropped = 0
        self.room = asyncio.Event()
        self.room.set()

    def push(self, event: Event) -> bool:
        """Put an event into the buffer; false when there is no room."""
        if len(self.waiting) >= self.limit:
            self.room.clear()
            return False
        self.waiting.append(event)
        return True

    def pop(self) -> Event:
        """The oldest event of the buffer."""
        event = self.waiting.popleft()
        self.room.set()
        return event

    def empty(self) -> None:
        """The connection is gone, and its buffer with it."""
        self.waiting.clear()
        self.room.set()

    def disconnected(self, because: str, *, farewell: str) -> None:
        super().disconnected(because, farewell=farewell)
        self.empty()


class SlowViewer(BufferedViewer):
    """Reads `pace` comments per second. After its connection was lost it is away for `away_s` seconds."""

    __slots__ = ("allowance", "away_s", "pace")

    def __init__(self, id: int, stream: str, *, limit: int, pace: float) -> None:
        super().__init__(id, stream, kind="slow", limit=limit)
        self.pace = pace
        self.allowance = 0.0
        self.away_s = 0.0

    def disconnected(self, because: str, *, farewell: str) -> None:
        super().disconnected(because, farewell=farewell)
        self.away_s = SLOW_BACK_AFTER

    def passes(self, seconds: float) -> None:
        """So much time has passed: it may read more, or comes back."""
        self.allowance = min(self.allowance + self.pace * seconds, max(1.0, self.pace))
        self.away_s = max(0.0, self.away_s - seconds)


@dataclass(frozen=True, slots=True)
class WireFormat:
    """How a real connection is written: a comment, why the server ends it, and that an id is not reached yet."""

    kind: Kind
    frame: Callable[[Event], bytes]
    farewell: Callable[[str], bytes]
    reset: bytes = b""


class Connection(BufferedViewer):
    """A real connection; whoever writes to it waits for `fresh`. `closed` says why its server ended it."""

    __slots__ = ("closed", "fresh", "wire")

    def __init__(self, id: int, stream: str, *, wire: WireFormat, limit: int) -> None:
        super().__init__(id, stream, kind=wire.kind, limit=limit)
        self.wire = wire
        self.fresh = asyncio.Event()
        self.closed = ""

    def push(self, event: Event) -> bool:
        room = super().push(event)
        self.fresh.set()
        return room

    def disconnected(self, because: str, *, farewell: str) -> None:
        super().disconnected(because, farewell=farewell)
        self.closed = farewell
        self.fresh.set()

    def take(self) -> list[Event]:
        """Everything that waits and that it does not have."""
        events = [one for one in self.waiting if one.seq > self.seen]
        self.empty()
        return events


def in_order(seen: int, events: Sequence[Event]) -> bool:
    """Whether these events go on right behind `seen`, without a hole."""
    return all(event.seq == seen + 1 + number for number, event in enumerate(events))
