"""Simulated viewers by stream: objects that check what they get, as many as ten thousand."""

from __future__ import annotations

import asyncio
import itertools
from collections import defaultdict
from collections.abc import Mapping
from contextlib import suppress

from designs.live_comments.config import Config
from designs.live_comments.engine.connections import ConnectionManager
from designs.live_comments.engine.slow_viewers import SlowViewers
from designs.live_comments.engine.strategies import DELIVERY_METHODS
from designs.live_comments.engine.streams import STREAMS
from designs.live_comments.engine.viewers import Viewer
from sdlab.lab import EngineContext, TooMany

MAX_SIMULATED = 10_000
STAYS_S = 10.0


class SimulatedViewers:
    """They come and go in groups. Slow ones count towards the limit.

    Traffic has an audience: as many as the configuration says, by the shares of streams that the
    traffic names. Some time after the last of the traffic they go.
    """

    def __init__(
        self, context: EngineContext[Config], connections: ConnectionManager, slow: SlowViewers
    ) -> None:
        self._context, self._connections, self._slow = context, connections, slow
        self._by_stream: dict[str, dict[int, Viewer]] = defaultdict(dict)
        self._shares: dict[str, float] = {}
        self._goes_at = float("inf")
        self._gathering = asyncio.Lock()

    def __len__(self) -> int:
        return sum(map(len, self._by_stream.values())) + len(self._slow)

    def watching(self, stream: str) -> int:
        """How many of those that read at once watch a stream."""
        return len(self._by_stream[stream])

    async def gather(self, shares: Mapping[str, float]) -> None:
        """Traffic has this audience now: by stream, the share of the configured number; others leave."""
        self._shares = dict(shares)
        await self.resize()

    async def resize(self) -> None:
        """Let come or go as many as it takes until there are as many as configured."""
        async with self._gathering:
            for stream, count in self._wanted().items():
                here = self.watching(stream)
                if count < here:
                    self.leave(stream, here - count)
                elif count > here:
                    with suppress(TooMany):
                        await self.arrive(stream, count - here)

    def _wanted(self) -> dict[str, int]:
        """By stream, how many there should be: whole numbers that come to the configured one."""
        exact = {name: self._shares.get(name, 0.0) * self._context.config.viewers for name in STREAMS}
        wanted = {name: int(value) for name, value in exact.items()}
        missing = round(sum(exact.values())) - sum(wanted.values())
        for name in sorted(exact, key=lambda one: wanted[one] - exact[one])[:missing]:
            wanted[name] += 1
        return wanted

    def stays(self) -> None:
        """There is traffic: its audience stays for now."""
        self._goes_at = self._context.clock.monotonic() + STAYS_S

    async def go_home(self) -> None:
        """Without traffic its audience leaves."""
        if self._shares and self._context.clock.monotonic() > self._goes_at:
            self._context.say("the traffic has ended, and its viewers have left")
            await self.gather({})
            self._slow.leave(of_traffic=True)

    async def arrive(self, stream: str, count: int) -> int:
        """So many come to a stream; how many there was room for. `TooMany` beyond 10,000."""
        room = MAX_SIMULATED - len(self)
        if room <= 0:
            raise TooMany(f"{MAX_SIMULATED:,} simulated viewers are here already")
        config, coming = self._context.config, f"each of {min(count, room):,} viewers"
        DELIVERY_METHODS[config.delivery].begin(coming, self._context.decide)
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
