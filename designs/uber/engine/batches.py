"""Matching in batches: rides that came within half a second are assigned to cars at the least total time of pick-up."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

import numpy as np

from designs.uber.config import Config
from designs.uber.engine.claims import ClaimChecker
from designs.uber.engine.positions import WANTED, DriverPositions
from designs.uber.engine.rides import Ride
from designs.uber.engine.strategies import MATCHING
from designs.uber.engine.streets import network
from sdlab.blocks.assignment import assign
from sdlab.blocks.spatial import Hit
from sdlab.lab import EngineContext, amount

OUT_OF_REACH_S = 10_000.0
LARGEST_BATCH = 32


@dataclass(frozen=True, slots=True)
class Waiting:
    """A ride in a batch, with who was asked before, and where its drivers are to be told."""

    ride: Ride
    asked: Collection[str]
    chosen: asyncio.Future[tuple[Hit, ...]]


@dataclass(slots=True)
class Batch:
    """The rides of one matcher that wait for the next assignment; `rides` and `seconds` are those of the last one."""

    waiting: list[Waiting] = field(default_factory=list)
    rides: int = 0
    seconds: float = 0.0


class Batches:
    """One batch for each matcher."""

    def __init__(
        self, context: EngineContext[Config], positions: DriverPositions, claims: ClaimChecker
    ) -> None:
        self._context, self._positions, self._claims = context, positions, claims
        self.by_matcher: dict[str, Batch] = {}

    def forget(self, matcher: str) -> None:
        """A matcher has ended, and its batch with it."""
        self.by_matcher.pop(matcher, None)

    async def choose(self, matcher: str, ride: Ride, asked: Collection[str]) -> tuple[Hit, ...]:
        """The drivers to be asked for a ride, the one that was assigned first; nobody where none was left."""
        batch = self.by_matcher.setdefault(matcher, Batch())
        mine = Waiting(ride, asked, asyncio.get_running_loop().create_future())
        batch.waiting.append(mine)
        if len(batch.waiting) == 1:
            await self._context.clock.sleep(self._context.config.batch_ms / 1000)
            taken, late, batch.waiting = batch.waiting[:LARGEST_BATCH], batch.waiting[LARGEST_BATCH:], []
            for one in late:
                one.chosen.set_result(())  # more than a batch may hold: they come again
            await self._close(matcher, batch, taken)
        return await mine.chosen

    async def _close(self, matcher: str, batch: Batch, taken: Sequence[Waiting]) -> None:
        try:
            async with self._context.request("batch of rides", by=matcher) as trace:
                # in a crowd the nearest are the same for all: each ride brings one more to choose from
                found = [await self._nearest(matcher, one, WANTED + len(taken)) for one in taken]
                seconds = network(self._context.config.hour).seconds
                rides = [one.ride for one in taken]
                chosen, batch.seconds = _assigned(rides, found, self._positions, seconds)
                batch.rides = len(taken)
                MATCHING["batch"].explain(self._context.decide, len(taken), batch.seconds)
                trace.sentence = f"{matcher.replace('-', ' ')} assigns {amount(len(taken), 'ride')} together"
                for one, hits in zip(taken, chosen, strict=True):
                    if not one.chosen.done():
                        one.chosen.set_result(hits)
        finally:
            for one in taken:
                if not one.chosen.done():
                    one.chosen.set_result(())

    async def _nearest(self, matcher: str, one: Waiting, most: int) -> tuple[Hit, ...]:
        searched = await self._positions.nearest(
            one.ride.trip.start, ride=one.ride.id, asked=one.asked, by=matcher, most=most
        )
        self._positions.show(searched)
        self._claims.check_nearest(searched)
        return searched.found


def _assigned(
    rides: Sequence[Ride], found: Sequence[Sequence[Hit]], positions: DriverPositions, seconds: np.ndarray
) -> tuple[list[tuple[Hit, ...]], float]:
    """For each ride its drivers, the assigned one first; and the seconds of all assigned pick-ups together."""
    drivers = sorted({hit.id for hits in found for hit in hits})
    columns = {driver: n for n, driver in enumerate(drivers)}
    costs = np.full((len(rides), len(drivers) + len(rides)), OUT_OF_REACH_S)
    for row, (ride, hits) in enumerate(zip(rides, found, strict=True)):
        for hit in hits:
            here = positions.by_driver[hit.id].place.crossing
            costs[row, columns[hit.id]] = seconds[here, ride.trip.start.crossing]
    chosen: list[tuple[Hit, ...]] = []
    total = 0.0
    for row, column in enumerate(assign(costs)):
        if column >= len(drivers) or costs[row, column] >= OUT_OF_REACH_S:
            chosen.append(())
            continue
        total += float(costs[row, column])
        first = drivers[column]
        others = [hit for hit in found[row] if hit.id != first]
        chosen.append((next(hit for hit in found[row] if hit.id == first), *others))
    return chosen, total
