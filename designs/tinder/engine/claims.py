"""What must hold, judged by what was acknowledged and by what the stores say afterwards."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from designs.tinder.config import Config
from designs.tinder.engine.counters import Counters
from designs.tinder.engine.matching import SwipeOutcome, intent
from designs.tinder.engine.mutual_likes import AcknowledgedSwipe, MutualLikes
from designs.tinder.engine.nodes import REPLICAS
from designs.tinder.engine.people import People
from designs.tinder.engine.ranking import fits
from designs.tinder.engine.recent import Recent
from designs.tinder.engine.refill import Refill
from designs.tinder.engine.seen_history import SeenVerdict
from designs.tinder.engine.swipe_store import SwipeStore, home
from sdlab.lab import Claim, EngineContext, EvidenceView, cause_step, read_step, unknown_cause, write_step

CLAIMS = (
    Claim("matched", "mutual likes match", "Two people who like each other are a match"),
    Claim("not_again", "nobody shown twice", "Nobody is shown again after a swipe"),
    Claim("once", "a swipe counts once", "A swipe counts once, however often it is sent"),
    Claim("fits", "cards fit the filters", "A card fits the filters of now, or did within the last TTL"),
    Claim("filter", "filter misses nobody", "A Bloom filter lets nobody through who was swiped"),
)
SWIPES_KEPT = 40_000
REFILLS_KEPT = 4000
VERDICTS_KEPT = 200
PEOPLE_KEPT = 500
COUNTED_AT_ONCE = 8
LONG_AGO_S = 60.0
GRACE_S = 2.0


@dataclass(frozen=True, slots=True)
class Verdict:
    """What was said at `began` (monotonic) of whom a person had swiped."""

    me: int
    them: tuple[int, ...]
    said: SeenVerdict
    began: float


class ClaimChecker:
    """Everything that it remembers is bounded. `swipes` are the newest acknowledged ones, by pair."""

    def __init__(
        self,
        context: EngineContext[Config],
        people: People,
        store: SwipeStore,
        mutual_likes: MutualLikes,
        counters: Counters,
    ) -> None:
        self._context = context
        self._people = people
        self._store = store
        self._mutual_likes = mutual_likes
        self._counters = counters
        self._refills: Recent[str, Refill] = Recent(REFILLS_KEPT)
        self._verdicts: deque[Verdict] = deque(maxlen=VERDICTS_KEPT)
        self._chance = context.room.rng("claims")
        self._checking = asyncio.Lock()
        self._counted_at = -1
        self._to_count: deque[int] = deque(maxlen=COUNTED_AT_ONCE)
        self.swipes: Recent[tuple[int, int], AcknowledgedSwipe] = Recent(SWIPES_KEPT)

    # Swipes: shown again, counted once, matched

    def acknowledged(self, swipe: AcknowledgedSwipe, outcome: SwipeOutcome) -> None:
        """A swipe was answered."""
        if not outcome.first:
            self._counters.repeats += 1
            self._repeated(swipe)
            return
        self._counters.swipes += 1
        self._counters.likes += swipe.like
        self._context.monitors["not_again"].passed()
        self.swipes[swipe.me, swipe.them] = swipe
        self._mutual_likes.answered(swipe, self.swipes.get((swipe.them, swipe.me)))

    def _repeated(self, one: AcknowledgedSwipe) -> None:
        self._to_count.append(one.me)
        before = self.swipes.get((one.me, one.them))
        refill = self._refills.get(one.mark)
        if before is None or refill is None or refill.asked_at < before.ended:
            return  # the same message again, or a card that was on the phone by then
        if refill.viewer.number != one.me or one.them not in refill.numbers:
            return  # a mark proves something only of the cards that were sent with it
        self._counters.shown_again += 1
        self._context.monitors["not_again"].violated(self._seen_twice(before, refill, one))

    def _seen_twice(
        self, before: AcknowledgedSwipe, refill: Refill, one: AcknowledgedSwipe
    ) -> list[EvidenceView]:
        me, them = self._people.name(one.me), self._people.name(one.them)
        clock, other = self._context.clock, REPLICAS[1 - home(one.me)]
        asked = refill.asked_at + clock.time() - clock.monotonic()
        ended = before.at + before.ended - before.began
        written = f"swipes {them}, written {REPLICAS[home(one.me)]}"
        evidence = [
            write_step(me, written, before.at, ended, wrote=intent(before.like)),
            read_step("feed", f"asks {refill.believed} who was swiped", asked, refill.at, saw=f"not {them}"),
            write_step(me, f"sees {them} again and swipes", one.at, one.at, lost=True),
        ]
        arrival = self._store.replication.arrivals.get((one.me, one.them))
        if arrival is None:
            evidence.append(cause_step("replication", f"the swipe has not come to {other}", refill.at))
            return evidence
        at = arrival.at + arrival.lag_ms / 1000
        if at >= asked:
            evidence.append(cause_step("replication", f"the swipe comes to {other}", at))
        else:
            evidence += [
                EvidenceView(at, "replication", f"the swipe comes to {other}", at),
                unknown_cause(refill.at),
            ]
        return evidence

    async def count(self) -> None:
        """Whether some people's swipes were counted as often as they are there, when there are new ones."""
        if self._store.total == self._counted_at:
            return
        self._counted_at = self._store.total
        everybody = list(self._store.history)
        some = self._chance.sample(everybody, min(COUNTED_AT_ONCE, len(everybody)))
        repeated, self._to_count = list(self._to_count), deque(maxlen=COUNTED_AT_ONCE)
        for number in dict.fromkeys([*repeated, *some]):
            await self.count_of(number)

    async def count_of(self, number: int) -> None:
        """Compare one person's entries with their count."""
        entries, counted = await self._store.counted(number)
        if entries == counted:
            self._context.monitors["once"].passed()
            return
        now, name = self._context.clock.time(), self._people.name(number)
        self._context.monitors["once"].violated(
            [
                read_step(name, "entries in the hash of swipes", now, now, saw=entries),
                read_step("history", f"swipes of {name} that were counted", now, now, saw=counted, lost=True),
            ]
        )

    # Cards that no longer fit

    def judge_cards(self, refill: Refill) -> None:
        """Cards were sent, and carry the mark of their refill: do they fit what is so now?"""
        self._refills[refill.mark] = refill
        # Somebody may be no more since: the number of people can shrink while a feed is on its way.
        rows = np.array([one for one in refill.numbers if one < self._people.total], int)
        fine = fits(self._people.columns, rows, refill.viewer)
        for number, good in zip(rows.tolist(), fine.tolist(), strict=True):
            if good:
                self._context.monitors["fits"].passed()
            else:
                self._stale(refill, number)

    def _stale(self, refill: Refill, number: int) -> None:
        self._counters.stale_shown += 1
        viewer, now = refill.viewer, refill.at
        changed = max(refill.since, float(self._people.columns.of["changed"][number]))
        if now - changed <= self._context.config.ttl_s + GRACE_S:
            self._context.monitors["fits"].passed()
            return
        me, them = self._people.name(viewer.number), self._people.name(number)
        made = f"was made from the {refill.source}, and had the card"
        sent = f"sent {them} to {me}"
        if changed:
            sent += f" {now - changed:.0f} s after the change"
            change = write_step(them, f"no longer passes the filters of {me}", changed, changed)
        else:  # neither of them has changed since the room was opened
            change = read_step(them, f"does not pass the filters of {me}", now, now, saw="not within them")
        self._context.monitors["fits"].violated(
            [
                change,
                read_step("feed", made, refill.built, refill.built, saw=them),
                write_step("feed", sent, now, now, wrote=them, lost=True),
            ]
        )

    # Who was said to be swiped

    def screened(self, me: int, them: Sequence[int], said: SeenVerdict, *, began: float) -> None:
        """Something was said of these people; it is held against the store later, beside the request."""
        self._counters.screened += len(them)
        self._counters.by_filter += said.replica == "filter"
        self._counters.by_replica += said.replica != "filter"
        self._verdicts.append(Verdict(me, tuple(them), said, began))

    async def check(self) -> None:
        """Look in the stores whether what was answered is so."""
        await self.check_verdicts()
        await self._mutual_likes.check()

    async def check_verdicts(self) -> None:
        """Hold what was said against each person's own replica."""
        async with self._checking:
            while self._verdicts:
                await self._check(self._verdicts.popleft())

    async def _check(self, one: Verdict) -> None:
        entries = await self._store.entries(home(one.me), one.me, one.them)
        now = self._context.clock.time()
        for row in one.them:
            entry = entries.get(row)
            if row in one.said.by_filter:
                under_way = row in self._store.under_way(one.me)
                self._said_yes(one.me, row, wrong=entry is None and not under_way)
            elif (
                row not in one.said.swiped and entry is not None and self._known_before(one, row, entry, now)
            ):
                self._let_through(one, row, float(entry[1:]))
        if one.said.replica == "filter":
            self._context.monitors["filter"].passed(len(one.them))

    def _known_before(self, one: Verdict, row: int, entry: str, now: float) -> bool:
        """Whether a swipe found in the store was acknowledged before the verdict."""
        acknowledged = self.swipes.get((one.me, row))
        if acknowledged is not None:
            return acknowledged.ended <= one.began
        return float(entry[1:]) < now - LONG_AGO_S

    def _said_yes(self, me: int, row: int, *, wrong: bool) -> None:
        counters = self._counters
        counters.filter_yes += 1
        if not wrong or (me not in counters.never_shown and len(counters.never_shown) >= PEOPLE_KEPT):
            return
        hidden = counters.never_shown.setdefault(me, set())
        counters.false_yes += row not in hidden
        hidden.add(row)

    def _let_through(self, one: Verdict, row: int, at: float) -> None:
        self._counters.let_through += 1
        if one.said.replica != "filter":
            return
        clock = self._context.clock
        asked = one.began + clock.time() - clock.monotonic()
        me, them = self._people.name(one.me), self._people.name(row)
        said = f"said that {me} has certainly not swiped {them}"
        self._context.monitors["filter"].violated(
            [
                write_step(me, f"swiped {them}", at, at),
                read_step("filter", said, asked, asked, saw="no", lost=True),
            ]
        )
