"""The way of positions in: checked, stored on the shard that owns the cell, then indexed and passed on."""

from __future__ import annotations

import asyncio
import math
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from designs.location_tracking.config import Config
from designs.location_tracking.engine.claims import ClaimChecker
from designs.location_tracking.engine.fanout import Fanout
from designs.location_tracking.engine.fleet import MOST_BUSES
from designs.location_tracking.engine.index import PositionIndex
from designs.location_tracking.engine.latest import LatestPositions
from designs.location_tracking.engine.moves import Moves
from designs.location_tracking.engine.nodes import BUSES, GATEWAY, shard_id
from designs.location_tracking.engine.position import DIGITS, Position, check_bus_id, check_coordinates
from designs.location_tracking.engine.shards import PositionShards
from designs.location_tracking.engine.strategies import ORDERINGS, PLACEMENTS, Ordering
from sdlab.blocks.windows import SlidingCounter
from sdlab.lab import EngineContext, Invalid, TooMany, Unavailable, amount

MAX_BUSES = MOST_BUSES + 500
MAX_FUTURE_S = 60.0
LEAVE_EVERY_S = 0.5


@dataclass(frozen=True, slots=True)
class ReportResult:
    """What became of a position. `why` is empty when it was stored; `shard` is -1 when it could not be."""

    bus: str
    t: float
    stored: bool
    shard: int
    why: str


@dataclass(slots=True)
class Counters:
    """Positions since the engine was opened. `moved` to another shard than the one before."""

    stored: int = 0
    dropped: int = 0
    refused: int = 0
    moved: int = 0


