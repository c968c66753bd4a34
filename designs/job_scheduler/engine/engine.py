"""The job scheduler at work in one room: jobs come in, fall due, are called, and are tried again."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from designs.job_scheduler.config import Config
from designs.job_scheduler.engine.acceptor import Acceptor
from designs.job_scheduler.engine.backlog import Backlog
from designs.job_scheduler.engine.claims import CLAIMS, ClaimChecker
from designs.job_scheduler.engine.coordinators import Coordinator, Leases
from designs.job_scheduler.engine.counters import Counters
from designs.job_scheduler.engine.extractors import Extractor
from designs.job_scheduler.engine.job_request import Job, JobRequest, PlacedJob
from designs.job_scheduler.engine.job_store import JobStore, JobStory
from designs.job_scheduler.engine.nodes import (
    ACCEPTOR,
    BIN,
    COORDINATORS,
    DATABASE,
    FLOWS,
    MOST_EXTRACTORS,
    MOST_WORKERS,
    plan,
)
from designs.job_scheduler.engine.ready_queue import ReadyQueue
from designs.job_scheduler.engine.request_bin import Received, RequestBin
from designs.job_scheduler.engine.store_reader import StoreReader
from designs.job_scheduler.engine.workers import Worker
from sdlab.lab import Engine, Node, NodeSpec, Room, Signal, acting, amount
from sdlab.parts.bell import Bell
from sdlab.parts.driven_process import DrivenProcess
from sdlab.parts.idempotency import IdempotencyKeys

CHECK_EVERY_S = 0.5
PRUNE_EVERY_S = 10.0
STUCK_S = 5.0


class JobScheduler(Engine[Config]):
    """Jobs, runs, attempts and leases are rows; queue and bin are streams; when the next is due is in memory."""

    claims = CLAIMS
    flows = FLOWS

    def __init__(self, room: Room, config: Config) -> None:
        super().__init__(room, config)
        context = self.context
        self.counters = Counters()
        self.backlog = Backlog(context, self.counters)
        self.queue = ReadyQueue(room.redis, room.key("q"))
        self.bin = RequestBin(context, self.counters)
        self.store = JobStore(context)
        self.leases = Leases(context, self.queue)
        self.acceptor = Acceptor(context, self.store, self.backlog, self.counters)
        self._published, self._resumed = Bell(), Signal()
        self.coordinators = [
            Coordinator(context, one, leases=self.leases, backlog=self.backlog, counters=self.counters)
            for one in COORDINATORS
        ]
        self.extractors = [
            Extractor(
                context,
                f"extractor-{n}",
                backlog=self.backlog,
                queue=self.queue,
                counters=self.counters,
                bell=self._published,
            )
            for n in range(1, MOST_EXTRACTORS + 1)
        ]
        self.workers = [
            Worker(
                context,
                f"worker-{n}",
                queue=self.queue,
                bin=self.bin,
                counters=self.counters,
                bell=self._published,
                resumed=self._resumed,
            )
            for n in range(1, MOST_WORKERS + 1)
        ]
        self.reader = StoreReader(context, self.queue, self.bin, self.workers)
        self.checker = ClaimChecker(
            context,
            queue=self.queue,
            bin=self.bin,
            store=self.store,
            counters=self.counters,
            workers=self.workers,
            extractors=self.extractors,
        )
        self._keys = IdempotencyKeys(context)

    @classmethod
    def plan(cls, config: Config) -> tuple[NodeSpec, ...]:
        return plan(config)

    @property
    def _driven(self) -> tuple[DrivenProcess[Config], ...]:
        """All that have a process."""
        return (*self.extractors, *self.workers)

    # Life

    async def open(self) -> None:
        await self.store.open()
        await self._reconcile()
        await self.checker.open()
        self._sync()
        for leader in self.coordinators:
            self.supervise(leader.id, leader.run)
        for one in self._driven:
            self.supervise(one.id, one.run)
        if await self.queue.depth() or await self.room.redis.zcard(self.queue.delayed):
            self._published.ring()
        self.every("claims", CHECK_EVERY_S, self.checker.check, yields=True)
        self.every("retention", PRUNE_EVERY_S, self._prune)

    async def _reconcile(self) -> None:
        """What was queued and is not in the queue, as when Redis lost its last second, waits again."""
        lost = await self.queue.lacking(await self.store.queued())
        if lost:
            await self.store.wait_again(lost)
            self.context.say(f"{amount(len(lost), 'run')} of before are not in the queue: they wait again")
        self.backlog.reset(await self.store.waiting())

    async def _prune(self) -> None:
        if self.counters.accepted:
            await self.store.prune()
        stuck = self.clock.monotonic() - self.backlog.claimed_at > STUCK_S
        if self.backlog.hot and stuck and not self.counters.held_back:
            self.backlog.reset(await self.store.waiting())

    def _sync(self) -> None:
        for leader in self.coordinators:
            leader.sync()
        for one in self._driven:
            one.sync()
        self._resumed()
        if any(one.process is not None for one in self.workers):  # a quiet room stays without processes
            self._published.ring()
        self.backlog.bell.ring()

    async def reconfigure(self, before: Config) -> None:
        """Whom the plan has not any more ends; what is in the queue stays there."""
        self._sync()
        for one in self._driven:
            await one.retire()

    async def fault_changed(self, node: Node) -> None:
        """Processes are killed, stopped, or come back."""
        self._sync()

    async def close(self) -> None:
        """Processes end at once; what is in the stores stays."""
        for one in self._driven:
            one.end()
        await super().close()
        await asyncio.gather(*(one.close() for one in self._driven))

    # What people do

    async def schedule(self, request: JobRequest, *, key: str | None = None) -> PlacedJob:
        """Write a job down. `Invalid` for what cannot be called or never runs; `TooMany`."""
        async with self.request("POST jobs", kind="Schedule a job") as trace:
            self.node(ACCEPTOR).touch("schedule", "ok", source="visitor")
            placed = await self._keys.once(
                key,
                operation="schedule",
                body=request.to_json(),
                work=lambda: self._accept(request),
                dump=PlacedJob.to_json,
                load=PlacedJob.from_json,
            )
            trace.sentence = f"{acting().name} scheduled “{placed.job.name}” for {_clock(placed.due_ms)} UTC"
        self.changed()
        return placed

    async def _accept(self, request: JobRequest) -> PlacedJob:
        (placed,) = await self.acceptor.accept([request])
        return placed

    async def schedule_many(self, requests: Sequence[JobRequest]) -> list[PlacedJob]:
        """Several at once, all or none."""
        async with self.request("POST jobs × n", kind="Schedule many") as trace:
            self.node(ACCEPTOR).touch("schedule", "ok", source="visitor")
            placed = await self.acceptor.accept(requests)
            trace.sentence = f"{acting().name} scheduled {amount(len(placed), 'job')} at once"
            return placed

    async def jobs(self, *, state: str, below: int | None, limit: int) -> list[Job]:
        """The acting user's jobs, the newest first."""
        async with self.request("GET jobs", kind="List jobs") as trace:
            self.node(ACCEPTOR).touch("list", "ok", source="visitor")
            user = acting().name
            found = await self.node(DATABASE).call(
                "jobs of a user",
                lambda: self.store.page(user, state=state, below=below, limit=limit),
                source=ACCEPTOR,
            )
            self.decide("behind a number, not behind an offset: what comes in between moves nothing")
            trace.sentence = f"{user} has {amount(len(found), 'job')} on this page"
            return found

    async def job(self, id: str) -> JobStory:
        """One job of the acting user's, with every attempt. `NotFound`."""
        async with self.request("GET jobs/{id}", kind="Look at a job") as trace:
            self.node(ACCEPTOR).touch("get", "ok", source="visitor")
            found = await self.acceptor.story(id)
            trace.sentence = f"“{found.job.name}” is {found.job.state}"
            return found

    async def cancel(self, id: str) -> None:
        """Take a job back. `NotFound`; `Conflict` when it is in the queue or over."""
        async with self.request("DELETE jobs/{id}", kind="Cancel a job") as trace:
            self.node(ACCEPTOR).touch("cancel", "ok", source="visitor")
            await self.acceptor.cancel(id)
            trace.sentence = f"{acting().name} cancelled a job"
        self.changed()

    async def requeue(self, id: str) -> JobStory:
        """Have a dead job tried anew. `NotFound`; `Conflict` when none of its runs is dead."""
        async with self.request("POST jobs/{id}/retry", kind="Try a dead job anew") as trace:
            self.node(ACCEPTOR).touch("retry", "ok", source="visitor")
            await self.acceptor.requeue(id)
            trace.sentence = f"{acting().name} has a dead job tried anew"
            found = await self.store.story(acting().name, id)
        self.changed()
        return found

    async def callbacks(self, *, before: str, limit: int) -> list[Received]:
        """What came into the bin of the acting user's jobs, the newest first."""
        async with self.request("GET bin", kind="Look into the bin") as trace:
            user = acting().name
            found = await self.node(BIN).call(
                "read", lambda: self.bin.of(user, before=before, limit=limit), source=ACCEPTOR
            )
            self.decide("only callbacks of this user's jobs are shown")
            trace.sentence = f"{amount(len(found), 'callback')} of {user} on this page"
            return found


def _clock(ms: int) -> str:
    seconds = ms // 1000 % 86_400
    return f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}"
