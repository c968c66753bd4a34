"""The chosen index of the newest positions, and a full scan of the same points: the truth beside it."""

from __future__ import annotations

from collections.abc import Iterable

from designs.location_tracking.config import Config
from designs.location_tracking.engine.latest import LatestPositions
from designs.location_tracking.engine.nodes import GATEWAY, INDEX
from designs.location_tracking.engine.position import Position
from designs.location_tracking.engine.strategies import INDEXES, NEIGHBOURS
from sdlab.blocks.spatial import FullScan, SpatialIndex
from sdlab.blocks.windows import SlidingCounter
from sdlab.lab import EngineContext, amount


class PositionIndex:
    """In memory; built again from the newest positions when it is lost or another one is chosen."""

    def __init__(self, context: EngineContext[Config], latest: LatestPositions) -> None:
        self._context, self._latest = context, latest
        self.chosen: SpatialIndex = FullScan()
        self.truth = FullScan()
        self.builds = self.updates = 0
        self.update_seconds = 0.0
        self.update_rate = SlidingCounter(seconds=10)

    def build(self) -> None:
        """Make both again out of the newest positions."""
        config = self._context.config
        self.truth = FullScan()
        self.chosen = INDEXES[config.index].make(
            precision=config.precision,
            leaf=config.leaf,
            neighbours=NEIGHBOURS[config.neighbours].looks,
        )
        for one in self._latest.by_bus.values():
            self.chosen.upsert(one.bus, one.lat, one.lng)
            self.truth.upsert(one.bus, one.lat, one.lng)
        self.builds += 1

    def upsert(self, positions: list[Position]) -> None:
        """Buses are here now."""
        clock = self._context.clock
        began = clock.monotonic()
        for one in positions:
            self.chosen.upsert(one.bus, one.lat, one.lng)
        self.update_seconds += clock.monotonic() - began
        for one in positions:
            self.truth.upsert(one.bus, one.lat, one.lng)
        self.updates += len(positions)
        self.update_rate.add(clock.monotonic(), len(positions))
        if positions:
            self._context.node(INDEX).touch(
                "upsert", "ok", source=GATEWAY, detail=amount(len(positions), "point")
            )

    def remove(self, positions: Iterable[Position]) -> None:
        """Buses are gone."""
        for one in positions:
            self.chosen.remove(one.bus)
            self.truth.remove(one.bus)
