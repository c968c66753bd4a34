"""The transcoders as the engine drives them: when they take, what they have in hand, what came of it."""

from __future__ import annotations

import asyncio
import contextvars
from collections import deque
from collections.abc import Mapping
from typing import Any

from designs.youtube.config import Config
from designs.youtube.engine.cell_queue import DEAD
from designs.youtube.engine.counters import Counters
from designs.youtube.engine.nodes import QUEUE, label
from designs.youtube.engine.pipeline import Pipeline
from sdlab.lab import EngineContext
from sdlab.parts.bell import Bell
from sdlab.parts.driven_process import DrivenProcess
from sdlab.parts.worker_process import WorkerGone, WorkerProcess, address_of
from sdlab.parts.workers.peer import Handler

FIRST_BACK_OFF_S = 0.2
LEAST_WAIT_S = 0.05


class Transcoder(DrivenProcess[Config]):
    """Takes as soon as there is something to take. `hand` is the cell that its process has now."""

    program = "designs.youtube.engine.transcoder_program:make"

    def __init__(
        self, context: EngineContext[Config], id: str, *, pipeline: Pipeline, counters: Counters, bell: Bell
    ) -> None:
        super().__init__(context, id)
        self._pipeline, self._counters, self._bell = pipeline, counters, bell
        self._heard = 0
        self._next_ms = 0
        self._within = contextvars.copy_context()
        self.hand: tuple[str, str, int] | None = None
        self.percent = 0
        self.stopped_at: deque[float] = deque(maxlen=64)  # with a cell in its hand

    def hears(self) -> Mapping[str, Handler]:
        return {"make": self._make, "write": self._write}

    def setup(self) -> Mapping[str, Any]:
        room = self.context.room
        return {"name": self.id, "redis": address_of(room.redis), "base": room.key("q")}

    def died(self) -> None:
        self._counters.deaths += 1
        self._heard = -1
        self._bell.ring()  # the others learn until when its cell is its own
        if self.hand is not None:
            self.context.say(f"{label(self.id)} died with a cell in its hand", kind="fault", outcome="error")
        self.hand = None

    async def wanted(self) -> None:
        """There is news, or a lease or a back-off is over."""
        queue = self.context.nodes.get(QUEUE)
        while queue is not None and queue.state == "paused":
            await self._bell.beyond(self._bell.rings)
        wait = None
        if self._next_ms:
            wait = max(LEAST_WAIT_S, self._next_ms / 1000 - self.context.clock.time())
        await self._bell.beyond(self._heard, within=wait)
        self._heard = self._bell.rings

    def _ms(self, ahead_s: float = 0.0) -> int:
        return round((self.context.clock.time() + ahead_s) * 1000)

    async def turn(self, process: WorkerProcess) -> None:
        """Take; when there was something, work."""
        config = self.context.config
        took = await process.ask("take", now=self._ms(), until=self._ms(config.lease_s), tries=config.tries)
        self._next_ms = took["next"]
        for id in took["gone"]:
            await self._pipeline.gave_up(id, "a transcoder died at it each time")
        if took["job"]:
            self._heard = -1
            await self._work(process, took["job"])

    async def _work(self, process: WorkerProcess, job: dict[str, Any]) -> None:
        context, name, cells = self.context, label(self.id), job["cells"]
        kind = "Transcode" if cells else "Cut a file"
        async with context.request(
            "transcode" if cells else "cut", by=self.id, by_hand=False, kind=kind
        ) as trace:
            context.node(QUEUE).touch("take", "ok", source=self.id)
            if job["again"]:
                self._counters.taken_again += 1
                context.decide(f"the lease of whoever had it is over: taken for the {job['tried']}. time")
            else:
                context.decide(f"taken with token {job['token']}, for {context.config.lease_s:g} s")
            self._within = contextvars.copy_context()
            try:
                done = await self._at_work(process)
            except WorkerGone:
                trace.outcome, trace.reason = "error", "killed"
                trace.sentence = f"{name} was killed at {self._pipeline.words(job)}"
                raise
            finally:
                self.hand = None
            trace.sentence = f"{name} did {self._pipeline.words(job)}"
            if done["failed"]:
                trace.outcome, trace.reason = "error", "failed"
                trace.sentence = f"{name} failed at {self._pipeline.words(job)}: {done['failed']}"
                await self._failed(process, job, done["failed"])
            elif "refused" in done["cells"]:
                trace.sentence += ", and was refused: another had done it meanwhile"

    async def _failed(self, process: WorkerProcess, job: dict[str, Any], why: str) -> None:
        again = self._ms(FIRST_BACK_OFF_S * 2 ** (job["tried"] - 1))
        became = await process.ask("fail", tries=self.context.config.tries, again=again)
        if became == DEAD:
            self.context.decide(
                f"failed {job['tried']} times: a dead letter, and nobody waits for it any more"
            )
            await self._pipeline.gave_up(job["id"], why)
        else:
            self.context.decide("failed: it waits for another try")
        self._bell.ring()

    async def _at_work(self, process: WorkerProcess) -> dict[str, Any]:
        """While it works it says so again and again, by a question that a stopped process does not answer."""
        beating = asyncio.create_task(self._beat(process), name=f"{self.id} beats")
        try:
            done: dict[str, Any] = await process.ask("work")
            return done
        finally:
            beating.cancel()
            await asyncio.gather(beating, return_exceptions=True)

    async def _beat(self, process: WorkerProcess) -> None:
        while True:
            await self.context.clock.sleep(self.context.config.lease_s / 3)
            await process.ask("extend", until=self._ms(self.context.config.lease_s))

    # What its process asks

    async def _make(self, *, video: str, cell: list[Any] | None, token: int) -> dict[str, Any]:
        """Have a cell encoded, or a file cut. The process may be killed or stopped before it hears the answer."""
        if cell is None:
            return dict(await self._inside(self._pipeline.cut(video, by=self.id)))
        self.hand = (video, str(cell[0]), int(cell[1]))
        made = await self._inside(
            self._pipeline.encode(video, str(cell[0]), int(cell[1]), float(cell[2]), token=token, by=self.id)
        )
        await self._suffer()
        return dict(made)

    async def _suffer(self) -> None:
        """What is being done to this transcoder, in the middle of a cell."""
        node, process = self.context.nodes.get(self.id), self.process
        kinds = {one.kind for one in node.faults()} if node is not None else set()
        if process is None:
            return
        if "mid" in kinds:
            process.kill()
            await asyncio.Event().wait()
        if "stopped" in kinds:
            process.pause()
            self.stopped_at.append(self.context.clock.time())
            self.context.say(
                f"{label(self.id)} is stopped with a cell in its hand", kind="fault", outcome="error"
            )
            try:
                await self.context.clock.sleep(self.context.config.lease_s + 1)
            finally:
                process.resume()

    async def _write(self, *, video: str, cell: list[Any], token: int, made: dict[str, Any]) -> str:
        """Have a segment written down; what became of that."""
        became = await self._inside(
            self._pipeline.write(video, str(cell[0]), int(cell[1]), token=token, made=made, by=self.id)
        )
        self.hand = None
        return str(became)

    async def _inside(self, work: Any) -> Any:
        """Within the request that is under way."""
        doing = asyncio.create_task(work, context=self._within.copy())
        try:
            return await doing
        finally:
            doing.cancel()
