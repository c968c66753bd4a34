"""One stream on one server: how far it has come, its newest events, and who watches it there."""

from __future__ import annotations

import asyncio
from collections import deque
from dataclasses import dataclass

from designs.live_comments.engine.comments import Event
from designs.live_comments.engine.viewers import UNKNOWN, BufferedViewer, DemoUser, Viewer

RING = 512


@dataclass(slots=True)
class ServerStats:
    """What one server has done since it started. `useful` are received events that somebody there watched for."""

    server: str
    received: int = 0
    useful: int = 0
    delivered: int = 0
    dropped: int = 0
    stalled_s: float = 0.0


class Feed:
    """`last` is the newest event that was delivered from here, `UNKNOWN` until the feed has begun.

    `passed` is the newest event that came before that. `simulated` viewers are moved on together,
    `individual` ones are looked at one by one.
    """

    def __init__(self, stream: str) -> None:
        self.stream = stream
        self.last = UNKNOWN
        self.passed = UNKNOWN
        self.ring: deque[Event] = deque(maxlen=RING)
        self.simulated: dict[int, Viewer] = {}
        self.individual: dict[int, BufferedViewer | DemoUser] = {}
        self.ready = asyncio.Event()

    @property
    def watched(self) -> int:
        """How many viewers."""
        return len(self.simulated) + len(self.individual)

    @property
    def buffered(self) -> list[BufferedViewer]:
        """Those who have a buffer here."""
        return [one for one in self.individual.values() if isinstance(one, BufferedViewer)]

    def reaches(self, seen: int) -> bool:
        """Whether the ring has everything behind `seen`."""
        return seen >= self.last or (bool(self.ring) and self.ring[0].seq <= seen + 1)

    def since(self, seen: int) -> list[Event]:
        """What the ring has behind `seen`, oldest first."""
        missing = min(len(self.ring), max(0, self.last - seen))
        return [self.ring[number] for number in range(len(self.ring) - missing, len(self.ring))]

    def add(self, viewer: Viewer) -> None:
        """From now on this viewer gets what comes."""
        if isinstance(viewer, BufferedViewer | DemoUser):
            self.individual[viewer.id] = viewer
        else:
            self.simulated[viewer.id] = viewer

    def remove(self, viewer: Viewer) -> None:
        """It gets nothing any more."""
        self.simulated.pop(viewer.id, None)
        self.individual.pop(viewer.id, None)
