"""One alert and the ticks about it: what crosses, what does not, and what is refused."""

from __future__ import annotations

import pytest

from designs.stock_alerts.engine.alert_request import AlertRequest
from sdlab.lab import Conflict, Invalid, NotFound, as_user
from tests.designs.stock_alerts.conftest import (
    SETTLED,
    SYMBOL,
    Opener,
    broken,
    play,
    price_of,
    set_alert,
    tick,
    told,
)

pytestmark = pytest.mark.virtual_time
FINDINGS = pytest.mark.parametrize("matching", ["sql", "percolator", "thresholds"])


@FINDINGS
async def test_it_rings_when_it_is_crossed_and_not_before(opener: Opener, matching: str) -> None:
    engine = await opener(matching=matching)
    price = price_of(engine)
    up = await set_alert(engine, "above", price + 100)
    down = await set_alert(engine, "below", price - 100)
    await engine.clock.sleep(1)
    await tick(engine, price + 99, price - 99)
    await engine.clock.sleep(1)
    assert await told(engine) == []
    await tick(engine, price + 100, price + 500, price - 300)
    await engine.clock.sleep(SETTLED)
    assert await told(engine) == [up, down]
    assert broken(engine) == {}
    assert engine.monitors["fires"].checked >= 2


@FINDINGS
async def test_a_tick_that_comes_while_it_is_written_down_counts(opener: Opener, matching: str) -> None:
    engine = await opener(matching=matching)
    price = price_of(engine)
    alert = await set_alert(engine, "above", price + 50)
    await tick(engine, price + 60, price)  # a percolator has not committed by then
    await engine.clock.sleep(SETTLED)
    assert await told(engine) == [alert]
    assert broken(engine) == {}


async def test_a_late_tick_may_cross_what_was_armed_before_it_and_nothing_else(opener: Opener) -> None:
    engine = await opener()
    price, seq = price_of(engine), engine.market.quotes[0].seq
    early = await set_alert(engine, "above", price + 50)
    await tick(engine, price - 10, seq=seq + 2)
    later = await set_alert(engine, "above", price + 40)
    await tick(engine, price + 100, seq=seq + 1)
    await engine.clock.sleep(SETTLED)
    assert await told(engine) == [early]
    assert price_of(engine) == price - 10
    assert (await as_user("ann", engine.alert(later))).status == "armed"
    assert broken(engine) == {}


async def test_armed_again_it_rings_again(opener: Opener) -> None:
    engine = await opener()
    price = price_of(engine)
    alert = await set_alert(engine, "above", price + 50)
    await tick(engine, price + 60)
    await engine.clock.sleep(2)
    with pytest.raises(Invalid, match="met already"):
        await as_user("ann", engine.rearm(alert))
    await tick(engine, price)
    await engine.clock.sleep(1)
    await as_user("ann", engine.rearm(alert))
    with pytest.raises(Conflict):
        await as_user("ann", engine.rearm(alert))
    await tick(engine, price + 55)
    await engine.clock.sleep(SETTLED)
    assert await told(engine) == [alert, alert]
    assert broken(engine) == {}


async def test_a_line_that_is_dragged_waits_at_its_new_place(opener: Opener) -> None:
    engine = await opener()
    price = price_of(engine)
    alert = await set_alert(engine, "above", price + 50)
    await as_user("ann", engine.rearm(alert, price=price - 30))
    await tick(engine, price + 60)
    await engine.clock.sleep(1)
    assert await told(engine) == []
    await tick(engine, price - 40)
    await engine.clock.sleep(SETTLED)
    assert await told(engine) == [alert]
    assert broken(engine) == {}


async def test_what_was_taken_back_does_not_ring(opener: Opener) -> None:
    engine = await opener()
    price = price_of(engine)
    alert = await set_alert(engine, "above", price + 50)
    with pytest.raises(NotFound):
        await as_user("bob", engine.delete(alert))
    await as_user("ann", engine.delete(alert))
    await tick(engine, price + 60)
    await engine.clock.sleep(SETTLED)
    assert await told(engine) == []
    assert broken(engine) == {}


@pytest.mark.parametrize(
    ("kind", "price", "percent", "field"),
    [
        ("above", 1, None, "alertPrice"),
        ("below", 99_999_999, None, "alertPrice"),
        ("above", None, 2.0, "percent"),
        ("pct_up", None, None, "percent"),
        ("pct_down", None, 100.0, "percent"),
        ("pct_up", 500, 1.0, "alertPrice"),
        ("sideways", 500, None, "kind"),
    ],
)
async def test_what_makes_no_sense_is_refused(
    opener: Opener, kind: str, price: int | None, percent: float | None, field: str
) -> None:
    engine = await opener()
    with pytest.raises(Invalid) as refused:
        await engine.set_alert(SYMBOL, AlertRequest(kind, price, percent))
    assert refused.value.extra["field"] == field


async def test_the_limit_and_the_stale_page(opener: Opener) -> None:
    engine = await opener(limit=5)
    price = price_of(engine)
    for number in range(5):
        await set_alert(engine, "above", price + 100 + number)
    with pytest.raises(Invalid, match="limit"):
        await set_alert(engine, "above", price + 300)
    stale = AlertRequest("above", price * 2, current=price * 2 - 1)
    with pytest.raises(Invalid, match="not at"):
        await as_user("bob", engine.set_alert(SYMBOL, stale))
    with pytest.raises(Invalid, match="no stock"):
        await engine.ticks([("NOPE", 100, None)])


async def test_a_room_comes_back_as_it_was(opener: Opener) -> None:
    engine = await opener(room="again")
    price = price_of(engine)
    alert = await set_alert(engine, "above", price + 50)
    await tick(engine, price + 20)
    await engine.clock.sleep(1)
    await engine.close()
    engine = await opener(room="again")
    assert price_of(engine) == price + 20
    await tick(engine, price + 60)
    await engine.clock.sleep(SETTLED)
    assert await told(engine) == [alert]
    assert broken(engine) == {}


@FINDINGS
@pytest.mark.parametrize("workload", ["market", "chop"])
async def test_every_approach_keeps_all_promises(opener: Opener, matching: str, workload: str) -> None:
    engine = await opener(matching=matching, consumers=3)
    await play(engine, workload, rate=150, seconds=2)
    assert engine.ledger.total > 0
    assert broken(engine) == {}
