"""Workers that take jobs from the fan-out queue and fill feeds; each may end at any moment."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

from redis.exceptions import RedisError

from designs.facebook_feed.config import Config
from designs.facebook_feed.engine.deliveries import Deliveries, JobPart, JobProgress
from designs.facebook_feed.engine.feed_writer import FeedWriter, WriteCapacity
from designs.facebook_feed.engine.job_relay import RETRY_AFTER, JobRelay
from designs.facebook_feed.engine.jobs import Job, Jobs
from designs.facebook_feed.engine.nodes import QUEUE, worker_ids
from designs.facebook_feed.engine.strategies import ACKS
from sdlab.lab import EngineContext, LabError, amount

TAKEN_AT_ONCE = 16
HEARTBEAT = 0.4
LOOK_EVERY = 0.25
RESTART_AFTER = 0.5
DOWN_FOR = 0.5


@dataclass(slots=True)
class Worker(WriteCapacity):
    """One worker: what it does now, what it has done, and when it looks for left jobs next (monotonic clock)."""

    task: asyncio.Task[None] | None = None
    doing: str = ""
    jobs: int = 0
    claimed: int = 0
    claims_at: float = 0.0

    @property
    def at_work(self) -> bool:
        """Whether it carries out jobs just now."""
        return self.doing not in ("", "asks")


class Workers:
    """Delivers every queued post into the feed of each follower, at least once."""

    def __init__(
        self,
        context: EngineContext[Config],
        jobs: Jobs,
        relay: JobRelay,
        writer: FeedWriter,
        deliveries: Deliveries,
    ) -> None:
        self.all: dict[str, Worker] = {}
        self._context = context
        self._jobs = jobs
        self._relay = relay
        self._writer = writer
        self._deliveries = deliveries
        self._more = asyncio.Event()
        self._job_begun = asyncio.Event()
        self._crashing: set[str] = set()
        relay.more_work.connect(self._wake)

    # Life

    def sync(self) -> None:
        """Have exactly the workers that the config calls for, and that are not killed."""
        wanted = worker_ids(self._context.config)
        for id in [one for one in self.all if one not in wanted]:
            self.kill(id)
            del self.all[id]
        for id in wanted:
            worker = self.all.setdefault(id, Worker(id))
            if worker.task is None and not self._context.node(id).down:
                worker.task = asyncio.create_task(self._work(worker), name=f"facebook-feed {id}")

    def kill(self, id: str) -> None:
        """End a worker wherever it is just now."""
        worker = self.all[id]
        if worker.task is not None:
            worker.task.cancel()
            worker.task = None

    async def crash(self, number: int) -> None:
        """A worker ends in the middle of a job, and is started again a moment later.

        `number` says with whom to begin looking; when nobody is at a job, the next who begins one ends.
        """
        if not self._at_work:
            self._job_begun.clear()
            with suppress(TimeoutError):
                async with asyncio.timeout(DOWN_FOR):
                    await self._job_begun.wait()
        ids = worker_ids(self._context.config)
        turn = number % len(ids)
        id = next((one for one in [*ids[turn:], *ids[:turn]] if one in self._at_work), ids[turn])
        if id in self._crashing or self._context.node(id).down:
            return
        self._crashing.add(id)
        try:
            async with self._context.request("a worker ends") as trace:
                doing = self.all[id].doing or "nothing"
                self.kill(id)
                ACKS[self._context.config.ack].explain_end(self._context.decide, doing)
                trace.sentence = f"{id} ended; it was at {doing}"
            await self._context.clock.sleep(DOWN_FOR)
            self.sync()
        finally:
            self._crashing.discard(id)

    async def stop(self) -> None:
        """End all workers."""
        tasks = [one.task for one in self.all.values() if one.task is not None]
        for id in self.all:
            self.kill(id)
        await asyncio.gather(*tasks, return_exceptions=True)

    async def settled(self) -> None:
        """Return when nothing is left to do. With all workers killed it never is."""
        while not self._relay.idle or (await self._jobs.depth()).total or self._busy:
            await self._context.clock.sleep(LOOK_EVERY / 10)
        await self._deliveries.save()

    @property
    def _at_work(self) -> list[str]:
        return [id for id, worker in self.all.items() if worker.at_work]

    @property
    def _busy(self) -> bool:
        return any(one.doing for one in self.all.values())

    def _wake(self) -> None:
        self._more.set()

    # Work

    async def _work(self, worker: Worker) -> None:
        while True:
            try:
                await self._turn(worker)
            except (LabError, RedisError, OSError):
                worker.doing = ""
                await self._context.clock.sleep(RETRY_AFTER)
            except Exception as error:
                worker.doing = ""
                self._context.crashed(worker.id, error)
                await self._context.clock.sleep(RESTART_AFTER)

    async def _turn(self, worker: Worker) -> None:
        await self._more.wait()
        self._more.clear()
        early = ACKS[self._context.config.ack].early
        jobs = await self._take(worker, early=early)
        if jobs:
            self._more.set()  # there may be others for the others
            await self._carry_out(worker, jobs, early=early)

    async def _take(self, worker: Worker, *, early: bool) -> list[Job]:
        worker.doing = "asks"
        taken: list[Job] = []
        try:
            # First what others left, now and then: behind a queue that is never empty it would wait for ever.
            taken = await self._claim(worker, early=early) or await self._context.node(QUEUE).call(
                "XREADGROUP",
                lambda: self._jobs.take(worker.id, TAKEN_AT_ONCE, early=early),
                source=worker.id,
            )
        finally:
            if not taken:
                worker.doing = ""
        return taken

    async def _claim(self, worker: Worker, *, early: bool) -> list[Job]:
        now = self._context.clock.monotonic()
        if now < worker.claims_at:
            return []
        worker.claims_at = now + LOOK_EVERY
        taken = await self._jobs.claim(worker.id, TAKEN_AT_ONCE, early=early)
        worker.claimed += len(taken)
        return taken

    async def _carry_out(self, worker: Worker, jobs: list[Job], *, early: bool) -> None:
        todo = self._deliveries.todo(jobs)
        for progress in todo:
            self._deliveries.begin(progress)
            if early:
                self._deliveries.mark_placed(progress.post)
        worker.doing = amount(len(jobs), "job")
        self._job_begun.set()
        try:
            await self._write_all(worker, todo, [job.id for job in jobs], early=early)
        except asyncio.CancelledError:
            for progress in todo:
                if not progress.done:
                    self._deliveries.interrupt(progress, worker.id)
            raise
        finally:
            worker.doing = ""
            for progress in todo:
                self._deliveries.leave(progress)

    async def _write_all(
        self, worker: Worker, todo: list[JobProgress], ids: list[str], *, early: bool
    ) -> None:
        beaten = self._context.clock.monotonic()
        while chunk := self._writer.next_chunk(todo):
            await self._write_surely(chunk, worker)
            now = self._context.clock.monotonic()
            if not early and now - beaten > HEARTBEAT:
                beaten = now
                await self._jobs.extend(worker.id, ids)
        worker.jobs += len(ids)
        if not early:
            for progress in todo:
                self._deliveries.interrupted.drop(progress.post.id)
                self._deliveries.mark_placed(progress.post)
            await self._jobs.ack(ids)
        self._relay.depth_changed()

    async def _write_surely(self, chunk: Sequence[JobPart], worker: Worker) -> None:
        while True:
            try:
                return await self._writer.write(chunk, worker)
            except (LabError, RedisError, OSError):
                await self._context.clock.sleep(RETRY_AFTER)
