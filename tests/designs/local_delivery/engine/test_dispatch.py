"""After the order: pickers, couriers, promises that are bound late, centres that close."""

from __future__ import annotations

import pytest

from designs.local_delivery.engine.engine import LocalDelivery, ids_of
from designs.local_delivery.engine.order import Order
from designs.local_delivery.engine.world import CENTRES, PICKERS, PIN, PROMISE_MIN, ride_min, way
from sdlab.lab import Conflict, Unavailable
from tests.designs.local_delivery.conftest import Make

pytestmark = pytest.mark.virtual_time
BREAD = ids_of({"bread": 1})


async def found(engine: LocalDelivery, order: Order) -> Order:
    now = await engine.purchase.find(order.id)
    assert now is not None
    return now


async def test_an_order_is_picked_and_arrives_within_the_hour(delivery: Make) -> None:
    engine = await delivery()
    order = await engine.order(*PIN, BREAD)
    await engine.clock.sleep(5)
    now = await found(engine, order)
    assert now.state == "left"
    assert now.arrives - now.placed <= PROMISE_MIN
    await engine.checker.check()
    assert engine.checker.on_time == 1


async def test_the_line_grows_and_is_part_of_the_promise(delivery: Make) -> None:
    engine = await delivery(allocation="nearest", pick_min=3.0)
    limit = engine.reach.limit_min(2)
    for _ in range(PICKERS):
        await engine.order(*PIN, BREAD)
    assert engine.reach.limit_min(2) == limit - 3.0


async def test_distance_promises_what_the_streets_do_not_keep(delivery: Make) -> None:
    engine = await delivery(reach="distance", courier_min=45)
    x, y = CENTRES[5].x + 1_000, CENTRES[5].y - 1_200
    assert ride_min(5, x, y) > engine.reach.limit_min(5)
    strict = await delivery(courier_min=45)
    with pytest.raises(Conflict):
        await strict.order(x, y, BREAD)
    await engine.order(x, y, BREAD)
    await engine.clock.sleep(6)
    await engine.checker.check()
    evidence = engine.monitors["in_time"].view().evidence
    assert engine.checker.late == 1
    assert any(step.actor == "streets" for step in evidence)


async def test_a_closed_centre_loses_its_orders_to_others(delivery: Make) -> None:
    engine = await delivery(allocation="nearest", pick_min=4.0)
    order = await engine.order(*PIN, BREAD)
    assert order.centre_id == 2
    await engine.set_fault("centre-2", "down")
    await engine.clock.sleep(2)
    now = await found(engine, order)
    assert now.centre_id != 2
    assert now.moved == 1
    units = await engine.purchase.units_of(order.id)
    await engine.refresh_looks(now=True)
    assert len(units) == 1
    assert engine.reader.look.last.units[2, 11, "sold"] == 0
    assert engine.reader.look.last.units[now.centre_id, 11, "sold"] == 1


async def test_promises_are_bound_when_a_picker_is_free(delivery: Make) -> None:
    engine = await delivery(allocation="promise", pick_min=3.0)
    orders = [await engine.order(*PIN, ids_of({"cola": 1})) for _ in range(PICKERS + 2)]
    assert {one.state for one in orders} == {"promised"}
    assert engine.reach.pool == len(orders)
    await engine.clock.sleep(2)
    now = [await found(engine, one) for one in orders]
    assert {one.state for one in now} == {"picking"}
    assert len({one.centre_id for one in now}) > 1
    await engine.clock.sleep(8)
    await engine.checker.check()
    assert (engine.checker.late, engine.checker.halves) == (0, 0)


async def test_without_the_allocator_promises_wait_and_break(delivery: Make) -> None:
    engine = await delivery(allocation="promise")
    await engine.set_fault("allocator", "down")
    order = await engine.order(*PIN, BREAD)
    await engine.set_fault("centre-2", "down")
    await engine.clock.sleep(PROMISE_MIN + 3)
    assert (await found(engine, order)).state == "promised"
    assert engine.checker.late == 1


@pytest.mark.parametrize(("ordering", "halves"), [("serializable", 0), ("split", 1), ("coordinated", 0)])
async def test_a_service_that_dies_in_the_middle(delivery: Make, ordering: str, halves: int) -> None:
    engine = await delivery(ordering=ordering)
    await engine.set_fault("orders", "crash", 100)
    with pytest.raises(Unavailable):
        await engine.order(*PIN, BREAD)
    await engine.clear_fault()
    await engine.clock.sleep(7)
    await engine.checker.check()
    whole = engine.monitors["whole"].view()
    assert whole.violations == halves
    causes = [one.text for one in whole.evidence if one.kind == "cause"]
    assert causes == ["has a fault: dies between two writes"] * halves  # though it is mended by now
    await engine.refresh_looks(now=True)
    assert sum(n for (_, _, state), n in engine.reader.look.last.units.items() if state == "prepared") == 0


def test_a_way_leads_from_the_centre_to_the_door() -> None:
    path = way(2, *PIN)
    assert path[0] == (CENTRES[2].x, CENTRES[2].y)
    assert path[-1] == PIN
