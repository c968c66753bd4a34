"""Queries of who is near: asked of the chosen index, and of a full scan for the truth."""

from __future__ import annotations

from dataclasses import dataclass

from designs.location_tracking.config import Config
from designs.location_tracking.engine.index import PositionIndex
from designs.location_tracking.engine.nodes import GATEWAY, INDEX
from designs.location_tracking.engine.position import check_coordinates
from sdlab.blocks.spatial import Found, SpatialIndex
from sdlab.lab import EngineContext, Invalid, acting

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
class NearbyAnswer:
    """An answer beside the truth. `ms` is what the search in the index took, `by` who asked."""

    request: NearbyRequest
    found: Found
    truth: Found
    ms: float
    by: str

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

    def __init__(self, context: EngineContext[Config], index: PositionIndex) -> None:
        self._context, self._index = context, index
        self.counters = Counters()
        self.shown: NearbyAnswer | None = None

    async def search(self, request: NearbyRequest) -> NearbyAnswer:
        """Ask index and full scan at one moment."""
        answer: NearbyAnswer = await self._context.node(GATEWAY).call(
            "nearby", lambda: self._search(request), source="visitor"
        )
        self.counters.queries += 1
        self.counters.examined += answer.found.examined
        self.counters.missed += len(answer.missed)
        if acting().by_hand or self.shown is None or self.counters.queries % SHOWN_OF_TRAFFIC == 0:
            self.shown = answer
        return answer

    async def _search(self, request: NearbyRequest) -> NearbyAnswer:
        clock = self._context.clock
        began = clock.monotonic()
        found = request.ask(self._index.chosen)
        ms = (clock.monotonic() - began) * 1000
        cells, points = len(found.cells), found.examined
        self._context.node(INDEX).touch(
            "search", "ok", source=GATEWAY, detail=f"{cells} cells, {points} points"
        )
        self._context.decide(
            f"looked at {points} of {len(self._index.truth)} points in {cells} cells for {len(found.hits)}"
        )
        return NearbyAnswer(request, found, request.ask(self._index.truth), ms, acting().name)
