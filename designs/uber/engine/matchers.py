"""Matchers: each takes rides that wait and offers them to one driver after the other. Each may end at any moment."""

from __future__ import annotations

import asyncio
from collections import deque
from contextlib import suppress
from dataclasses import dataclass, field

from redis.exceptions import RedisError

from designs.uber.config import Config
from designs.uber.engine.meters import MatchMeter
from designs.uber.engine.nodes import matcher_ids
from designs.uber.engine.offering import LAST_OFFER_S, Offering
from designs.uber.engine.offers import Offers
from designs.uber.engine.request_queue import RequestQueue
from designs.uber.engine.ride_service import RideService
from designs.uber.engine.rides import REQUESTED, Ride, RideTable
from designs.uber.engine.strategies import INTAKES
from sdlab.lab import EngineContext, LabError, Unavailable, acting_as, amount
from sdlab.parts.work_queue import QueuedJob

CAPACITY = 48  # rides that one matcher has in hand
AGAIN_S = 0.5
DOWN_FOR_S = 0.5
CLAIM_EVERY_S = 0.4
ENDINGS_KEPT = 20


@dataclass(slots=True)
class Matcher:
    """One matcher: the rides in its hands, and the jobs of the queue that they came in."""

    id: str
    task: asyncio.Task[None] | None = None
    rides: dict[str, asyncio.Task[None]] = field(default_factory=dict)
    jobs: dict[str, str] = field(default_factory=dict)
    more: asyncio.Event = field(default_factory=asyncio.Event)
    claims_at: float = 0.0
    matched: int = 0
    claimed: int = 0


@dataclass(frozen=True, slots=True)
class Ending:
    """A matcher that ended at `at` (Unix seconds) with these rides in its hands."""

    matcher: str
    at: float
    rides: tuple[str, ...]


