"""What breaks which promise, and what keeps it: crashes, stale copies, lost order, polling."""

from __future__ import annotations

from dataclasses import replace

import pytest

from sdlab.lab import as_user
from tests.designs.stock_alerts.conftest import (
    SETTLED,
    Opener,
    broken,
    causes,
    play,
    price_of,
    set_alert,
    tick,
    told,
)

pytestmark = pytest.mark.virtual_time


@pytest.mark.parametrize(
    ("config", "fault", "breaks"),
    [
        ({}, "unacked", set()),
        ({}, "unmarked", set()),
        ({"once": "off"}, "unacked", {"once"}),
        ({"once": "status"}, "unacked", set()),
        ({"once": "status"}, "unmarked", {"fires"}),
        ({"once": "key"}, "unacked", set()),
        ({"ack": "before"}, "unacked", {"fires"}),
    ],
    ids=lambda one: str(one),
)
async def test_a_notifier_that_dies(opener: Opener, config: dict, fault: str, breaks: set[str]) -> None:
    engine = await opener(alerts=1000, **config)
    await engine.set_fault("notifier", fault, 40)
    await play(engine, "market", rate=300, seconds=2)
    assert engine.counters.deaths > 0
    assert set(broken(engine)) == breaks
    if config == {"ack": "before"}:
        assert causes(engine, "fires") >= {"“ack” is “before”", "its process ended"}
    if config == {"once": "off"}:
        assert causes(engine, "once") >= {"“once” is “off”", "its process ended"}


async def test_a_notifier_that_is_down_loses_nothing_and_doubles_nothing(opener: Opener) -> None:
    engine = await opener()
    price = price_of(engine)
    alerts = [await set_alert(engine, "above", price + step) for step in range(10, 60, 10)]
    await engine.set_fault("notifier", "down")
    await tick(engine, price + 100)
    await engine.clock.sleep(2)
    await engine.refresh_looks(now=True)
    assert await told(engine) == []
    assert engine.reader.redis.last.messages > 0
    await engine.clear_fault()
    await engine.clock.sleep(SETTLED)
    assert sorted(await told(engine)) == alerts
    assert broken(engine) == {}


async def test_a_consumer_that_is_killed_goes_on_from_its_checkpoint(opener: Opener) -> None:
    engine = await opener(consumers=1)
    price = price_of(engine)
    alert = await set_alert(engine, "above", price + 50)
    await engine.set_fault("consumer-1", "down")
    await tick(engine, price + 60, price)
    await engine.clock.sleep(1)
    await engine.clear_fault()
    await engine.clock.sleep(SETTLED)
    assert await told(engine) == [alert]
    assert broken(engine) == {}


@pytest.mark.parametrize(
    ("order", "wrong"), [("any", ("false", 1)), ("any_newest", ("missed", 1))], ids=["any", "any_newest"]
)
async def test_without_order_old_ticks_ring_wrongly_and_with_a_number_spikes_are_missed(
    opener: Opener, order: str, wrong: tuple[str, int]
) -> None:
    engine = await opener(order=order)
    price = price_of(engine)
    up, down = price + 20, price - 20  # below the opening alert
    if order == "any_newest":
        for kind, at in (("above", price + 10), ("below", price - 10)):
            await set_alert(engine, kind, at)
    await engine.set_fault("consumer-1", "down")
    # Ticks go to the consumers in turn: one of the two spikes waits for the one that is down.
    await tick(engine, up, price, price, down, price)
    await engine.clock.sleep(1)
    if order == "any":
        for kind, at in (("above", price + 10), ("below", price - 10)):
            await set_alert(engine, kind, at)
    await engine.clear_fault()
    await engine.clock.sleep(SETTLED)
    seen = {"false": engine.checker.false, "missed": engine.checker.missed}
    assert seen == {"false": 0, "missed": 0} | dict([wrong])
    assert causes(engine, "crossed" if order == "any" else "fires") >= {
        f"“order” is “{order}”",
        "has a fault: down",
    }


async def test_two_consumers_and_a_copy_that_is_behind_ring_twice_without_a_mark(opener: Opener) -> None:
    engine = await opener(order="any", once="off", consumers=2, replica_ms=300, alerts=2000)
    await play(engine, "chop", rate=200, seconds=3)
    assert engine.checker.twice > 0
    engine = await opener(order="any", once="both", consumers=2, replica_ms=300, alerts=2000)
    await play(engine, "chop", rate=200, seconds=3)
    assert engine.checker.twice == 0


