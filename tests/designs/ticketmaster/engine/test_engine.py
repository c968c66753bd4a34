"""The whole box office: tokens, crashes, an index that falls behind, a killed process."""

from __future__ import annotations

import asyncio
from dataclasses import asdict, replace

import pytest

from designs.ticketmaster.engine.bookings import Booking
from designs.ticketmaster.engine.claims import SalesReport, read_sales
from designs.ticketmaster.engine.engine import Ticketmaster
from designs.ticketmaster.engine.search_index import SearchQuery
from designs.ticketmaster.engine.strategies import seat_locks
from designs.ticketmaster.engine.traffic import TicketmasterTraffic
from designs.ticketmaster.inside.snapshot import build_snapshot, build_tallies
from sdlab.lab import (
    Conflict,
    Forbidden,
    Invalid,
    ManualClock,
    NotFound,
    Operation,
    SystemClock,
    Unavailable,
    as_user,
)
from tests.designs.ticketmaster.conftest import Make


async def found_ids(engine: Ticketmaster, term: str) -> list[str]:
    return [one.id for one in (await engine.search(SearchQuery(term=term))).events]


async def test_a_popular_event_needs_an_admitted_token(office: Make) -> None:
    engine = await office()
    position = await engine.join("e1")
    assert position.position == 1
    for token in ("", "made up", position.token):
        with pytest.raises(Forbidden):
            await engine.hold("e1", ["A1"], token=token)
    await engine.admission.admit()
    hold = await engine.hold("e1", ["A1"], token=position.token)
    await engine.book(hold.id)
    with pytest.raises(Forbidden):
        await engine.hold("e1", ["A2"], token=position.token)
    assert (await engine.hold("e2", ["A1"])).seats == ("A1",)


@pytest.mark.parametrize("seats", [[], ["A1", "A2", "A3", "A4", "A5"], ["Z9"], [""]])
async def test_impossible_seats_are_refused(office: Make, seats: list[str]) -> None:
    engine = await office()
    with pytest.raises(Invalid):
        await engine.hold("e2", seats)


async def test_a_dying_service_loses_neither_money_nor_seats(office: Make, clock: ManualClock) -> None:
    engine = await office()
    hold = await engine.hold("e2", ["A1", "A2"])
    await engine.set_fault("booking", "crash")
    with pytest.raises(Unavailable):
        await engine.book(hold.id)
    await engine.clear_fault()
    await engine.close()
    again = await office(room=engine.room.id)
    clock.step_back(-3)
    await again.box_office.reconcile()
    assert (await again.book(hold.id)).repeated
    await again.checker.check()
    assert build_snapshot(again).office.sold == 2
    assert again.monitors["money"].violations == 0


async def test_dual_writes_leave_the_index_wrong_and_change_capture_catches_up(office: Make) -> None:
    found = {}
    for search in ("dual", "cdc"):
        engine = await office(search=search)
        await engine.set_fault("index", "down")
        await engine.edit("e3", "Zebra Night")
        assert await found_ids(engine, "zebra") == ["e3"]
        assert engine.event_search.degraded == 1
        await engine.clear_fault()
        await engine.index_feed.capture()
        found[search] = await found_ids(engine, "zebra")
    assert found == {"dual": [], "cdc": ["e3"]}


async def test_a_paused_capture_shows_its_lag(office: Make) -> None:
    engine = await office()
    await engine.set_fault("capture", "paused")
    await engine.edit("e3", "Zebra Night")
    await engine.index_feed.capture()
    assert build_snapshot(engine).finder.behind == 1
    await engine.clear_fault()
    await engine.index_feed.capture()
    assert build_snapshot(engine).finder.behind == 0


