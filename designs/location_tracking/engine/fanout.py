"""Where a stored position goes: to those who follow its bus, into geofences, and onto its track."""

from __future__ import annotations

from designs.location_tracking.engine.connections import ConnectionManager
from designs.location_tracking.engine.fleet import is_watched
from designs.location_tracking.engine.geofences import Geofences
from designs.location_tracking.engine.position import Position
from designs.location_tracking.engine.retention import Retention


class Fanout:
    """Followers get every position of their bus; geofences and tracks are for the buses that people follow."""

    def __init__(self, connections: ConnectionManager, geofences: Geofences, retention: Retention) -> None:
        self._connections, self._geofences, self._retention = connections, geofences, retention

    def publish(self, positions: list[Position]) -> None:
        """Tell followers and geofences of positions that are the newest of their buses now."""
        for one in positions:
            self._connections.publish(one)
            if is_watched(one.bus):
                self._geofences.cross(one)

    async def record(self, positions: list[Position]) -> None:
        """Append them to the tracks."""
        watched = [one for one in positions if is_watched(one.bus)]
        if watched:
            await self._retention.append(watched)
