"""The workers as the engine drives them: when they take, what they have in hand, what came of it."""

from __future__ import annotations

import asyncio
import contextvars
from collections import Counter
from collections.abc import Mapping
from typing import Any

from designs.job_scheduler.config import Config
from designs.job_scheduler.engine.counters import Counters
from designs.job_scheduler.engine.nodes import DATABASE, QUEUE
from designs.job_scheduler.engine.ready_queue import ReadyQueue
from designs.job_scheduler.engine.request_bin import RequestBin
from designs.job_scheduler.engine.strategies import ACKS, IDEMPOTENCY, RELEVANCES, RETRIES
from sdlab.lab import EngineContext, Signal, amount
from sdlab.parts.bell import Bell
from sdlab.parts.driven_process import DrivenProcess, stores_of
from sdlab.parts.worker_process import WorkerGone, WorkerProcess
from sdlab.parts.workers.peer import Handler

BATCH = 50


class Worker(DrivenProcess[Config]):
    """Takes as soon as there is something to take. `hand` are the runs that its process has now."""

    program = "designs.job_scheduler.engine.worker_program:make"

    def __init__(
        self,
        context: EngineContext[Config],
        id: str,
        *,
        queue: ReadyQueue,
        bin: RequestBin,
        counters: Counters,
        bell: Bell,
        resumed: Signal,
    ) -> None:
        super().__init__(context, id)
        self._queue, self._bin, self._counters, self._bell = queue, bin, counters, bell
        self._heard = 0
        self._next_ms = 0
        self._within = contextvars.copy_context()
        self._rng = context.room.rng(id)
        self.hand: set[str] = set()
        self.retried = ("", 0)
        resumed.connect(self._wake)

    def _wake(self) -> None:
        if self.process is not None:
            self._heard = -1

    def hears(self) -> Mapping[str, Handler]:
        return {"call": self._call}

    def setup(self) -> Mapping[str, Any]:
        room = self.context.room
        return {"name": self.id, "base": room.key("q"), **stores_of(room)}

    def died(self) -> None:
        self._counters.worker_deaths += 1
        lost, self.hand = len(self.hand), set()
        self._heard = -1
        self._bell.ring()  # the others learn until when its hand is its own
        if lost:
            name = self.id.replace("-", " ")
            self.context.say(
                f"{name} died with {amount(lost, 'run')} in its hand", kind="fault", outcome="error"
            )

    async def wanted(self) -> None:
        """There is news, or something that was taken or put off is over."""
        queue = self.context.nodes.get(QUEUE)
        while queue is not None and queue.state == "paused":
            heard = self._bell.rings
            await self._bell.beyond(heard)
        wait = max(0.0, self._next_ms / 1000 - self.context.clock.time()) if self._next_ms else None
        await self._bell.beyond(self._heard, within=wait)
        self._heard = self._bell.rings

    def _now(self) -> int:
        return int(self.context.clock.time() * 1000)

    async def turn(self, process: WorkerProcess) -> None:
        """Take; when there was something, work."""
        queue = self.context.nodes.get(QUEUE)
        if queue is not None and queue.state == "paused":
            return
        now, visible_ms = self._now(), round(self.context.config.visibility_s * 1000)
        took = await process.ask("take", now=now, until=now + visible_ms, most=BATCH)
        self._next_ms = took["next"]
        if took["runs"]:
            self.hand = set(took["runs"])
            self._counters.again += took["again"]
            self._heard = -1
            await self._work(process, took)

    async def _work(self, process: WorkerProcess, took: dict[str, Any]) -> None:
        context, config, count = self.context, self.context.config, len(took["runs"])
        async with context.request("run", by=self.id, by_hand=False, kind="Run jobs") as trace:
            context.node(QUEUE).touch(f"take {count}", "ok", source=self.id)
            rules = {
                "keyed": IDEMPOTENCY[config.idempotency].keyed(context),
                "forgotten": ACKS[config.ack].first(context),
                "drops": RELEVANCES[config.relevance].dropped(context),
                "policy": config.retry,
                "tries": config.tries,
            }
            if took["again"]:
                context.decide(f"{took['again']} were in a hand that did not finish in time")
            self._within = contextvars.copy_context()
            name = self.id.replace("-", " ")
            try:
                done = await self._at_work(process, rules)
            except WorkerGone:
                trace.outcome, trace.reason = "error", "killed"
                trace.sentence = f"{name} was killed with {amount(count, 'run')} in its hand"
                raise
            self.hand = set()
            context.node(DATABASE).touch(f"write {amount(len(done), 'attempt')}", "ok", source=self.id)
            states = self._tally(done)
            trace.sentence = f"{name} took {amount(count, 'run')}: " + ", ".join(
                f"{many:,} {state}" for state, many in states.items()
            )

    async def _at_work(self, process: WorkerProcess, rules: dict[str, Any]) -> list[dict[str, Any]]:
        """While it works it says so again and again, by a question that a stopped process does not answer."""
        beating = asyncio.create_task(self._beat(process), name=f"{self.id} beats")
        try:
            done: list[dict[str, Any]] = await process.ask("work", now=self._now(), **rules)
            return done
        finally:
            beating.cancel()
            await asyncio.gather(beating, return_exceptions=True)

    async def _beat(self, process: WorkerProcess) -> None:
        while True:
            await self.context.clock.sleep(self.context.config.visibility_s / 3)
            await process.ask("extend", until=self._now() + round(self.context.config.visibility_s * 1000))

    async def _call(self, calls: list[dict[str, Any]]) -> dict[str, Any]:
        """The process wants these called. It may die before, or after."""
        await self._may_die("before")
        deliver = asyncio.create_task(self._bin.deliver(calls, by=self.id), context=self._within.copy())
        try:
            answers = await deliver
        finally:
            deliver.cancel()
        now = self.context.clock.monotonic()
        for one, said in zip(calls, answers, strict=True):
            if one["attempt"] == 1:
                self._counters.first_call(one["due_ms"], said["at"], now)
            if said["status"] < 300:
                self._counters.fired += 1
                self._counters.fired_rate.add(now)
        await self._may_die("after")
        return {"now": self._now(), "answers": answers}

    async def _may_die(self, when: str) -> None:
        node = self.context.nodes.get(self.id)
        share = next((one.value for one in node.faults() if one.kind == when), 0.0) if node else 0.0
        if share and self._rng.random() * 100 < share and self.process is not None:
            self.process.kill()
            await asyncio.Event().wait()

    def _tally(self, done: list[dict[str, Any]]) -> Counter[str]:
        counters, states = self._counters, Counter(one["state"] for one in done)
        counters.dead += states["dead"]
        counters.dropped += states["dropped"]
        counters.retried += states["failed"]
        counters.failed += states["dead"] + states["failed"]
        if failed := [one for one in done if one["state"] in ("failed", "dead")]:
            policies = Counter(one["policy"] or self.context.config.retry for one in failed)
            for policy, many in policies.items():
                RETRIES[policy].said(self.context, many)
            last = max(failed, key=lambda one: int(one["attempt"]))
            self.retried = (last["job"], last["due"])
            times = [one["next"] for one in failed if one["next"]]
            if times:
                self._bell.ring()
        return states
