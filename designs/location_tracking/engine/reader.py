"""What panels read: how many buses each shard holds, where the watched ones are in them, and rows of track."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field

from designs.location_tracking.config import Config
from designs.location_tracking.engine.position import Position
from designs.location_tracking.engine.retention import Retention
from designs.location_tracking.engine.shards import PositionShards
from sdlab.lab import EngineContext


@dataclass(frozen=True, slots=True)
class Looked:
    """One look. `sizes` are buses by shard; `watched` has of each bus the shards that hold it, with what they hold."""

    sizes: tuple[int, ...] = ()
    watched: dict[str, tuple[tuple[int, Position], ...]] = field(default_factory=dict)
    track_rows: int = -1

    def newest(self, bus: str) -> tuple[int, Position] | None:
        """The newest position that any shard holds of a watched bus, and which shard that is."""
        return max(self.watched.get(bus, ()), key=lambda one: one[1].t, default=None)


class StoreReader:
    """All shards are asked in one transaction, the tracks beside it."""

    def __init__(
        self,
        context: EngineContext[Config],
        shards: PositionShards,
        retention: Retention,
        *,
        watched: Sequence[str],
    ) -> None:
        self._shards, self._retention, self._watched = shards, retention, watched
        self.look = context.look(self._read, Looked())

    async def _read(self) -> Looked:
        (sizes, by_shard), rows = await asyncio.gather(
            self._shards.sizes_and(self._watched), self._retention.rows()
        )
        found: dict[str, list[tuple[int, Position]]] = {bus: [] for bus in self._watched}
        for shard, positions in enumerate(by_shard):
            for one in positions:
                found[one.bus].append((shard, one))
        return Looked(tuple(sizes), {bus: tuple(held) for bus, held in found.items()}, rows)
