"""What must hold, and the checker that looks for it: in the stores, and in a scan of every bus."""

from __future__ import annotations

from random import Random

from designs.location_tracking.config import Config
from designs.location_tracking.engine.latest import LatestPositions
from designs.location_tracking.engine.position import Position
from designs.location_tracking.engine.proximity import NearbyAnswer
from designs.location_tracking.engine.shards import PositionShards
from sdlab.lab import Claim, EngineContext, EvidenceView

SAMPLE = 16
CHECK_EVERY_S = 1.0
ROUNDING_S = 0.001

CLAIMS = (
    Claim("nearest_exact", "The buses found near are those that a look at every bus finds"),
    Claim("no_step_back", "No bus goes back to where it was before"),
    Claim("held", "An acknowledged position, or a newer one, is in the store"),
    Claim("one_shard", "Each bus is on the shard that owns its cell, and on no other"),
)


class ClaimChecker:
    """Answers and steps are checked as they come; some buses are compared with the shards each second."""

    def __init__(
        self, context: EngineContext[Config], shards: PositionShards, latest: LatestPositions
    ) -> None:
        self._context, self._shards, self._latest = context, shards, latest
        self._rng: Random = context.room.rng("claims")

    def check_nearest(self, answer: NearbyAnswer) -> None:
        """An answer has the hits of the full scan, in its order."""
        monitor = self._context.monitors["nearest_exact"]
        if answer.found.ids == answer.truth.ids:
            monitor.passed()
            return
        now, request = self._context.clock.time(), answer.request
        found = ", ".join(f"{hit.id} {hit.metres:.0f} m" for hit in answer.found.hits) or "nobody"
        asked = f"asked for {request.k} near {request.lat:.5f}, {request.lng:.5f}"
        monitor.violated(
            [
                EvidenceView(now, answer.by, asked),
                EvidenceView(now, "index", f"answered {found}"),
                EvidenceView(now, "full scan", _difference(answer)),
            ]
        )

    def check_step(self, before: Position, after: Position) -> None:
        """The position that replaces another was not measured before it."""
        monitor = self._context.monitors["no_step_back"]
        if after.t >= before.t:
            monitor.passed()
            return
        late = f"arrived later, {before.t - after.t:.1f} s older, and replaced it"
        monitor.violated(
            [
                EvidenceView(before.t, before.bus, f"stored: {before.lat:.5f}, {before.lng:.5f}"),
                EvidenceView(after.t, after.bus, late),
            ]
        )

    async def check_some(self) -> None:
        """Compare some buses with what the shards hold."""
        known = self._latest.by_bus
        if not known or not self._shards.gate.is_open:
            return
        for bus in self._rng.sample(list(known), min(SAMPLE, len(known))):
            await self.check_bus(bus)

    async def check_bus(self, bus: str) -> None:
        """The shards hold the newest position of a bus, once, and where its cell belongs."""
        acknowledged = self._latest.by_bus.get(bus)
        if acknowledged is None:
            return
        held = await self._shards.held(bus)
        if self._latest.by_bus.get(bus) is not acknowledged:  # it moved while we looked
            return
        now, owner = self._context.clock.time(), self._shards.owner(acknowledged.cell)
        newest = max((one.t for one in held if one is not None), default=0.0)
        if newest >= acknowledged.t - ROUNDING_S:
            self._context.monitors["held"].passed()
        else:
            self._context.monitors["held"].violated(
                [
                    EvidenceView(acknowledged.t, bus, "position acknowledged"),
                    EvidenceView(now, "shards", f"the newest that they hold is {newest:.3f}"),
                ]
            )
        found_on = [shard for shard, one in enumerate(held) if one is not None]
        if found_on == [owner]:
            self._context.monitors["one_shard"].passed()
        else:
            cell = f"cell {acknowledged.cell} belongs to shard {owner}"
            self._context.monitors["one_shard"].violated(
                [
                    EvidenceView(acknowledged.t, bus, cell),
                    EvidenceView(now, "shards", f"found on shards {found_on}"),
                ]
            )


def _difference(answer: NearbyAnswer) -> str:
    """The first thing that the truth says otherwise."""
    for hit in answer.truth.hits:
        if hit.id not in answer.found.ids:
            return f"{hit.id} is {hit.metres:.0f} m away"
    unknown = next((hit.id for hit in answer.found.hits if hit.id not in answer.truth.ids), "")
    return f"knows of no {unknown} there" if unknown else f"the order is {', '.join(answer.truth.ids)}"
