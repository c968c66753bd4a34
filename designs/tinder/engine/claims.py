"""The truth beside the system: what was acknowledged, and whether the claims still hold after it."""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field
from typing import Any

from designs.tinder.config import REPLICAS
from designs.tinder.engine.matching import Done, Step
from designs.tinder.engine.people import People
from designs.tinder.engine.swipe_store import Replicated, home
from sdlab.lab import EvidenceView, Monitor

REMEMBERED = 40_000
HAND_OUTS = 4000
ARRIVALS = 4000
MISSED_SHOWN = 8
LONG_AGO_S = 60.0
CLOSE_S = 1.5


@dataclass(frozen=True, slots=True)
class Acked:
    """An acknowledged swipe: when, what stands, on which card it was made."""

    me: int
    them: int
    at: float
    began: float
    ended: float
    like: bool
    card: str
    steps: tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class HandOut:
    """A refill: when it was sent, when it had been asked for (monotonic), which replica it believed."""

    at: float
    began: float
    replica: str


@dataclass(frozen=True, slots=True)
class Race:
    """Two swipes that like each other, with what each did."""

    first: Acked
    second: Acked
    matched: bool


@dataclass(slots=True)
class Counts:
    """Since the engine was opened."""

    swipes: int = 0
    likes: int = 0
    repeats: int = 0
    matches: int = 0
    mutual: int = 0
    missed: int = 0
    shown_again: int = 0
    handed_out: int = 0
    refills: int = 0
    dry: int = 0
    let_through: int = 0
    stale_shown: int = 0
    evicted: int = 0
    dropped: int = 0
    screened: int = 0
    false_yes: int = 0
    filter_yes: int = 0
    never_shown: dict[int, set[int]] = field(default_factory=dict)
    missed_pairs: deque[str] = field(default_factory=lambda: deque(maxlen=MISSED_SHOWN))


class Auditor:
    """Judges every acknowledged swipe. Everything that it remembers is bounded."""

    def __init__(self, monitors: Mapping[str, Monitor], people: People) -> None:
        self.monitors = monitors
        self.people = people
        self.counts = Counts()
        self.acked: OrderedDict[tuple[int, int], Acked] = OrderedDict()
        self.race: Race | None = None
        self._matched: OrderedDict[tuple[int, int], bool] = OrderedDict()
        self._judged: OrderedDict[tuple[int, int], bool] = OrderedDict()
        self._hand_outs: OrderedDict[str, HandOut] = OrderedDict()
        self._arrived: OrderedDict[tuple[int, int], Step] = OrderedDict()

    def handed_out(self, card: str, one: HandOut) -> None:
        """A refill was sent; its cards carry this mark."""
        _remember(self._hand_outs, card, one, HAND_OUTS)

    def swiped(self, done: Done, one: Acked) -> None:
        """A swipe is acknowledged."""
        if not done.first:
            self.counts.repeats += 1
            self._repeated(one)
            return
        self.counts.swipes += 1
        self.counts.likes += one.like
        self.monitors["not_again"].hold()
        _remember(self.acked, (one.me, one.them), one, REMEMBERED)
        self._judge(one, matched=bool(done.match))

    def known_before(self, me: int, them: int, entry: str, *, began: float, now: float) -> bool:
        """Whether a swipe found in the store was acknowledged before `began` (monotonic)."""
        acked = self.acked.get((me, them))
        if acked is not None:
            return acked.ended <= began
        return float(entry[1:]) < now - LONG_AGO_S

    def replicated(self, one: Replicated) -> None:
        """A swipe has come to the other replica."""
        step = Step("on its way", one.at, one.at + one.lag_ms / 1000, "moved")
        _remember(self._arrived, (one.me, one.them), step, ARRIVALS)

    def arrivals(self, race: Race) -> list[tuple[Acked, tuple[Step, ...]]]:
        """The swipes of a race with the time that they were on their way to the other replica, once there."""
        both = [(one, self._arrived.get((one.me, one.them))) for one in (race.first, race.second)]
        return [(one, (step,) if step else ()) for one, step in both]

    def _repeated(self, one: Acked) -> None:
        before = self.acked.get((one.me, one.them))
        handed = self._hand_outs.get(one.card)
        if before is None or handed is None or handed.began < before.ended:
            self.monitors["once"].hold()  # the same message again, or a card that lay in the hand by then
            return
        self.counts.shown_again += 1
        me, them = self.people.id(one.me), self.people.id(one.them)
        self.monitors["not_again"].broke(
            [
                EvidenceView(before.at, me, f"swiped {them}, written {REPLICAS[home(one.me)]}"),
                EvidenceView(
                    handed.at,
                    "feed",
                    f"asked {handed.replica}, which had not heard of it, and sent {them} again",
                ),
                EvidenceView(one.at, me, f"saw {them} a second time"),
            ]
        )

    def _judge(self, one: Acked, *, matched: bool) -> None:
        pair = (min(one.me, one.them), max(one.me, one.them))
        if matched:
            self.counts.matches += pair not in self._matched
            _remember(self._matched, pair, True, REMEMBERED)
        other = self.acked.get((one.them, one.me))
        if not (one.like and other and other.like) or pair in self._judged:
            return
        _remember(self._judged, pair, True, REMEMBERED)
        self.counts.mutual += 1
        found = pair in self._matched
        if self.race is None or not found or one.at - other.at < CLOSE_S:
            self.race = Race(other, one, found)
        if found:
            self.monitors["matched"].hold()
            return
        self.counts.missed += 1
        self.counts.missed_pairs.append(f"{self.people.id(other.me)} and {self.people.id(one.me)}")
        self.monitors["matched"].broke(self._evidence(other) + self._evidence(one))

    def _evidence(self, one: Acked) -> list[EvidenceView]:
        me, them = self.people.id(one.me), self.people.id(one.them)
        return [EvidenceView(round(step.start, 3), me, f"likes {them}: {step.text}") for step in one.steps]


def _remember(held: OrderedDict[Any, Any], key: Hashable, value: object, most: int) -> None:
    held[key] = value
    while len(held) > most:
        held.popitem(last=False)