async def test_holds_and_bookings_outlive_the_process(office: Make) -> None:
    engine = await office()
    traffic = TicketmasterTraffic(engine)
    answers = [
        await traffic.perform(Operation("hold", {"event": "e2", "seats": [f"A{n}", f"B{n}"]}, f"b{n}"))
        for n in range(1, 9)
    ]
    answers += [await traffic.perform(Operation("book", {"outcome": "ok"}, f"b{n}")) for n in range(1, 5)]
    await engine.close()
    again = await office(room=engine.room.id)
    traffic = TicketmasterTraffic(again)
    assert all([await traffic.honours(one) for one in answers])
    await again.set_fault("locks", "lose")
    assert [await traffic.honours(one) for one in answers].count(False) == 4


async def test_doubles_are_shown_with_both_buyers(office: Make) -> None:
    engine = await office(holding="none", clock=SystemClock())
    holds = [await as_user(one, engine.hold("e2", ["A1"])) for one in ("ann", "ben")]
    await asyncio.gather(*[as_user(one.buyer, engine.book(one.id)) for one in holds])
    await engine.checker.check()
    verdict = engine.monitors["sold_once"].view()
    assert verdict.violations == 1
    assert {step.actor for step in verdict.evidence} == {"ann", "ben"}
    race = build_snapshot(engine).race
    assert (race.doubled, race.seats) == (True, "A1")
    ends = {lane.label: {one.label: one for one in lane.segments} for lane in race.lanes}
    assert set(ends) == {"ann", "ben"}
    assert ends["ann"]["look"].start_ms < ends["ben"]["sell"].end_ms
    assert max(ends[one]["look"].end_ms for one in ends) <= min(ends[one]["sell"].end_ms for one in ends)


@pytest.mark.parametrize("holding", ["status", "row"])
async def test_holds_stay_when_the_approach_changes(office: Make, holding: str) -> None:
    engine = await office()
    hold = asdict(await engine.hold("e2", ["A1", "A2"]))
    await engine.configure(replace(engine.config, holding=holding))
    assert await TicketmasterTraffic(engine).honours(hold)
    with pytest.raises(Conflict):
        await as_user("ben", engine.hold("e2", ["A2", "A3"]))


async def test_more_inside_than_a_batch_is_noticed(office: Make) -> None:
    engine = await office(batch=2)
    for _ in range(5):
        await engine.join("e1")
    await engine.admission.queue("e1").admit(batch=4, visit_s=30)
    await engine.admission.admit()
    verdict = engine.monitors["inside"].view()
    assert verdict.violations == 1
    assert len(verdict.evidence) == 2


