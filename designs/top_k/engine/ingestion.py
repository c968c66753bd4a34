"""A view on its way: counted on hosts, written to the log, and only then acknowledged."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from designs.top_k.config import Config
from designs.top_k.engine.approach import Approach
from designs.top_k.engine.counters import Counters
from designs.top_k.engine.host_counting import Copy
from designs.top_k.engine.ledger import Ledger
from designs.top_k.engine.published_counts import PublishedCounts
from designs.top_k.engine.strategies import COUNTINGS, OVERLAYS, SIZINGS, UPDATES
from designs.top_k.engine.view_log import ViewLog
from designs.top_k.engine.windows import LONGEST, WINDOWS
from sdlab.lab import EngineContext, TooMany, amount

CHECKED_AT_ONCE = 150


@dataclass(frozen=True, slots=True)
class AcceptedView:
    """An acknowledged view. `views` are those of its video within the hour, this one included.

    `slot` is where it was counted, in that many `copies`; None when no host counts.
    """

    view_id: str
    video_id: str
    at: float
    views: int
    slot: int | None = None
    copies: int = 0

    @property
    def where(self) -> str:
        """Where it was counted, in words."""
        if self.slot is None:
            return "logged"
        return f"slot {self.slot}, {amount(self.copies, 'copy', 'copies')}, logged"


class Ingestion:
    """`in_flight` says how many views of a video are counted but not logged yet, or the other way round.

    `unchecked` are videos that were viewed since the claims were checked; at most `CHECKED_AT_ONCE`.
    """

    def __init__(
        self,
        context: EngineContext[Config],
        ledger: Ledger,
        log: ViewLog,
        approach: Approach,
        counters: Counters,
        *,
        published: PublishedCounts,
    ) -> None:
        self._context = context
        self._ledger = ledger
        self._log = log
        self._approach = approach
        self.counters = counters
        self._published = published
        self.in_flight: Counter[str] = Counter()
        self._working: set[asyncio.Task[AcceptedView]] = set()
        self.unchecked: set[str] = set()
        self.last = ""

    async def take(self, video: str) -> AcceptedView:
        """Count a view; it is acknowledged when this returns.

        `TooMany` when the room holds too many videos, `Unavailable` when no host can count it or
        the log does not answer.
        """
        self._require_room(video)
        self._log.require()
        work = asyncio.create_task(self._take(video))
        self._working.add(work)
        work.add_done_callback(self._done)
        return await asyncio.shield(work)

    def _done(self, work: asyncio.Task[AcceptedView]) -> None:
        self._working.discard(work)
        if not work.cancelled():
            work.exception()  # whoever asked may have gone; then nobody else looks at it

    async def settled(self) -> None:
        """Return when no view is on its way."""
        await asyncio.gather(*self._working, return_exceptions=True)

    async def _take(self, video: str) -> AcceptedView:
        """Goes on when its caller gives up: counted and not logged, or the other way round, is not to be."""
        t = self._context.clock.time()
        self._published.begins(video, t, alone=not self.in_flight[video])
        with self._in_flight(video):
            view_id, copies = await self._count_and_log(video, t)
        self._published.told(video, t)
        if len(self.unchecked) < CHECKED_AT_ONCE:
            self.unchecked.add(video)
        self.last = video
        self.counters.viewed(self._context.clock.monotonic())
        slot = copies[0][1] if copies else None
        return AcceptedView(view_id, video, t, self._ledger.count(video, LONGEST), slot, len(copies))

    def _require_room(self, video: str) -> None:
        known = self._ledger.known
        if known >= self._context.room.quota.rows and not self._ledger.knows(video):
            raise TooMany(f"this room is full: it counts {known:,} different videos")

    @contextmanager
    def _in_flight(self, video: str) -> Iterator[None]:
        self.in_flight[video] += 1
        try:
            yield
        finally:
            self.in_flight[video] -= 1
            if not self.in_flight[video]:
                del self.in_flight[video]

    async def _count_and_log(self, video: str, t: float) -> tuple[str, list[Copy]]:
        fleet = self._approach.fleet
        copies = await fleet.counting.count(video, t) if fleet else []
        config = self._context.config
        if fleet is None:
            COUNTINGS[config.counting].explain(self._context.decide, 0, ())
        if self._approach.sketch is not None:
            UPDATES[config.sketch_update].explain(self._context.decide, config.depth)
            width, sketches = self._approach.sketch.shape.width, self._approach.sketch.slices * len(WINDOWS)
            SIZINGS[config.sizing].explain(self._context.decide, width, sketches)
        if config.counting != "sketch":
            OVERLAYS[config.overlay].explain(self._context.decide)
        try:
            written = await self._log.append(video, t)
        except BaseException:
            if fleet is not None:
                fleet.counting.take_back(video, t, copies)
            raise
        now = self._approach.fleet
        if now is not fleet and now is not None and written.number > now.counted_to:
            await now.counting.count(video, t)  # the hosts were exchanged meanwhile, and began without it
        return written.id, copies
