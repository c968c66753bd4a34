"""Each claim fails when the counter is made to do what it says it does not."""

from __future__ import annotations

import pytest

from designs.whatsapp.engine.engine import Whatsapp
from designs.whatsapp.engine.strategies import Atomic, ReadThenWrite
from tests.sabotage import Sabotage, sabotage_test


def forgets_others(patch: pytest.MonkeyPatch, engine: Whatsapp) -> None:
    """The one command becomes two."""
    patch.setattr(Atomic, "add", ReadThenWrite.add)


def moves_behind_the_back(patch: pytest.MonkeyPatch, engine: Whatsapp, *, by: int) -> None:
    """In the middle of the traffic the key is changed by somebody who is no add."""

    async def later() -> None:
        await engine.clock.sleep(2)
        await engine.room.redis.incrby(engine.room.key("total"), by)

    engine.supervise("sabotage", later)


def counts_twice(patch: pytest.MonkeyPatch, engine: Whatsapp) -> None:
    """More than anybody added."""
    moves_behind_the_back(patch, engine, by=10_000)


def goes_back(patch: pytest.MonkeyPatch, engine: Whatsapp) -> None:
    """Less than was there before."""
    moves_behind_the_back(patch, engine, by=-50)


SABOTAGES = {
    "counted": Sabotage(breaks=forgets_others, workload="crowd", rate=300, seconds=3),
    "no_more": Sabotage(breaks=counts_twice, workload="steady"),
    "forward": Sabotage(breaks=goes_back, workload="steady"),
}

test_every_claim_can_fail = sabotage_test("whatsapp", SABOTAGES)
