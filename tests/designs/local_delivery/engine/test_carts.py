"""Carts: what is kept comes back, whoever keeps it; and what nobody ends does not."""

from __future__ import annotations

from dataclasses import replace

import pytest

from designs.local_delivery.engine.engine import LocalDelivery
from designs.local_delivery.engine.shoppers import SAM, YOU
from designs.local_delivery.engine.strategies import RESERVATIONS
from designs.local_delivery.engine.traffic import LocalDeliveryTraffic
from designs.local_delivery.engine.world import HOT, HOT_STOCK, PIN
from sdlab.lab import Conflict, Gone, NotFound, as_user
from tests.designs.local_delivery.conftest import Make

pytestmark = pytest.mark.virtual_time
KEEPING = [one for one in RESERVATIONS if one != "none"]


async def left(engine: LocalDelivery) -> int:
    """Consoles that somebody else could still put into a cart."""
    free = (await engine.stock.free_at([2], [HOT]))[2, HOT]
    return free - len(await engine.carts.reservation.barred(2, [HOT], "nobody"))


async def broken(engine: LocalDelivery, claim: str) -> int:
    await engine.checker.check()
    return engine.monitors[claim].violations


@pytest.mark.parametrize("reservation", KEEPING)
async def test_what_is_in_a_cart_is_nobody_elses(delivery: Make, reservation: str) -> None:
    engine = await delivery(reservation=reservation)
    for n, count in enumerate((9, 9, 2)):
        await as_user(f"s{n}", engine.fill_cart(*PIN, {HOT: count}))
    assert await left(engine) == 0
    with pytest.raises(Conflict) as refused:
        await as_user("late", engine.order(*PIN, {HOT: 1}))
    assert refused.value.extra["gone"] == [{"item": "console", "wanted": 1, "left": 0}]
    with pytest.raises(Conflict):
        await as_user("later", engine.fill_cart(*PIN, {HOT: 1}))


@pytest.mark.parametrize("reservation", KEEPING)
async def test_a_cart_is_ordered_changed_and_given_back(delivery: Make, reservation: str) -> None:
    engine = await delivery(reservation=reservation)
    cart = await engine.fill_cart(*PIN, {HOT: 3})
    assert await left(engine) == HOT_STOCK - 3
    cart = await engine.change_cart(cart.id, {HOT: 2})
    assert await left(engine) == HOT_STOCK - 2
    with pytest.raises(NotFound):
        await as_user("bob", engine.order(*PIN, {HOT: 2}, cart_id=cart.id))
    order = await engine.order(*PIN, {HOT: 2}, cart_id=cart.id)
    assert set(await engine.purchase.units_of(order.id)) == set(cart.units)
    assert await left(engine) == HOT_STOCK - 2
    assert (await engine.order(*PIN, {HOT: 2}, cart_id=cart.id)).id == order.id
    with pytest.raises(Gone):
        await engine.change_cart(cart.id, {HOT: 1})
    other = await engine.fill_cart(*PIN, {HOT: 4})
    await engine.give_back(other.id)
    assert await left(engine) == HOT_STOCK - 2


@pytest.mark.parametrize(("reservation", "back"), [("status", True), ("forever", False)])
async def test_a_cart_that_is_left_gives_back(delivery: Make, reservation: str, back: bool) -> None:
    engine = await delivery(reservation=reservation, reserve_s=2, sweep_s=1)
    await engine.fill_cart(*PIN, {HOT: 5})
    await engine.clock.sleep(8)
    assert (await left(engine) == HOT_STOCK) is back
    assert (await broken(engine, "comes_back") == 0) is back
    await engine.refresh_looks(now=True)
    assert engine.reader.look.last.overdue == (0 if back else 5)  # as the panel says
    if not back:
        causes = [one.text for one in engine.monitors["comes_back"].view().evidence if one.kind == "cause"]
        assert "is not known" not in causes
        assert any(one.startswith("“reservation” is “forever” since") for one in causes)


async def test_a_killed_sweeper_frees_nothing_and_a_paused_one_goes_on(delivery: Make) -> None:
    engine = await delivery(reserve_s=2, sweep_s=1)
    await engine.set_fault("sweeper", "down")
    assert engine.workers.all["sweeper"].task is None
    await engine.fill_cart(*PIN, {HOT: 5})
    await engine.clock.sleep(8)
    assert await left(engine) == HOT_STOCK - 5
    assert await broken(engine, "comes_back") == 1
    await engine.clear_fault("sweeper")
    await engine.set_fault("sweeper", "paused")
    await engine.clock.sleep(3)
    assert await left(engine) == HOT_STOCK - 5
    await engine.clear_fault("sweeper")
    await engine.clock.sleep(3)
    assert await left(engine) == HOT_STOCK


async def test_open_carts_are_carried_over_to_another_approach(delivery: Make) -> None:
    engine = await delivery()
    cart = await engine.fill_cart(*PIN, {HOT: 2})
    for reservation in ("ttl", "status", "none", "status"):
        await engine.configure(replace(engine.config, reservation=reservation))
        found = await engine.carts.cart(cart.id)
        assert len(found.units) == (0 if reservation == "none" else 2)
        assert await left(engine) == HOT_STOCK - len(found.units)


async def test_the_two_on_the_page_compete_for_the_last_one(delivery: Make) -> None:
    engine = await delivery()
    for _ in range(2):
        await as_user("others", engine.order(*PIN, {HOT: 9}))
    await engine.put(YOU, HOT, 1)
    await engine.put(SAM, HOT, 1)
    assert engine.shoppers.shelf is not None
    assert engine.shoppers.shelf.left(HOT) == 0
    with pytest.raises(Conflict):
        await engine.put(SAM, HOT, 1)
    assert engine.shoppers.sam.tone == "error"
    assert "Game console" in engine.shoppers.sam.note
    await engine.pay(YOU)
    assert engine.shoppers.you.order is not None
    assert engine.shoppers.you.cart is None


async def test_a_cart_whose_order_nobody_told_of_is_that_order(delivery: Make) -> None:
    engine = await delivery()
    traffic = LocalDeliveryTraffic(engine)
    cart = await as_user("ada", engine.fill_cart(*PIN, {HOT: 2}))
    kept = {"cart": cart.id, "units": list(cart.units), "until": cart.until}
    assert await traffic.honours(kept)
    order = await as_user("ada", engine.purchase.order(*PIN, {HOT: 2}, cart=cart))  # and then it died
    assert await traffic.honours(kept)
    again = await as_user("ada", engine.order(*PIN, {HOT: 2}, cart_id=cart.id))
    assert again.id == order.id
    assert (await engine.carts.cart(cart.id)).state == "ordered"
    assert len(await engine.purchase.units_of(order.id)) == 2
