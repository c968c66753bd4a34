"""Orders: every approach sells what there is; the protected ones sell it once, and whole."""

from __future__ import annotations

import asyncio

import pytest

from designs.local_delivery.engine.engine import LocalDelivery, ids_of
from designs.local_delivery.engine.strategies import ORDERINGS
from designs.local_delivery.engine.world import HOT, HOT_STOCK, PIN
from sdlab.lab import Conflict, LabError, as_user
from tests.designs.local_delivery.conftest import Make

pytestmark = pytest.mark.virtual_time
PROTECTED = [one for one in ORDERINGS if one != "none"]


async def rush(engine: LocalDelivery, shoppers: int) -> list[object]:
    """So many want one of the hot item at the same moment."""
    return await asyncio.gather(
        *(as_user(f"s{n}", engine.order(*PIN, {HOT: 1}), by_hand=False) for n in range(shoppers)),
        return_exceptions=True,
    )


async def verdicts(engine: LocalDelivery) -> dict[str, int]:
    await engine.clock.sleep(6)
    await engine.checker.check()
    return {one.claim.id: one.violations for one in engine.monitors.values()}


@pytest.mark.parametrize(
    ("ordering", "picking"),
    [*((one, "first") for one in PROTECTED), *(("serializable", one) for one in ("skip", "random"))],
)
async def test_two_hundred_shoppers_get_twenty(delivery: Make, ordering: str, picking: str) -> None:
    engine = await delivery(ordering=ordering, picking=picking)
    for _ in range(4):
        answers = await rush(engine, 50)
        assert all(not isinstance(one, Exception) or isinstance(one, LabError) for one in answers), answers
    for _ in range(30):  # who was beaten too often comes again
        if (await engine.stock.free_at([2], [HOT]))[2, HOT] == 0:
            break
        await rush(engine, 2)
    await engine.refresh_looks(now=True)
    looked = engine.reader.look.last
    assert (looked.hot_left, looked.hot_sold) == (0, HOT_STOCK)
    assert engine.purchase.counters.units == HOT_STOCK
    assert await verdicts(engine) == {"sold_once": 0, "whole": 0, "comes_back": 0, "in_time": 0}


async def test_without_a_transaction_units_are_sold_twice(delivery: Make) -> None:
    engine = await delivery(ordering="none", picking="first")
    await rush(engine, 60)
    await engine.checker.check()
    assert engine.checker.oversold > 0
    evidence = engine.monitors["sold_once"].view().evidence
    assert len({step.actor for step in evidence}) >= 3


async def test_what_is_gone_is_named(delivery: Make) -> None:
    engine = await delivery()
    for _ in range(2):
        await engine.order(*PIN, {HOT: 9})
    with pytest.raises(Conflict) as refused:
        await engine.order(*PIN, ids_of({"bread": 1}) | {HOT: 9})
    assert "Game console: 2 left, 9 wanted" in refused.value.detail
