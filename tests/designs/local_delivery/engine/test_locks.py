"""Locks that end by themselves do so by the clock of their store, which is the world's."""

from __future__ import annotations

import asyncio

from designs.local_delivery.engine.world import HOT, PIN
from tests.designs.local_delivery.conftest import Make
from tests.machine import budget


async def test_a_lock_in_the_cache_ends_by_itself(delivery: Make) -> None:
    engine = await delivery(reservation="ttl", reserve_s=2)
    cart = await engine.fill_cart(*PIN, {HOT: 5})
    keeping = engine.carts.reservation
    assert await keeping.owned(cart.id, cart.units) == set(cart.units)
    async with asyncio.timeout(budget(20)):
        while await keeping.barred(2, [HOT], "nobody"):
            await engine.clock.sleep(0.1)
    assert await keeping.owned(cart.id, cart.units) == set()
    assert (await engine.stock.free_at([2], [HOT]))[2, HOT] == 20
