"""Change capture: carries changed profiles from the outbox to the location index, and to feeds that hold them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence

import numpy as np

from designs.tinder.audit import Counts
from designs.tinder.config import CAPTURE, INDEX, USERS, Config
from designs.tinder.feeding import Kitchen
from designs.tinder.ranking import fits, viewer_of
from designs.tinder.strategies import CHANGES
from sdlab.lab import Clock, Node, Unavailable
from sdlab.parts.outbox import Change

RETRY_AFTER = 0.25
TRIM_EVERY = 500


class Capture:
    """The one reader of the outbox."""

    def __init__(
        self,
        *,
        clock: Clock,
        kitchen: Kitchen,
        counts: Counts,
        nodes: Callable[[], Mapping[str, Node]],
        config: Callable[[], Config],
    ) -> None:
        self._clock = clock
        self._kitchen = kitchen
        self._counts = counts
        self._nodes = nodes
        self._config = config
        self._news = asyncio.Event()
        self._since_trim = 0
        self.applied = self.crossed = 0
        self.waiting = 0
        self.oldest = 0.0

    def told(self, at: float) -> None:
        """A change was written."""
        self.oldest = self.oldest if self.waiting else at
        self.waiting += 1
        self._news.set()

    @property
    def lag_s(self) -> float:
        """How long the oldest change has waited, seconds."""
        return max(0.0, self._clock.time() - self.oldest) if self.waiting else 0.0

    async def run(self) -> None:
        """Apply what is there, then wait for more; ends only when cancelled."""
        self.waiting, lag = await self._kitchen.profiles.outbox.lag(self._clock.time())
        self.oldest = self._clock.time() - lag
        while True:
            if not self.waiting:
                self._news.clear()
                await self._news.wait()
            try:
                applied = await self._nodes()[CAPTURE].call("apply", self._drain, source=USERS)
            except Unavailable:
                await self._clock.sleep(RETRY_AFTER)  # it is paused; the outbox waits for it
                continue
            if not applied:
                self.waiting = 0

    async def _drain(self) -> int:
        outbox = self._kitchen.profiles.outbox
        count = await outbox.drain(self._apply)
        self.waiting = max(0, self.waiting - count)
        self._since_trim += count
        if self._since_trim >= TRIM_EVERY:
            self._since_trim = 0
            await outbox.trim()
        return count

    async def _apply(self, changes: Sequence[Change]) -> None:
        index = self._kitchen.index
        for one in changes:
            self._nodes()[INDEX].touch("upsert", "ok", source=CAPTURE) if not self._nodes()[
                INDEX
            ].down else None
            number = int(one.body["number"])
            if number < index.columns.size:
                self.crossed += index.put(number, {**one.body, "here": True})
                await self._evict(number)
            self.oldest = one.at
            self.applied += 1

    async def _evict(self, number: int) -> None:
        """Out of every queue whose owner's filters this person does not pass any more."""
        if not CHANGES[self._config().change].evicts:
            return
        people, cache = self._kitchen.profiles.people, self._kitchen.cache
        row = np.array([number])
        gone = [
            holder
            for holder in cache.holders.get(number, ())
            if not fits(people.columns, row, viewer_of(people.profile(holder)))[0]
        ]
        if gone:
            self._counts.evicted += await cache.evict(number, gone)
