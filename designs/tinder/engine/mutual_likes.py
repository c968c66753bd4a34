"""Judges every pair that likes each other by the stores: is there a match, and if not, what did each of the two see?"""

from __future__ import annotations

import asyncio
from collections import deque
from dataclasses import dataclass

from designs.tinder.config import Config
from designs.tinder.engine.counters import Counters
from designs.tinder.engine.matches import Matches
from designs.tinder.engine.matching import Step
from designs.tinder.engine.nodes import REPLICAS
from designs.tinder.engine.people import People
from designs.tinder.engine.recent import Recent
from designs.tinder.engine.replication import Replication
from designs.tinder.engine.swipe_store import home
from sdlab.lab import EngineContext, EvidenceView, cause_step, read_step, write_step

PAIRS_KEPT = 40_000
PAIRS_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class AcknowledgedSwipe:
    """A swipe that was answered: at what time, between which two moments (monotonic), on which refill's card."""

    me: int
    them: int
    at: float
    began: float
    ended: float
    like: bool
    mark: str
    steps: tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class Race:
    """Two swipes that like each other, with what each did; `matched` is what the stores said afterwards."""

    first: AcknowledgedSwipe
    second: AcknowledgedSwipe
    matched: bool


class MutualLikes:
    """Pairs wait here until both swipes were answered, then the matches of both are read. `race` is the newest."""

    def __init__(
        self,
        context: EngineContext[Config],
        people: People,
        matches: Matches,
        replication: Replication,
        counters: Counters,
    ) -> None:
        self._context = context
        self._people = people
        self._matches = matches
        self._replication = replication
        self._counters = counters
        self._waiting: deque[Race] = deque()
        self._checking = asyncio.Lock()
        self._judged: Recent[tuple[int, int], bool] = Recent(PAIRS_KEPT)
        self.race: Race | None = None

    def answered(self, one: AcknowledgedSwipe, other: AcknowledgedSwipe | None) -> None:
        """A swipe was answered; `other` is what its target said before, if that is known."""
        pair = (min(one.me, one.them), max(one.me, one.them))
        if one.like and other and other.like and pair not in self._judged:
            self._judged[pair] = True
            self._waiting.append(Race(other, one, matched=False))

    async def check(self) -> None:
        """Look for the matches of those who like each other; both must have the other.

        Whoever calls while others are looked for waits: when this returns, all that were answered are judged.
        """
        async with self._checking:
            while self._waiting:
                some = [self._waiting.popleft() for _ in range(min(PAIRS_AT_ONCE, len(self._waiting)))]
                made = await self._matches.made([(one.first.me, one.second.me) for one in some])
                for race, both in zip(some, made, strict=True):
                    self._judge(Race(race.first, race.second, matched=all(both)))

    def _judge(self, race: Race) -> None:
        self.race = race
        self._counters.mutual += 1
        if race.matched:
            self._counters.matched += 1
            self._context.monitors["matched"].passed()
            return
        self._counters.missed += 1
        names = f"{self._people.name(race.first.me)} and {self._people.name(race.second.me)}"
        self._counters.missed_pairs.append(names)
        self._context.monitors["matched"].violated(self._evidence(race))

    def _evidence(self, race: Race) -> list[EvidenceView]:
        """What both saw and wrote, and when the other replica heard: nobody looked after that."""
        steps = [step for one in (race.first, race.second) for step in self._steps(one)]
        return [*steps, self._news(race.first), self._news(race.second)]

    def _steps(self, one: AcknowledgedSwipe) -> list[EvidenceView]:
        me, them = self._people.name(one.me), self._people.name(one.them)
        return [
            read_step(me, f"likes {them}: {step.text}", step.start, step.end, saw=step.value)
            if step.kind == "read"
            else write_step(
                me, f"likes {them}: {step.text}", step.start, step.end, wrote=step.value, lost=True
            )
            for step in one.steps
            if step.kind != "step"
        ]

    def _news(self, one: AcknowledgedSwipe) -> EvidenceView:
        other, me = REPLICAS[1 - home(one.me)], self._people.name(one.me)
        arrival = self._replication.arrivals.get((one.me, one.them))
        if arrival is None:
            return cause_step(
                "replication", f"{me}'s like has not come to {other}", self._context.clock.time()
            )
        at = arrival.at + arrival.lag_ms / 1000
        return cause_step("replication", f"{me}'s like comes to {other}", at)
