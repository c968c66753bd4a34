"""A refill from beginning to end: where the feed comes from, who was swiped, and whether the cards still fit."""

from __future__ import annotations

import itertools
from collections.abc import Collection

from designs.tinder.config import Config
from designs.tinder.engine.counters import Counters
from designs.tinder.engine.feed_builder import FeedBuilder
from designs.tinder.engine.feed_cache import MOST_CARDS
from designs.tinder.engine.feed_refiller import FeedRefiller
from designs.tinder.engine.ranking import Viewer
from designs.tinder.engine.recent import Recent
from designs.tinder.engine.refill import Refill
from designs.tinder.engine.screening import Screening
from designs.tinder.engine.strategies.feed import FEEDS
from sdlab.blocks.histogram import LogHistogram
from sdlab.lab import EngineContext

VIEWERS_KEPT = 5000


class FeedService:
    """Answers GET /feed, and remembers since when each viewer's filters are in force. `ms` is by feed source."""

    def __init__(
        self,
        context: EngineContext[Config],
        builder: FeedBuilder,
        refiller: FeedRefiller,
        screening: Screening,
        *,
        counters: Counters,
    ) -> None:
        self._context = context
        self._builder = builder
        self._refiller = refiller
        self._screening = screening
        self._counters = counters
        self._filters: Recent[int, tuple[str, float]] = Recent(VIEWERS_KEPT)
        self._marks = itertools.count(1)
        self._prefix = int(context.clock.time() * 1000) % 1_000_000
        self.ms = {name: LogHistogram() for name in FEEDS}

    async def refill(self, viewer: Viewer, held: Collection[int]) -> Refill:
        """The next cards for these filters, without those that the phone holds."""
        context, config = self._context, self._context.config
        began = context.clock.monotonic()
        since = self.in_force_since(viewer)
        source = FEEDS[config.feed](context, self._builder, self._refiller)
        prepared = await source.serve(viewer, config.batch + len(held))
        rest = [one for one in prepared.numbers if one not in held][: config.batch + MOST_CARDS]
        # Once more about those who are to be sent: the feed may be older than the last swipes.
        verdict = await self._screening.screen(viewer.number, rest)
        if verdict.swiped:
            context.decide(f"{len(verdict.swiped)} were swiped already, says {verdict.replica}")
        fresh = tuple(one for one in rest if one not in verdict.swiped)[: config.batch]
        mark = f"h{self._prefix}-{next(self._marks)}"
        self._count(len(fresh))
        self.ms[config.feed].add((context.clock.monotonic() - began) * 1000)
        return Refill(
            numbers=fresh,
            points={one: prepared.points_of(one) for one in fresh},
            mark=mark,
            viewer=viewer,
            complete=prepared.complete and len(fresh) < config.batch,
            source=prepared.source,
            kept=prepared.kept,
            built=prepared.built,
            since=since,
            asked_at=began,
            at=context.clock.time(),
            believed=verdict.replica or prepared.source,
        )

    def in_force_since(self, viewer: Viewer) -> float:
        """Since when these filters are in force."""
        known = self._filters.get(viewer.number)
        if known is None or known[0] != viewer.key:
            known = (viewer.key, self._context.clock.time() if known else viewer.changed)
            self._filters[viewer.number] = known
        return known[1]

    def _count(self, cards: int) -> None:
        self._counters.refills += 1
        self._counters.cards_sent += cards
        self._counters.dry += not cards
