"""The dispatcher's table: which servers need which stream, as they last reported it."""

from __future__ import annotations

from collections.abc import Iterable

from designs.live_comments.config import Config
from designs.live_comments.engine.nodes import DISPATCHER
from designs.live_comments.engine.strategies import DISTRIBUTIONS
from sdlab.lab import EngineContext

LEASE = 1.5


class Dispatcher:
    """Believes a server for `LEASE` seconds. While `stale` it hears nothing and forgets nothing."""

    def __init__(self, context: EngineContext[Config]) -> None:
        self.context = context
        self.table: dict[str, dict[str, float]] = {}
        self.stale = False
        self.dispatched = 0
        self.to_nobody = 0

    @property
    def used(self) -> bool:
        """Whether comments go by this table at all."""
        return DISTRIBUTIONS[self.context.config.distribution].dispatched

    def report(self, server: str, streams: Iterable[str]) -> None:
        """A server says which streams its viewers watch; what it does not name it does not need."""
        node = self.context.nodes.get(DISPATCHER)
        if not self.used or node is None or node.down:
            return
        node.touch("report", "ok", source=server)
        if self.stale:
            return
        now, wanted = self.context.clock.monotonic(), set(streams)
        for stream in wanted | self.table.keys():
            if stream in wanted:
                self.table.setdefault(stream, {})[server] = now
            else:
                self.table[stream].pop(server, None)
        self.forget(now)

    def forget(self, now: float) -> None:
        """Drop who has not reported for a lease."""
        if self.stale:
            return
        for stream in list(self.table):
            self.table[stream] = {one: at for one, at in self.table[stream].items() if now - at <= LEASE}
            if not self.table[stream]:
                del self.table[stream]

    def targets(self, stream: str, now: float) -> list[str]:
        """The servers that are believed to need this stream."""
        self.forget(now)
        found = sorted(self.table.get(stream, {}))
        self.dispatched += len(found)
        self.to_nobody += not found
        return found
