"""Those who watch: crowds that read at once, slow readers, panes of the page, and real connections."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from typing import Literal

from designs.live_comments.comments import Event

UNKNOWN = -1
PANE_KEEPS = 40
FORGIVEN = 64

Kind = Literal["crowd", "slow", "pane", "sse", "websocket"]


class Viewer:
    """Somebody who watches one stream. `seen` is the place of the last comment, `UNKNOWN` before the first.

    A viewer of the crowd reads whatever comes at the moment it comes.
    """

    __slots__ = ("id", "kind", "lost_at", "seen", "server", "stream")

    def __init__(self, id: int, stream: str, *, kind: Kind = "crowd") -> None:
        self.id = id
        self.stream = stream
        self.kind = kind
        self.seen = UNKNOWN
        self.server = ""
        self.lost_at = ""

    @property
    def name(self) -> str:
        """What evidence calls it."""
        return f"{self.kind} viewer {self.id}"


class Buffered(Viewer):
    """A viewer with a buffer on its server, of at most `limit` events."""

    __slots__ = ("bytes", "dropped", "limit", "room", "waiting")

    def __init__(self, id: int, stream: str, *, kind: Kind, limit: int) -> None:
        super().__init__(id, stream, kind=kind)
        self.limit = limit
        self.waiting: deque[Event] = deque()
        self.dropped = 0
        self.room = asyncio.Event()
        self.room.set()

    @property
    def full(self) -> bool:
        """Whether one more event would exceed the limit."""
        return len(self.waiting) >= self.limit

    def push(self, event: Event) -> bool:
        """Put an event into the buffer; false when there is no room."""
        if self.full:
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


class SlowReader(Buffered):
    """Reads `pace` comments per second. While it is behind, it reads from the log at its own pace."""

    __slots__ = ("allowance", "back_at", "behind", "pace")

    def __init__(self, id: int, stream: str, *, limit: int, pace: float) -> None:
        super().__init__(id, stream, kind="slow", limit=limit)
        self.pace = pace
        self.allowance = 0.0
        self.behind = True
        self.back_at = 0.0


class Pane(Viewer):
    """A viewer whose screen is on the page: it keeps what it shows, the newest last."""

    __slots__ = ("came_in", "history", "on", "shown", "title")

    def __init__(self, id: int, stream: str, *, title: str) -> None:
        super().__init__(id, stream, kind="pane")
        self.title = title
        self.on = True
        self.shown: deque[Event] = deque(maxlen=PANE_KEEPS)
        self.history = 0
        self.came_in = ""


class Connection(Buffered):
    """A real connection. `frame` makes bytes of an event; whoever writes waits for `fresh`."""

    __slots__ = ("closed", "frame", "fresh")

    def __init__(
        self, id: int, stream: str, *, kind: Kind, limit: int, frame: Callable[[Event], bytes]
    ) -> None:
        super().__init__(id, stream, kind=kind, limit=limit)
        self.frame = frame
        self.fresh = asyncio.Event()
        self.closed = ""

    def push(self, event: Event) -> bool:
        room = super().push(event)
        self.fresh.set()
        return room

    def close(self, reason: str) -> None:
        """The server ends it; whoever writes says why, if it can."""
        self.closed = reason
        self.fresh.set()

    def take(self) -> list[Event]:
        """Everything that waits."""
        events = list(self.waiting)
        self.empty()
        return events


def in_order(seen: int, events: Sequence[Event]) -> bool:
    """Whether these events go on right behind `seen`, without a hole."""
    return all(event.seq == seen + 1 + place for place, event in enumerate(events))
