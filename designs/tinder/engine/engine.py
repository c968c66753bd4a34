"""Tinder at work in one room: feeds out, swipes in, a match for both."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeVar, cast

from designs.tinder.config import Config
from designs.tinder.engine.bloom_filters import BloomFilters
from designs.tinder.engine.card_versions import CardVersions
from designs.tinder.engine.cards import Card, cards_of
from designs.tinder.engine.change_capture import ChangeCapture
from designs.tinder.engine.claims import CLAIMS, ClaimChecker
from designs.tinder.engine.counters import Counters
from designs.tinder.engine.demo_users import DemoUsers
from designs.tinder.engine.feed_builder import FeedBuilder
from designs.tinder.engine.feed_cache import FeedCache
from designs.tinder.engine.feed_refiller import FeedRefiller
from designs.tinder.engine.feed_service import FeedService
from designs.tinder.engine.filter_scan import FilterScan
from designs.tinder.engine.location_index import LocationIndex
from designs.tinder.engine.matches import Match, Matches
from designs.tinder.engine.matching import PairPartitions, PairWriter, SwipeOutcome
from designs.tinder.engine.mutual_likes import AcknowledgedSwipe, MutualLikes
from designs.tinder.engine.nodes import APP, BLOOM, FLOWS, PHONES, plan
from designs.tinder.engine.people import People, Profile
from designs.tinder.engine.profile_table import ProfileTable
from designs.tinder.engine.profiles import Profiles, check_km, check_location
from designs.tinder.engine.ranking import viewer_of
from designs.tinder.engine.refill import Refill
from designs.tinder.engine.replication import Replication
from designs.tinder.engine.screening import Screening
from designs.tinder.engine.seen_history import SeenHistory
from designs.tinder.engine.store_reader import StoreReader
from designs.tinder.engine.strangers import strangers
from designs.tinder.engine.strategies.change import CHANGES
from designs.tinder.engine.strategies.feed import FEEDS
from designs.tinder.engine.strategies.matching import MATCHERS
from designs.tinder.engine.swipe_store import MOST_SWIPES, Swipe, SwipeStore
from sdlab.blocks.windows import SlidingCounter
from sdlab.lab import Conflict, Engine, Node, NodeSpec, Room, TooMany, acting, amount, as_user

T = TypeVar("T")

WARM_EVERY, COUNT_EVERY, CHECK_EVERY = 1.0, 1.0, 0.25


@dataclass(frozen=True, slots=True)
class SwipeResult:
    """What stands after a swipe. `repeated`: it had been made before, and what was said then is kept."""

    like: bool
    match: bool
    match_number: int
    repeated: bool


class Tinder(Engine[Config]):
    """Swipes and matches in Redis, changed profiles in SQL; index, filters and queues can be built again."""

    claims = CLAIMS
    flows = FLOWS

    def __init__(self, room: Room, config: Config) -> None:
        super().__init__(room, config)
        context = self.context
        self.began = room.clock.time()
        self.counters = Counters()
        self.swiped_rate = SlidingCounter(seconds=10)
        self.card_versions = CardVersions()
        # Who there is
        self.people = People(room.seed, config.people, self.began)
        self.profiles = Profiles(context, self.people)
        self.table = ProfileTable(self.people)
        self.index = LocationIndex(self.people.columns)
        # Swipes and matches
        self.replication = Replication(context)
        self.swipes = SwipeStore(context, self.replication)
        self.matches = Matches(context)
        self.demo_users = DemoUsers(context, self.people, self.matches)
        self.writer = PairWriter(context, self.swipes, self.matches)
        self.partitions = PairPartitions(self.writer)
        self.mutual_likes = MutualLikes(context, self.people, self.matches, self.replication, self.counters)
        self.checker = ClaimChecker(context, self.people, self.swipes, self.mutual_likes, self.counters)
        # Who was seen
        self.filters = BloomFilters(context, self.swipes)
        self.seen = SeenHistory(context, self.swipes, self.filters)
        self.screening = Screening(context, self.seen, self.checker)
        self.filter_scan = FilterScan(self.people, self.swipes, self.filters, self.demo_users)
        # Feeds
        self.cache = FeedCache(context, self.people)
        self.builder = FeedBuilder(
            context, self.table, self.index, self.swipes, screening=self.screening, cache=self.cache
        )
        self.refiller = FeedRefiller(context, self.people, self.cache, self.builder)
        self.feeds = FeedService(context, self.builder, self.refiller, self.screening, counters=self.counters)
        self.capture = ChangeCapture(
            context, self.profiles.outbox, self.people, self.index, self.cache, counters=self.counters
        )

        self.reader = StoreReader(context, self.cache, self.matches, self.demo_users, self.profiles.outbox)

    @classmethod
    def plan(cls, config: Config) -> tuple[NodeSpec, ...]:
        return plan(config)

    # Life

    async def open(self) -> None:
        await self._read_profiles()
        await self.swipes.open()
        await self.cache.clear()
        self.supervise("replication", self.replication.run)
        self.supervise("change capture", self.capture.run)
        self.every("counting swipes", COUNT_EVERY, self.checker.count)
        self.every("warm feeds", WARM_EVERY, self._warm)
        self.every("claims", CHECK_EVERY, self._check, yields=True)

    async def close(self) -> None:
        await self.refiller.close()
        await super().close()
        await self.partitions.close()
        await self.swipes.close()
        self.table.close()

    async def _read_profiles(self) -> None:
        await self.profiles.open()
        await self.table.fill()
        self.index.rebuild(self.people.columns)

    async def _warm(self) -> None:
        self.cache.expire(self.clock.time())
        if FEEDS[self.config.feed].warms:
            self.refiller.warm()

    async def _check(self) -> None:
        await self.checker.check()
        await self.filter_scan.probe()

    async def reconfigure(self, before: Config) -> None:
        now = self.config
        if now.people != before.people:
            await self._repopulate()
        kept = (now.ttl_s, now.feed, now.batch, now.change)
        if kept != (before.ttl_s, before.feed, before.batch, before.change):
            await self.cache.clear()
        if now.bloom_bits != before.bloom_bits:
            self.filter_scan.forget_filters()
        if now.recent != before.recent:
            self.seen.shorten()
        if now.match != before.match:
            self.mutual_likes.race = None
        if now.again != before.again:
            self.card_versions.void(self.people.names)

    async def _repopulate(self) -> None:
        self.people.resize(self.config.people)
        self.index.rebuild(self.people.columns)
        self.card_versions.void_all()
        await self._read_profiles()
        self.mutual_likes.race = None
        self.counters.never_shown.clear()
        self.filter_scan.begin()
        await self.cache.clear()

    async def momentary(self, node: Node, kind: str, value: float) -> str:
        if node.id == BLOOM:
            whose = self.filter_scan.forget_filters()
            self.supervise("rebuilding filters", partial(self.filters.rebuild, whose))
            return f"{len(whose)} filters are lost, and built again from the swipes"
        gone = await self.cache.clear()
        return f"{gone} prepared feeds are gone; the next request of each builds its own"

    async def fault_changed(self, node: Node) -> None:
        if node.id == BLOOM and node.down:
            self.filter_scan.forget_filters()  # what was in its memory is gone; built again when it is back

    # Verbs: each on behalf of the acting user, who is `NotFound` without a profile

    async def refill(
        self, *, at: tuple[float, float] | None = None, km: float | None = None, held: Collection[str] = ()
    ) -> Refill:
        """The next cards, best first, none of `held` and nobody who was swiped.

        `at` (latitude, longitude) and `km` stand for those of the profile, this once. `Invalid` for
        a location or distance out of range.
        """
        if at is not None:
            check_location(*at)
        if km is not None:
            check_km(km)
        number = self.people.number(acting().name)
        numbers = {self.people.number(one) for one in held if self.people.knows(one)}
        async with self.request("GET /feed") as trace:
            self.people.touch(number, self.clock.time())
            viewer = viewer_of(self.people.profile(number), at=at, km=km)
            refill = await self._through("feed", lambda: self.feeds.refill(viewer, numbers))
            cards, whom = len(refill.numbers), self.people.called(number)
            origin = f"feed cache, built from the {refill.source}" if refill.kept else refill.source
            trace.sentence = f"GET /feed: {amount(cards, 'card')} for {whom} from the {origin}"
        self.checker.judge_cards(refill)  # when the answer is ready: looking is no part of what it took
        return refill

    def cards(self, refill: Refill) -> list[Card]:
        """What is on the cards of a refill."""
        return cards_of(self.people, refill.numbers, refill.viewer, refill.points)

    async def swipe(self, target: str, *, like: bool, mark: str = "") -> SwipeResult:
        """Say yes or no to somebody, once: a repeat returns what stands. `mark` is that of the card's refill.

        `NotFound` for nobody, `Conflict` for oneself, `TooMany` when the room is full,
        `Unavailable` when the swiper's replica is down; then nothing is recorded.
        """
        actor = acting()
        me, them = self.people.number(actor.name), self.people.number(target)
        if me == them:
            raise Conflict("nobody swipes on themselves")
        title = f"POST /swipe/{target if actor.by_hand else 'target'}"
        async with self.request(title, kind="POST /swipe/…") as trace:
            self.demo_users.acted(me)
            outcome = await self._through("swipe", lambda: self._swipe(me, them, like=like, mark=mark))
            word = "likes" if outcome.like else "passes on"
            end = "a match" if outcome.match else "recorded" if outcome.first else "said before, it stands"
            trace.sentence = f"{self.people.called(me)} {word} {self.people.name(them)}: {end}"
            return SwipeResult(outcome.like, bool(outcome.match), outcome.match, not outcome.first)

    async def _swipe(self, me: int, them: int, *, like: bool, mark: str) -> SwipeOutcome:
        if self.swipes.total >= MOST_SWIPES:
            raise TooMany(f"a room keeps at most {MOST_SWIPES:,} swipes; restart it")
        matcher = MATCHERS[self.config.match](self.context, self.swipes, self.writer, self.partitions)
        at, began = self.clock.time(), self.clock.monotonic()
        with self.swipes.announced(me, them) as announced:
            self.seen.add(me, them)
            self.people.touch(me, at)
            outcome = await matcher.swipe(Swipe(me, them, like, at, matcher.checks))
            announced.written = outcome.first
        if not outcome.first:
            self.decide("it had been swiped before: what was said first stands")
        if not outcome.first and outcome.like and not outcome.match:
            outcome.match = await self.matches.number_of(me, them)
        self.cache.removed(me, them)
        ended = self.clock.monotonic()
        swipe = AcknowledgedSwipe(me, them, at, began, ended, outcome.like, mark, tuple(outcome.steps))
        self.checker.acknowledged(swipe, outcome)
        if outcome.first:
            self.swiped_rate.add(ended)
            if outcome.match:
                self.demo_users.matched(me, them)
        return outcome

    async def put_profile(self, changes: Mapping[str, Any]) -> Profile:
        """Change a profile or its filters; somebody new needs name, age, location and interests.

        `Invalid` names what is missing or cannot be; `TooMany` when too many have joined.
        """
        async with self.request("PUT /profile") as trace:
            wanted = self.profiles.changed(acting().name, changes)
            profile = await self._through("profile", lambda: self._put(wanted))
            self.demo_users.acted(profile.number)
            who = self.people.called(profile.number)
            trace.sentence = f"PUT /profile: {who} is {profile.age}, looks within {profile.km:g} km"
            return profile

    async def _put(self, wanted: Profile) -> Profile:
        profile = await self.profiles.change(wanted)
        await self.table.put(profile.number)
        self.people.touch(profile.number, profile.changed)
        self.capture.written(profile.changed)
        self.feeds.in_force_since(viewer_of(profile))
        policy = CHANGES[self.config.change](self.context, self.people, self.cache)
        self.counters.dropped += await policy.own_change(profile.number)
        if policy.evicts:
            self.card_versions.void([profile.number])
        return profile

    async def like_each_other(self, nonce: int) -> tuple[tuple[int, int], tuple[SwipeResult, SwipeResult]]:
        """Two strangers like each other at the same instant: their numbers, and what each was told."""
        pair = strangers(self.people.size, nonce, self.checker.swipes)
        one, other = (self.people.id(number) for number in pair)
        results = await asyncio.gather(
            as_user(one, self.swipe(other, like=True), by_hand=False),
            as_user(other, self.swipe(one, like=True), by_hand=False),
            return_exceptions=True,
        )
        for result in results:
            if isinstance(result, BaseException):
                raise result
        return pair, cast(tuple[SwipeResult, SwipeResult], tuple(results))

    async def list_matches(self, *, after: int = 0, limit: int = 50) -> list[Match]:
        """Matches numbered above `after`, oldest first."""
        number = self.people.number(acting().name)
        async with self.request("GET /matches") as trace:
            found = await self._through("matches", lambda: self.matches.of(number, after=after, limit=limit))
            self.decide(f"matches are read by their number: {len(found)} are above {after}")
            trace.sentence = f"GET /matches: {len(found)} for {self.people.called(number)}"
            return found

    async def _through(self, operation: str, work: Callable[[], Awaitable[T]]) -> T:
        """A phone's call on its way through the app servers."""
        self.node(PHONES).touch(operation, "ok", source="visitor")
        return await self.node(APP).call(operation, work, source=PHONES)
