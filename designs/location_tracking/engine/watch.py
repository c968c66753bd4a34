"""Who follows which bus: open connections that get its newest position, and circles that ring."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from designs.location_tracking.engine.shards import Position
from sdlab.blocks.geohash import distance_m
from sdlab.lab import TooMany

MAX_CONNECTIONS = 500


class Followers:
    """Open connections. A follower that is slow gets the newest position, not every one."""

    def __init__(self) -> None:
        self.sending = 0
        self.cut_so_far = 0
        self.resumed = 0
        self.sent = 0
        self._boxes: defaultdict[str, set[asyncio.Queue[Position]]] = defaultdict(set)
        self._cut = asyncio.Event()
        self._lost: set[str] = set()

    @property
    def following(self) -> int:
        """How many connections receive positions."""
        return sum(map(len, self._boxes.values()))

    @property
    def cut(self) -> asyncio.Event:
        """Set when all connections of now are to be dropped."""
        return self._cut

    @contextmanager
    def follow(self, bus: str) -> Iterator[asyncio.Queue[Position]]:
        """A box that holds the newest position of a bus. `TooMany` beyond `MAX_CONNECTIONS`."""
        self._admit(f"track {bus}")
        box: asyncio.Queue[Position] = asyncio.Queue(maxsize=1)
        self._boxes[bus].add(box)
        try:
            yield box
        finally:
            self._boxes[bus].discard(box)
            if not self._boxes[bus]:
                del self._boxes[bus]

    @contextmanager
    def send(self, bus: str) -> Iterator[None]:
        """Somebody sends the positions of a bus."""
        self._admit(f"bus {bus}")
        self.sending += 1
        try:
            yield
        finally:
            self.sending -= 1

    def tell(self, position: Position) -> None:
        """Put a position into every box of its bus."""
        for box in self._boxes.get(position.bus, ()):
            if box.full():
                box.get_nowait()
            box.put_nowait(position)
            self.sent += 1

    def cut_all(self, names: set[str]) -> int:
        """Drop every connection of now; how many there were."""
        count = self.following + self.sending
        self._lost |= {f"track {bus}" for bus in self._boxes} | names
        self.cut_so_far += count
        self._cut.set()
        self._cut = asyncio.Event()
        return count

    def _admit(self, name: str) -> None:
        if self.following + self.sending >= MAX_CONNECTIONS:
            raise TooMany(f"{MAX_CONNECTIONS} connections are open in this room")
        if name in self._lost:
            self._lost.discard(name)
            self.resumed += 1


@dataclass(frozen=True, slots=True)
class Fence:
    """A circle that rings when its bus enters or leaves; `bus` empty: any that is followed."""

    id: str
    name: str
    lat: float
    lng: float
    radius_m: float
    bus: str


@dataclass(frozen=True, slots=True)
class Alert:
    """A crossing. `t` is Unix seconds of the position that crossed."""

    t: float
    bus: str
    fence: str
    entered: bool
    metres: float


class Fences:
    """The circles of a room, and which buses are inside."""

    def __init__(self) -> None:
        self.fences: dict[str, Fence] = {}
        self._inside: set[tuple[str, str]] = set()

    def crossed(self, position: Position) -> list[Alert]:
        """What rings because of that position; a bus that stays rings no second time."""
        alerts = []
        for fence in self.fences.values():
            if fence.bus not in ("", position.bus):
                continue
            metres = distance_m((position.lat, position.lng), (fence.lat, fence.lng))
            pair, inside = (fence.id, position.bus), metres <= fence.radius_m
            if inside != (pair in self._inside):
                (self._inside.add if inside else self._inside.discard)(pair)
                alerts.append(Alert(position.t, position.bus, fence.name, inside, metres))
        return alerts

    def inside(self, fence: str) -> list[str]:
        """The buses inside of a circle."""
        return sorted(bus for id, bus in self._inside if id == fence)

    def forget(self, fence: str) -> None:
        """A circle is gone."""
        self.fences.pop(fence, None)
        self._inside = {pair for pair in self._inside if pair[0] != fence}
