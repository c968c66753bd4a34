"""An event goes to everybody who watches its stream on one server."""

from __future__ import annotations

from collections.abc import Sequence

from designs.live_comments.config import Config
from designs.live_comments.engine.claims import ClaimChecker
from designs.live_comments.engine.comments import Event
from designs.live_comments.engine.deliveries import Deliveries
from designs.live_comments.engine.feeds import Feed, ServerStats
from designs.live_comments.engine.strategies import FULL_BUFFERS
from designs.live_comments.engine.viewers import BufferedViewer, DemoUser, in_order
from sdlab.lab import EngineContext


class FanOut:
    """Delivers to simulated viewers and demo users, and puts into the buffers of the others."""

    def __init__(self, context: EngineContext[Config], checker: ClaimChecker, deliveries: Deliveries) -> None:
        self.context = context
        self._checker, self._deliveries = checker, deliveries

    async def run(
        self, stats: ServerStats, feed: Feed, events: Sequence[Event], *, connections: int
    ) -> list[BufferedViewer]:
        """Give a server's viewers these events; those whose buffers had no room, whom the server must end."""
        around = self._checker.fanning_out(stats.server, feed.buffered, others=connections - 1)
        with around, self._deliveries.traced(events):
            return await self._run(stats, feed, events)

    async def _run(self, stats: ServerStats, feed: Feed, events: Sequence[Event]) -> list[BufferedViewer]:
        if FULL_BUFFERS[self.context.config.slow_viewer].waits:
            await self._wait_for_room(stats, feed, len(events))
        events = [event for event in events if event.seq > feed.last]
        if not events:
            return []
        before = feed.last
        feed.extend(events)
        count = self._to_simulated(stats, feed, before, events)
        full = []
        for viewer in feed.individual.values():
            if isinstance(viewer, DemoUser):
                count += self._deliveries.deliver(viewer, events, by=stats.server)
            elif not self._to_buffer(viewer, events):
                full.append(viewer)
        for viewer in full:
            await self._say(stats, viewer)
        self._deliveries.fanned_out(stats, feed.stream, events, count)
        self._deliveries.counters.dropped += len(full)
        return full

    async def _say(self, stats: ServerStats, viewer: BufferedViewer) -> None:
        """A buffer is full: what is done about it has a line of its own in the feed."""
        async with self.context.request("full buffer", by=stats.server, by_hand=False) as trace:
            trace.outcome = "miss"
            FULL_BUFFERS[self.context.config.slow_viewer].act(viewer.name, self.context.decide)
            trace.sentence = f"{stats.server}: the buffer of {viewer.name} is full"

    def _to_simulated(self, stats: ServerStats, feed: Feed, before: int, events: Sequence[Event]) -> int:
        """Most have what the feed had before: they are moved on without a look at each event."""
        last, plain = events[-1].seq, in_order(before, events)
        odd = []
        for viewer in feed.simulated.values():
            if viewer.seen == before and plain:
                viewer.seen = last
            else:
                odd.append(viewer)
        count = (len(feed.simulated) - len(odd)) * len(events)
        self._checker.delivered_in_order(count)
        return count + sum(self._deliveries.deliver(one, events, by=stats.server) for one in odd)

    def _to_buffer(self, viewer: BufferedViewer, events: Sequence[Event]) -> bool:
        """Whether there was room for all; they are delivered when the viewer reads them."""
        for event in events:
            if event.seq <= viewer.seen:
                continue
            if not viewer.waiting.push(event):
                return False
            self._checker.buffered(viewer)
        return True

    async def _wait_for_room(self, stats: ServerStats, feed: Feed, needed: int) -> None:
        """Wait for everyone whose buffer has no room: what no server should do."""
        clock = self.context.clock
        for viewer in feed.buffered:
            began = clock.monotonic()
            while viewer.id in feed.individual and not viewer.waiting.has_room(needed):
                await self._say(stats, viewer)
                await viewer.waiting.room_made()
            stats.stalled_s += clock.monotonic() - began