class Ingestion:
    """Stores positions, many at once; what is not newer than the stored one is dropped and counted."""

    def __init__(
        self,
        context: EngineContext[Config],
        shards: PositionShards,
        latest: LatestPositions,
        index: PositionIndex,
        *,
        moves: Moves,
        claims: ClaimChecker,
        fanout: Fanout,
    ) -> None:
        self._context = context
        self._shards, self._latest, self._index = shards, latest, index
        self._moves, self._claims, self._fanout = moves, claims, fanout
        self.counters = Counters()
        self.drop_rate = SlidingCounter(seconds=10)

    def checked(self, bus: str, lat: float, lng: float, t: float | None) -> Position:
        """A position that may be stored; measured now without `t` (Unix seconds). `Invalid`, `TooMany`."""
        check_bus_id(bus, field="bus_id")
        check_coordinates(lat, lng)
        now = self._context.clock.time()
        stamp = now if t is None else t
        if not math.isfinite(stamp) or stamp < 0 or stamp > now + MAX_FUTURE_S:
            raise Invalid(f"t is Unix seconds, at most {MAX_FUTURE_S:g} s ahead", field="t")
        if bus not in self._latest.by_bus and len(self._latest.by_bus) >= MAX_BUSES:
            raise TooMany(f"this room knows {MAX_BUSES:,} buses already")
        return Position(bus, round(stamp, 3), round(lat, DIGITS), round(lng, DIGITS))

    async def take(self, positions: Sequence[Position]) -> list[ReportResult]:
        """Store checked positions and pass on those that count; what became of each, in order."""
        async with self._shards.gate.storing():
            with self._moves.storing(one.bus for one in positions):
                return await self._take(positions)

    async def _take(self, positions: Sequence[Position]) -> list[ReportResult]:
        results: list[ReportResult] = await self._context.node(GATEWAY).call(
            "positions", lambda: self._store(positions), source=BUSES
        )
        return results

    async def _store(self, positions: Sequence[Position]) -> list[ReportResult]:
        config = self._context.config
        ordering = ORDERINGS[config.ordering]  # one for the whole way, if it is changed meanwhile
        results: dict[Position, ReportResult] = {}
        began = self._context.clock.time()
        for one in positions:
            known = self._latest.by_bus.get(one.bus)
            if known is not None and ordering.outdated(one.t, known.t):
                results[one] = self._drop(one, known.t)
        owners = self._shards.by_owner(one for one in positions if one not in results)
        for shard, moved in owners.items():
            PLACEMENTS[config.placement].explain(self._context.decide, moved[0].cell, shard, config.shards)
        for some in await asyncio.gather(
            *(self._store_on(shard, some, ordering) for shard, some in owners.items())
        ):
            results.update(some)
        stored = [one for one in positions if results[one].stored]
        ordering.explain(self._context.decide, len(stored), len(positions))
        await self._accept(stored, ordering, began)
        return [results[one] for one in positions]

    def _drop(self, position: Position, newest: float) -> ReportResult:
        self.counters.dropped += 1
        self.drop_rate.add(self._context.clock.monotonic())
        late = newest - position.t
        self._context.decide(f"stamped {late:.1f} s before the stored position")
        shard = self._shards.owner(position.cell)
        return ReportResult(position.bus, position.t, False, shard, f"{late:.1f} s older than the stored one")

    async def _store_on(
        self, shard: int, positions: list[Position], ordering: type[Ordering]
    ) -> dict[Position, ReportResult]:
        node = self._context.nodes.get(shard_id(shard))
        if node is None:  # the number of shards has just changed
            raise Unavailable("positions are being moved; try again", retry_after=1)
        try:
            stored = await node.call(
                "store",
                lambda: self._shards.put(shard, positions, compared=ordering.compares),
                source=GATEWAY,
                detail=lambda _: amount(len(positions), "position"),
            )
        except Unavailable as error:
            self.counters.refused += len(positions)
            return {one: ReportResult(one.bus, one.t, False, -1, error.detail) for one in positions}
        return {
            one: ReportResult(one.bus, one.t, True, shard, "") if kept else self._drop(one, self._newest(one))
            for one, kept in zip(positions, stored, strict=True)
        }

    def _newest(self, position: Position) -> float:
        return self._latest.by_bus.get(position.bus, position).t

    async def _accept(self, positions: list[Position], ordering: type[Ordering], began: float) -> None:
        """Stored positions become the newest ones; where a bus has changed its shard, the old one forgets it."""
        leaving: defaultdict[int, list[Position]] = defaultdict(list)
        accepted: list[Position] = []
        for one in positions:
            known, shard = self._latest.by_bus.get(one.bus), self._shards.owner(one.cell)
            known_shard = shard if known is None else self._shards.owner(known.cell)
            if known is not None and ordering.outdated(one.t, known.t):  # a newer one came meanwhile
                if known_shard != shard:
                    leaving[shard].append(one)
                continue
            if known is not None and known_shard != shard:
                leaving[known_shard].append(known)
                self.counters.moved += 1
            self._latest.put(one)
            self._claims.accepted(one, began)
            self.counters.stored += 1
            accepted.append(one)
        # Before anything is awaited, so that followers and index never go back to an overtaken position.
        self._index.upsert(accepted)
        self._fanout.publish(accepted)
        for shard, some in leaving.items():
            await self._leave(shard, some)
        await self._fanout.record(accepted)

    async def _leave(self, shard: int, positions: list[Position]) -> None:
        """Take the older positions of buses from a shard that they have left; later, if it does not answer."""
        node = self._context.nodes.get(shard_id(shard))
        try:
            if node is None:
                raise Unavailable(f"shard {shard} is being taken away")
            await node.call("drop", lambda: self._shards.drop(shard, positions), source=GATEWAY)
        except Unavailable:
            self._moves.left_behind |= {one.bus: one for one in positions}

    async def leave_behind(self) -> None:
        """What shards that were down still hold of buses that have left them goes, once they are up again."""
        for bus, one in list(self._moves.left_behind.items()):
            async with self._shards.gate.storing():
                node = self._context.nodes.get(shard_id(self._shards.owner(one.cell)))
                if node is None or node.down or self._moves.left_behind.get(bus) is not one:
                    continue
                with self._moves.storing([bus]):
                    await self._shards.drop(self._shards.owner(one.cell), [one])
                    if self._moves.left_behind.get(bus) is one:
                        del self._moves.left_behind[bus]