async def test_a_poller_misses_a_spike_and_is_late_with_the_rest(opener: Opener) -> None:
    engine = await opener(feed="poll", poll_s=2)
    price = price_of(engine)
    await set_alert(engine, "above", price + 50)
    stays = await set_alert(engine, "below", price - 50)
    await engine.clock.sleep(0.5)
    await tick(engine, price + 60, price - 60)
    await engine.clock.sleep(SETTLED + 2)
    assert await told(engine) == [stays]
    assert set(broken(engine)) == {"fires"}
    assert engine.counters.delays.quantile(1) > 1000
    assert causes(engine, "fires") == {"“feed” is “poll”"}


async def test_a_setting_that_was_changed_back_is_named_as_it_was_when_the_tick_came(opener: Opener) -> None:
    engine = await opener(feed="poll", poll_s=2)
    price = price_of(engine)
    await set_alert(engine, "above", price + 50)
    await engine.clock.sleep(0.5)
    await tick(engine, price + 60, price)
    await engine.clock.sleep(0.1)
    await engine.configure(replace(engine.config, feed="push"))
    await engine.clock.sleep(SETTLED + 2)
    assert causes(engine, "fires") == {"“feed” was “poll”"}


async def test_the_cap_stops_at_fifty(opener: Opener) -> None:
    engine = await opener()
    await play(engine, "eager", rate=100, seconds=3)
    rung = await told(engine, "ida")
    assert len(rung) == 50
    assert engine.counters.capped > 0
    assert broken(engine) == {}
    engine = await opener(cap="off")
    await play(engine, "eager", rate=100, seconds=3)
    assert len(await told(engine, "ida")) > 50


@pytest.mark.parametrize("fault", ["late", "double"])
async def test_late_and_duplicate_ticks_break_nothing(opener: Opener, fault: str) -> None:
    engine = await opener(alerts=1000)
    await engine.set_fault("exchange", fault, 50)
    await play(engine, "chop", rate=150, seconds=2)
    assert engine.counters.late + engine.counters.duplicates > 10
    assert broken(engine) == {}


async def test_consumers_and_order_change_while_ticks_come(opener: Opener) -> None:
    engine = await opener(alerts=1000)
    for change in ({"consumers": 4}, {"order": "any"}, {"order": "partitioned"}, {"consumers": 1}):
        await engine.configure(replace(engine.config, **change))
        if engine.config.order == "partitioned":
            await play(engine, "market", rate=200, seconds=1)
    assert broken(engine) == {}
    assert engine.ledger.total > 0


async def test_the_crowd_grows_and_shrinks(opener: Opener) -> None:
    engine = await opener(alerts=200)
    await engine.crowd.ensure()
    for count in (900, 300):
        await engine.configure(replace(engine.config, alerts=count))
        assert await engine.book.crowd() == count
        assert engine.matching.finding.held == engine.ledger.armed
    assert engine.ledger.armed <= 301


async def test_who_comes_back_gets_what_it_missed(opener: Opener) -> None:
    engine = await opener()
    price = price_of(engine)

    def frame(mark: str, one: object) -> bytes:
        return f"{mark} {one.alert}".encode()  # type: ignore[attr-defined]

    first = await set_alert(engine, "above", price + 10)
    stream = await as_user("ann", engine.listen(after=None, frame=frame, reset=b"reset"))
    await tick(engine, price + 20)
    mark, _, number = (await anext(stream)).decode().partition(" ")
    assert int(number) == first
    await stream.aclose()  # type: ignore[attr-defined]
    second = await set_alert(engine, "below", price - 10)
    await tick(engine, price - 20)
    await engine.clock.sleep(1)
    stream = await as_user("ann", engine.listen(after=mark, frame=frame, reset=b"reset"))
    assert (await anext(stream)).decode().endswith(str(second))
    await stream.aclose()  # type: ignore[attr-defined]
    stream = await as_user("ann", engine.listen(after="elsewhere-3", frame=frame, reset=b"reset"))
    assert await anext(stream) == b"reset"
    await stream.aclose()  # type: ignore[attr-defined]
