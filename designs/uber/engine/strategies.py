"""The choices of the lab: how drivers near are found, who is asked, what keeps a driver, who waits, when cars report."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar, Protocol

import numpy as np
from numpy.typing import NDArray

Say = Callable[[str], None]
Values = NDArray[np.float64]
Flags = NDArray[np.bool_]
ASKED_AT_ONCE = 6
HEARTBEAT_S = 8.0  # so often a car speaks that stands still; before its position is old


class Choice(Protocol):
    """What every option has."""

    label: ClassVar[str]
    tradeoff: ClassVar[str]


class Finding(Choice, Protocol):
    """A way to find who is near."""

    @staticmethod
    def explain(decide: Say, examined: int, found: int) -> None:
        """Say what an answer cost."""
        ...


# Who is near. What they do stands in `search.py`, by the same names.


class RedisGeo:
    label: ClassVar[str] = "geohash in Redis GEO"
    tradeoff: ClassVar[str] = (
        "The store of positions is the index: nothing to keep up to date beside it. Each search is a call."
    )

    @staticmethod
    def explain(decide: Say, examined: int, found: int) -> None:
        decide(f"Redis proposed {examined} cars in its circles; {found} are free and near")


class SqlBox:
    label: ClassVar[str] = "SQL, bounding box"
    tradeoff: ClassVar[str] = "An index on latitude and longitude; every update of a car is a write to disk."

    @staticmethod
    def explain(decide: Say, examined: int, found: int) -> None:
        decide(f"{examined} rows lay in the boxes; {found} are free and near")


class Tree:
    label: ClassVar[str] = "quadtree"
    tradeoff: ClassVar[str] = (
        "Looks at few, however dense it is; cars that move split and merge its boxes, and it lives in one process."
    )

    @staticmethod
    def explain(decide: Say, examined: int, found: int) -> None:
        decide(f"{examined} cars in the boxes that were opened; {found} are free and near")


class Hexagons:
    label: ClassVar[str] = "H3 rings"
    tradeoff: ClassVar[str] = (
        "Six neighbours equally far, so rings grow evenly; cells are coarse where it is dense."
    )

    @staticmethod
    def explain(decide: Say, examined: int, found: int) -> None:
        decide(f"{examined} cars in the rings of hexagons; {found} are free and near")


class Around:
    """Cells around too."""

    label: ClassVar[str] = "around too"
    tradeoff: ClassVar[str] = "Goes on until nothing nearer can be outside of what was looked at."
    looks = True

    @staticmethod
    def explain(decide: Say, cells: int) -> None:
        decide(f"looked around its own cell too: {cells or 'all'} cells within reach")


class OwnCell:
    """The own cell alone."""

    label: ClassVar[str] = "own cell only"
    tradeoff: ClassVar[str] = "One look. Who is just across the edge of the cell is not found."
    looks = False

    @staticmethod
    def explain(decide: Say, cells: int) -> None:
        decide("looked into its own cell only; the nearest may be across its edge")


class FreshOnly:
    """Old positions do not count."""

    label: ClassVar[str] = "fresh ones only"
    tradeoff: ClassVar[str] = "A phone that lost its network is soon out, and comes back by itself."
    checks = True

    @staticmethod
    def explain(decide: Say, old: int) -> None:
        decide(f"positions that are too old do not count: {old} left out")


class AnyAge:
    """Whatever is there."""

    label: ClassVar[str] = "whatever is there"
    tradeoff: ClassVar[str] = "Nothing to compare. Rides are offered to cars that left long ago."
    checks = False

    @staticmethod
    def explain(decide: Say, old: int) -> None:
        decide(f"positions count however old they are: {old} of them old")


class OneByOne:
    """One driver at a time."""

    label: ClassVar[str] = "one by one"
    tradeoff: ClassVar[str] = "Nobody says yes in vain; who does not answer costs the whole time of an offer."
    at_once = 1

    @staticmethod
    def explain(decide: Say, asked: int) -> None:
        decide("one driver is asked, and nobody else until the answer")


class AllAtOnce:
    """All nearby at once."""

    label: ClassVar[str] = "all nearby at once"
    tradeoff: ClassVar[str] = (
        "The quickest answer wins, and two that are as quick are both told yes, since each looks before it writes."
    )
    at_once = ASKED_AT_ONCE

    @staticmethod
    def explain(decide: Say, asked: int) -> None:
        decide(f"{asked} drivers nearby are asked at once")


# What keeps a driver from a second offer. What they do stands in `driver_locks.py`, by the same names.


class RedisLock:
    label: ClassVar[str] = "key with TTL in Redis"
    tradeoff: ClassVar[str] = "One for all matchers; what a dead matcher held ends by itself."


class MemoryLock:
    label: ClassVar[str] = "in the matcher's memory"
    tradeoff: ClassVar[str] = (
        "No call. Another matcher knows nothing of it, nor does the same one after a crash."
    )


class NoLock:
    label: ClassVar[str] = "none"
    tradeoff: ClassVar[str] = "The nearest driver is everybody's nearest driver."


class Queued:
    """Requests wait in a queue."""

    label: ClassVar[str] = "a queue"
    tradeoff: ClassVar[str] = "A rush waits, and a matcher that ends loses nothing: another claims its rides."
    queued = True

    @staticmethod
    def explain(decide: Say) -> None:
        decide("the ride waits in the queue until a matcher takes it")


class Direct:
    """A matcher is called at once."""

    label: ClassVar[str] = "straight to a matcher"
    tradeoff: ClassVar[str] = (
        "A hop less. Beyond its capacity requests are refused, and they are lost with it."
    )
    queued = False

    @staticmethod
    def explain(decide: Say) -> None:
        decide("the ride goes straight into the memory of a matcher")


class Greedy:
    """Each ride for itself."""

    label: ClassVar[str] = "greedy"
    tradeoff: ClassVar[str] = (
        "No waiting. Who comes first takes the nearest car, and the next one's only car with it."
    )
    batched = False

    @staticmethod
    def explain(decide: Say, rides: int, seconds: float) -> None:
        decide("each ride for itself: the nearest driver that nobody else asks")


class Batched:
    """Many riders to many drivers."""

    label: ClassVar[str] = "batched"
    tradeoff: ClassVar[str] = (
        "Waits half a second, then assigns rides to cars at the least total time of pick-up, along the streets."
    )
    batched = True

    @staticmethod
    def explain(decide: Say, rides: int, seconds: float) -> None:
        decide(f"{rides} rides of this batch, assigned at {seconds:.0f} s of pick-up in all")


class EveryInterval:
    """At an interval."""

    label: ClassVar[str] = "every few seconds"
    tradeoff: ClassVar[str] = "Simple; parked cars say the same again and again, fast ones say too little."

    @staticmethod
    def due(moved_m: Values, since_s: Values, interval_s: float, move_m: float) -> Flags:
        """Which cars speak that moved so far, so long after each spoke last."""
        return since_s >= interval_s

    @staticmethod
    def explain(decide: Say, cars: int, interval_s: float, move_m: float) -> None:
        decide(f"{cars} cars report: {interval_s:g} s have passed for each")


class Adaptive:
    """By distance."""

    label: ClassVar[str] = "adaptive"
    tradeoff: ClassVar[str] = (
        "A car speaks when it has moved, or after 8 s: the error has a bound, and parked cars are silent."
    )

    @staticmethod
    def due(moved_m: Values, since_s: Values, interval_s: float, move_m: float) -> Flags:
        return (moved_m >= move_m) | (since_s >= HEARTBEAT_S)

    @staticmethod
    def explain(decide: Say, cars: int, interval_s: float, move_m: float) -> None:
        decide(f"{cars} cars report: each has moved {move_m:g} m, or was silent for {HEARTBEAT_S:g} s")


class Surging:
    """The price follows."""

    label: ClassVar[str] = "by cell"
    tradeoff: ClassVar[str] = "Where riders outnumber cars, some wait or walk; the others are driven at once."
    on = True

    @staticmethod
    def explain(decide: Say, surge: float, cell: str) -> None:
        decide(f"riders and cars around give a factor of {surge:g}")


class FixedPrice:
    """The price stays."""

    label: ClassVar[str] = "off"
    tradeoff: ClassVar[str] = (
        "The same price always. In a rush everybody asks, and many are told that there is no car."
    )
    on = False

    @staticmethod
    def explain(decide: Say, surge: float, cell: str) -> None:
        decide("the price is the same everywhere")


PROXIMITY: dict[str, type[Finding]] = {"geo": RedisGeo, "sql": SqlBox, "quadtree": Tree, "h3": Hexagons}
NEIGHBOURS: dict[str, type[Around] | type[OwnCell]] = {"on": Around, "off": OwnCell}
FRESHNESS: dict[str, type[FreshOnly] | type[AnyAge]] = {"checked": FreshOnly, "any": AnyAge}
OFFERS: dict[str, type[OneByOne] | type[AllAtOnce]] = {"one": OneByOne, "all": AllAtOnce}
LOCKS: dict[str, type[Choice]] = {"redis": RedisLock, "memory": MemoryLock, "none": NoLock}
INTAKES: dict[str, type[Queued] | type[Direct]] = {"queue": Queued, "direct": Direct}
MATCHING: dict[str, type[Greedy] | type[Batched]] = {"greedy": Greedy, "batch": Batched}
UPDATES: dict[str, type[EveryInterval] | type[Adaptive]] = {"every": EveryInterval, "adaptive": Adaptive}
SURGES: dict[str, type[Surging] | type[FixedPrice]] = {"on": Surging, "off": FixedPrice}