class Matchers:
    """From a ride that waits to a driver who says yes, or to the end of its time."""

    def __init__(
        self,
        context: EngineContext[Config],
        queue: RequestQueue,
        rides: RideTable,
        offers: Offers,
        *,
        offering: Offering,
        service: RideService,
    ) -> None:
        self._context, self._queue, self._rides = context, queue, rides
        self._offers, self._offering, self._service = offers, offering, service
        self.all: dict[str, Matcher] = {}
        self.meter = MatchMeter()
        self.endings: deque[Ending] = deque(maxlen=ENDINGS_KEPT)
        self._crashing: set[str] = set()
        self._begun = asyncio.Event()
        queue.more.connect(self._wake)

    # Life

    def sync(self) -> None:
        """Have exactly the matchers that the config calls for, and that are not killed."""
        wanted = matcher_ids(self._context.config)
        for id in [one for one in self.all if one not in wanted]:
            self.kill(id)
            del self.all[id]
        for id in wanted:
            matcher = self.all.setdefault(id, Matcher(id))
            if matcher.task is None and not self._context.node(id).down:
                matcher.task = asyncio.create_task(self._work(matcher), name=f"uber {id}")

    def kill(self, id: str) -> None:
        """End a matcher wherever it is just now; what it had in memory is gone."""
        matcher = self.all[id]
        if matcher.task is None:
            return
        self.endings.append(Ending(id, self._context.clock.time(), tuple(matcher.rides)))
        matcher.task.cancel()
        for task in matcher.rides.values():
            task.cancel()
        matcher.task, matcher.rides, matcher.jobs = None, {}, {}
        self._offering.forget(id)

    async def crash(self, number: int) -> None:
        """A matcher ends in the middle of an offer, and is started again a moment later.

        `number` says with whom to begin looking; when nobody has a ride, the next who takes one ends.
        """
        if not any(one.rides for one in self.all.values()):
            self._begun.clear()
            with suppress(TimeoutError):
                async with asyncio.timeout(DOWN_FOR_S):
                    await self._begun.wait()
        ids = matcher_ids(self._context.config)
        turn = number % len(ids)
        id = next((one for one in [*ids[turn:], *ids[:turn]] if self.all[one].rides), ids[turn])
        if id in self._crashing or self._context.node(id).down:
            return
        self._crashing.add(id)
        try:
            async with self._context.request("a matcher ends") as trace:
                held = len(self.all[id].rides)
                self.kill(id)
                if INTAKES[self._context.config.intake].queued:
                    self._context.decide(
                        f"{amount(held, 'ride')} stay in the queue: another matcher claims them"
                    )
                else:
                    self._context.decide(
                        f"{amount(held, 'ride')} were in its memory alone: nobody knows of them"
                    )
                trace.sentence = f"{id.replace('-', ' ')} ended with {amount(held, 'ride')} in its hands"
            await self._context.clock.sleep(DOWN_FOR_S)
            self.sync()
            self._wake()  # there may be something that it, or another, has left
        finally:
            self._crashing.discard(id)

    async def stop(self) -> None:
        """End all matchers."""
        tasks = [task for one in self.all.values() for task in (one.task, *one.rides.values()) if task]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _wake(self) -> None:
        for matcher in self.all.values():
            matcher.more.set()

    @property
    def in_hand(self) -> int:
        """Rides that matchers are at."""
        return sum(len(one.rides) for one in self.all.values())

    @property
    def last_batch(self) -> int:
        """How many rides were assigned together last."""
        return max((one.rides for one in self._offering.batches.by_matcher.values()), default=0)

    # Intake

    def admit(self) -> None:
        """`Unavailable` when rides go straight to matchers and none has room for one more."""
        if not INTAKES[self._context.config.intake].queued and self._roomiest() is None:
            self._context.decide("every matcher has as many rides as it can hold, or is down")
            self.meter.refused += 1
            raise Unavailable("no matcher is free just now", retry_after=2)

    def _roomiest(self) -> Matcher | None:
        free = [one for one in self.all.values() if one.task is not None and len(one.rides) < CAPACITY]
        return min(free, key=lambda one: len(one.rides), default=None)

    async def submit(self, ride: Ride) -> None:
        """Have a ride matched; `Unavailable` where it cannot be taken."""
        way = INTAKES[self._context.config.intake]
        way.explain(self._context.decide)
        if way.queued:
            await self._queue.put(ride.id)
            return
        matcher = self._roomiest()
        if matcher is None:
            raise Unavailable("no matcher is free just now", retry_after=2)
        self._context.node(matcher.id).touch("match", "ok", source="service")
        self._begin(matcher, ride.id)

    # Work

    async def _work(self, matcher: Matcher) -> None:
        while True:
            await matcher.more.wait()
            matcher.more.clear()
            try:
                await self._turn(matcher)
            except (LabError, RedisError, OSError):
                await self._context.clock.sleep(AGAIN_S)

    async def _turn(self, matcher: Matcher) -> None:
        await self._queue.beat(matcher.id)
        now = self._context.clock.monotonic()
        if now >= matcher.claims_at:
            matcher.claims_at = now + CLAIM_EVERY_S
            mine = set(matcher.jobs.values())
            for job in await self._queue.claim(matcher.id, CAPACITY, mine):
                matcher.claimed += 1
                self._begin(matcher, job.fields["ride"], job, claimed=True)
        while room := max(0, CAPACITY - len(matcher.rides)):
            taken = await self._queue.take(matcher.id, room)
            for job in taken:
                self._begin(matcher, job.fields["ride"], job)
            if not taken:
                return

    def _begin(
        self, matcher: Matcher, ride: str, job: QueuedJob | None = None, *, claimed: bool = False
    ) -> None:
        if ride in matcher.rides:
            return
        if job is not None:
            matcher.jobs[ride] = job.id
        with acting_as(matcher.id, by_hand=False):
            work = self._serve(matcher, ride, claimed=claimed)
            matcher.rides[ride] = asyncio.create_task(work, name=f"uber {matcher.id} {ride}")
        self._begun.set()

    async def _serve(self, matcher: Matcher, ride: str, *, claimed: bool) -> None:
        try:
            if claimed:
                await self._offers.withdraw(ride)
            await self._match(matcher, await self._rides.find(ride))
            if job := matcher.jobs.get(ride):
                await self._queue.jobs.ack([job])
        except (LabError, RedisError, OSError):
            await self._context.clock.sleep(AGAIN_S)  # not acknowledged: it is claimed again
        except Exception as error:
            self._context.crashed(matcher.id, error)
        finally:
            matcher.jobs.pop(ride, None)
            matcher.rides.pop(ride, None)
            matcher.more.set()

    async def _match(self, matcher: Matcher, ride: Ride) -> None:
        asked: set[str] = set()
        until = ride.requested_at + self._context.config.give_up_s
        rounds = 0
        while ride.status == REQUESTED and self._context.clock.time() < until - LAST_OFFER_S:
            offered = await self._offering.make(matcher.id, ride, asked, until)
            if not offered.wanted:
                return
            if not offered.offers:
                await self._context.clock.sleep(AGAIN_S)
                continue
            rounds += 1
            driver = await self._offers.wait(offered.offers)
            late = self._context.clock.time() >= offered.offers[0].ends
            await self._offering.end(offered.offers, "none" if late else "no")
            if driver:
                self._note(matcher, ride, rounds)
                return
            asked.update(one.driver for one in offered.offers)
        await self._give_up(matcher, ride)

    def _note(self, matcher: Matcher, ride: Ride, rounds: int) -> None:
        matcher.matched += 1
        taken = self._service.taken.get(ride.id)
        if taken is not None:
            now = self._context.clock
            self.meter.add(now.monotonic(), now.time() - ride.requested_at, taken.pickup_s, rounds)

    async def _give_up(self, matcher: Matcher, ride: Ride) -> None:
        if await self._service.fail(ride.id, matcher.id):
            self.meter.failed += 1
            self._context.say(
                f"no driver for {ride.rider} within {self._context.config.give_up_s:g} s: the ride has failed, and says so",
                kind="ride",
                outcome="miss",
            )
