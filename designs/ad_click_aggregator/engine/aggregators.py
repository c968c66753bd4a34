"""Runs the aggregators: each takes turns at its partitions, flushes what it has, and comes back after a crash."""

from __future__ import annotations

import asyncio
from collections import deque
from dataclasses import dataclass
from typing import Any

from redis.exceptions import RedisError

from designs.ad_click_aggregator.config import Config
from designs.ad_click_aggregator.engine.aggregator_process import WINDOW_S
from designs.ad_click_aggregator.engine.click_log import ClickLog
from designs.ad_click_aggregator.engine.counters import Counters
from designs.ad_click_aggregator.engine.nodes import AGGREGATORS, LOG, OLAP
from designs.ad_click_aggregator.engine.processes import PROCESS_ERRORS, Processes, partitions_of
from designs.ad_click_aggregator.engine.strategies import AGGREGATIONS, FLUSHES, LATES, RECONCILES, RECOVERIES
from sdlab.lab import EngineContext, NotFound, Unavailable, amount
from sdlab.parts.event_log import order_of

TURN_S = 0.1
MOST_TURN_S = 0.5  # a turn makes up for no more time than that
RESTART_S = 0.5
REPLAY_FACTOR = 5  # a replay reads that much faster than clicks come
UNREACHABLE = (*PROCESS_ERRORS, Unavailable, NotFound, RedisError, OSError)
RECOVERIES_KEPT = 8
DEATHS_KEPT = 32


@dataclass(frozen=True, slots=True)
class Recovered:
    """A recovery: whose, when, from where, what was read a second time, and how long it took."""

    who: str
    at: float
    how: str
    read_again: int
    ms: float


