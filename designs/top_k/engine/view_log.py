"""The durable log of views: one partition per share of the videos. A view is acknowledged once it is there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from designs.top_k.config import Config
from designs.top_k.engine.ledger import Ledger
from designs.top_k.engine.nodes import GATEWAY, LOG, PARTITIONS
from designs.top_k.engine.stores import SketchStore
from sdlab.blocks.hash_ring import hash64
from sdlab.lab import EngineContext, Unavailable
from sdlab.parts.coalescer import Coalescer
from sdlab.parts.event_log import START, EventLog, NewEntry

LARGEST_GROUP = 1_000


@dataclass(frozen=True, slots=True)
class LoggedView:
    """A view in the log; `id` is its position in its partition, `t` Unix seconds."""

    id: str
    video: str
    t: float


def partition_of(video: str) -> int:
    """The partition of a video's views."""
    return hash64(video) % PARTITIONS


class WrittenView(NamedTuple):
    """A view that is in the log: its id, and how many the ledger has counted with it."""

    id: str
    number: int


class LogWriter:
    """Writes groups of views, and counts in the ledger what is written: the ledger never lags behind `last`.

    So does `beside`, the sketch that runs beside the approach, in the same step: whoever looks at both
    sees one moment.
    """

    def __init__(self, events: EventLog, ledger: Ledger) -> None:
        self.events = events
        self.last = [START] * PARTITIONS
        self.appended = [0] * PARTITIONS
        self.beside: SketchStore | None = None
        self._ledger = ledger

    async def write(self, group: Sequence[tuple[str, float]]) -> list[WrittenView]:
        """Append a group of (video, time)."""
        ids = await self.events.append(
            [NewEntry({"v": video, "t": repr(t)}, partition_of(video)) for video, t in group]
        )
        return [self._written(video, t, entry) for (video, t), entry in zip(group, ids, strict=True)]

    def _written(self, video: str, t: float, entry: str) -> WrittenView:
        partition = partition_of(video)
        self.last[partition] = entry
        self.appended[partition] += 1
        self._ledger.add(video, t)
        if self.beside is not None:
            self.beside.add(video, t)
        return WrittenView(f"{partition}-{entry}", self._ledger.seen)


class ViewLog:
    """Callers that come while a group is being written form the next one."""

    def __init__(self, context: EngineContext[Config], ledger: Ledger) -> None:
        self._context = context
        self.events = EventLog(context.room.redis, context.room.key("log"), partitions=PARTITIONS)
        self.writer = LogWriter(self.events, ledger)
        self._groups: Coalescer[tuple[str, float], WrittenView] = Coalescer(
            self.writer.write, largest=LARGEST_GROUP
        )

    def require(self) -> None:
        """`Unavailable` while the log is down, so that nothing is counted in vain."""
        if self._context.node(LOG).down:
            raise Unavailable("the view log is down: nothing could be acknowledged", retry_after=5)

    async def append(self, video: str, t: float) -> WrittenView:
        """Write one view; returns once it is written and counted in the ledger."""
        return await self._context.node(LOG).call(
            "append", lambda: self._groups.ask((video, t)), source=GATEWAY
        )

    async def settled(self) -> None:
        """Return when nothing is being written."""
        await self._groups.settled()

    async def read(self, partition: int, *, after: str, limit: int) -> list[LoggedView]:
        """Up to `limit` views behind the position `after`."""
        found = await self.events.read(after=after, partition=partition, limit=limit)
        return [LoggedView(one.id, one.fields["v"], float(one.fields["t"])) for one in found]
