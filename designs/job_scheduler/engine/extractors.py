"""The extractors as the engine drives them: when they scan, how much, and what came of it."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

from designs.job_scheduler.config import Config
from designs.job_scheduler.engine.backlog import Backlog
from designs.job_scheduler.engine.counters import Counters
from designs.job_scheduler.engine.nodes import DATABASE, QUEUE
from designs.job_scheduler.engine.ready_queue import ReadyQueue
from designs.job_scheduler.engine.strategies import FENCINGS, PRESSURES, SCANNINGS
from sdlab.lab import EngineContext, amount
from sdlab.parts.bell import Bell
from sdlab.parts.driven_process import DrivenProcess, stores_of
from sdlab.parts.worker_process import WorkerProcess

MOST_AT_ONCE = 250
PROGRAM = Path(__file__).with_name("extractor_program.py")
SAID = {
    "owned": "only rows of its own partitions are read",
    "skip-locked": "rows that another has locked are passed over",
    "everything": "everything that is due is read, by each of them",
    "alone": "one reads everything that is due",
}


class Extractor(DrivenProcess[Config]):
    """Scans every so many ms, as the clock has it, while anything is due or nearly so."""

    program = "designs.job_scheduler.engine.extractor_program:make"

    def __init__(
        self,
        context: EngineContext[Config],
        id: str,
        *,
        backlog: Backlog,
        queue: ReadyQueue,
        counters: Counters,
        bell: Bell,
    ) -> None:
        super().__init__(context, id)
        self._backlog, self._queue, self._counters, self._bell = backlog, queue, counters, bell
        self._held = False

    def setup(self) -> Mapping[str, Any]:
        room = self.context.room
        return {"name": self.id, "base": room.key("q"), **stores_of(room)}

    def died(self) -> None:
        self._counters.extractor_deaths += 1

    async def wanted(self) -> None:
        await self._backlog.until_near()

    async def turn(self, process: WorkerProcess) -> None:
        """Look; when something is found and the queue has room for it, publish it."""
        config = self.context.config
        depth = await self._queue.depth() if config.pressure == "on" else 0
        most = PRESSURES[config.pressure].room_for(depth, config.threshold, MOST_AT_ONCE)
        self._counters.deepest = max(self._counters.deepest, depth)
        found = 0
        if most:
            self._held = False
            found = await self._look(process, most, depth)
        else:
            self._counters.held_back += 1
            if not self._held:
                await self._say_held(depth)
        if found < most or not most:
            every = config.scan_ms / 1000
            await self.context.clock.sleep(every - self.context.clock.time() % every)

    async def _say_held(self, depth: int) -> None:
        self._held = True
        async with self.context.request("hold scans back", by=self.id, by_hand=False) as trace:
            self.context.node(QUEUE).touch("depth", "miss", source=self.id)
            PRESSURES[self.context.config.pressure].said(self.context, depth, self.context.config.threshold)
            trace.sentence = f"{self.name} scans nothing: the queue is {depth:,} deep"

    @property
    def name(self) -> str:
        """As it is called in a sentence."""
        return self.id.replace("-", " ")

    async def _look(self, process: WorkerProcess, most: int, depth: int) -> int:
        config = self.context.config
        looked = await process.ask(
            "take",
            now=self._now(),
            scanning=config.scanning,
            most=most,
            lease_ms=round(config.lease_s * 1000),
        )
        self._counters.scans += 1
        self._counters.rows_read += looked["found"]
        if looked["found"]:
            if self._stops():
                await self._stopped(process)
            if config.gap_ms:
                await self.context.clock.sleep(config.gap_ms / 1000)
            await self._publish(process, looked, depth)
        return int(looked["found"])

    def _now(self) -> int:
        return int(self.context.clock.time() * 1000)

    def _stops(self) -> bool:
        node = self.context.nodes.get(self.id)
        return node is not None and any(one.kind == "stopped" for one in node.faults())

    async def _stopped(self, process: WorkerProcess) -> None:
        process.pause()
        self.context.say(f"{self.name} is stopped with rows in its hand", kind="fault", outcome="error")
        await self.context.clock.sleep(self.context.config.lease_s + 1)
        process.resume()

    async def _publish(self, process: WorkerProcess, looked: dict[str, Any], depth: int) -> None:
        config, context = self.context.config, self.context
        async with context.request("scan", by=self.id, by_hand=False, kind="Scan and publish") as trace:
            context.decide(SAID[looked["branch"]], script=PROGRAM, branch=looked["branch"])
            PRESSURES[config.pressure].said(context, depth, config.threshold)
            ask = partial(
                process.ask,
                "work",
                now=self._now(),
                guarded=SCANNINGS[config.scanning].guarded,
                fenced=FENCINGS[config.fencing].checked(context),
            )
            done = await context.node(DATABASE).call(f"claim {looked['found']}", ask, source=self.id)
            self._done(done)
            if done["put"]:
                context.node(QUEUE).touch(f"publish {done['put']}", "ok", source=self.id)
            trace.sentence = self._sentence(looked["found"], done)

    def _done(self, done: dict[str, Any]) -> None:
        counters = self._counters
        counters.published += done["put"]
        counters.refused += len(done["refused"])
        counters.skipped += max(0, len(done["claimed"]) - done["put"])
        counters.deepest = max(counters.deepest, done["depth"])
        self._backlog.claimed(done["claimed"])
        if done["next"]:
            self._backlog.add((run, due) for run, due in done["next"])
        if done["put"]:
            self._bell.ring()

    def _sentence(self, found: int, done: dict[str, Any]) -> str:
        said = f"{self.name} read {amount(found, 'row')} and put {amount(done['put'], 'run')} into the queue"
        if done["refused"]:
            many = amount(len(done["refused"]), "partition")
            said += f"; {many} refused: another owns them by now"
        return said
