"""Simulated viewers by stream: objects that check what they get, as many as ten thousand."""

from __future__ import annotations

import itertools
from collections import defaultdict

from designs.live_comments.engine.connections import ConnectionManager
from designs.live_comments.engine.slow_viewers import SlowViewers
from designs.live_comments.engine.viewers import Viewer
from sdlab.lab import TooMany

MAX_SIMULATED = 10_000


class SimulatedViewers:
    """They come and go in groups. Slow ones count towards the limit."""

    def __init__(self, connections: ConnectionManager, slow: SlowViewers) -> None:
        self._connections, self._slow = connections, slow
        self._by_stream: dict[str, dict[int, Viewer]] = defaultdict(dict)

    def __len__(self) -> int:
        return sum(map(len, self._by_stream.values())) + len(self._slow)

    def watching(self, stream: str) -> int:
        """How many of those that read at once watch a stream."""
        return len(self._by_stream[stream])

    async def arrive(self, stream: str, count: int) -> int:
        """So many come to a stream; how many there was room for. `TooMany` beyond 10,000."""
        room = MAX_SIMULATED - len(self)
        if room <= 0:
            raise TooMany(f"{MAX_SIMULATED:,} simulated viewers are here already")
        for _ in range(min(count, room)):
            viewer = Viewer(self._connections.new_id(), stream)
            self._connections.add(viewer)
            self._by_stream[stream][viewer.id] = viewer
            await self._connections.enter(viewer)
        return min(count, room)

    def leave(self, stream: str, count: int) -> int:
        """So many of those who have watched a stream for longest go; how many there were."""
        viewers = self._by_stream[stream]
        gone = list(itertools.islice(viewers.values(), count))
        for viewer in gone:
            del viewers[viewer.id]
            self._connections.remove(viewer)
        return len(gone)
