"""Which centres can deliver, and which of them does."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from designs.local_delivery.config import Config
from designs.local_delivery.engine.world import CENTRES, FASTEST_M_MIN, crow_m, ride_min
from sdlab.lab import EngineContext

USUAL_M_MIN = 170.0  # what a circle takes for the speed of a courier
LAST_ONES, LAST_ONES_MIN = 2, 6.0  # taking one of the last costs as much as so many minutes


@dataclass(frozen=True, slots=True)
class CandidateCentre:
    """A centre that might deliver: metres as the crow flies, minutes of ride and of waiting for a picker.

    `limit` is how long the ride may take; `ride` is -1 where nobody has asked the streets.
    """

    centre_id: int
    metres: float
    ride: float
    wait: float
    limit: float

    @property
    def reaches(self) -> bool:
        """Whether its courier is there within the hour, as far as was looked at."""
        return self.ride <= self.limit


class ReachRule(Protocol):
    """Of all open centres, those that reach a place. `asks`: whether travel times are asked for."""

    label: str
    tradeoff: str
    asks: bool

    @staticmethod
    def measure(
        context: EngineContext[Config],
        x: float,
        y: float,
        limits: Mapping[int, float],
        waits: Mapping[int, float],
    ) -> list[CandidateCentre]:
        """Centres within the circle, each with its ride."""
        ...


def _within(
    x: float, y: float, limits: Mapping[int, float], waits: Mapping[int, float], speed: float
) -> list[CandidateCentre]:
    found = []
    for centre_id, limit in limits.items():
        centre = CENTRES[centre_id]
        metres = crow_m(centre.x, centre.y, x, y)
        if metres <= limit * speed:
            found.append(CandidateCentre(centre_id, metres, -1.0, waits.get(centre_id, 0.0), limit))
    return found


class ByTime:
    """A circle that no courier leaves, then the streets."""

    label = "travel time"
    tradeoff = "What is promised can be kept. Travel times must be known, and known for now."
    asks = True

    @staticmethod
    def measure(
        context: EngineContext[Config],
        x: float,
        y: float,
        limits: Mapping[int, float],
        waits: Mapping[int, float],
    ) -> list[CandidateCentre]:
        near = _within(x, y, limits, waits, FASTEST_M_MIN)
        timed = [
            CandidateCentre(one.centre_id, one.metres, ride_min(one.centre_id, x, y), one.wait, one.limit)
            for one in near
        ]
        reach = sum(one.reaches for one in timed)
        context.decide(
            f"{len(near)} centres are near enough for the fastest courier; by the streets {reach} are"
        )
        return timed


class ByDistance:
    """A circle."""

    label = "distance"
    tradeoff = "A look at coordinates. Where streets go around, the circle promises too much."
    asks = False

    @staticmethod
    def measure(
        context: EngineContext[Config],
        x: float,
        y: float,
        limits: Mapping[int, float],
        waits: Mapping[int, float],
    ) -> list[CandidateCentre]:
        near = _within(x, y, limits, waits, USUAL_M_MIN)
        context.decide(f"{len(near)} centres are within the circle; the streets are not asked")
        return near


REACHES: dict[str, type[ReachRule]] = {"time": ByTime, "distance": ByDistance}


@dataclass(frozen=True, slots=True)
class ScoredCentre:
    """A centre with what speaks for it, in minutes: less is better."""

    candidate: CandidateCentre
    score: float
    scarce: int = 0


class Allocation(Protocol):
    """Orders the centres that have everything. `late`: the order is bound to one only when it is picked."""

    label: str
    tradeoff: str
    late: bool

    @staticmethod
    def rank(
        context: EngineContext[Config],
        able: Sequence[CandidateCentre],
        stock: Mapping[tuple[int, int], int],
        items: Mapping[int, int],
    ) -> list[ScoredCentre]:
        """The best first."""
        ...


def _way(one: CandidateCentre) -> float:
    return one.ride if one.ride >= 0 else one.metres / USUAL_M_MIN


def _by_rules(
    able: Sequence[CandidateCentre], stock: Mapping[tuple[int, int], int], items: Mapping[int, int]
) -> list[ScoredCentre]:
    scored = []
    for one in able:
        left = (stock[one.centre_id, item] - count for item, count in items.items())
        scarce = sum(few < LAST_ONES for few in left)
        scored.append(ScoredCentre(one, _way(one) / 2 + one.wait + LAST_ONES_MIN * scarce, scarce))
    return sorted(scored, key=lambda one: (one.score, one.candidate.centre_id))


class Nearest:
    """The shortest way."""

    label = "the nearest"
    tradeoff = "Short rides. Downtown centres have long lines while others have nothing to do."
    late = False

    @staticmethod
    def rank(
        context: EngineContext[Config],
        able: Sequence[CandidateCentre],
        stock: Mapping[tuple[int, int], int],
        items: Mapping[int, int],
    ) -> list[ScoredCentre]:
        found = sorted((ScoredCentre(one, _way(one)) for one in able), key=lambda one: one.score)
        context.decide(f"the nearest of {len(found)} that have everything, however long its line is")
        return found


class Rules:
    """Way, line and stock, each in minutes."""

    label = "rules: way, line, stock"
    tradeoff = "Lines stay even, and last units stay where they are needed. The rules must be tuned."
    late = False

    @staticmethod
    def rank(
        context: EngineContext[Config],
        able: Sequence[CandidateCentre],
        stock: Mapping[tuple[int, int], int],
        items: Mapping[int, int],
    ) -> list[ScoredCentre]:
        found = _by_rules(able, stock, items)
        context.decide(
            "half the way + the wait for a picker + six minutes for each of the last units: the least wins"
        )
        return found


class Promise:
    """Somebody will; who, is decided when somebody has time."""

    label = "a promise, bound late"
    tradeoff = (
        "One line for all centres, and a closed one loses only what it has in hand. Somebody must bind them."
    )
    late = True

    @staticmethod
    def rank(
        context: EngineContext[Config],
        able: Sequence[CandidateCentre],
        stock: Mapping[tuple[int, int], int],
        items: Mapping[int, int],
    ) -> list[ScoredCentre]:
        found = _by_rules(able, stock, items)
        context.decide(
            f"any of {len(found)} may deliver: units of the best stand for it until a picker is free"
        )
        return found


ALLOCATIONS: dict[str, type[Allocation]] = {"rules": Rules, "nearest": Nearest, "promise": Promise}


def short_of(
    centres: Collection[int], stock: Mapping[tuple[int, int], int], items: Mapping[int, int]
) -> dict[int, int]:
    """What no single centre has all of: at the centre that lacks the least, by item with how many it has."""
    lacking = [
        {item: stock[centre, item] for item, count in items.items() if stock[centre, item] < count}
        for centre in centres
    ]
    return min(lacking, key=len, default=dict.fromkeys(items, 0))
