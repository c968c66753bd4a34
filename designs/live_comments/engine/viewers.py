"""Those who watch: simulated viewers that read at once, slow ones, demo users of the page, real connections."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from designs.live_comments.engine.comments import Event
from designs.live_comments.engine.written import WireMeter
from sdlab.parts.connections import BoundedBuffer

UNKNOWN = -1
TICK = 0.05  # seconds between two looks at those who wait for something
DEMO_USER_KEEPS = 40
SLOW_BACK_AFTER = 1.0

Kind = Literal["simulated", "slow", "demo", "sse", "websocket"]


class Viewer:
    """Somebody who watches one stream. `seen` is the newest comment that they have, `UNKNOWN` before the first.

    A simulated viewer reads whatever comes at the moment it comes. `gone` is one that has left for good.
    """

    __slots__ = ("gone", "id", "kind", "lost_at", "lost_because", "lost_by", "seen", "server", "stream")

    def __init__(self, id: int, stream: str, *, kind: Kind = "simulated") -> None:
        self.id = id
        self.stream = stream
        self.kind = kind
        self.seen = UNKNOWN
        self.server = ""
        self.lost_because = ""
        self.lost_by = ""
        self.lost_at = 0.0
        self.gone = False

    @property
    def name(self) -> str:
        """What evidence calls it."""
        return f"{self.kind} viewer {self.id}"

    def disconnected(self, because: str, *, farewell: str, at: float) -> None:
        """Its server has ended the connection at `at` (Unix s); `farewell` is for whoever can still read."""
        self.lost_by, self.lost_because, self.lost_at = self.server, because, at
        self.server = ""


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

    __slots__ = ("dropped", "waiting")

    def __init__(self, id: int, stream: str, *, kind: Kind, limit: int) -> None:
        super().__init__(id, stream, kind=kind)
        self.waiting: BoundedBuffer[Event] = BoundedBuffer(limit)
        self.dropped = 0

    @property
    def limit(self) -> int:
        """How many events its buffer holds at most."""
        return self.waiting.limit

    def disconnected(self, because: str, *, farewell: str, at: float) -> None:
        """The connection is over, and its buffer with it."""
        super().disconnected(because, farewell=farewell, at=at)
        self.waiting.clear()


class SlowViewer(BufferedViewer):
    """Reads `pace` comments per second. After its connection was lost it is away for `away_s` seconds.

    `of_traffic` is one that a workload has brought.
    """

    __slots__ = ("allowance", "away_s", "of_traffic", "pace")

    def __init__(self, id: int, stream: str, *, limit: int, pace: float, of_traffic: bool = False) -> None:
        super().__init__(id, stream, kind="slow", limit=limit)
        self.pace = pace
        self.of_traffic = of_traffic
        self.allowance = 0.0
        self.away_s = 0.0

    def disconnected(self, because: str, *, farewell: str, at: float) -> None:
        super().disconnected(because, farewell=farewell, at=at)
        self.away_s = SLOW_BACK_AFTER

    def passes(self, seconds: float) -> None:
        """So much time has passed: it may read more, or comes back."""
        self.allowance = min(self.allowance + self.pace * seconds, max(1.0, self.pace))
        self.away_s = max(0.0, self.away_s - seconds)


@dataclass(frozen=True, slots=True)
class WireFormat:
    """How a real connection is written: a comment, why the server ends it, and that an id is not reached yet.

    `greeting` tells a screen of the page which server holds it.
    """

    kind: Kind
    frame: Callable[[Event], bytes]
    farewell: Callable[[str], bytes]
    reset: bytes = b""
    greeting: Callable[[str], bytes] = lambda server: b""


class Connection(BufferedViewer):
    """A real connection; its buffer ends with it. `meter` counts what is written to it."""

    __slots__ = ("meter", "wire")

    def __init__(self, id: int, stream: str, *, wire: WireFormat, limit: int, meter: WireMeter) -> None:
        super().__init__(id, stream, kind=wire.kind, limit=limit)
        self.wire = wire
        self.meter = meter

    def disconnected(self, because: str, *, farewell: str, at: float) -> None:
        super().disconnected(because, farewell=farewell, at=at)
        self.waiting.end(farewell)

    def new(self, events: Sequence[Event]) -> list[Event]:
        """Those of the events that it does not have."""
        return [one for one in events if one.seq > self.seen]


def in_order(seen: int, events: Sequence[Event]) -> bool:
    """Whether these events go on right behind `seen`, without a hole."""
    return all(event.seq == seen + 1 + number for number, event in enumerate(events))
