"""Queries of who is near: asked of the chosen index, and of a full scan for the truth."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from designs.location_tracking.config import Config
from designs.location_tracking.engine.index import PositionIndex
from designs.location_tracking.engine.latest import LatestPositions
from designs.location_tracking.engine.nodes import GATEWAY, INDEX
from designs.location_tracking.engine.position import Position, check_coordinates
from designs.location_tracking.engine.strategies import INDEXES, NEIGHBOURS, WITH_NEIGHBOURS
from sdlab.blocks.spatial import Found, SpatialIndex
from sdlab.lab import EngineContext, Invalid, acting, amount

MAX_K = 50
MAX_RADIUS_M = 20_000.0
SHOWN_OF_TRAFFIC = 20


@dataclass(frozen=True, slots=True)
class NearbyRequest:
    """The `k` nearest of a place; with a radius, only those within it."""

    lat: float
    lng: float
    k: int
    radius_m: float

    def check(self) -> None:
        """`Invalid` for what is out of range."""
        check_coordinates(self.lat, self.lng)
        if not 1 <= self.k <= MAX_K:
            raise Invalid(f"k is from 1 to {MAX_K}", field="k")
        if not 0 <= self.radius_m <= MAX_RADIUS_M:
            raise Invalid(f"radius_m is from 0 to {MAX_RADIUS_M:g}", field="radius_m")

    def ask(self, index: SpatialIndex) -> Found:
        """What an index answers."""
        if not self.radius_m:
            return index.nearest(self.lat, self.lng, self.k)
        found = index.within(self.lat, self.lng, self.radius_m)
        return found._replace(hits=found.hits[: self.k])


@dataclass(frozen=True, slots=True)
class Searched:
    """What the index said, from `began` to `ended` (Unix seconds); the search alone took `ms`."""

    found: Found
    ms: float
    began: float
    ended: float


@dataclass(frozen=True, slots=True)
class NearbyAnswer:
    """An answer beside the truth, both of one moment: nothing moved between them.

    The search took `ms`, from `began` to `ended` (Unix seconds); the scan for the truth, of `points`
    points, was over at `audited`. `places` are where those who were found or missed were.
    """

    request: NearbyRequest
    found: Found
    truth: Found
    ms: float
    by: str
    points: int
    began: float
    ended: float
    audited: float
    places: Mapping[str, Position]

    @property
    def missed(self) -> tuple[str, ...]:
        """Who should have been found and was not."""
        return tuple(id for id in self.truth.ids if id not in self.found.ids)

    @property
    def sentence(self) -> str:
        """What was found and missed, in words."""
        found = ", ".join(f"{hit.id} {hit.metres:.0f} m" for hit in self.found.hits[:3]) or "nobody"
        missed = f"; missed {', '.join(self.missed[:3])}" if self.missed else ""
        return f"near {self.request.lat:.4f}, {self.request.lng:.4f}: {found}{missed}"


@dataclass(slots=True)
class Counters:
    """Queries since the engine was opened; points examined for them, and buses that they missed."""

    queries: int = 0
    examined: int = 0
    missed: int = 0


class Proximity:
    """`shown` is the answer that the page shows: the last by hand, else one of many by traffic."""

    def __init__(self, context: EngineContext[Config], index: PositionIndex, latest: LatestPositions) -> None:
        self._context, self._index, self._latest = context, index, latest
        self.counters = Counters()
        self.shown: NearbyAnswer | None = None

    async def search(self, request: NearbyRequest) -> Searched:
        """Ask the index."""
        searched: Searched = await self._context.node(GATEWAY).call(
            "nearby", lambda: self._search(request), source="visitor"
        )
        return searched

    async def _search(self, request: NearbyRequest) -> Searched:
        clock, config = self._context.clock, self._context.config
        began, at = clock.time(), clock.monotonic()
        found = request.ask(self._index.chosen)
        ms, points = (clock.monotonic() - at) * 1000, len(self._index.chosen)
        self._context.node(INDEX).touch(
            "search",
            "ok",
            source=GATEWAY,
            detail=f"{amount(len(found.cells), 'cell')}, {amount(found.examined, 'point')}",
        )
        INDEXES[config.index].explain(self._context.decide, found, points)
        if config.index in WITH_NEIGHBOURS:
            NEIGHBOURS[config.neighbours].explain(self._context.decide, found)
        return Searched(found, ms, began, clock.time())

    def audit(self, request: NearbyRequest, searched: Searched) -> NearbyAnswer:
        """Ask the full scan as well, before anything can move. Its time is nobody's who asked."""
        truth, known = request.ask(self._index.truth), self._latest.by_bus
        named = {*searched.found.ids, *truth.ids}
        answer = NearbyAnswer(
            request,
            searched.found,
            truth,
            searched.ms,
            acting().name,
            points=len(self._index.truth),
            began=searched.began,
            ended=searched.ended,
            audited=self._context.clock.time(),
            places={bus: known[bus] for bus in named if bus in known},
        )
        self.counters.queries += 1
        self.counters.examined += answer.found.examined
        self.counters.missed += len(answer.missed)
        if acting().by_hand or self.shown is None or self.counters.queries % SHOWN_OF_TRAFFIC == 0:
            self.shown = answer
        return answer
