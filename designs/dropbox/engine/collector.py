"""Deletes chunks that nothing refers to: marks first, sweeps later, as a store of some size has to."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from designs.dropbox.config import Config
from designs.dropbox.engine.claims import ClaimChecker, Sweep
from designs.dropbox.engine.counters import Counters
from designs.dropbox.engine.nodes import COLLECTOR, DATABASE, STORE
from designs.dropbox.engine.parts import CHUNKS, PartStore
from designs.dropbox.engine.strategies import COLLECTINGS
from sdlab.lab import EngineContext, LabError

COLLECT_EVERY = 0.5
AT_ONCE = 500

Marked = list[tuple[str, str, str, int]]  # owner, fingerprint, key, bytes in the store


class Collector:
    """One round marks and, after the time of the knob, sweeps."""

    def __init__(
        self, context: EngineContext[Config], parts: PartStore, counters: Counters, checker: ClaimChecker
    ) -> None:
        self._context, self._parts, self._counters, self._checker = context, parts, counters, checker

    async def round(self) -> None:
        """Mark, wait, sweep; nothing is said of a round that finds nothing."""
        try:
            at = self._context.clock.time()
            marked = await self.mark()
            if not marked:
                return
            await self._context.clock.sleep(self._context.config.sweep_ms / 1000)
            await self.sweep(marked, at)
        except LabError:
            return  # a store does not answer: the next round finds the same

    async def mark(self) -> Marked:
        """What has no references now, and with grace had none for as long."""
        context = self._context
        query = sa.select(*_columns()).where(CHUNKS.c.room == context.room.id, CHUNKS.c.refs <= 0)
        if COLLECTINGS[context.config.collecting].graceful:
            query = query.where(CHUNKS.c.since <= context.clock.time() - context.config.grace_s)
        rows = await context.room.sql.read(lambda c: c.execute(query.limit(AT_ONCE)).all())
        return [tuple(row) for row in rows]

    async def sweep(self, marked: Marked, marked_at: float) -> None:
        """Delete what was marked; with grace only what is free still, seen in the step that deletes its row."""
        context = self._context
        began = context.clock.time()
        collecting = COLLECTINGS[context.config.collecting]()
        async with context.request("collect garbage", by="collector", by_hand=False) as trace:
            context.node(COLLECTOR).touch("sweep", "ok", source="visitor")
            collecting.why(context.decide, len(marked))
            chunks = [(owner, print_) for owner, print_, _, _ in marked]
            self._checker.sweeping(chunks, Sweep(marked_at, began))
            limit = context.clock.time() - context.config.grace_s if collecting.graceful else None
            gone = await context.node(DATABASE).call(
                "DELETE chunks",
                lambda: context.room.sql.write(lambda c: self._delete(c, marked, limit)),
                source=COLLECTOR,
            )
            deleted = {(owner, print_) for owner, print_, _, _ in gone}
            self._checker.sweeping(deleted, Sweep(marked_at, began, context.clock.time()))
            self._checker.spared(set(chunks) - deleted)
            for _, _, key, _ in gone:
                await self._parts.objects.delete(key)
            if gone:
                context.node(STORE).touch("DELETE objects", "ok", source=COLLECTOR, detail=f"{len(gone):,}")
            size = sum(one[3] for one in gone)
            self._counters.collected += len(gone)
            self._counters.collected_bytes += size
            self._checker.swept()
            trace.sentence = f"the collector deleted {len(gone):,} chunks, {size:,} bytes"

    def _delete(self, c: sa.Connection, marked: Marked, limit: float | None) -> Marked:
        gone = []
        for owner, print_, key, size in marked:
            here = (
                (CHUNKS.c.room == self._context.room.id)
                & (CHUNKS.c.owner == owner)
                & (CHUNKS.c.fingerprint == print_)
                & (CHUNKS.c.key == key)
            )
            if limit is not None:
                here &= (CHUNKS.c.refs <= 0) & (CHUNKS.c.since <= limit)
            if c.execute(CHUNKS.delete().where(here)).rowcount:
                gone.append((owner, print_, key, size))
        return gone


def _columns() -> list[Any]:
    return [CHUNKS.c.owner, CHUNKS.c.fingerprint, CHUNKS.c.key, CHUNKS.c.stored]
