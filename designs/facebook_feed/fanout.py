"""Filling feeds: by the author's own request, or by workers that take jobs from the queue."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import groupby

from redis.exceptions import RedisError

from designs.facebook_feed.config import FEEDS, QUEUE, SERVICE, worker_ids
from designs.facebook_feed.jobs import Job
from designs.facebook_feed.ledger import Flight, Parts
from designs.facebook_feed.postrows import Post
from designs.facebook_feed.strategies import ACKS
from sdlab.blocks.windows import SlidingCounter
from sdlab.lab import LabError, Unavailable

TAKEN_AT_ONCE = 16
RELAYED_AT_ONCE = 500
CHUNK_SECONDS = 0.025
SMALLEST_CHUNK, LARGEST_CHUNK = 20, 1000
RETRY_AFTER = 0.2
HEARTBEAT = 0.4
LOOK_EVERY = 0.25
MOST_WAITING = 50_000
RESTART_AFTER = 0.5


@dataclass(slots=True)
class Load:
    """A job in a worker's hands, with the followers that are still to be written."""

    job: Job
    post: Post
    left: list[int]


@dataclass(slots=True)
class Worker:
    """One worker: what it does now, and what it has done. `due` is when its write capacity allows the next chunk."""

    id: str
    task: asyncio.Task[None] | None = None
    doing: str = ""
    jobs: int = 0
    claimed: int = 0
    writes: SlidingCounter = field(default_factory=lambda: SlidingCounter(seconds=10))
    due: float = 0.0


