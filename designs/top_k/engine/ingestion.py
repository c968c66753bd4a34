"""A view on its way: counted on hosts, written to the log, and only then acknowledged."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from designs.top_k.config import Config
from designs.top_k.engine.approach import Approach
from designs.top_k.engine.counters import Counters
from designs.top_k.engine.host_counting import Copy
from designs.top_k.engine.ledger import Ledger
from designs.top_k.engine.view_log import ViewLog
from designs.top_k.engine.windows import LONGEST
from sdlab.lab import EngineContext, TooMany

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
        return f"slot {self.slot}, {'1 copy' if self.copies == 1 else f'{self.copies} copies'}, logged"


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
    ) -> None:
        self._context = context
        self._ledger = ledger
        self._log = log
        self._approach = approach
        self.counters = counters
        self.in_flight: Counter[str] = Counter()
        self.unchecked: set[str] = set()
        self.last = ""

    async def take(self, video: str) -> AcceptedView:
        """Count a view; it is acknowledged when this returns.

        `TooMany` when the room holds too many videos, `Unavailable` when no host can count it or
        the log does not answer.
        """
        self._require_room(video)
        self._log.require()
        t = self._context.clock.time()
        with self._in_flight(video):
            view_id, copies = await self._count_and_log(video, t)
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
        if fleet is None:
            self._context.decide("no host counts: the batch reads views from the log")
        try:
            view_id = await self._log.append(video, t)
        except BaseException:
            if fleet is not None:
                fleet.counting.take_back(video, t, copies)
            raise
        if self._approach.overlay is not None:
            self._approach.overlay.add(video, t)
        now = self._approach.fleet
        if now is not fleet and now is not None:
            await now.counting.count(video, t)  # the hosts were exchanged meanwhile
        return view_id, copies
