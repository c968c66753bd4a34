"""Filling feeds: by the author's own request, or by workers that take jobs from the queue."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial

from redis.exceptions import RedisError

from designs.facebook_feed.config import FEEDS, QUEUE, SERVICE, worker_ids
from designs.facebook_feed.jobs import Job
from designs.facebook_feed.ledger import Cut, Flight, Parts
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

    def some(self, most: int) -> Part:
        """The next followers to be written, at most so many; they are left no longer."""
        now, self.left = self.left[:most], self.left[most:]
        return Part(self, now)


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a job that is written at once."""

    load: Load
    members: list[int]


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
    claims_at: float = 0.0


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
        load = Load(Job(post.entry, told, approach), post, self._parts.graph.followers(post.author))
        while load.left:
            await self._write([load.some(self._chunk())], worker)
        self.placed(post)

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
            # First what others left, now and then: behind a queue that is never empty it would wait for ever.
            taken = await self._claim(worker, early=early)
            taken = taken or await queue.call(
                "XREADGROUP", lambda: jobs.take(worker.id, TAKEN_AT_ONCE, early=early), source=worker.id
            )
        except BaseException:
            worker.doing = ""
            raise
        if not taken:
            worker.doing = ""
        return taken

    async def _claim(self, worker: Worker, *, early: bool) -> list[Job]:
        now = self._parts.clock.monotonic()
        if now < worker.claims_at:
            return []
        worker.claims_at = now + LOOK_EVERY
        taken = await self._parts.jobs.claim(worker.id, TAKEN_AT_ONCE, early=early)
        worker.claimed += len(taken)
        return taken

    async def _carry_out(self, worker: Worker, jobs: list[Job], *, early: bool) -> None:
        loads = await self._loads(jobs)
        for load in loads:
            self._parts.ledger.at_work[load.post.id] += 1
            self._parts.ledger.flights.drop(load.post.id)
            if early:
                self.placed(load.post)
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
            chunk: list[Part] = []
            room = self._chunk()
            while ahead and room:
                chunk.append(ahead[0].some(room))
                room -= len(chunk[-1].members)
                if not ahead[0].left:
                    ahead.pop(0)
            await self._write_surely(chunk, worker)
            now = self._parts.clock.monotonic()
            if not early and now - beaten > HEARTBEAT:
                beaten = now
                await self._parts.jobs.still_at(worker.id, ids)
        worker.jobs += len(ids)
        if not early:
            for load in loads:
                self._parts.ledger.cut.drop(load.post.id)
                self.placed(load.post)
            await self._parts.jobs.done(ids)
        self._touched = True

    async def _write_surely(self, chunk: list[Part], worker: Worker) -> None:
        while True:
            try:
                return await self._write(chunk, worker)
            except (LabError, RedisError, OSError):
                await self._parts.clock.sleep(RETRY_AFTER)

    async def _write(self, chunk: list[Part], worker: Worker) -> None:
        clock, ledger, config = self._parts.clock, self._parts.ledger, self._parts.config()
        if worker.due > (now := clock.monotonic()):
            await clock.sleep(worker.due - now)
        entries = [(part.load.job.entry.written, part.members) for part in chunk]
        count = sum(len(part.members) for part in chunk)
        fresh = await self._parts.node(FEEDS).call(
            f"ZADD × {count}", lambda: self._parts.lists.deliver(entries), source=worker.id
        )
        now, wall = clock.monotonic(), clock.time()
        worker.due = max(worker.due, now - CHUNK_SECONDS) + count / config.worker_rate
        worker.writes.add(now, count)
        self.writes.add(now, count)
        self.written += count
        self.rewritten += count - fresh
        for part in chunk:
            job, post = part.load.job, part.load.post
            ledger.delays.add(now, max(0.0, wall - job.told) * 1000)
            ledger.measured[job.approach].writes += len(part.members)
            flight = ledger.flights.get(post.id) or self.flight(post, job.approach, by=worker.id)
            flight.ended = now
            flight.lit += part.members
            self._parts.arrived(post, part.members)

    def _chunk(self) -> int:
        return max(SMALLEST_CHUNK, min(LARGEST_CHUNK, int(self._parts.config().worker_rate * CHUNK_SECONDS)))

    def flight(self, post: Post, approach: str, *, by: str) -> Flight:
        """The picture of a post on its way."""
        one = Flight(
            post,
            approach,
            self._parts.graph.popularity(post.author),
            began=self._parts.clock.monotonic(),
            by=by,
        )
        self._parts.ledger.flights.note(post.id, one)
        return one

    def placed(self, post: Post) -> None:
        """This post has reached all that it is for, or counts as if it had."""
        self._parts.ledger.placed.note(post.id, self._parts.clock.monotonic())
        self._placed.append(post.id)

    def _leave_off(self, post: Post) -> None:
        left = self._parts.ledger.at_work
        left[post.id] -= 1
        if left[post.id] <= 0:
            del left[post.id]

    def _note_cut(self, worker: Worker, loads: list[Load]) -> None:
        for load in loads:
            if load.left:
                ledger = self._parts.ledger
                followers = self._parts.graph.popularity(load.post.author)
                ledger.cut.note(
                    load.post.id,
                    Cut(worker.id, followers - len(load.left), followers, self._parts.clock.monotonic()),
                )
                flight = ledger.flights.get(load.post.id)
                if flight is not None:
                    flight.cut_short = True