class FanOut:
    """Delivers every pushed post into the feed of each follower, at least once; a second time changes nothing."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self.workers: dict[str, Worker] = {}
        self.relayed: deque[Job] = deque()
        self.depth = 0
        self.taken: dict[str, int] = {}
        self.written = 0
        self.rewritten = 0
        self.writes = SlidingCounter(seconds=10)
        self._told = asyncio.Event()
        self._more = asyncio.Event()
        self._touched = True
        self._placed: list[int] = []
        self._relaying = False

    # Life

    def sync(self) -> None:
        """Have exactly the workers that the config calls for, and that are not killed."""
        wanted = worker_ids(self._parts.config())
        for id in [one for one in self.workers if one not in wanted]:
            self.kill(id)
            del self.workers[id]
        for id in wanted:
            worker = self.workers.setdefault(id, Worker(id))
            if worker.task is None and not self._parts.node(id).down:
                worker.task = asyncio.create_task(self._work(worker), name=f"facebook-feed {id}")

    def kill(self, id: str) -> None:
        """End a worker wherever it is just now."""
        worker = self.workers[id]
        if worker.task is not None:
            worker.task.cancel()
            worker.task = None

    async def stop(self) -> None:
        """End all workers, and put down what is known to be finished."""
        tasks = [one.task for one in self.workers.values() if one.task is not None]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self._put_down()

    @property
    def waiting(self) -> int:
        """Jobs that are not finished, as last seen."""
        return len(self.relayed) + self.depth

    async def settled(self) -> None:
        """Return when nothing is left to do. For tests: with all workers killed it never is."""
        while self.relayed or self._relaying or (await self._parts.jobs.depth())[0] or self._busy:
            await self._parts.clock.sleep(LOOK_EVERY / 10)
        await self._put_down()

    @property
    def _busy(self) -> bool:
        return any(one.doing for one in self.workers.values())

    # In

    def admit(self) -> None:
        """`Unavailable` when more jobs wait than may."""
        if self.waiting > MOST_WAITING:
            raise Unavailable("the fan-out queue is full", retry_after=5)

    def submit(self, jobs: Sequence[Job]) -> None:
        """Have these done by workers. They are in the post store as unplaced, so that nothing is lost here."""
        self.relayed.extend(jobs)
        self._told.set()

    async def relay(self) -> None:
        """Bring what was submitted to the queue, in order; while the queue is down it waits here."""
        while True:
            await self._told.wait()
            self._told.clear()
            while self.relayed:
                batch = [self.relayed.popleft() for _ in range(min(len(self.relayed), RELAYED_AT_ONCE))]
                self._relaying = True
                try:
                    await self._parts.node(QUEUE).call(
                        "XADD", partial(self._parts.jobs.put, batch), source=SERVICE
                    )
                except (LabError, RedisError, OSError):
                    self.relayed.extendleft(reversed(batch))
                    await self._parts.clock.sleep(RETRY_AFTER)
                finally:
                    self._relaying = False
                self._touched = True
                self._more.set()

    async def look(self) -> None:
        """Keep the figures of the queue, wake workers for what others left, and put down what is finished."""
        while True:
            await self._parts.clock.sleep(LOOK_EVERY)
            if self._touched or self.depth:
                self._touched = False
                self.depth, self.taken = await self._parts.jobs.depth()
                if self.depth:
                    self._more.set()
            await self._put_down()

    async def _put_down(self) -> None:
        placed, self._placed = self._placed, []
        if placed:
            await self._parts.rows.mark_placed(placed)

    # Work

    async def deliver(self, post: Post, *, told: float, approach: str) -> None:
        """Write a post into all feeds before returning, at the pace of one worker."""
        worker = Worker(SERVICE)
        flight = self.flight(post, approach, by=SERVICE)
        left = self._parts.graph.followers(post.author)
        job = Job(post.entry, told, approach)
        while left:
            chunk, left = left[: self._chunk()], left[self._chunk() :]
            await self._write([(job, post, one) for one in chunk], worker)
        self._finish(post, flight)

    async def _work(self, worker: Worker) -> None:
        while True:
            try:
                await self._turn(worker)
            except (LabError, RedisError, OSError):
                worker.doing = ""
                await self._parts.clock.sleep(RETRY_AFTER)
            except Exception as error:
                worker.doing = ""
                self._parts.crashed(worker.id, error)
                await self._parts.clock.sleep(RESTART_AFTER)

    async def _turn(self, worker: Worker) -> None:
        early = ACKS[self._parts.config().ack].early
        self._more.clear()
        jobs = await self._take(worker, early=early)
        if jobs:
            await self._carry_out(worker, jobs, early=early)
        else:
            await self._more.wait()

    async def _take(self, worker: Worker, *, early: bool) -> list[Job]:
        queue, jobs = self._parts.node(QUEUE), self._parts.jobs
        worker.doing = "asks"
        try:
            taken = await queue.call(
                "XREADGROUP", lambda: jobs.take(worker.id, TAKEN_AT_ONCE, early=early), source=worker.id
            )
            if not taken:
                taken = await jobs.claim(worker.id, TAKEN_AT_ONCE)
                worker.claimed += len(taken)
        except BaseException:
            worker.doing = ""
            raise
        if not taken:
            worker.doing = ""
        return taken

    async def _carry_out(self, worker: Worker, jobs: list[Job], *, early: bool) -> None:
        loads = await self._loads(jobs)
        for load in loads:
            self._parts.ledger.at_work[load.post.id] += 1
            flight = self.flight(load.post, load.job.approach, by=worker.id)
            if early:
                self._finish(load.post, flight)
        worker.doing = f"{len(jobs)} jobs"
        try:
            await self._empty(worker, loads, [job.id for job in jobs], early=early)
        except asyncio.CancelledError:
            self._note_cut(worker, loads)
            raise
        finally:
            worker.doing = ""
            for load in loads:
                self._leave_off(load.post)

    async def _loads(self, jobs: list[Job]) -> list[Load]:
        posts = {job.entry.place.id: job for job in jobs}
        ledger, graph = self._parts.ledger, self._parts.graph
        return [
            Load(
                job,
                Post(id, job.entry.author, job.entry.place.at, "", True),
                graph.followers(job.entry.author),
            )
            for id, job in posts.items()
            if id not in ledger.deleted
        ]

    async def _empty(self, worker: Worker, loads: list[Load], ids: list[str], *, early: bool) -> None:
        beaten = self._parts.clock.monotonic()
        ahead = [load for load in loads if load.left]
        while ahead:
            chunk: list[tuple[Job, Post, int]] = []
            room = self._chunk()
            while ahead and room:
                load = ahead[0]
                some, load.left = load.left[:room], load.left[room:]
                chunk += [(load.job, load.post, one) for one in some]
                room -= len(some)
                if not load.left:
                    ahead.pop(0)
            await self._write_surely(chunk, worker)
            now = self._parts.clock.monotonic()
            if not early and now - beaten > HEARTBEAT:
                beaten = now
                await self._parts.jobs.still_at(worker.id, ids)
        worker.jobs += len(ids)
        if not early:
            await self._parts.jobs.done(ids)
            for load in loads:
                flight = self._parts.ledger.flights.get(load.post.id)
                self._finish(load.post, flight)
        self._touched = True

    async def _write_surely(self, chunk: list[tuple[Job, Post, int]], worker: Worker) -> None:
        while True:
            try:
                return await self._write(chunk, worker)
            except (LabError, RedisError, OSError):
                await self._parts.clock.sleep(RETRY_AFTER)

    async def _write(self, chunk: list[tuple[Job, Post, int]], worker: Worker) -> None:
        clock, ledger, config = self._parts.clock, self._parts.ledger, self._parts.config()
        if worker.due > (now := clock.monotonic()):
            await clock.sleep(worker.due - now)
        pairs = [(member, post.entry.written) for _, post, member in chunk]
        fresh = await self._parts.node(FEEDS).call(
            f"ZADD × {len(pairs)}", lambda: self._parts.lists.deliver(pairs), source=worker.id
        )
        now, wall = clock.monotonic(), clock.time()
        worker.due = max(worker.due, now - CHUNK_SECONDS) + len(pairs) / config.worker_rate
        worker.writes.add(now, len(pairs))
        self.writes.add(now, len(pairs))
        self.written += len(pairs)
        self.rewritten += len(pairs) - fresh
        for id, group in groupby(chunk, key=lambda one: one[1].id):
            written = list(group)
            job, post, _ = written[0]
            ledger.delays.add(now, max(0.0, wall - job.told) * 1000)
            ledger.measured[job.approach].writes += len(written)
            flight = ledger.flights.get(id)
            for _, _, member in written:
                if flight is not None:
                    flight.lit.append(member)
                self._parts.arrived(member, post)

    def _chunk(self) -> int:
        return max(SMALLEST_CHUNK, min(LARGEST_CHUNK, int(self._parts.config().worker_rate * CHUNK_SECONDS)))

    def flight(self, post: Post, approach: str, *, by: str) -> Flight:
        """The picture of a post on its way; a second attempt begins anew."""
        one = Flight(
            post,
            approach,
            self._parts.graph.popularity(post.author),
            began=self._parts.clock.monotonic(),
            by=by,
        )
        self._parts.ledger.flights.note(post.id, one)
        return one

    def _finish(self, post: Post, flight: Flight | None) -> None:
        now = self._parts.clock.monotonic()
        if flight is not None:
            flight.ended = now
        self._parts.ledger.placed.note(post.id, now)
        self._placed.append(post.id)

    def placed(self, post: Post) -> None:
        """A post that needed no writing ahead has reached all that it is for."""
        self._finish(post, None)

    def _leave_off(self, post: Post) -> None:
        left = self._parts.ledger.at_work
        left[post.id] -= 1
        if left[post.id] <= 0:
            del left[post.id]

    def _note_cut(self, worker: Worker, loads: list[Load]) -> None:
        for load in loads:
            if load.left:
                followers = self._parts.graph.popularity(load.post.author)
                text = f"ended with {followers - len(load.left):,} of {followers:,} feeds written"
                self._parts.ledger.cut.note(load.post.id, f"{worker.id} {text}")
                flight = self._parts.ledger.flights.get(load.post.id)
                if flight is not None:
                    flight.cut_short = worker.id
