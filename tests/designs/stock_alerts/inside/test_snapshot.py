"""The picture says what the stores and structures say."""

from __future__ import annotations

import pytest

from designs.stock_alerts.engine.stocks import CENTS, STOCKS
from designs.stock_alerts.inside.snapshot import build_snapshot, build_tallies
from sdlab.lab import as_user
from sdlab.lab.actor import VISITOR
from tests.designs.stock_alerts.conftest import SETTLED, Opener, play, price_of, tick

pytestmark = pytest.mark.virtual_time


async def test_a_fresh_room_has_a_line_just_above_the_price(opener: Opener) -> None:
    engine = await opener()
    await engine.refresh_looks(now=True)
    screen = build_snapshot(engine).screen
    (line,) = screen.alerts
    assert line.armed
    assert screen.price < line.price < screen.price * 1.01
    assert len(screen.candles) == 40
    assert len(screen.quotes) >= 50
    assert screen.notes == ()


async def test_what_was_told_and_what_was_crossed_are_shown(opener: Opener) -> None:
    engine = await opener()
    price = price_of(engine)
    await tick(engine, price, price + price // 50)
    await engine.clock.sleep(SETTLED)
    await engine.refresh_looks(now=True)
    shown = build_snapshot(engine)
    (note,) = shown.screen.notes
    assert note.delay_ms > 0
    assert not shown.screen.alerts[0].armed
    assert (shown.ladder.crossed, shown.ladder.crossed_to) == (1, (price + price // 50) / CENTS)
    assert (shown.verdicts.crossings, shown.verdicts.told, shown.verdicts.missed) == (1, 1, 0)
    assert shown.dedupe.marks[0].there
    assert (shown.day.users[0].user, shown.day.users[0].today) == (VISITOR.name, 1)
    assert sum(one.read for one in shown.log.partitions) == shown.totals.ticks == 2
    assert shown.log.lag == 0
    assert {one.id: one.value for one in build_tallies(engine)}["sent"] == 1


async def test_the_ladder_names_what_is_mine(opener: Opener) -> None:
    engine = await opener()
    await engine.crowd.ensure()
    await as_user(VISITOR.name, engine.look("MOSS"))
    await engine.refresh_looks(now=True)
    shown = build_snapshot(engine).ladder
    assert shown.symbol == "MOSS"
    assert not any(one.mine for one in shown.rungs)
    prices = [one.price for one in shown.rungs]
    assert prices == sorted(prices, reverse=True)
    assert all((one.price > shown.price) == one.above for one in shown.rungs)


async def test_what_i_was_told_stays_however_much_others_are_told(opener: Opener) -> None:
    engine = await opener(cap="off")
    price = price_of(engine)
    await tick(engine, price + price // 100)
    await play(engine, "eager", rate=100, seconds=3)
    assert engine.counters.sent > 60
    await engine.refresh_looks(now=True)
    (note,) = build_snapshot(engine).screen.notes
    assert note.symbol == STOCKS[0].symbol
    mine = await as_user(VISITOR.name, engine.notifications(before="+", limit=5))
    assert len(mine) == 1
    assert await as_user(VISITOR.name, engine.notifications(before=mine[0][0], limit=5)) == []
