"""Judges every pair that likes each other: is there a match, and if not, what did each of the two see?"""

from __future__ import annotations

from dataclasses import dataclass

from designs.tinder.config import Config
from designs.tinder.engine.counters import Counters
from designs.tinder.engine.matching import Step
from designs.tinder.engine.people import People
from designs.tinder.engine.recent import Recent
from sdlab.lab import EngineContext, EvidenceView

PAIRS_KEPT = 40_000
CLOSE_S = 1.5


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
    """Two swipes that like each other, with what each did."""

    first: AcknowledgedSwipe
    second: AcknowledgedSwipe
    matched: bool


class MutualLikes:
    """`race` is the newest pair, or one of the last seconds that was missed or close."""

    def __init__(self, context: EngineContext[Config], people: People, counters: Counters) -> None:
        self._context = context
        self._people = people
        self._counters = counters
        self._matched: Recent[tuple[int, int], bool] = Recent(PAIRS_KEPT)
        self._judged: Recent[tuple[int, int], bool] = Recent(PAIRS_KEPT)
        self.race: Race | None = None

    def judge(self, one: AcknowledgedSwipe, other: AcknowledgedSwipe | None, *, matched: bool) -> None:
        """A swipe was acknowledged, `matched` or not; `other` is what its target said before, if that is known."""
        pair = (min(one.me, one.them), max(one.me, one.them))
        if matched:
            self._counters.matches += pair not in self._matched
            self._matched[pair] = True
        if not (one.like and other and other.like) or pair in self._judged:
            return
        self._judged[pair] = True
        self._counters.mutual += 1
        found = pair in self._matched
        if self.race is None or not found or one.at - other.at < CLOSE_S:
            self.race = Race(other, one, found)
        if found:
            self._context.monitors["matched"].passed()
            return
        self._counters.missed += 1
        names = f"{self._people.name(other.me)} and {self._people.name(one.me)}"
        self._counters.missed_pairs.append(names)
        self._context.monitors["matched"].violated(self._evidence(other) + self._evidence(one))

    def _evidence(self, one: AcknowledgedSwipe) -> list[EvidenceView]:
        me, them = self._people.name(one.me), self._people.name(one.them)
        return [EvidenceView(round(step.start, 3), me, f"likes {them}: {step.text}") for step in one.steps]