class Aggregator:
    """One of them, as the engine sees it: a process, and what it said in its last turn."""

    def __init__(
        self,
        context: EngineContext[Config],
        number: int,
        *,
        log: ClickLog,
        processes: Processes,
        counters: Counters,
        recovered: deque[Recovered],
    ) -> None:
        self.context, self.number, self.id = context, number, AGGREGATORS[number]
        self._log, self._processes, self._counters = log, processes, counters
        self._recovered = recovered
        self.partitions = partitions_of(number)
        self.open: list[list[int]] = []
        self.deaths_at: deque[float] = deque(maxlen=DEATHS_KEPT)  # the newest, Unix seconds
        self._positions: dict[int, str] = {}
        self._dirty = self._known = False
        self._reported = 0.0
        self._flush_at = self._dies_at = 0.0
        self._recovering: tuple[float, int] | None = None
        self._crashed = False
        self._took_at = context.clock.monotonic()
        self.turning = asyncio.Lock()

    @property
    def process(self) -> Any:
        """Its process."""
        return self._processes.aggregators[self.number]

    @property
    def wanted(self) -> bool:
        """Whether aggregators count now."""
        return AGGREGATIONS[self.context.config.aggregation].streams and self.id in self.context.nodes

    @property
    def ahead(self) -> bool:
        """Whether clicks wait for it."""
        return any(
            order_of(self._positions.get(one, "0-0")) < order_of(self._log.tails[one])
            for one in self.partitions
        )

    @property
    def busy(self) -> bool:
        """Whether it has anything to do: clicks to read, windows to close, or a watermark to tell of."""
        if self._log.empty:
            return False
        told = self._known and self._reported >= self._log.newest + WINDOW_S
        return self.ahead or self._dirty or bool(self.open) or not told

    def forget(self) -> None:
        """What it has said is not so any more."""
        self.open, self._positions = [], {}
        self._dirty = self._known = False
        self._reported = self._flush_at = 0.0

    async def turn(self) -> None:
        """One turn, if there is anything to do."""
        node = self.context.nodes.get(self.id)
        if not self.wanted or node is None or node.down or not self.busy:
            return
        if self.process.ended.is_set():
            if self._known:  # it has died since its last turn
                self._died()
                return
            await self._begin()
        if self.process.paused:
            return
        try:
            await self._take()
            now = self.context.clock.monotonic()
            if not self._recovering and self._flush_at and now >= self._flush_at:
                await self.flush()
            self._die_if_told(now)
        except UNREACHABLE:
            if self.process.ended.is_set():
                self._died()

    async def _begin(self) -> None:
        await self._processes.aggregator(self.number)
        if self._crashed and self._recovering is None:
            self._recovering = (self.context.clock.monotonic(), 0)

    def _died(self) -> None:
        self.deaths_at.append(self.context.clock.time())
        self._crashed = True
        self._counters.crashes += 1
        self._recovering = None
        self.forget()

    def _die_if_told(self, now: float) -> None:
        every = {one.kind: one.value for one in self.context.node(self.id).faults()}.get("dies")
        if every is None:
            self._dies_at = 0.0
        elif not self._dies_at:
            self._dies_at = now + every
        elif now >= self._dies_at and self._dirty:
            self._dies_at = now + every
            self.process.kill()

    async def _take(self) -> None:
        config, clock = self.context.config, self.context.clock
        now = clock.monotonic()
        since = min(MOST_TURN_S, now - self._took_at)
        limit = max(1, round(config.capacity * since)) * (REPLAY_FACTOR if self._recovering else 1)
        self._took_at = now

        async def ask() -> dict[str, Any]:
            found: dict[str, Any] = await self.process.ask(
                "turn", now=clock.time(), limit=limit, late=config.late, lateness=float(config.lateness_s)
            )
            return found

        if not self.ahead:
            self._took(await ask())
            return
        node, log = self.context.node(self.id), self.context.node(LOG)
        async with self.context.request(
            f"{self.id} counts", by=self.id, by_hand=False, kind="Count clicks"
        ) as trace:
            found = await node.call("count", lambda: log.call("read", ask, source=self.id), source=LOG)
            LATES[config.late].decide(self.context, found["late"])
            FLUSHES[config.flush].decide(self.context)
            again = f", {found['again']} of them again" if found["again"] else ""
            late = f", {found['late']} late" if found["late"] else ""
            trace.sentence = f"{node.spec.label} counted {amount(found['read'], 'click')}{again}{late}"
        self._took(found)

    def _took(self, found: dict[str, Any]) -> None:
        self._known, self.open, self._reported = True, found["open"], found["reported"]
        for part, place in found["places"].items():
            self._positions[int(part)] = place.partition("/")[0]
            self._log.was_read(int(part), place)
        self._counters.read += found["read"]
        self._counters.read_again += found["again"]
        self._counters.late += found["late"]
        if self.context.config.late == "drop":
            self._counters.dropped += found["late"]
        self._counters.most_lag = max(self._counters.most_lag, *self._log.lag)
        unreported = found["watermark"] > self._reported and self._reported < self._log.newest + WINDOW_S
        now = self.context.clock.monotonic()
        if (found["dirty"] or unreported) and not self._flush_at:
            self._flush_at = now + FLUSHES[self.context.config.flush].seconds
        self._dirty = found["dirty"]
        if self._recovering is not None:
            began, again = self._recovering
            self._recovering = (began, again + found["again"])
            if not found["replaying"]:
                self._recover(began, again + found["again"])

    def _recover(self, began: float, again: int) -> None:
        now = self.context.clock.monotonic()
        self._recovering, self._crashed = None, False
        ms = (now - began) * 1000
        self._counters.recoveries += 1
        self._counters.recovery_ms = max(self._counters.recovery_ms, ms)
        how = RECOVERIES[self.context.config.recovery].label
        self._recovered.append(Recovered(self.id, self.context.clock.time(), how, again, ms))

    async def flush(self) -> None:
        """Write what it has into the store, then a checkpoint if there are any."""
        self._flush_at = 0.0
        flushes = await self.process.ask("flush")
        if not flushes:
            self._dirty = False
            return
        config = self.context.config
        olap = self.context.node(OLAP)
        corrupt = {one.kind: one.value for one in olap.faults()}.get("corrupt", 0.0)

        async def write() -> dict[str, Any]:
            found: dict[str, Any] = await self._processes.ask("upsert", flushes=flushes, corrupt=corrupt)
            return found

        rows = sum(len(one["rows"]) + len(one["deltas"]) for one in flushes)
        if rows:
            try:
                async with self.context.request(
                    f"{self.id} flushes", by=self.id, by_hand=False, kind="Flush totals"
                ) as trace:
                    written = await olap.call(f"upsert {rows} rows", write, source=self.id)
                    RECOVERIES[config.recovery].decide(self.context)
                    RECONCILES[config.reconcile].decide(self.context)
                    trace.sentence = f"{amount(written['rows'], 'total')} in the OLAP store"
            except Unavailable:
                self._flush_at = self.context.clock.monotonic() + RESTART_S
                raise
        else:
            await write()
        self._counters.checkpoints += bool(
            await self.process.ask("acknowledged", keeps=RECOVERIES[config.recovery].keeps)
        )
        self._dirty = False
        if rows:
            self._counters.flushes += 1
            self._counters.rows_flushed += rows
        self._counters.version += 1
        for one in flushes:
            self._log.was_written(one["part"], one["position"])
            for kind, start, _, count, closed in one["rows"]:
                if kind == "w" and closed:
                    self._counters.final.add(max(0.0, self.context.clock.time() - start - WINDOW_S) * 1000)
                    self._counters.closed += count
        self.context.changed()

    def fault_changed(self) -> None:
        """Killed, stopped, or brought back."""
        node = self.context.nodes.get(self.id)
        if node is None:
            return
        kinds = {one.kind for one in node.faults()}
        if node.down:
            if not self.process.ended.is_set():
                self.process.kill()
                self._died()
        elif "paused" in kinds and not self.process.paused:
            self.process.pause()
        elif "paused" not in kinds and self.process.paused:
            self.process.resume()

    async def run(self) -> None:
        """Turn after turn."""
        while True:
            await self.context.clock.sleep(TURN_S)
            node = self.context.nodes.get(self.id)
            try:
                async with self.turning:
                    await self.turn()
            except UNREACHABLE:
                continue
            if self.process.ended.is_set() and self._known:
                self._died()
            if self.deaths_at and self.process.ended.is_set() and not (node and node.down):
                await self.context.clock.sleep(RESTART_S)
