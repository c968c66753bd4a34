"""Two buyers on the page: what one does, the other sees; a crash, a restart and an end of time are survived."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from designs.ticketmaster.engine.demo_users import DemoUser
from designs.ticketmaster.engine.engine import Ticketmaster
from designs.ticketmaster.engine.traffic import CROWD, TicketmasterTraffic
from designs.ticketmaster.inside.snapshot import build_snapshot
from designs.ticketmaster.inside.views import DemoUserView
from sdlab.lab import Invalid, ManualClock, NotFound, Operation, SystemClock
from tests.designs.ticketmaster.conftest import Make


def shown(engine: Ticketmaster) -> tuple[DemoUserView, DemoUserView]:
    first, second = build_snapshot(engine).users
    return first, second


async def test_what_one_holds_the_other_sees_and_cannot_have(office: Make) -> None:
    engine = await office()
    await engine.demo_users.hold(0, ["D10", "D11"])
    first, _ = shown(engine)
    assert (first.step, first.seats, first.price, first.left_s) == ("pay", ("D10", "D11"), "€118.00", 30.0)
    board = await engine.seat_maps.refresh("e2")
    assert (board.seats["D10"].state, board.seats["D12"].state) == ("held", "free")
    await engine.demo_users.hold(1, ["D11", "D12"])
    _, second = shown(engine)
    assert (second.step, second.tone) == ("choose", "error")
    assert "D11" in second.note
    assert [one.by for one in build_snapshot(engine).hall.held] == ["buyer A", "buyer A"]


async def test_declined_keeps_the_hold_and_paying_gives_a_ticket(office: Make) -> None:
    engine = await office()
    await engine.demo_users.hold(0, ["D10"])
    await engine.demo_users.pay(0, "declined")
    first, _ = shown(engine)
    assert (first.step, first.tone) == ("pay", "error")
    await engine.demo_users.pay(0, "ok")
    first, _ = shown(engine)
    assert (first.step, first.seats, bool(first.booking), first.note) == ("ticket", ("D10",), True, "")
    await engine.demo_users.more(0)
    assert shown(engine)[0].step == "choose"
    assert (await engine.seat_maps.refresh("e2")).seats["D10"].state == "sold"


async def test_a_crash_after_the_payment_is_put_right_before_the_buyers_eyes(
    office: Make, clock: ManualClock
) -> None:
    engine = await office()
    await engine.demo_users.hold(0, ["D10"])
    await engine.demo_users.pay(0, "crash")
    assert (shown(engine)[0].step, shown(engine)[0].tone) == ("pay", "miss")
    clock.step_back(-40)
    await engine.demo_users.refresh()
    assert shown(engine)[0].step == "pay", "the money is there: nobody says that the seats are gone"
    await engine.box_office.reconcile()
    await engine.demo_users.refresh()
    first, _ = shown(engine)
    assert (first.step, first.tone) == ("ticket", "ok")


@pytest.mark.parametrize("after", ["booking", "hold"])
async def test_a_payment_that_is_put_right_while_its_buyer_is_looked_after(
    office: Make, clock: ManualClock, monkeypatch: pytest.MonkeyPatch, after: str
) -> None:
    engine = await office()
    await engine.demo_users.hold(0, ["D10"])
    await engine.demo_users.pay(0, "crash")
    clock.step_back(-40)
    place: Any = engine.box_office.bookings if after == "booking" else engine.box_office.holds
    look = getattr(place, after)

    async def then_reconciled(hold_id: str) -> Any:
        found = await look(hold_id)
        monkeypatch.undo()
        await engine.box_office.reconcile()
        return found

    monkeypatch.setattr(place, after, then_reconciled)
    for _ in range(2):
        await engine.demo_users.refresh()
    first, _ = shown(engine)
    assert (first.step, first.tone) == ("ticket", "ok")


async def test_a_hold_that_ends_is_said_to_have_ended(office: Make, clock: ManualClock) -> None:
    engine = await office()
    await engine.demo_users.hold(0, ["D10"])
    clock.step_back(-31)
    await engine.demo_users.refresh()
    first, _ = shown(engine)
    assert (first.step, first.tone) == ("choose", "miss")
    await engine.demo_users.pay(0, "ok")
    assert shown(engine)[0].booking == ""


async def test_giving_back_frees_the_seats(office: Make) -> None:
    engine = await office()
    await engine.demo_users.hold(0, ["D10"])
    await engine.demo_users.release(0)
    assert shown(engine)[0].step == "choose"
    assert (await engine.seat_maps.refresh("e2")).seats["D10"].state == "free"
    await engine.demo_users.hold(1, ["D10"])
    await engine.demo_users.back(1)
    assert shown(engine)[1].step == "search"
    assert (await engine.seat_maps.refresh("e2")).seats["D10"].state == "free"


async def test_the_popular_event_is_entered_through_its_queue(office: Make, clock: ManualClock) -> None:
    engine = await office(batch=1)
    await engine.demo_users.open_event(0, "e1")
    await engine.demo_users.open_event(1, "e1")
    first, second = shown(engine)
    assert [(one.step, one.position) for one in (first, second)] == [("wait", 1), ("wait", 2)]
    await engine.admission.admit()
    await engine.demo_users.refresh()
    first, second = shown(engine)
    assert (first.step, second.step, second.position, second.progress) == ("choose", "wait", 1, 50.0)
    await engine.demo_users.hold(0, ["D10"])
    await engine.demo_users.pay(0, "ok")
    await engine.admission.admit()
    await engine.demo_users.refresh()
    assert shown(engine)[1].step == "choose"
    clock.step_back(-31)
    await engine.demo_users.refresh()
    second = shown(engine)[1]
    assert (second.step, second.requeue, second.tone) == ("wait", True, "miss")
    await engine.demo_users.queue_again(1)
    assert (shown(engine)[1].position, shown(engine)[1].requeue) == (1, False)


async def test_both_are_where_they_were_after_a_restart(office: Make) -> None:
    engine = await office()
    await engine.demo_users.open_event(0, "e3")
    await engine.demo_users.hold(0, ["D10"])
    await engine.demo_users.hold(1, ["D10"])
    await engine.demo_users.pay(1, "ok")
    before = shown(engine)
    await engine.close()
    again = shown(await office(room=engine.room.id))
    assert [(one.step, one.event.id, one.seats, one.booking) for one in again] == [
        (one.step, one.event.id, one.seats, one.booking) for one in before
    ]


async def test_a_hold_that_is_forgotten_meanwhile_does_not_matter(office: Make, clock: ManualClock) -> None:
    engine = await office()
    await engine.demo_users.hold(0, ["D10"])
    await engine.close()
    clock.step_back(-700)
    await engine.box_office.sweep()
    assert shown(await office(room=engine.room.id))[0].step == "choose"


@pytest.mark.parametrize("holding", ["redis", "row", "status"])
async def test_a_race_has_one_winner_with_any_protection(office: Make, holding: str) -> None:
    engine = await office(clock=SystemClock(), holding=holding)
    await engine.demo_users.race(["E10"])
    assert sorted(one.step for one in shown(engine)) == ["choose", "ticket"]
    await engine.checker.check()
    race = build_snapshot(engine).race
    assert (engine.checker.report.doubles, race.doubled, race.seats) == ((), False, "E10")
    assert {one.label for one in race.lanes} == {"buyer A", "buyer B"}
    assert {one.tone for lane in race.lanes for one in lane.segments} == {"ok", "error"}


async def test_without_protection_both_win_and_are_told(office: Make) -> None:
    engine = await office(clock=SystemClock(), holding="none", payment_ms=20)
    await engine.demo_users.race([])
    assert [one.step for one in shown(engine)] == ["ticket", "ticket"]
    await engine.checker.check()
    assert [one.tone for one in shown(engine)] == ["error", "error"]
    assert shown(engine)[0].seats == shown(engine)[1].seats
    assert "d" in build_snapshot(engine).hall.seats


async def test_there_are_two_buyers_and_only_known_events(office: Make) -> None:
    engine = await office()
    with pytest.raises(Invalid):
        await engine.demo_users.hold(2, ["A1"])
    with pytest.raises(NotFound):
        await engine.demo_users.open_event(0, "nothing")
    await engine.demo_users.hold(0, ["Z9"])
    assert shown(engine)[0].tone == "error"
    await engine.demo_users.pay(0, "ok")
    assert isinstance(engine.demo_users.user(0), DemoUser)
    assert shown(engine)[0].step == "choose"


async def test_the_buyers_on_the_page_follow_a_crowd_that_comes_all_at_once(office: Make) -> None:
    engine = await office()
    traffic = TicketmasterTraffic(engine)
    crowd = [Operation("arrive", {"event": "e1"}, f"buyer {number}") for number in range(2 * CROWD)]
    await asyncio.gather(*(traffic.perform(one) for one in crowd))
    assert [one.event_id for one in engine.demo_users.both] == ["e1", "e1"]


async def test_the_inside_looks_where_many_arrive_until_a_visitor_opens_an_event(office: Make) -> None:
    engine = await office()
    await engine.demo_users.open_event(0, "e3")
    assert build_snapshot(engine).hall.event.id == "e3"
    arrive = Operation("arrive", {"event": "e1"}, "buyer 1")
    traffic = TicketmasterTraffic(engine)
    await traffic.perform(arrive)
    assert build_snapshot(engine).hall.event.id == "e1"
    await engine.demo_users.open_event(1, "e4")
    await traffic.perform(arrive)
    assert build_snapshot(engine).hall.event.id == "e4"
    assert engine.demo_users.both[0].event_id == "e3"
