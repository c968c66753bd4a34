"""Performs the operations of workloads: the fleet drives, parents ask, the network delays."""

from __future__ import annotations

from typing import Any

from designs.location_tracking.engine.claims import ROUNDING_S
from designs.location_tracking.engine.engine import Tracking
from designs.location_tracking.engine.fleet import bus_id
from sdlab.blocks import city as streets
from sdlab.lab import Operation, Traffic, performs

LATE_BY_S = 6.0
ANSWERED = 4


class TrackingTraffic(Traffic[Tracking]):
    """An answer promises the positions that it names as stored."""

    @performs("drive")
    async def drive(self, operation: Operation) -> dict[str, Any]:
        """A slice of the fleet drives on, and its buses report where that is due."""
        results = await self.engine.driver.drive(**operation.args)
        stored = [one for one in results if one.stored]
        return {"stored": {one.bus: one.t for one in stored[:ANSWERED]}}

    @performs("nearby")
    async def nearby(self, operation: Operation) -> dict[str, Any]:
        """Somebody somewhere asks; `u` and `v` are shares of the city's width and height."""
        u, v, k = (operation.args[name] for name in ("u", "v", "k"))
        lat, lng = streets.to_degrees(u * streets.WIDTH, v * streets.HEIGHT)
        return {"found": list((await self.engine.nearby(lat, lng, k=k)).found.ids)}

    @performs("late")
    async def late(self, operation: Operation) -> dict[str, Any]:
        """A position that was on its way for some seconds arrives after newer ones."""
        latest = self.engine.latest
        bus = bus_id(operation.args["pick"] % self.engine.fleet.size)
        if bus not in latest.by_bus:
            return {"stored": {}}
        newest = latest.of(bus)
        past = latest.previous.get(bus, newest)
        result = await self.engine.report(bus, past.lat, past.lng, t=max(0.0, newest.t - LATE_BY_S))
        return {"stored": {}, "late": result.stored}

    async def honours(self, answer: Any) -> bool:
        """Whether the shards hold each position that was acknowledged, or a newer one."""
        for bus, t in answer.get("stored", {}).items():
            held = await self.engine.shards.held(bus)
            if not any(one is not None and one.t >= t - ROUNDING_S for one in held):
                return False
        return True
