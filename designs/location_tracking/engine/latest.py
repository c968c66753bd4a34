"""The newest position of each bus, in memory; the shards hold the same, and outlast the process."""

from __future__ import annotations

import numpy as np

from designs.location_tracking.config import Config
from designs.location_tracking.engine.fleet import MOST_BUSES, is_watched, number_of
from designs.location_tracking.engine.position import Position
from designs.location_tracking.engine.shards import PositionShards
from sdlab.blocks import city as streets
from sdlab.lab import EngineContext, NotFound

SPEED_SMOOTH = 0.3
USUAL_SPEED = 9.0
TOP_SPEED = 40.0


class LatestPositions:
    """By bus: the newest position, the one before it, and the speed between them.

    `measured_at` has the time (Unix seconds) of the newest position of each bus of the fleet, 0 for none.
    """

    def __init__(self, context: EngineContext[Config], shards: PositionShards) -> None:
        self._context, self._shards = context, shards
        self.by_bus: dict[str, Position] = {}
        self.previous: dict[str, Position] = {}
        self.speeds: dict[str, float] = {}
        self.measured_at = np.zeros(MOST_BUSES)

    def of(self, bus: str) -> Position:
        """The newest position of a bus; `NotFound` when there is none."""
        if bus not in self.by_bus:
            raise NotFound(f"{bus} has no position yet")
        return self.by_bus[bus]

    def speed(self, bus: str) -> float:
        """Metres per second, smoothed; what is usual for a bus that has not moved yet."""
        return max(1.0, self.speeds.get(bus, USUAL_SPEED))

    def put(self, position: Position) -> None:
        """This is the newest one from now on."""
        before = self.by_bus.get(position.bus)
        if before is not None:
            self._measure_speed(before, position)
            self.previous[position.bus] = before
        self._set(position)

    def _set(self, position: Position) -> None:
        self.by_bus[position.bus] = position
        number = number_of(position.bus)
        if number is not None and number < MOST_BUSES:
            self.measured_at[number] = position.t

    def _measure_speed(self, before: Position, after: Position) -> None:
        seconds = after.t - before.t
        if seconds > 0.05 and is_watched(after.bus):
            (ax, ay), (bx, by) = (streets.to_metres(one.lat, one.lng) for one in (before, after))
            speed = min(TOP_SPEED, (abs(ax - bx) + abs(ay - by)) / seconds)
            known = self.speeds.get(after.bus, speed)
            self.speeds[after.bus] = known + SPEED_SMOOTH * (speed - known)

    def ages(self) -> np.ndarray:
        """Seconds since the newest position of each bus of the fleet that has one."""
        measured = self.measured_at[: self._context.config.fleet]
        return np.asarray(self._context.clock.time() - measured[measured > 0])

    def stale(self) -> int:
        """Buses of the fleet that reported once and then fell silent."""
        return int(np.count_nonzero(self.ages() > self._context.config.stale_s))

    async def load(self) -> None:
        """Read the shards; where two hold a bus the newer position counts, and the other goes."""
        for shard, positions in (await self._shards.everything(self._context.config.shards)).items():
            for one in positions:
                other = self.by_bus.get(one.bus)
                if other is None or one.t > other.t:
                    self._set(one)
                if other is None:
                    continue
                if one.t > other.t:
                    await self._shards.drop(self._shards.owner(other.cell), [other])
                else:
                    await self._shards.drop(shard, [one])

    def clear(self) -> None:
        """Lose what is in memory."""
        self.by_bus.clear()

    def retire(self) -> list[Position]:
        """Forget the buses beyond the size of the fleet: where they were."""
        size = self._context.config.fleet
        gone = [bus for bus in self.by_bus if (number := number_of(bus)) is not None and number >= size]
        self.measured_at[size:] = 0
        return [self.by_bus.pop(bus) for bus in gone]
