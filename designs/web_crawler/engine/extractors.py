"""The extractors as the engine drives them: when they take stored answers, and what comes of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from designs.web_crawler.config import Config
from designs.web_crawler.engine.counters import Counters
from designs.web_crawler.engine.crawls import Crawls
from designs.web_crawler.engine.frontier import Entry
from designs.web_crawler.engine.nodes import PAGES, RAW
from designs.web_crawler.engine.processes import Bell, Driven
from designs.web_crawler.engine.readings import Readings
from sdlab.lab import EngineContext, amount
from sdlab.parts.worker_process import WorkerGone, WorkerProcess

BATCH = 12
GATHER_S = 0.1


class Extractor(Driven):
    """Takes as soon as there is something to read. `hand` are the numbers that its process has now."""

    program = "designs.web_crawler.engine.extractor_program:make"

    def __init__(
        self,
        context: EngineContext[Config],
        id: str,
        *,
        crawls: Crawls,
        readings: Readings,
        counters: Counters,
        bell: Bell,
        fetching: Bell,
    ) -> None:
        super().__init__(context, id, bell)
        self._crawls, self._readings, self._counters = crawls, readings, counters
        self._fetching = fetching
        self._rng = context.room.rng(id)
        self._full = False
        self.hand: dict[int, Entry] = {}

    async def setup(self) -> Mapping[str, Any]:
        """Nothing beside the stores."""
        return {}

    def died(self) -> None:
        self.hand = {}
        self._counters.deaths += 1
        self.bell.ring()

    @property
    def _now(self) -> int:
        return int(self.context.clock.time() * 1000)

    async def wanted(self) -> None:
        """There is news, or what another had is over its time; what comes soon after is read along with it."""
        await self.bell.due(self.id)
        if not self._full:
            await self.context.clock.sleep(GATHER_S)

    async def turn(self, process: WorkerProcess) -> None:
        """Take; when there was something, read it."""
        now = self._now
        until = now + round(self.context.config.visibility_s * 1000)
        took = await process.ask("take", now=now, until=until, most=BATCH)
        if took["next"]:
            self.bell.tell(self.id, took["next"])
        entries = [Entry(**fields) for fields in took["entries"]]
        if entries:
            self.bell.ring(until)  # until then they are in this hand
            self._full = len(entries) == BATCH
            if self._full:
                self.bell.tell(self.id)
            self.hand = {one.number: one for one in entries}
            await self._read(process, entries)
            self.hand = {}

    async def _read(self, process: WorkerProcess, entries: list[Entry]) -> None:
        context, count = self.context, amount(len(entries), "page")
        async with context.request("extract", by=self.id, by_hand=False, kind="Read pages") as trace:
            context.node(RAW).touch(f"read {count}", "ok", source=self.id)
            buggy = self._readings.buggy
            try:
                read = await process.ask("read", buggy=buggy)
                await self._may_die(process)
                pages = [
                    (self._crawls.open_ones.get(one.crawl), one, found)
                    for one, found in zip(entries, read, strict=True)
                ]
                copies = await self._readings.read_all(pages, source=self.id)
                context.decide(
                    "their links are in the frontier: now their texts may be stored, and the queue forgets them"
                )
                await process.ask("store", now=self._now, copies=copies, buggy=buggy)
                self._readings.bad += len(entries) if buggy else 0
            except WorkerGone:
                trace.outcome, trace.reason = "error", "killed"
                trace.sentence = f"{self.name} was killed with {count} in its hand"
                raise
            context.node(PAGES).touch(f"store {count}", "ok", source=self.id)
            copied = sum(map(bool, copies))
            trace.sentence = f"{self.name} read {count}" + (f", {copied} of them copies" if copied else "")

    async def _may_die(self, process: WorkerProcess) -> None:
        node = self.context.nodes.get(self.id)
        share = next((one.value for one in node.faults() if one.kind == "midway"), 0.0) if node else 0.0
        if share and self._rng.random() * 100 < share:
            process.kill()
            await process.ended.wait()
            raise WorkerGone("it was killed")
