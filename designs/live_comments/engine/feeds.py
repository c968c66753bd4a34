"""One stream on one server: how far it has come, its newest events, and who watches it there."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from designs.live_comments.engine.comments import Event
from designs.live_comments.engine.viewers import UNKNOWN, BufferedViewer, DemoUser, Viewer
from sdlab.parts.connections import ResumableLog

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
    """`passed` is the newest event that came before the feed had begun.

    `simulated` viewers are moved on together, `individual` ones are looked at one by one.
    """

    def __init__(self, stream: str) -> None:
        self.stream = stream
        self.passed = UNKNOWN
        self.ring: ResumableLog[Event] = ResumableLog(RING, last=UNKNOWN)
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

    @property
    def last(self) -> int:
        """The newest event that was delivered from here, `UNKNOWN` until the feed has begun."""
        return self.ring.last

    def begin(self, newest: Sequence[Event], last: int) -> None:
        """The stream stands at `last`; `newest` are the events before that, oldest first."""
        self.extend(newest)
        if last > self.last:
            self.ring.begin(last)

    def extend(self, events: Sequence[Event]) -> None:
        """These come next; what was there before is left out."""
        for event in events:
            if event.seq > self.last:
                self.ring.put(event.seq, event)

    def reaches(self, seen: int) -> bool:
        """Whether the ring has everything behind `seen`."""
        return seen >= self.last or self.ring.reaches(seen)

    def since(self, seen: int) -> list[Event]:
        """What the ring has behind `seen`, oldest first."""
        return self.ring.since(seen)

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
