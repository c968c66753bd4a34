"""Who answers what is free: the database, a cache, or replicas of a region's counts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass, field
from functools import partial
from typing import Protocol

from designs.local_delivery.config import Config
from designs.local_delivery.engine.nodes import AVAILABILITY, CACHE, DATABASE, REGION
from designs.local_delivery.engine.replicas import COPIES, Replicas
from designs.local_delivery.engine.stock import Shelf, Stock
from designs.local_delivery.engine.world import CENTRES
from sdlab.lab import EngineContext
from sdlab.parts.result_cache import ResultCache

CACHED_ANSWERS = 2_000


@dataclass(slots=True)
class Sources:
    """Where answers come from, and what was kept of them. `hits` and `misses` are the cache's."""

    stock: Stock
    replicas: Replicas
    cache: ResultCache[str, tuple[tuple[int, ...], tuple[int, ...]], Counter[Shelf]] = field(
        default_factory=lambda: ResultCache(CACHED_ANSWERS)
    )
    hits: int = 0
    misses: int = 0

    def reset(self, lifetime: float) -> None:
        """Forget what was kept; from now on for so many seconds."""
        self.cache = ResultCache(CACHED_ANSWERS, lifetime=lifetime)


class Availability(Protocol):
    """Tells how many units are free, by centre and item."""

    label: str
    tradeoff: str
    source: str

    @staticmethod
    async def counts(
        context: EngineContext[Config], sources: Sources, centres: Collection[int], items: Collection[int]
    ) -> Counter[Shelf]: ...


async def _counted(
    context: EngineContext[Config], sources: Sources, centres: Collection[int], items: Collection[int]
) -> Counter[Shelf]:
    return await context.node(DATABASE).call(
        "count", lambda: sources.stock.free_at(centres, items), source=AVAILABILITY
    )


class Straight:
    """The rows are counted."""

    label = "straight to the database"
    tradeoff = "True at the moment of the answer. Looks and sales ask the same database."
    source = "database"

    @staticmethod
    async def counts(
        context: EngineContext[Config], sources: Sources, centres: Collection[int], items: Collection[int]
    ) -> Counter[Shelf]:
        context.decide("rows that are free are counted for this answer")
        return await _counted(context, sources, centres, items)


class MinuteCache:
    """What was counted within the last minute."""

    label = "cache, one minute"
    tradeoff = "Most looks cost nothing. What was sold meanwhile is still on the shelf."
    source = "cache"

    @staticmethod
    async def counts(
        context: EngineContext[Config], sources: Sources, centres: Collection[int], items: Collection[int]
    ) -> Counter[Shelf]:
        key, now = (tuple(sorted(centres)), tuple(sorted(items))), context.clock.monotonic()
        kept = sources.cache.get("all", key, now=now)
        context.node(CACHE).touch("get", "ok" if kept is not None else "miss", source=AVAILABILITY)
        if kept is not None:
            sources.hits += 1
            context.decide(
                "somebody asked the same within its time: the same answer, whatever was sold since"
            )
            return kept
        sources.misses += 1
        context.decide("nobody asked this lately: counted, and kept")
        generation = sources.cache.generation("all")
        found = await _counted(context, sources, centres, items)
        sources.cache.put("all", key, found, now=now, generation=generation)
        return found


class RegionReplicas:
    """Counts by region, in copies that follow."""

    label = "by region, in replicas"
    tradeoff = "Any copy of one or two regions answers; each is late by what is on its way to it."
    source = "replica"

    @staticmethod
    async def counts(
        context: EngineContext[Config], sources: Sources, centres: Collection[int], items: Collection[int]
    ) -> Counter[Shelf]:
        found: Counter[Shelf] = Counter()
        regions = sorted({CENTRES[one].region for one in centres})
        for region in regions:
            copy, here = (
                sources.replicas.next_copy(region),
                [one for one in centres if CENTRES[one].region == region],
            )
            found += await context.node(REGION[region]).call(
                f"HMGET, copy {copy + 1} of {COPIES}",
                partial(sources.replicas.read, region, copy, here, items),
                source=AVAILABILITY,
            )
        context.decide(f"{len(regions)} regions are asked, one copy of each; the database is not")
        return found


AVAILABILITIES: dict[str, type[Availability]] = {
    "regions": RegionReplicas,
    "straight": Straight,
    "cache": MinuteCache,
}
