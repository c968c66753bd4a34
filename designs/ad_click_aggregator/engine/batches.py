"""The batch job: counts what is new in the log, or counts the closed windows once more and overrides what differs."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import Any

from designs.ad_click_aggregator.config import Config
from designs.ad_click_aggregator.engine.click_log import ClickLog
from designs.ad_click_aggregator.engine.counters import Counters
from designs.ad_click_aggregator.engine.nodes import BATCH, LOG, OLAP
from designs.ad_click_aggregator.engine.processes import PROCESS_ERRORS, Processes
from designs.ad_click_aggregator.engine.strategies import AGGREGATIONS, RECONCILES
from sdlab.lab import EngineContext, NotFound, Unavailable, amount
from sdlab.parts.event_log import START, order_of

RECONCILE_S = 2.0
LOOK_S = 0.5
SHOWN_DIFFS = 12
HORIZON_S = 600


@dataclass(frozen=True, slots=True)
class Diff:
    """A closed window whose total was not what the log says."""

    start: int
    ad: int
    partition: int
    was: int
    raw: int


class BatchJob:
    """Does nothing while nothing is new."""

    def __init__(
        self, context: EngineContext[Config], log: ClickLog, processes: Processes, counters: Counters
    ) -> None:
        self._context, self._log, self._processes, self._counters = context, log, processes, counters
        self.diffs: deque[Diff] = deque(maxlen=SHOWN_DIFFS)
        self.upto = 0.0  # windows that end by then were counted twice
        self._seen_version = -1
        self._positions: dict[int, str] = {}
        self._next_batch = self._next_reconcile = 0.0

    async def look(self) -> None:
        """Whether anything is due."""
        now, config = self._context.clock.monotonic(), self._context.config
        aggregation = AGGREGATIONS[config.aggregation]
        try:
            batches = not aggregation.streams and not aggregation.per_click
            if batches and now >= self._next_batch and self._behind:
                self._next_batch = now + config.batch_s
                await self.count()
            if RECONCILES[config.reconcile].on and not aggregation.per_click and now >= self._next_reconcile:
                self._next_reconcile = now + RECONCILE_S
                if self._counters.version != self._seen_version and not self._log.empty:
                    await self.reconcile()
        except (*PROCESS_ERRORS, Unavailable, NotFound):
            return

    @property
    def _behind(self) -> bool:
        return any(
            order_of(self._positions.get(one, START)) < order_of(tail)
            for one, tail in self._log.tails.items()
        )

    async def catch_up(self) -> int:
        """Count everything behind the store's positions; how many clicks that were."""
        found = await self._processes.ask("catch_up", lateness=float(self._context.config.lateness_s))
        positions = await self._processes.ask("positions")
        self._positions = {int(part): position for part, position in positions.items()}
        for part, position in self._positions.items():
            self._log.was_written(part, position)
        for part, number in (await self._log.read_numbers()).items():
            self._log.was_read(part, f"/{number}")
        self._counters.version += 1
        self._counters.rows_flushed += found["rows"]
        return int(found["read"])

    async def count(self) -> None:
        """One batch."""
        async with self._context.request("batch", by=BATCH, by_hand=False, kind="Count a batch") as trace:

            async def read() -> int:
                return await self._context.node(LOG).call("read", self.catch_up, source=BATCH)

            node = self._context.node(BATCH)
            node.touch("begin", "ok", source=LOG)
            read_clicks = await self._context.node(OLAP).call("add totals", read, source=BATCH)
            self._counters.batches += 1
            self._context.decide(
                "everything behind the store's positions is counted, and added with them in one step"
            )
            trace.sentence = f"a batch counted {amount(read_clicks, 'click')}"
        self._context.changed()

    async def reconcile(self) -> None:
        """Count closed windows once more, and override those that differ."""
        version = self._counters.version
        since = int(self._context.clock.time() - HORIZON_S)
        async with self._context.request(
            "reconciliation", by=BATCH, by_hand=False, kind="Reconcile"
        ) as trace:

            async def work() -> dict[str, Any]:
                found: dict[str, Any] = await self._processes.ask("reconcile", since=since)
                return found

            self._context.node(BATCH).touch("recount", "ok", source=LOG)
            found = await self._context.node(OLAP).call("override", work, source=BATCH)
            self._counters.compared = found["compared"]
            self._counters.repaired += found["repaired"]
            self.upto = found["upto"]
            self.diffs.extend(Diff(*one) for one in found["diffs"])
            if found["repaired"]:
                self._context.decide("the log is right: these totals are overridden")
            else:
                self._context.decide("all closed windows are as the log says")
            trace.sentence = (
                f"{amount(found['compared'], 'total')} counted again, {found['repaired']} overridden"
            )
        self._seen_version = version
        if found["repaired"]:
            self._counters.version += 1
        self._context.changed()
