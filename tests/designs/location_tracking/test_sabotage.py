"""Each claim fails when buses, shards or the index are made to do what it says they do not."""

from __future__ import annotations

from functools import partial

import pytest

from designs.location_tracking.engine.engine import Tracking
from designs.location_tracking.engine.position import Position
from designs.location_tracking.engine.strategies import Checked
from sdlab.blocks.spatial import Found, GeohashIndex
from tests.sabotage import Sabotage, sabotage_test


def loses_the_nearest(patch: pytest.MonkeyPatch, engine: Tracking) -> None:
    """The index leaves out the first of its answer."""
    nearest = GeohashIndex.nearest

    def all_but_one(self: GeohashIndex, lat: float, lng: float, k: int) -> Found:
        found = nearest(self, lat, lng, k + 1)
        return found._replace(hits=found.hits[1:])

    patch.setattr(GeohashIndex, "nearest", all_but_one)


def takes_late_ones(patch: pytest.MonkeyPatch, engine: Tracking) -> None:
    """Times are looked at nowhere, though the config says that they are."""
    patch.setattr(Checked, "compares", False)
    patch.setattr(Checked, "outdated", staticmethod(lambda t, stored: False))


def loses_rows(patch: pytest.MonkeyPatch, engine: Tracking) -> None:
    """A shard is emptied behind the engine, again and again."""

    async def empty_one() -> None:
        await engine.room.redis.delete(engine.room.key("shard", 1))

    engine.every("sabotage", 0.2, empty_one)


def leaves_nothing(patch: pytest.MonkeyPatch, engine: Tracking) -> None:
    """Whoever changes shard stays on the old one as well."""

    async def keep(shard: int, positions: list[Position]) -> None:
        """Nothing is taken away."""

    patch.setattr(engine.shards, "drop", partial(keep))


FEW = {"measured": 200}
SABOTAGES = {
    "nearest_exact": Sabotage(breaks=loses_the_nearest, workload="parents", config=FEW, seconds=2),
    "no_step_back": Sabotage(breaks=takes_late_ones, workload="late", config=FEW, seconds=2),
    "held": Sabotage(breaks=loses_rows, workload="drive", config=FEW, seconds=3),
    "one_shard": Sabotage(
        breaks=leaves_nothing, workload="jitter", rate=100, config=FEW | {"interval_s": 0.5}, seconds=6
    ),
}

test_every_claim_can_fail = sabotage_test("location-tracking", SABOTAGES)
