"""Tinder at work in one room: feeds out, swipes in, a match for both."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, TypeVar

import numpy as np

from designs.tinder.audit import Acked, Auditor
from designs.tinder.capture import Capture
from designs.tinder.config import APP, BLOOM, PHONES, Config, plan
from designs.tinder.feeding import FEED_WAYS, Kitchen, Refills
from designs.tinder.feeds import FeedCache
from designs.tinder.matching import MATCHERS, Done, Registry
from designs.tinder.measuring import Measuring
from designs.tinder.people import NAMED, People, Profile
from designs.tinder.picture import picture
from designs.tinder.profiles import Profiles, check_km, check_place
from designs.tinder.ranking import Viewer, parts, viewer_of
from designs.tinder.seen import Memory, Told
from designs.tinder.serving import Handed, Serving
from designs.tinder.strategies import CHANGES
from designs.tinder.swipes import LIKE, MOST_SWIPES, Swipe, Swipes, home
from designs.tinder.traffic import Traffic
from designs.tinder.views import Snapshot
from sdlab.blocks.windows import SlidingCounter
from sdlab.lab import (
    Claim,
    Conflict,
    Engine,
    EvidenceView,
    Invalid,
    Node,
    NodeSpec,
    NotFound,
    Operation,
    Room,
    Tally,
    TooMany,
)

__all__ = ["Config", "Snapshot", "Tinder"]

T = TypeVar("T")

WARM_EVERY, AUDIT_EVERY = 1.0, 1.0
ACTIVE_S, EARLY_S = 600.0, 2.0
AUDITED = 8
MET = 12


@dataclass(frozen=True, slots=True)
class Swiped:
    """What became of a swipe. `repeated`: it had been made before, and what was said then stands."""

    like: bool
    match: bool
    match_number: int
    repeated: bool


class Tinder(Engine[Config]):
    """Swipes and matches in Redis, changed profiles in SQL; index, filters and queues can be made again."""

    claims = (
        Claim("matched", "Two people who like each other are a match"),
        Claim("not_again", "Nobody is shown again after a swipe"),
        Claim("once", "A swipe counts once, however often it is sent"),
        Claim("fits", "A card fits the filters of now, or did within the last TTL"),
        Claim("filter", "A Bloom filter lets nobody through who was swiped"),
    )

    def __init__(self, room: Room, config: Config) -> None:
        super().__init__(room, config)
        nodes, now = (lambda: self.nodes), (lambda: self.config)
        self.born = room.clock.time()
        self.people = People(room.seed, config.people, self.born)
        self.profiles = Profiles(room, self.people)
        self.swipes = Swipes(room, lambda: self.config.replication_ms)
        self.memory = Memory(self.swipes, room.clock, nodes, now, room.rng("replica"))
        self.cache = FeedCache(room)
        self.kitchen = Kitchen(
            clock=room.clock,
            profiles=self.profiles,
            memory=self.memory,
            cache=self.cache,
            nodes=nodes,
            config=now,
        )
        self.refills = Refills(self.kitchen, self.crashed)
        self.registry = Registry(self.swipes, room.clock, nodes)
        self.auditor = Auditor(self.monitors, self.people)
        self.counts = self.auditor.counts
        self.capture = Capture(
            clock=room.clock, kitchen=self.kitchen, counts=self.counts, nodes=nodes, config=now
        )
        self.traffic_verbs = Traffic(self)
        self.crowd = self.traffic_verbs.crowd
        self.serving = Serving(self.kitchen, self.auditor, self.monitors, now, self.decide)
        self.measuring = Measuring(self)
        self.swiped_rate = SlidingCounter(seconds=10)
        self.met: dict[int, deque[tuple[int, int, float]]] = {}
        self.met_total: dict[int, int] = {}
        self.versions: dict[int, int] = {}
        self.watched = 0
        self._listeners: dict[int, set[asyncio.Event]] = {}
        self._audited = -1

    @classmethod
    def plan(cls, config: Config) -> tuple[NodeSpec, ...]:
        return plan(config)

    # Life

    async def open(self) -> None:
        await self.profiles.open()
        await self.swipes.open()
        await self.cache.open()
        self.kitchen.index = type(self.kitchen.index)(self.people.columns)
        self.crowd.settle(self.people)
        self.swipes.arrived = self.auditor.replicated
        self.kitchen.filtered = self._filtered
        self.kitchen.spawn = self.refills.begin
        for number in self.people.names:
            await self._recall(number)
        self.supervise("replication", self.swipes.replicate)
        self.supervise("change capture", self.capture.run)
        self.supervise("audit", self._audit)
        self.supervise("warm feeds", self._warm)
        self.supervise("filter measurements", self.measuring.run)

    async def close(self) -> None:
        await self.refills.close()
        await super().close()
        await self.registry.close()
        await self.swipes.close()
        self.profiles.close()

    async def _recall(self, number: int) -> None:
        known = await self.swipes.matches(number, limit=1000)
        self.met[number] = deque(known, maxlen=MET)
        self.met_total[number] = len(known)

    async def reconfigure(self, before: Config) -> None:
        now = self.config
        if now.people != before.people:
            await self._repopulate()
        if (now.ttl_s, now.feed, now.batch, now.change) != (
            before.ttl_s,
            before.feed,
            before.batch,
            before.change,
        ):
            await self.cache.clear()
        if now.bloom_bits != before.bloom_bits:
            self.memory.blooms.forget()
            self.measuring.begin()
        if now.recent != before.recent:
            self.memory.shorten()
        if now.match != before.match:
            self.auditor.race = None
        if now.again != before.again:
            self._void(list(self.people.names))

    async def _repopulate(self) -> None:
        self.people = People(self.room.seed, self.config.people, self.born)
        await self.profiles.resize(self.people)
        self.auditor.people = self.people
        self.kitchen.index = type(self.kitchen.index)(self.people.columns)
        self.kitchen.looked.clear()
        self.crowd.settle(self.people)
        self.auditor.race = None
        self.counts.never_shown.clear()
        self.measuring.begin()
        await self.cache.clear()
        self._void(list(self.people.names))

    async def momentary(self, node: Node, kind: str, value: float) -> str:
        if node.id == BLOOM:
            whose = self.memory.blooms.forget()
            self.measuring.begin()
            self.supervise("rebuilding filters", partial(self._rebuild, whose))
            return f"{len(whose)} filters are lost, and read together again from the swipes"
        gone = await self.cache.clear()
        return f"{gone} prepared feeds are gone; the next request of each makes its own"

    async def fault_changed(self, node: Node) -> None:
        if node.id == BLOOM and node.down:
            self.memory.blooms.forget()  # what was in its memory is gone; it is made again when it is back
            self.measuring.begin()

    async def _rebuild(self, whose: Sequence[int]) -> None:
        for number in whose:
            await self.memory.blooms.ready(number)

    # Feed

    async def feed_for(
        self,
        user: str,
        *,
        at: tuple[float, float] | None = None,
        km: float | None = None,
        in_hand: Sequence[str] = (),
        by_hand: bool = True,
    ) -> Handed:
        """The next cards of a person, best first, none of `in_hand` and nobody who was swiped.

        `NotFound` for somebody without a profile, `Invalid` for a place or distance out of range.
        """
        if at is not None:
            check_place(*at)
        if km is not None:
            check_km(km)
        number = self.people.number(user)
        held = {self.people.number(one) for one in in_hand if self._exists(one)}
        async with self.request("GET /feed", by=user, by_hand=by_hand) as trace:
            self.people.touch(number, self.clock.time())
            viewer = viewer_of(self.people.profile(number), at=at, km=km)
            handed = await self._through("feed", lambda: self.serving.refill(viewer, held))
            trace.sentence = f"GET /feed: {len(handed.numbers)} cards for {user} from the {handed.source}"
            return handed

    def _filtered(self, viewer: Viewer, rows: list[int], told: Told, began: float) -> None:
        """Hold what was said of these people against the truth, beside the request."""
        self.counts.screened += len(rows)
        self.measuring.judge(viewer.number, rows, told, began)

    async def _through(self, operation: str, work: Callable[[], Awaitable[T]]) -> T:
        """A phone's call on its way through the app servers."""
        self.nodes[PHONES].touch(operation, "ok", source="visitor")
        return await self.nodes[APP].call(operation, work, source=PHONES)

    # Swipes

    async def swipe(
        self, user: str, target: str, *, like: bool, card: str = "", by_hand: bool = True
    ) -> Swiped:
        """Say yes or no to somebody, once: a repeat returns what stands.

        `NotFound` for nobody, `Conflict` for oneself, `TooMany` when the room is full,
        `Unavailable` when the swiper's replica is down; then nothing is recorded.
        """
        me, them = self.people.number(user), self.people.number(target)
        if me == them:
            raise Conflict("nobody swipes on themselves")
        async with self.request(
            f"POST /swipe/{target if by_hand else 'target'}", by=user, by_hand=by_hand
        ) as trace:
            if by_hand:
                self._watch(me)
            done = await self._through("swipe", lambda: self._swiped(me, them, like=like, card=card))
            word = "likes" if done.like else "passes on"
            outcome = "a match" if done.match else "recorded" if done.first else "said before, it stands"
            whom = f"{self.people.name(them)} ({target})" if by_hand else target
            trace.sentence = f"{user} {word} {whom}: {outcome}"
            return Swiped(done.like, bool(done.match), done.match, not done.first)

    async def _swiped(self, me: int, them: int, *, like: bool, card: str) -> Done:
        if self.swipes.total >= MOST_SWIPES:
            raise TooMany(f"a room keeps at most {MOST_SWIPES:,} swipes; restart it")
        way = MATCHERS[self.config.match]()
        at, began = self.clock.time(), self.clock.monotonic()
        self.memory.note(me, them)
        self.people.touch(me, at)
        done = await way.swipe(self.registry, Swipe(me, them, like, at, way.checks))
        if not done.first and done.like and not done.match:
            done.match = await self.swipes.match_of(me, them)
        self.cache.swiped(me, them)
        if done.first:
            self.swiped_rate.add(self.clock.monotonic())
        self.auditor.swiped(
            done,
            Acked(me, them, at, began, self.clock.monotonic(), done.like, card, tuple(done.steps)),
        )
        if done.first and done.match:
            self._meet(me, them, done.match, at)
        return done

    def _meet(self, me: int, them: int, number: int, at: float) -> None:
        """Both are told."""
        for one, other in ((me, them), (them, me)):
            if one < NAMED and all(number != known for known, _, _ in self.met.get(one, ())):
                self.met.setdefault(one, deque(maxlen=MET)).append((number, other, at))
                self.met_total[one] = self.met_total.get(one, 0) + 1
                self.changed()
            for waiter in self._listeners.get(one, ()):
                waiter.set()

    def listen(self, number: int) -> asyncio.Event:
        """An event that is set when that person has met somebody; `unlisten` ends it."""
        waiter = asyncio.Event()
        self._listeners.setdefault(number, set()).add(waiter)
        return waiter

    def unlisten(self, number: int, waiter: asyncio.Event) -> None:
        """No longer."""
        waiters = self._listeners.get(number, set())
        waiters.discard(waiter)
        if not waiters:
            self._listeners.pop(number, None)

    # Profiles

    async def put_profile(self, user: str, changes: dict[str, Any], *, by_hand: bool = True) -> Profile:
        """Change a profile or its filters; somebody new needs name, age, place and interests.

        `Invalid` names what is missing or cannot be; `TooMany` when too many have joined.
        """
        async with self.request("PUT /profile", by=user, by_hand=by_hand) as trace:
            wanted = self._changed(user, changes)
            profile = await self._through("profile", lambda: self._put(wanted))
            if by_hand:
                self._watch(profile.number)
            trace.sentence = f"PUT /profile: {user} is {profile.age}, looks within {profile.km:g} km"
            return profile

    def _changed(self, user: str, changes: dict[str, Any]) -> Profile:
        if self._exists(user):
            return replace(self.people.profile(self.people.number(user)), **changes)
        number = self.people.new_number(user)
        missing = [one for one in ("name", "age", "lat", "interests") if one not in changes]
        if missing:
            field = "location" if missing[0] == "lat" else missing[0]
            raise Invalid(f"somebody new needs a {field}", field=field)
        return Profile(number=number, id=user, **changes)

    async def _put(self, wanted: Profile) -> Profile:
        now = self.clock.time()
        profile = await self.profiles.change(wanted, now=now)
        self.people.touch(profile.number, now)
        self.capture.told(now)
        viewer = viewer_of(profile)
        self.serving.since(viewer)
        if CHANGES[self.config.change].evicts:
            self.counts.dropped += await self.cache.drop(profile.number)
            self._void([profile.number])
        return profile

    def _void(self, numbers: Sequence[int]) -> None:
        """Phones throw away what they hold."""
        for number in numbers:
            self.versions[number] = self.versions.get(number, 0) + 1
            self.crowd.forget(number)

    def _exists(self, user: str) -> bool:
        try:
            self.people.number(user)
        except NotFound:
            return False
        return True

    def _watch(self, number: int) -> None:
        """The panels show the person who did something last."""
        if number < NAMED:
            self.watched = number

    # Traffic

    async def perform(self, operation: Operation) -> Any:
        return await self.traffic_verbs.perform(operation)

    async def honours(self, answer: Any) -> bool:
        for me, them, like in answer.get("swiped", ()):
            entry = await self.swipes.entry(home(me), me, them)
            if not entry or (entry[0] == LIKE) != like:
                return False
        for me, them in answer.get("matches", ()):
            if not await self.swipes.match_of(me, them):
                return False
        return True

    # Beside

    async def _warm(self) -> None:
        """Feeds of people who use the app are made again before their time is over."""
        while True:
            await self.clock.sleep(WARM_EVERY)
            now = self.clock.time()
            self.cache.expire(now)
            if not FEED_WAYS[self.config.feed].warms:
                continue
            # named people are there whatever the number of people; the others may have gone meanwhile
            for number, kept in [one for one in self.cache.known.items() if one[0] < NAMED]:
                used = float(self.people.columns.of["active"][number])
                if now - used < ACTIVE_S and kept.until - now < EARLY_S:
                    self.refills.begin(viewer_of(self.people.profile(number)))

    async def _audit(self) -> None:
        """Whether entries were counted as often as they are there."""
        chance = self.room.rng("audit")
        while True:
            await self.clock.sleep(AUDIT_EVERY)
            if self.swipes.total == self._audited:
                continue
            self._audited = self.swipes.total
            for number in chance.sample(list(self.swipes.history), min(AUDITED, len(self.swipes.history))):
                await self.audit_one(number)

    async def audit_one(self, number: int) -> None:
        """Compare one person's entries with their count."""
        entries, counted = await self.swipes.counted(number)
        if entries == counted:
            self.monitors["once"].hold()
            return
        now, name = self.clock.time(), self.people.id(number)
        self.monitors["once"].broke(
            [
                EvidenceView(now, name, f"has {entries} swipes in the store"),
                EvidenceView(now, "audit", f"{counted} were counted"),
            ]
        )

    def tallies(self) -> tuple[Tally, ...]:
        ms = self.serving.ms[self.config.feed]
        return (
            Tally("refill", "Refill, median", "ms", round(ms.quantile(0.5), 2)),
            Tally("missed", "Matches missed", "pairs", self.counts.missed),
            Tally("again", "Shown again", "cards", self.counts.shown_again),
            Tally("never", "Never shown, by a filter's error", "people", self.counts.false_yes),
            Tally("stale", "Stale cards shown", "cards", self.counts.stale_shown),
        )

    async def points(self, handed: Handed) -> np.ndarray:
        """The parts of the score of each card that was handed out."""
        likers = await self.swipes.likers(handed.viewer.number)
        rows = np.array(handed.numbers, int)
        return parts(self.people.columns, rows, handed.viewer, now=self.clock.time(), likers=likers)

    def snapshot(self) -> Snapshot:
        return picture(self)
