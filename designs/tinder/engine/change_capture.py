"""Change capture: carries changed profiles from the outbox to the location index, and to feeds that hold them."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from designs.tinder.config import Config
from designs.tinder.engine.counters import Counters
from designs.tinder.engine.feed_cache import FeedCache
from designs.tinder.engine.location_index import LocationIndex
from designs.tinder.engine.nodes import CAPTURE, INDEX, USERS
from designs.tinder.engine.people import People
from designs.tinder.engine.strategies.change import CHANGES
from sdlab.lab import EngineContext, Unavailable
from sdlab.parts.outbox import Change, Outbox

RETRY_AFTER = 0.25
TRIM_EVERY = 500


class ChangeCapture:
    """The one reader of the outbox. `applied` and `crossed` count changes, and those to another cell."""

    def __init__(
        self,
        context: EngineContext[Config],
        outbox: Outbox,
        people: People,
        index: LocationIndex,
        cache: FeedCache,
        *,
        counters: Counters,
    ) -> None:
        self._context = context
        self._outbox = outbox
        self._people = people
        self._index = index
        self._cache = cache
        self._counters = counters
        self._news = asyncio.Event()
        self._since_trim = 0
        self.applied = self.crossed = 0
        self.waiting = 0
        self._oldest = 0.0

    def written(self, at: float) -> None:
        """A change was written."""
        self._oldest = self._oldest if self.waiting else at
        self.waiting += 1
        self._news.set()

    @property
    def lag_s(self) -> float:
        """How long the oldest change has waited, seconds."""
        return max(0.0, self._context.clock.time() - self._oldest) if self.waiting else 0.0

    async def run(self) -> None:
        """Apply what is there, then wait for more; ends only when cancelled."""
        now = self._context.clock.time()
        self.waiting, lag = await self._outbox.lag(now)
        self._oldest = now - lag
        while True:
            if not self.waiting:
                self._news.clear()
                await self._news.wait()
            try:
                applied = await self._context.node(CAPTURE).call("apply", self._drain, source=USERS)
            except Unavailable:
                await self._context.clock.sleep(RETRY_AFTER)  # it is paused; the outbox waits for it
                continue
            if not applied:
                self.waiting = 0

    async def _drain(self) -> int:
        count = await self._outbox.drain(self._apply)
        self.waiting = max(0, self.waiting - count)
        self._since_trim += count
        if self._since_trim >= TRIM_EVERY:
            self._since_trim = 0
            await self._outbox.trim()
        return count

    async def _apply(self, changes: Sequence[Change]) -> None:
        policy = CHANGES[self._context.config.change](self._context, self._people, self._cache)
        node = self._context.node(INDEX)
        for one in changes:
            if not node.down:
                node.touch("upsert", "ok", source=CAPTURE)
            number = int(one.body["number"])
            if number < self._index.columns.size:
                self.crossed += self._index.put(number, {**one.body, "here": True})
                self._counters.evicted += await policy.others_change(number)
            self._oldest = one.at
            self.applied += 1
