"""Viewers with a poor line: they read at a pace of their own, from a buffer or, while behind, from the log."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import suppress

from redis.exceptions import RedisError

from designs.live_comments.config import Config
from designs.live_comments.engine.claims import ClaimChecker
from designs.live_comments.engine.connections import ConnectionManager
from designs.live_comments.engine.deliveries import Deliveries
from designs.live_comments.engine.replay import Replay
from designs.live_comments.engine.viewers import TICK, UNKNOWN, SlowViewer
from sdlab.lab import EngineContext, Unavailable

MAX_SLOW = 100


class SlowViewers:
    """All of them; at most `MAX_SLOW` are here at a time, and the first to come is the first to go."""

    def __init__(
        self,
        context: EngineContext[Config],
        connections: ConnectionManager,
        replay: Replay,
        deliveries: Deliveries,
        checker: ClaimChecker,
    ) -> None:
        self.context = context
        self._connections, self._replay = connections, replay
        self._deliveries, self._checker = deliveries, checker
        self._here: dict[int, SlowViewer] = {}
        self._some_here = asyncio.Event()

    def __len__(self) -> int:
        return len(self._here)

    def __iter__(self) -> Iterator[SlowViewer]:
        return iter(list(self._here.values()))

    def arrive(self, stream: str, count: int, *, pace: float, of_traffic: bool = False) -> None:
        """So many come who read `pace` comments per second."""
        limit = self.context.config.buffer
        self.context.decide(
            f"{count} come with a buffer of {limit} events each, and read {pace:g} per second"
        )
        for _ in range(count):
            if len(self._here) >= MAX_SLOW:
                self._connections.remove(self._here.pop(next(iter(self._here))))
            id = self._connections.new_id()
            viewer = SlowViewer(id, stream, limit=limit, pace=pace, of_traffic=of_traffic)
            self._connections.add(viewer)
            self._here[id] = viewer
        self._some_here.set()

    def leave(self, *, of_traffic: bool) -> None:
        """All of them go who were brought by traffic, or all who were not."""
        for viewer in self:
            if viewer.of_traffic == of_traffic:
                self._connections.remove(viewer)
                del self._here[viewer.id]

    async def run(self) -> None:
        """Let them read; rest while nobody is here."""
        clock = self.context.clock
        before = clock.monotonic()
        while True:
            if not self._here:
                self._some_here.clear()
                await self._some_here.wait()
                before = clock.monotonic()
            now = clock.monotonic()
            await self._read(now - before)
            before = now
            await clock.sleep(TICK)

    async def _read(self, seconds: float) -> None:
        """So much time has passed: each reads what it can in it."""
        for viewer in self:
            viewer.passes(seconds)
            if viewer.server:
                while viewer.waiting and viewer.allowance >= 1:
                    viewer.allowance -= 1
                    event = viewer.waiting.pop()
                    self._checker.delivered(viewer, event, by=viewer.server)
                    self._deliveries.read([event], late=True)
                    if (server := self._connections.pool.servers.get(viewer.server)) is not None:
                        server.stats.delivered += 1
            elif not viewer.away_s:
                with suppress(Unavailable, RedisError):
                    await self._read_behind(viewer)

    async def _read_behind(self, viewer: SlowViewer) -> None:
        """Read on from the log; once at its end, get a server again."""
        resumes = self._replay.possible
        if viewer.seen == UNKNOWN:
            viewer.seen = self._replay.tail(viewer.stream)
        while viewer.allowance >= 1 and resumes and self._lags(viewer):
            events = await self._replay.after(viewer.stream, viewer.seen, limit=int(viewer.allowance))
            if not events:
                break
            for event in events:
                viewer.allowance -= 1
                self._checker.delivered(viewer, event, by="the log")
            self._deliveries.read(events, late=True)
        if self._connections.pushes and not (resumes and self._lags(viewer)):
            await self._go_live(viewer)

    def _lags(self, viewer: SlowViewer) -> bool:
        return viewer.seen < self._replay.tail(viewer.stream)

    async def _go_live(self, viewer: SlowViewer) -> None:
        server = self._connections.pool.route(viewer.stream)
        server.accept(viewer)
        try:
            feed = await server.feed(viewer.stream)
        except Unavailable:
            server.release(viewer)
            raise
        resumes = self._replay.possible
        missed = feed.since(viewer.seen) if resumes else []
        if (resumes and not feed.reaches(viewer.seen)) or len(missed) > viewer.limit:
            server.release(viewer)
            return
        for event in missed:
            viewer.waiting.push(event)
        viewer.waiting.limit = self.context.config.buffer
        feed.add(viewer)
        self._deliveries.counters.reconnects += bool(viewer.dropped)
