"""Stored slices, and the positions in the log up to which they count.

Every few seconds the slices that have changed are stored together with these positions, in one
transaction, and the log is trimmed there: what a start reads again is seconds of views, not an
hour of them.
"""

from __future__ import annotations

from collections.abc import Sequence

import orjson

from designs.top_k.config import Config
from designs.top_k.engine.ledger import FINE, Ledger
from designs.top_k.engine.nodes import PARTITIONS
from designs.top_k.engine.view_log import ViewLog
from designs.top_k.engine.windows import WINDOWS
from sdlab.lab import EngineContext
from sdlab.parts.event_log import START, order_of

KEEP_LONGER = 600
AT_ONCE = 10_000


class Checkpoints:
    """Of the ledger, in Redis; the log behind them has the rest."""

    def __init__(self, context: EngineContext[Config], ledger: Ledger, log: ViewLog) -> None:
        self._room, self._clock = context.room, context.clock
        self._ledger = ledger
        self._log = log

    async def restore(self) -> int:
        """Rebuild the ledger: stored slices, then the views behind them. How many views were read again."""
        self._ledger.roll(self._clock.time())
        for window in WINDOWS:
            await self._restore_window(window)
        stored = await self._room.redis.hgetall(self._positions)
        replayed = [await self._replay(n, stored.get(str(n), START)) for n in range(PARTITIONS)]
        self._ledger.roll(self._clock.time())
        return sum(replayed)

    async def _restore_window(self, window: str) -> None:
        newest = self._ledger.newest(window)
        numbers = range(newest - FINE + 1, newest + 1)
        stored = await self._room.redis.mget([self._slice(window, number) for number in numbers])
        for number, counts in zip(numbers, stored, strict=True):
            if counts:
                self._ledger.restore(window, number, orjson.loads(counts))

    async def _replay(self, partition: int, position: str) -> int:
        replayed, last = 0, self._log.writer.last
        last[partition] = position
        while views := await self._log.read(partition, after=last[partition], limit=AT_ONCE):
            for view in views:
                self._ledger.add(view.video, view.t)
            last[partition] = views[-1].id
            replayed += len(views)
        return replayed

    async def save(self, *, read_to: Sequence[str]) -> int:
        """Store changed slices with the positions they count up to; trim the log. How many slices.

        `read_to` is, per partition, the position behind which somebody still has to read.
        """
        if not self._ledger.dirty:
            return 0
        changed, self._ledger.dirty = self._ledger.dirty, set()
        positions = list(self._log.writer.last)
        pipe = self._room.redis.pipeline(transaction=True)
        for window, number in changed:
            if counts := self._ledger.slice(window, number):
                life = int(WINDOWS[window] + KEEP_LONGER)
                pipe.set(self._slice(window, number), orjson.dumps(counts), ex=life)
        pipe.hset(self._positions, mapping={str(n): one for n, one in enumerate(positions)})
        for partition, ends in enumerate(zip(positions, read_to, strict=True)):
            if (before := min(ends, key=order_of)) != START:
                await self._log.events.trim(before, partition=partition, within=pipe)
        try:
            await pipe.execute()
        except BaseException:
            self._ledger.dirty |= changed
            raise
        return len(changed)

    async def has(self, view_id: str) -> bool:
        """Whether this view is in the log, or before the position up to which slices are stored."""
        number, _, entry = view_id.partition("-")
        stored = await self._room.redis.hget(self._positions, number) or START
        if order_of(entry) <= order_of(stored):
            return True
        return await self._log.events.has(entry, partition=int(number))

    def slice_keys(self) -> list[str]:
        """Where the slices of the last hour are stored, as far as they are: sixty per window."""
        newest = {window: self._ledger.newest(window) for window in WINDOWS}
        return [
            self._slice(window, number)
            for window, last in newest.items()
            for number in range(last - FINE + 1, last + 1)
        ]

    @property
    def _positions(self) -> str:
        return self._room.key("stored")

    def _slice(self, window: str, number: int) -> str:
        return self._room.key("slice", window, number)
