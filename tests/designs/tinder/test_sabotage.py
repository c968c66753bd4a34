"""Each claim fails when the system is made to do what it says it does not."""

from __future__ import annotations

import numpy as np
import pytest

from designs.tinder.engine.bloom_filters import BloomFilters
from designs.tinder.engine.engine import Tinder
from designs.tinder.engine.people import Columns
from designs.tinder.engine.ranking import Viewer
from designs.tinder.engine.seen_history import SeenHistory
from designs.tinder.engine.strategies.matching import Atomic, ReadThenWrite
from tests.sabotage import Sabotage, sabotage_test


def reads_first(patch: pytest.MonkeyPatch, engine: Tinder) -> None:
    """The one script becomes a read and a write."""
    patch.setattr(Atomic, "swipe", ReadThenWrite.swipe)
    patch.setattr(Atomic, "checks", False)


def forgets_the_last_swipes(patch: pytest.MonkeyPatch, engine: Tinder) -> None:
    """The cache knows nobody: who asks a replica that lags shows people again."""
    patch.setattr(SeenHistory, "recent", lambda history, me: frozenset())


def counts_twice(patch: pytest.MonkeyPatch, engine: Tinder) -> None:
    """Somebody counts swipes that nobody has made."""

    async def later() -> None:
        await engine.clock.sleep(1.5)
        key = engine.room.key("history")
        for number in await engine.room.redis.hkeys(key):
            await engine.room.redis.hincrby(key, number, 1)

    engine.supervise("sabotage", later)


def looks_at_no_filter(patch: pytest.MonkeyPatch, engine: Tinder) -> None:
    """A search gives whoever is there, whether or not they pass the filters."""

    def everybody(columns: Columns, rows: np.ndarray, viewer: Viewer) -> np.ndarray:
        return np.asarray(rows != viewer.number)

    patch.setattr("designs.tinder.engine.ranking.fits", everybody)


def drops_additions(patch: pytest.MonkeyPatch, engine: Tinder) -> None:
    """A filter is not told of swipes, and the cache does not cover for it."""
    patch.setattr(BloomFilters, "add", lambda filters, me, them: None)
    patch.setattr(SeenHistory, "recent", lambda history, me: frozenset())


SABOTAGES = {
    "matched": Sabotage(breaks=reads_first, workload="both", rate=40, seconds=2),
    "not_again": Sabotage(
        breaks=forgets_the_last_swipes,
        workload="restless",
        config={"again": "bloom", "bloom_from": 1000, "replication_ms": 3000},
        seconds=3,
    ),
    "once": Sabotage(breaks=counts_twice, workload="city", rate=20, seconds=3),
    "fits": Sabotage(breaks=looks_at_no_filter, workload="restless", seconds=2),
    "filter": Sabotage(
        breaks=drops_additions,
        workload="restless",
        config={"bloom_from": 5, "people": 400},
        rate=40,
        seconds=4,
    ),
}

test_every_claim_can_fail = sabotage_test("tinder", SABOTAGES)
