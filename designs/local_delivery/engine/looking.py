"""What can be had at a place within the hour: the centres, then the counts, and how many answers were wrong."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from designs.local_delivery.config import Config
from designs.local_delivery.engine.nodes import AVAILABILITY
from designs.local_delivery.engine.reach import Reach
from designs.local_delivery.engine.replicas import Replicas
from designs.local_delivery.engine.stock import Shelf, Stock
from designs.local_delivery.engine.strategies import AVAILABILITIES
from designs.local_delivery.engine.strategies.allocating import CandidateCentre
from designs.local_delivery.engine.strategies.answering import Sources, Straight
from sdlab.blocks.windows import SlidingHistogram
from sdlab.lab import EngineContext

AUDITED_PER_S = 15


@dataclass(frozen=True, slots=True)
class Shelves:
    """An answer: the centres that reach the place, and free units by shelf."""

    centres: tuple[CandidateCentre, ...]
    counts: Counter[Shelf]
    items: tuple[int, ...]
    source: str

    def left(self, item: int) -> int:
        """Units of all these centres together."""
        return sum(self.counts[one.centre_id, item] for one in self.centres)


@dataclass(slots=True)
class Audit:
    """Answers that were compared with the rows right after they were given; `over` of them said more than there was.

    An answer is many `counts`, one for each shelf; `stale` of them were wrong.
    """

    answers: int = 0
    counts: int = 0
    stale: int = 0
    over: int = 0

    @property
    def stale_pct(self) -> float:
        """Of a hundred counts, how many were wrong."""
        return 100 * self.stale / self.counts if self.counts else 0.0


class Looking:
    """The availability service."""

    def __init__(
        self, context: EngineContext[Config], stock: Stock, reach: Reach, replicas: Replicas
    ) -> None:
        self._context, self._stock, self._reach = context, stock, reach
        self.sources = Sources(stock, replicas)
        self.audit = Audit()
        self.by: Counter[str] = Counter()
        self.ms = SlidingHistogram(slices=30)
        self._second = self._audited = 0

    async def shelves(self, x: float, y: float, items: Collection[int], *, sure: bool = False) -> Shelves:
        """What is free for that place, by the approach in force; with `sure` from the rows, whatever that is."""
        began = self._context.clock.monotonic()
        candidates = await self._reach.candidates(x, y, source=AVAILABILITY)
        centres, wanted = [one.centre_id for one in candidates], tuple(items)
        approach = Straight if sure else AVAILABILITIES[self._context.config.availability]
        if centres:
            counts = await approach.counts(self._context, self.sources, centres, wanted)
        else:
            self._context.decide("no open centre reaches the place within the hour: nothing is on its shelf")
            counts = Counter()
        self.by[approach.source] += 1
        now = self._context.clock.monotonic()
        self.ms.add(now, (now - began) * 1000)
        self._context.answered()
        if centres and not sure and self._to_audit(now):
            await self._compare(counts, centres, wanted)
        return Shelves(tuple(candidates), counts, wanted, approach.source)

    def _to_audit(self, now: float) -> bool:
        if int(now) != self._second:
            self._second, self._audited = int(now), 0
        self._audited += 1
        return self._audited <= AUDITED_PER_S

    async def _compare(
        self, told: Mapping[Shelf, int], centres: Collection[int], items: Collection[int]
    ) -> None:
        """With the rows, behind the answer; it costs whoever asked nothing."""
        true = await self._stock.free_at(centres, items)
        differing = [one for one in {*told, *true} if told.get(one, 0) != true[one]]
        self.audit.answers += 1
        self.audit.counts += len(centres) * len(items)
        self.audit.stale += len(differing)
        self.audit.over += any(told.get(one, 0) > true[one] for one in differing)
