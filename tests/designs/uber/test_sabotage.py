"""Each claim fails when the system is made to do what it says it does not."""

from __future__ import annotations

import pytest

from designs.uber.engine.driver_locks import InRedis
from designs.uber.engine.engine import Uber
from designs.uber.engine.models import STEP
from designs.uber.engine.ride_service import RideService
from designs.uber.engine.rides import Ride, RideTable
from designs.uber.engine.search import GeoIndex
from sdlab.blocks.spatial import Found
from tests.sabotage import Sabotage, sabotage_test


def gives_twice(patch: pytest.MonkeyPatch, engine: Uber) -> None:
    """Whoever takes a ride, somebody else is told that it is theirs as well."""
    give = RideTable.give

    async def twice(self: RideTable, ride: str, round: int, driver: str, **times: float) -> bool:
        given = await give(self, ride, round, driver, **times)
        await give(self, ride, round, "d19", **times)
        return given

    patch.setattr(RideTable, "give", twice)


def always_free(patch: pytest.MonkeyPatch, engine: Uber) -> None:
    """The lock says yes to everybody."""

    async def take(self: InRedis, driver: str, owner: str, seconds: float) -> bool:
        return True

    patch.setattr(InRedis, "take", take)


def nobody_fails(patch: pytest.MonkeyPatch, engine: Uber) -> None:
    """A ride whose time is over is forgotten."""

    async def fail(self: RideService, ride_id: str, by: str) -> bool:
        return False

    async def taken(self: RideService, ride_id: str, driver: str) -> Ride:
        return await self._too_late(ride_id, driver, None)

    patch.setattr(RideService, "fail", fail)
    patch.setattr(RideService, "_accept", taken)


def skips_the_first(patch: pytest.MonkeyPatch, engine: Uber) -> None:
    """The nearest of all is left out of each answer of the index."""
    nearest = GeoIndex.nearest

    async def others(self: GeoIndex, lat: float, lng: float, k: int, *, around: bool) -> Found:
        found = await nearest(self, lat, lng, k, around=around)
        return found._replace(hits=found.hits[1:])

    patch.setattr(GeoIndex, "nearest", others)


async def writes_a_step(patch: pytest.MonkeyPatch, engine: Uber) -> None:
    """Behind the engine a ride is said to be completed right after it was asked for."""
    create = RideTable.create

    async def jumping(self: RideTable, ride: Ride) -> Ride:
        made = await create(self, ride)
        row = {"room": engine.room.id, "ride": made.id, "n": 50, "by": "nobody"}
        step = {**row, "status": "completed", "at": engine.clock.time()}
        await engine.room.sql.write(lambda c: c.execute(STEP.insert(), step) and None)
        return made

    patch.setattr(RideTable, "create", jumping)


SABOTAGES = {
    "one_driver": Sabotage(breaks=gives_twice, workload="evening", rate=6),
    "one_offer": Sabotage(breaks=always_free, workload="stadium", rate=15),
    "in_time": Sabotage(breaks=nobody_fails, workload="evening", rate=4, config={"give_up_s": 3.0}),
    "nearest": Sabotage(breaks=skips_the_first, workload="evening", rate=6),
    "states": Sabotage(breaks=writes_a_step, workload="evening", rate=6),
}

test_every_claim_can_fail = sabotage_test("uber", SABOTAGES)
