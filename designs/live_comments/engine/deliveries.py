"""What went to viewers: how much, by which method, and how late."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field

from designs.live_comments.config import Config
from designs.live_comments.engine.claims import ClaimChecker
from designs.live_comments.engine.comment_traces import CommentTraces
from designs.live_comments.engine.comments import Event
from designs.live_comments.engine.feeds import ServerStats
from designs.live_comments.engine.nodes import BUS, VIEWERS
from designs.live_comments.engine.strategies import DELIVERY_METHODS
from designs.live_comments.engine.viewers import DemoUser, Viewer
from designs.live_comments.engine.written import WireBytes
from sdlab.blocks.histogram import LogHistogram, bucket_of
from sdlab.blocks.windows import SlidingCounter
from sdlab.lab import EngineContext

WINDOW = 5.0


@dataclass(slots=True)
class Counters:
    """Since the engine was opened. `by_method` counts deliveries to all viewers by how each gets them."""

    delivered: int = 0
    by_method: dict[str, int] = field(default_factory=lambda: dict.fromkeys(DELIVERY_METHODS, 0))
    polls: int = 0
    empty_polls: int = 0
    poll_reads: int = 0
    reconnects: int = 0
    no_room: int = 0
    dropped: int = 0


class Delays:
    """Delivery delays of the last five to ten seconds, ms, counted by how many viewers had them."""

    def __init__(self) -> None:
        self._index = 0
        self._now, self._before = LogHistogram(), LogHistogram()

    def add(self, now: float, ms: float, count: int) -> None:
        """`count` viewers got something after `ms`."""
        self._roll(now)
        self._now.counts[bucket_of(ms)] += count
        self._now.total += count

    def merged(self, now: float) -> LogHistogram:
        """All of them in one histogram."""
        self._roll(now)
        both = LogHistogram()
        both.merge(self._before)
        both.merge(self._now)
        return both

    def _roll(self, now: float) -> None:
        index = int(now / WINDOW)
        if index != self._index:
            self._before = self._now if index == self._index + 1 else LogHistogram()
            self._now, self._index = LogHistogram(), index


class Deliveries:
    """Delivers to viewers that read at once, and counts all deliveries when they happen."""

    def __init__(self, context: EngineContext[Config], checker: ClaimChecker, traces: CommentTraces) -> None:
        self.context = context
        self._checker, self._traces = checker, traces
        self.counters = Counters()
        self.delays = Delays()
        self.rate = SlidingCounter(seconds=60)
        self.wire = WireBytes()

    def traced(self, events: Sequence[Event]) -> AbstractContextManager[None]:
        """Within the block reasons belong to the request that made the first of these events, if it is known."""
        return self._traces.continued(events)

    def deliver(self, viewer: Viewer, events: Sequence[Event], *, by: str) -> int:
        """A viewer that reads at once gets what it does not have of these; how many that were."""
        new = [event for event in events if event.seq > viewer.seen]
        for event in new:
            self._checker.delivered(viewer, event, by=by)
        if new and isinstance(viewer, DemoUser):
            viewer.shown.extend(new)
            self.context.changed()
        return len(new)

    def fanned_out(self, stats: ServerStats, stream: str, events: Sequence[Event], count: int) -> None:
        """A server delivered these events to its viewers, `count` deliveries in all."""
        with self._traces.continued(events):
            for id, source, words in (
                (stats.server, BUS, f"{len(events)} of {stream}"),
                (VIEWERS, stats.server, f"{count} deliveries"),
            ):
                node = self.context.nodes.get(id)
                if node is not None and not node.down:
                    node.touch(words, "ok", source=source)
        self.add(events, count)
        stats.delivered += count

    def read(self, events: Sequence[Event], *, by: str = "", late: bool = False) -> None:
        """One viewer with a buffer has read these, or they were written to its connection; `by` is the method."""
        self.add(events, len(events), late=late, by=by)

    def caught_up(self, stats: ServerStats, events: Sequence[Event], count: int) -> None:
        """A server delivered what somebody had missed: that is no measure of the delay."""
        self.add(events, count, late=True)
        stats.delivered += count

    def add(self, events: Sequence[Event], count: int, *, late: bool = False, by: str = "") -> None:
        """These events made `count` deliveries in all, by the method `by` (the configured one)."""
        if not events or not count:
            return
        now, wall = self.context.clock.monotonic(), self.context.clock.time()
        each = count / len(events)
        if not late:
            for event in events:
                self.delays.add(now, max(0.0, (wall - event.at) * 1000), max(1, round(each)))
        self.counters.by_method[by or self.context.config.delivery] += count
        self.counters.delivered += count
        self.rate.add(now, count)
