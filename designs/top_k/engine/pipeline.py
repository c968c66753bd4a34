"""Exact with delay: partitions of the log → counts per interval → files → one count → one ranking."""

from __future__ import annotations

import asyncio

from designs.top_k.config import Config
from designs.top_k.engine.aggregators import Aggregator
from designs.top_k.engine.interval_files import IntervalFiles
from designs.top_k.engine.layout import slices_of
from designs.top_k.engine.ledger import FINE, Ledger
from designs.top_k.engine.nodes import BATCH, GATEWAY, LOG, MERGER, PARTITIONS, aggregator_id
from designs.top_k.engine.rankings import Rankings
from designs.top_k.engine.stores import ExactStore, Ranking
from designs.top_k.engine.view_log import ViewLog
from designs.top_k.engine.windows import LONGEST, WINDOWS, slice_at, slice_seconds
from sdlab.lab import EngineContext, LabError, Unavailable, amount

GRACE = 0.25
READ_AT_ONCE = 2_000
BATCHES_PER_STEP = 20


class Pipeline:
    """The stages, and what waits between them; `interval_s` stays what it was when the pipeline was made."""

    def __init__(self, context: EngineContext[Config], log: ViewLog, ledger: Ledger) -> None:
        self._context = context
        self._log = log
        self.interval_s = context.config.flush_s
        self.files = IntervalFiles(context)
        self.rankings = Rankings(context)
        self.counts = _counts_of(ledger, slices_of(context.config), context.clock.time())
        first = int(context.clock.time() // self.interval_s)
        last = log.writer.last
        self.aggregators = [Aggregator(n, last[n], last[n], first) for n in range(PARTITIONS)]
        self._appended_before = list(log.writer.appended)
        self.counted = 0
        self.published = float(first * self.interval_s) if ledger.seen else 0.0
        self.batches = 0
        self.batch_ms = 0.0
        self._seeded = False
        self._stepping = asyncio.Lock()

    # What waits where

    def unread(self, partition: int) -> int:
        """Views in the log that its aggregator has not read."""
        appended = self._log.writer.appended[partition] - self._appended_before[partition]
        return appended - self.aggregators[partition].read

    @property
    def held(self) -> int:
        """Views in the memory of aggregators."""
        return sum(one.held for one in self.aggregators)

    def late(self, now: float) -> float:
        """How old the published ranking is, seconds."""
        return max(0.0, now - self.published) if self.published else 0.0

    def read_to(self) -> list[str]:
        """Per partition, where reading begins again should its aggregator die."""
        return [one.committed for one in self.aggregators]

    def _quiet(self) -> bool:
        """Whether there is no view, here or on its way."""
        coming = any(self.unread(n) for n in range(PARTITIONS))
        return not (coming or self.files.waiting or self.held or self.counts.total(LONGEST))

    # Stages

    async def step(self) -> None:
        """Let every stage do what it can; one step at a time."""
        async with self._stepping:
            if self._quiet():
                self._skip()
            else:
                await self._step()

    def _skip(self) -> None:
        """Intervals without any view need no files."""
        for one in self.aggregators:
            one.interval = max(one.interval, int(self._context.clock.time() // self.interval_s))

    async def _step(self) -> None:
        if not self._seeded and self.published:
            await self.rankings.publish(self.counts, self.published)
            self._seeded = True
        for one in self.aggregators:
            await self._aggregate(one)
        for _ in range(BATCHES_PER_STEP):
            if not await self._batch():
                return

    async def _aggregate(self, one: Aggregator) -> None:
        node = self._context.nodes.get(aggregator_id(one.partition))
        if node is None or node.down:
            return
        try:
            if self.unread(one.partition) > 0:
                await node.call("read", lambda: self._read(one), source=LOG)
            while self._may_flush(one):
                await node.call("flush", lambda: self._flush(one), source=LOG)
        except LabError:
            return  # it goes on from there in the next step

    def _may_flush(self, one: Aggregator) -> bool:
        """An interval is over when its time is, and everything that was in the log by then has been read."""
        over = (one.interval + 1) * self.interval_s + GRACE <= self._context.clock.time()
        read_on = max(one.counts, default=one.interval) > one.interval
        return over and (read_on or self.unread(one.partition) <= 0)

    async def _read(self, one: Aggregator) -> None:
        for view in await self._log.read(one.partition, after=one.position, limit=READ_AT_ONCE):
            one.take(view.id, view.video, int(view.t // self.interval_s))

    async def _flush(self, one: Aggregator) -> None:
        interval, deaths = one.interval, one.deaths
        counts = dict(one.counts.get(interval, {}))
        await self.files.write(interval, one.partition, counts)
        if one.deaths != deaths:
            return  # it died meanwhile: the file will be written again, with the same views
        one.commit(interval)
        self.files.commit(interval, one.partition, sum(counts.values()))

    async def _batch(self) -> bool:
        """Count the oldest interval of which all files are there; whether there was one."""
        interval, nodes = self.files.complete(), self._context.nodes
        if interval is None or BATCH not in nodes:
            return False
        began = self._context.clock.monotonic()
        try:
            counts = await self.files.add_up(interval)
            await nodes[MERGER].call("rank", lambda: self._publish(interval, counts), source=BATCH)
        except LabError:
            return False
        self.batch_ms = (self._context.clock.monotonic() - began) * 1000
        return True

    async def _publish(self, interval: int, counts: dict[str, int]) -> None:
        if interval not in self.files.sizes:
            return
        del self.files.sizes[interval]
        end = (interval + 1) * float(self.interval_s)
        self.counts.roll(end)
        for window, ring in self.counts.rings.items():
            self.counts.fill(window, ring.number(end - self.interval_s / 2), counts)
        self.counted += sum(counts.values())
        self.batches += 1
        await self.rankings.publish(self.counts, end)
        self.published = end
        await self.files.remove_old(interval)

    # Queries

    async def published_beside(self, window: str, k: int) -> tuple[Ranking, Ranking, dict[str, int]]:
        """The rows of a window, the first `k` of all counts sorted, and all counts: between two batches."""
        async with self._stepping:
            rows, _ = await self.rankings.read(window, k)
            counts = dict(self.counts.pairs(window))
        return rows, sorted(counts.items(), key=lambda one: -one[1])[:k], counts

    async def ranking(self, window: str, k: int) -> tuple[Ranking, float]:
        """What was published for a window, and when its last interval ended; `Unavailable` without the job."""
        job = self._context.nodes.get(MERGER)
        if job is None:
            raise Unavailable("nothing is published yet", retry_after=self.interval_s)

        async def work() -> tuple[Ranking, float]:
            found, as_of = await self.rankings.read(window, k)
            return found, as_of or self.published or self._context.clock.time()

        ranking = await job.call("read ranking", work, source=GATEWAY)
        self._context.decide(f"the ranking of the last batch answers: {amount(len(ranking[0]), 'row')}")
        return ranking


def _counts_of(ledger: Ledger, slices: int, now: float) -> ExactStore:
    """What the ledger says, in slices of the approach."""
    counts = ExactStore(slices=slices)
    counts.roll(now)
    for window in WINDOWS:
        for fine, part in ledger.live(window):
            counts.fill(window, slice_at(window, slices, fine * slice_seconds(window, FINE)), part)
    return counts