async def test_a_lock_store_that_crashes_loses_only_what_was_not_synced(
    office: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(seat_locks, "SYNCED_EVERY_S", 20.0)  # the machine may take its time for the hold
    engine = await office(clock=SystemClock())
    await engine.hold("e2", ["A1"])
    await engine.set_fault("locks", "fsync")
    assert engine.box_office.counters.locks_lost == 1
    await as_user("ben", engine.hold("e2", ["A1"]))
    assert engine.faults() == ()


async def test_payments_that_cannot_be_made_charge_nothing(office: Make) -> None:
    engine = await office()
    hold = await engine.hold("e2", ["A1"])
    await engine.set_fault("payment", "down")
    with pytest.raises(Unavailable):
        await engine.book(hold.id)
    assert await engine.bookings.payment(hold.id) == ""
    await engine.clear_fault()
    assert (await engine.book(hold.id)).seats == ("A1",)


async def test_selling_goes_on_while_the_index_is_down(office: Make) -> None:
    engine = await office()
    await engine.set_fault("index", "down")
    assert await found_ids(engine, "live")
    assert (await engine.book((await engine.hold("e2", ["A1"])).id)).seats == ("A1",)


async def test_a_waiting_room_that_is_down_lets_nobody_hold(office: Make) -> None:
    engine = await office()
    position = await engine.join("e1")
    await engine.admission.admit()
    await engine.set_fault("queue", "down")
    with pytest.raises(Unavailable):
        await engine.hold("e1", ["A1"], token=position.token)
    assert (await engine.hold("e2", ["A1"])).seats == ("A1",)


@pytest.mark.parametrize(("search", "wrong"), [("dual", 1), ("cdc", 0)])
async def test_a_crash_between_two_writes_is_forgotten_or_caught_up(
    office: Make, search: str, wrong: int
) -> None:
    engine = await office(search=search)
    await engine.set_fault("booking", "torn")
    with pytest.raises(Unavailable):
        await engine.edit("e3", "Zebra Night")
    await engine.clear_fault()
    assert (await engine.event_search.look.refresh(now=True)).wrong == 1
    await engine.index_feed.capture()
    assert (await engine.event_search.look.refresh(now=True)).wrong == wrong
    assert engine.event("e3").title == "Zebra Night"


async def test_prices_are_the_rows_and_the_ledger_adds_them_up(office: Make) -> None:
    engine = await office()
    await engine.book((await engine.hold("e2", ["C1", "D1", "H1"])).id)
    await engine.checker.check()
    assert engine.checker.report.ledger == {"settled": (1, 8_900 + 5_900 + 3_900)}
    assert build_snapshot(engine).ledger[1].amount == "€187.00"


async def test_what_a_comparison_counts(office: Make) -> None:
    engine = await office(holding="none", clock=SystemClock())
    holds = [await as_user(one, engine.hold("e2", ["A1"])) for one in ("ann", "ben")]
    await asyncio.gather(*[as_user(one.buyer, engine.book(one.id)) for one in holds])
    await engine.checker.check()
    counted = {one.id: one.value for one in build_tallies(engine)}
    assert (counted["doubles"], counted["sold"], counted["refused"]) == (1, 2, 0)


async def test_a_lock_store_that_is_down_stops_holds_and_not_sales(office: Make) -> None:
    engine = await office()
    hold = await engine.hold("e2", ["A1"])
    await engine.set_fault("locks", "down")
    with pytest.raises(Unavailable):
        await engine.hold("e2", ["A2"])
    assert (await engine.book(hold.id)).seats == ("A1",)
    await engine.configure(replace(engine.config, holding="row"))
    assert (await engine.hold("e2", ["A2"])).seats == ("A2",)


@pytest.mark.parametrize("node", ["payment", "database"])
async def test_a_slow_part_makes_a_sale_late_and_not_wrong(
    office: Make, clock: ManualClock, node: str
) -> None:
    engine = await office()
    hold = await engine.hold("e2", ["A1"])
    await engine.set_fault(node, "slow", 500)
    began = clock.monotonic()
    selling = asyncio.create_task(engine.book(hold.id))
    while not selling.done():
        await clock.advance(0.1)
    assert selling.result().seats == ("A1",)
    assert clock.monotonic() - began >= 0.5


async def test_holds_that_ended_long_ago_are_forgotten_and_sales_are_not(
    office: Make, clock: ManualClock
) -> None:
    engine = await office()
    gone, sold = await engine.hold("e2", ["A1"]), await engine.hold("e2", ["A2"])
    await engine.book(sold.id)
    clock.step_back(-700)
    await engine.box_office.sweep()
    with pytest.raises(NotFound):
        await engine.book(gone.id)
    assert (await engine.book(sold.id)).repeated


async def test_a_repeat_returns_the_same_booking_and_a_key_belongs_to_one_request(office: Make) -> None:
    engine = await office()
    hold, other = await engine.hold("e2", ["A1"]), await engine.hold("e2", ["A2"])
    answers = await asyncio.gather(*[engine.book(hold.id, key="k") for _ in range(8)])
    assert {one.id for one in answers} == {hold.id}
    assert [one.repeated for one in answers].count(False) == 1
    with pytest.raises(Invalid, match="another request"):
        await engine.book(other.id, key="k")
    with pytest.raises(NotFound):
        await as_user("ben", engine.book(other.id, key="k"))
    his = await as_user("ben", engine.hold("e2", ["C3"]))
    assert isinstance(await as_user("ben", engine.book(his.id, key="k")), Booking), "ben's keys are his own"
    room = engine.room
    found = await room.sql.read(lambda c: read_sales(c, room.id, room.clock.time()))
    assert found == SalesReport(sold=2, ledger={"settled": (2, 2 * 8_900)})
