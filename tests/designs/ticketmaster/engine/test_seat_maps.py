"""Seats with versions: who names one gets what differs, whoever waits is woken, and what is sent is counted."""

from __future__ import annotations

import asyncio

import pytest

from designs.ticketmaster.engine.seat_maps import KEPT_CHANGES, Seat, SeatMap
from designs.ticketmaster.inside.snapshot import build_snapshot
from sdlab.lab import ManualClock
from tests.designs.ticketmaster.conftest import Make


def held(seat_map: SeatMap, seat: str, now: float = 0.0, state: str = "held") -> None:
    seat_map.apply({**seat_map.seats, seat: Seat(state)}, now)


def test_a_version_gets_what_differs_and_an_unknown_one_gets_all() -> None:
    seat_map = SeatMap()
    first = seat_map.mark
    held(seat_map, "A1", 1.0)
    second = seat_map.mark
    held(seat_map, "A2", 2.0)
    held(seat_map, "A1", 3.0, "sold")
    assert seat_map.apply(dict(seat_map.seats), 4.0) == 0
    since = seat_map.since(first, 5.0)
    assert (since.full, {seat: one.state for seat, one in since.seats.items()}, since.age_s) == (
        False,
        {"A1": "sold", "A2": "held"},
        4.0,
    )
    assert set(seat_map.since(second, 5.0).seats) == {"A1", "A2"}
    assert seat_map.since(seat_map.mark, 5.0).seats == {}
    for unknown in (
        "",
        "x",
        "x-1",
        f"{seat_map.log.epoch}-",
        f"{seat_map.log.epoch}-99",
        f"{seat_map.log.epoch}--1",
    ):
        whole = seat_map.since(unknown, 5.0)
        assert (whole.full, len(whole.seats), whole.age_s) == (True, 200, None)


def test_what_is_too_old_gets_all() -> None:
    seat_map = SeatMap()
    old = seat_map.mark
    for number in range(KEPT_CHANGES + 1):
        held(seat_map, "A1", number, ("held", "free")[number % 2])
    assert seat_map.since(old, 0.0).full
    assert not seat_map.since(f"{seat_map.log.epoch}-1", 0.0).full


async def test_whoever_waits_is_woken_by_a_change(office: Make) -> None:
    engine = await office()
    mark = (await engine.seat_maps.now("e2", "")).mark

    async def act() -> None:
        await engine.hold("e2", ["A1"])
        await engine.seat_maps.refresh("e2")

    update, _ = await asyncio.gather(engine.seat_maps.next("e2", mark, wait_s=20), act())
    assert {seat: one.state for seat, one in update.seats.items()} == {"A1": "held"}


async def test_whoever_waits_for_nothing_is_told_so(office: Make) -> None:
    engine = await office()
    mark = (await engine.seat_maps.now("e2", "")).mark
    update = await engine.seat_maps.next("e2", mark, wait_s=0)
    assert (update.seats, update.mark) == ({}, mark)


async def test_those_who_ask_at_once_share_a_read_that_begins_after_they_asked(
    office: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = await office()
    reads = 0
    sold = engine.holds.sold

    async def counted(event_id: str) -> set[str]:
        nonlocal reads
        reads += event_id == "e5"
        return await sold(event_id)

    monkeypatch.setattr(engine.holds, "sold", counted)
    maps = await asyncio.gather(*(engine.seat_maps.refresh("e5") for _ in range(8)))
    assert (reads, {one.seats["A1"].state for one in maps}) == (2, {"free"})
    under_way = asyncio.ensure_future(engine.seat_maps.refresh("e5"))
    await engine.hold("e5", ["A1"])
    assert (await engine.seat_maps.refresh("e5")).seats["A1"].state == "held"
    await under_way


async def test_those_who_look_are_let_go_when_the_engine_closes(office: Make) -> None:
    engine = await office()
    stream = engine.seat_maps.follow("e2", "")
    assert (await anext(stream)).full
    following = asyncio.ensure_future(anext(stream))
    await asyncio.sleep(0)
    await engine.close()
    with pytest.raises(StopAsyncIteration):
        await following


async def test_an_expired_hold_is_noticed_without_anybody_acting(office: Make, clock: ManualClock) -> None:
    engine = await office(holding="row")
    await engine.hold("e2", ["A1"])
    mark = (await engine.seat_maps.now("e2", "")).mark
    clock.step_back(-31)
    update = await engine.seat_maps.now("e2", mark)
    assert {seat: one.state for seat, one in update.seats.items()} == {"A1": "free"}


async def test_a_status_that_was_not_swept_is_overdue_and_its_time_is_counted(
    office: Make, clock: ManualClock
) -> None:
    engine = await office(holding="status")
    await engine.hold("e2", ["A1", "A2"])
    clock.step_back(-35)
    await engine.seat_maps.refresh("e2")
    hall = build_snapshot(engine).hall
    assert (hall.overdue, hall.seats[:3], hall.held[0].left_s) == (2, "oof", -5.0)
    await engine.box_office.sweep()
    await engine.seat_maps.refresh("e2")
    assert build_snapshot(engine).hall.overdue == 0
    assert (engine.box_office.counters.swept, engine.box_office.counters.blocked_s) == (2, 10.0)
