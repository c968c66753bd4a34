"""Holds and sales over real stores: a crowd, a crash, a repeat, a lost lock store."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from random import Random

import pytest

from designs.ticketmaster.audit import audit
from designs.ticketmaster.box_office import Booking, BoxOffice, Declined, Hold
from designs.ticketmaster.holdings import HOLDINGS, Claimed, RedisLock, Swept
from sdlab.lab import Clock, Conflict, Gone, LabError, ManualClock, Room, SystemClock, Unavailable
from tests.conftest import MakeRoom

EVENT, SEATS = "e1", [f"{row}{number}" for row in "ABCDEFGHIJ" for number in range(1, 21)]
PROTECTED = [name for name, kind in HOLDINGS.items() if kind.constrained]
OPERATIONS, AT_ONCE = 10_000, 64


@dataclass
class Shop:
    """A way to hold seats and the office that sells them."""

    holding: object
    office: BoxOffice
    clock: Clock
    room: Room
    number: int = 0

    async def hold(self, *seats: str, seconds: float = 30.0, buyer: str = "ann") -> Hold:
        self.number += 1
        wish = Claimed(f"h{self.number}", EVENT, seats, self.clock.time() + seconds)
        await self.holding.take(wish)  # type: ignore[attr-defined]
        hold = Hold(wish.id, EVENT, seats, buyer, wish.expires, "held")
        await self.office.put(hold)
        return hold


async def owners(place: Shop, *seats: str) -> dict[str, str]:
    return {seat: one.id for seat, one in (await place.holding.holders(EVENT, seats)).items()}  # type: ignore[attr-defined]


async def verdict(place: Shop) -> tuple[int, tuple[str, ...], int]:
    found = await audit(place.room)
    return found.sold, found.doubles, found.apart


async def shop(make_room: MakeRoom, kind: str, clock: Clock) -> Shop:
    room = await make_room("ticketmaster", clock=clock)
    office = BoxOffice(room)
    office.constrained = lambda: HOLDINGS[kind].constrained
    return Shop(HOLDINGS[kind](room), office, clock, room)


async def crowd(place: Shop, operations: int) -> list[Booking]:
    """Buyers who each try again and again to hold and to book, `AT_ONCE` at a time."""
    bookings: list[Booking] = []

    async def buyer(number: int) -> None:
        chance = Random(number)
        for _ in range(-(-operations // AT_ONCE)):
            try:
                hold = await place.hold(*chance.sample(SEATS, chance.randint(1, 4)), buyer=f"b{number}")
                bookings.append(await place.office.book(hold.id, outcome="ok"))
            except Conflict:
                continue

    await asyncio.gather(*[buyer(number) for number in range(AT_ONCE)])
    return bookings


@pytest.mark.parametrize("kind", PROTECTED)
async def test_a_crowd_never_buys_a_seat_twice(make_room: MakeRoom, kind: str) -> None:
    place = await shop(make_room, kind, SystemClock())
    bookings = await crowd(place, OPERATIONS)
    bought = [seat for one in bookings for seat in one.seats]
    assert len(bought) == len(set(bought))
    assert len(bought) > len(SEATS) // 2
    assert await verdict(place) == (len(bought), (), 0)


async def test_without_protection_a_crowd_buys_seats_twice(make_room: MakeRoom) -> None:
    place = await shop(make_room, "none", SystemClock())
    await crowd(place, 1_000)
    _, doubles, apart = await verdict(place)
    assert doubles
    assert apart == 0


@pytest.mark.parametrize("kind", PROTECTED)
async def test_a_hold_is_all_or_nothing(make_room: MakeRoom, kind: str) -> None:
    place = await shop(make_room, kind, ManualClock())
    first = await place.hold("A1", "A2")
    with pytest.raises(Conflict) as refused:
        await place.hold("A3", "A2", buyer="ben")
    assert refused.value.extra["seats"] == ["A2"]
    assert await owners(place, "A1", "A2", "A3") == {"A1": first.id, "A2": first.id}


async def test_giving_back_frees_only_what_is_still_ones_own(make_room: MakeRoom) -> None:
    place = await shop(make_room, "redis", ManualClock())
    assert isinstance(place.holding, RedisLock)
    first = await place.hold("A1")
    await place.holding.lose([EVENT], SEATS)
    second = await place.hold("A1", buyer="ben")
    await place.holding.give_back(Claimed(first.id, EVENT, ("A1",), first.expires))
    assert await owners(place, "A1") == {"A1": second.id}


async def test_when_all_locks_are_lost_the_constraint_refuses_and_the_money_goes_back(
    make_room: MakeRoom,
) -> None:
    place = await shop(make_room, "redis", ManualClock())
    assert isinstance(place.holding, RedisLock)
    first = await place.hold("A1")
    assert await place.holding.lose([EVENT], SEATS) == 1
    second = await place.hold("A1", buyer="ben")
    both = await asyncio.gather(
        *[place.office.book(one.id, outcome="ok") for one in (first, second)], return_exceptions=True
    )
    assert [type(one) for one in both] == [Booking, Conflict]
    assert "refunded" in str(both[1])
    found = await audit(place.room)
    assert (found.sold, found.doubles, found.apart) == (1, (), 0)
    assert {state: lines for state, (lines, _) in found.ledger.items()} == {"settled": 1, "refunded": 1}
    with pytest.raises(Gone):
        await place.office.book(second.id, outcome="ok")


async def test_seats_known_to_be_sold_are_refused_before_any_money_moves(make_room: MakeRoom) -> None:
    place = await shop(make_room, "redis", ManualClock())
    assert isinstance(place.holding, RedisLock)
    first = await place.hold("A1")
    await place.holding.lose([EVENT], SEATS)
    second = await place.hold("A1", buyer="ben")
    await place.office.book(second.id, outcome="ok")
    with pytest.raises(Conflict, match="nothing was charged"):
        await place.office.book(first.id, outcome="ok")
    assert (await audit(place.room)).ledger == {"settled": (1, 8_900)}


async def test_what_is_given_back_while_it_is_paid_is_refunded_and_not_sold(make_room: MakeRoom) -> None:
    place = await shop(make_room, "redis", ManualClock())
    hold = await place.hold("A1")

    async def give_up() -> None:
        await place.office.release(hold.id)

    place.office.pay = give_up
    with pytest.raises(Conflict, match="refunded"):
        await place.office.book(hold.id, outcome="ok")
    assert await verdict(place) == (0, (), 0)


async def test_a_crash_of_the_lock_store_loses_what_was_not_synced(make_room: MakeRoom) -> None:
    place = await shop(make_room, "redis", SystemClock())
    assert isinstance(place.holding, RedisLock)
    old, fresh = await place.hold("A1", seconds=28), await place.hold("A2", seconds=30)
    assert await place.holding.lose_newest([EVENT], SEATS, hold_s=30) == 1
    assert await owners(place, "A1", "A2") == {"A1": old.id}
    assert fresh.id != old.id


async def test_an_expired_row_is_free_at_once_and_an_expired_status_after_the_sweep(
    make_room: MakeRoom,
) -> None:
    clock = ManualClock()
    row, status = await shop(make_room, "row", clock), await shop(make_room, "status", clock)
    await row.hold("A1", seconds=5)
    await status.hold("A1", seconds=5)
    await clock.advance(6)
    assert (await row.hold("A1", buyer="ben")).buyer == "ben"
    with pytest.raises(Conflict):
        await status.hold("A1", buyer="ben")
    assert await status.holding.sweep() == Swept(1, 1.0)  # type: ignore[attr-defined]
    assert (await status.hold("A1", buyer="ben")).buyer == "ben"


async def test_a_crash_after_the_payment_is_put_right(make_room: MakeRoom) -> None:
    clock = ManualClock()
    place = await shop(make_room, "redis", clock)
    hold = await place.hold("A1", "A2")
    with pytest.raises(Unavailable):
        await place.office.book(hold.id, outcome="crash")
    assert await place.office.booking(hold.id) is None
    assert await place.office.reconcile(older_than=1) == []
    await clock.advance(2)
    assert [what for _, what in await place.office.reconcile(older_than=1)] == ["booked"]
    assert (await place.office.book(hold.id, outcome="ok")).repeated
    assert await verdict(place) == (2, (), 0)


async def test_a_crash_whose_seat_is_gone_is_refunded(make_room: MakeRoom) -> None:
    clock = ManualClock()
    place = await shop(make_room, "row", clock)
    hold = await place.hold("A1", seconds=5)
    with pytest.raises(Unavailable):
        await place.office.book(hold.id, outcome="crash")
    await clock.advance(6)
    other = await place.hold("A1", buyer="ben")
    await place.office.book(other.id, outcome="ok")
    assert [what for _, what in await place.office.reconcile(older_than=1)] == ["refunded"]
    assert await verdict(place) == (1, (), 0)


async def test_a_repeat_returns_the_same_booking_and_a_key_belongs_to_one_hold(make_room: MakeRoom) -> None:
    place = await shop(make_room, "redis", ManualClock())
    hold, other = await place.hold("A1"), await place.hold("A2")
    answers = await asyncio.gather(*[place.office.book(hold.id, outcome="ok", key="k") for _ in range(8)])
    assert {one.id for one in answers} == {hold.id}
    with pytest.raises(Conflict, match="another hold"):
        await place.office.book(other.id, outcome="ok", key="k")
    assert await verdict(place) == (1, (), 0)


async def test_what_is_declined_expired_or_released_sells_nothing(make_room: MakeRoom) -> None:
    clock = ManualClock()
    place = await shop(make_room, "redis", clock)
    hold, released = await place.hold("A1"), await place.hold("A2")
    with pytest.raises(Declined) as declined:
        await place.office.book(hold.id, outcome="declined")
    assert declined.value.status == 402
    assert await place.office.release(released.id)
    with pytest.raises(Gone):
        await place.office.book(released.id, outcome="ok")
    await clock.advance(31)
    with pytest.raises(Gone):
        await place.office.book(hold.id, outcome="ok")
    with pytest.raises(LabError):
        await place.office.book("nobody", outcome="ok")
    assert await verdict(place) == (0, (), 0)
