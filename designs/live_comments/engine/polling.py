"""Viewers who ask again and again, whether or not anything was said."""

from __future__ import annotations

import asyncio
from collections import defaultdict, deque
from collections.abc import Sequence
from contextlib import suppress

from designs.live_comments.config import Config
from designs.live_comments.engine.claims import ClaimChecker
from designs.live_comments.engine.deliveries import Deliveries
from designs.live_comments.engine.replay import Replay
from designs.live_comments.engine.viewers import TICK, UNKNOWN, DemoUser, Viewer, in_order
from sdlab.lab import EngineContext, Unavailable


class Polling:
    """Those who poll, the next to ask first; their polls spread evenly over the interval."""

    def __init__(
        self, context: EngineContext[Config], replay: Replay, deliveries: Deliveries, checker: ClaimChecker
    ) -> None:
        self.context = context
        self._replay, self._deliveries, self._checker = replay, deliveries, checker
        self._viewers: deque[Viewer] = deque()
        self._some_here = asyncio.Event()
        self._due = 0.0

    def add(self, viewer: Viewer) -> None:
        """One more who polls."""
        self._viewers.append(viewer)
        self._some_here.set()

    def clear(self) -> None:
        """Nobody polls any more."""
        self._viewers.clear()

    async def run(self) -> None:
        """Answer polls; rest while nobody asks."""
        clock = self.context.clock
        before = clock.monotonic()
        while True:
            if not self._viewers:
                self._some_here.clear()
                await self._some_here.wait()
                before = clock.monotonic()
            now = clock.monotonic()
            await self._ask(now - before)
            before = now
            await clock.sleep(TICK)

    async def _ask(self, seconds: float) -> None:
        """So much time has passed: answer all whose turn came in it."""
        if not self._viewers:
            return
        self._due += len(self._viewers) * seconds / self.context.config.poll_s
        due = min(int(self._due), len(self._viewers))
        self._due = min(self._due - due, float(len(self._viewers)))
        groups: dict[tuple[str, int], list[Viewer]] = defaultdict(list)
        for _ in range(due):
            viewer = self._viewers.popleft()
            if not viewer.gone and not viewer.server:
                groups[viewer.stream, viewer.seen].append(viewer)
                self._viewers.append(viewer)
        for (stream, seen), asking in groups.items():
            with suppress(Unavailable):
                await self._answer(stream, seen, asking)

    async def _answer(self, stream: str, seen: int, asking: Sequence[Viewer]) -> None:
        """One read for all who ask the same in the same moment."""
        counters = self._deliveries.counters
        counters.polls += len(asking)
        if seen == UNKNOWN:
            tail = self._replay.tail(stream)
            for viewer in asking:
                viewer.seen = tail
            return
        counters.poll_reads += 1
        events = await self._replay.stored(stream, seen)
        if not events:
            counters.empty_polls += len(asking)
            return
        plain = in_order(seen, events)
        for viewer in asking:
            if plain and not isinstance(viewer, DemoUser):
                viewer.seen = events[-1].seq
                self._checker.delivered_in_order(len(events))
            else:
                self._deliveries.deliver(viewer, events, by="poll")
        self._deliveries.add(events, len(asking) * len(events))
