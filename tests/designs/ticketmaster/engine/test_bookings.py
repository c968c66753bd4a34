"""Holds and sales over real stores: many buyers, a crash, a repeat, a lost lock store."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from random import Random

import pytest

from designs.ticketmaster.config import Config
from designs.ticketmaster.engine.attempts import AttemptLog
from designs.ticketmaster.engine.bookings import Booking, Bookings, Declined
from designs.ticketmaster.engine.claims import CLAIMS, SalesReport, read_sales
from designs.ticketmaster.engine.holds import Hold, Holds
from designs.ticketmaster.engine.nodes import plan
from designs.ticketmaster.engine.programme import SEATS
from designs.ticketmaster.engine.strategies import SEAT_LOCKS
from designs.ticketmaster.engine.strategies.seat_locks import Swept
from designs.ticketmaster.engine.transactions import Transactions
from sdlab.lab import (
    Clock,
    Conflict,
    EngineContext,
    Gone,
    LabError,
    ManualClock,
    SystemClock,
    Unavailable,
    as_user,
)
from sdlab.stores.databases import Database
from tests.conftest import MakeRoom

EVENT = "e1"
PROTECTED = [name for name, kind in SEAT_LOCKS.items() if kind.constrained]
OPERATIONS, AT_ONCE = 2_500, 64
EACH_IN_ITS_TRANSACTION = 640


@dataclass
class Shop:
    """A way to hold seats, and what sells them."""

    context: EngineContext[Config]
    transactions: Transactions
    holds: Holds
    bookings: Bookings

    async def hold(self, *seats: str, seconds: int = 30, buyer: str = "ann") -> Hold:
        self.context.config = replace(self.context.config, hold_s=seconds)
        return await as_user(buyer, self.holds.take(EVENT, seats, ""))

    async def book(self, hold_id: str, outcome: str = "ok") -> Booking:
        return await self.bookings.book(await self.holds.hold(hold_id), outcome=outcome)


async def owners(shop: Shop, *seats: str) -> dict[str, str]:
    return {seat: one.hold_id for seat, one in (await shop.holds.locks.holders(EVENT, seats)).items()}


async def report(shop: Shop) -> SalesReport:
    room = shop.context.room
    return await room.sql.read(lambda c: read_sales(c, room.id, room.clock.time()))


async def verdict(shop: Shop) -> tuple[int, tuple[str, ...], int]:
    found = await report(shop)
    return found.sold, found.doubles, found.apart


async def open_shop(
    make_room: MakeRoom, kind: str, clock: Clock, *, database: Database = "sqlite", **config: object
) -> Shop:
    room = await make_room("ticketmaster", clock=clock, database=database)
    chosen = replace(Config(holding=kind, payment_ms=0), **config)  # type: ignore[arg-type]
    context = EngineContext(room, chosen, claims=CLAIMS)
    context.lay_out(plan(chosen))
    transactions, attempts = Transactions(context), AttemptLog(context)
    holds = Holds(context, transactions, attempts)
    return Shop(context, transactions, holds, Bookings(context, transactions, attempts, holds))


async def insist(shop: Shop, hold: Hold) -> Booking:
    """Ask again, as a buyer does who was told that the database is busy: the hold's id makes it one booking."""
    while True:
        try:
            return await shop.book(hold.id)
        except Unavailable:
            continue


async def many(shop: Shop, operations: int) -> list[Booking]:
    """Buyers who each try again and again to hold and to book, `AT_ONCE` at a time."""
    bookings: list[Booking] = []

    async def buyer(number: int) -> None:
        chance = Random(number)
        for _ in range(-(-operations // AT_ONCE)):
            try:
                hold = await shop.hold(*chance.sample(SEATS, chance.randint(1, 4)), buyer=f"b{number}")
                bookings.append(await insist(shop, hold))
            except (Conflict, Gone, Unavailable):
                continue

    await asyncio.gather(*[buyer(number) for number in range(AT_ONCE)])
    return bookings


@pytest.mark.parametrize("kind", PROTECTED)
async def test_many_buyers_never_buy_a_seat_twice(make_room: MakeRoom, kind: str) -> None:
    shop = await open_shop(make_room, kind, SystemClock())
    bookings = await many(shop, OPERATIONS if kind == "redis" else EACH_IN_ITS_TRANSACTION)
    bought = [seat for one in bookings for seat in one.seats]
    assert len(bought) == len(set(bought))
    assert len(bought) > len(SEATS) // 2
    assert await verdict(shop) == (len(bought), (), 0)


async def test_without_protection_many_buyers_buy_seats_twice(make_room: MakeRoom) -> None:
    shop = await open_shop(make_room, "none", SystemClock())
    await many(shop, 1_000)
    _, doubles, apart = await verdict(shop)
    assert doubles
    assert apart == 0


@pytest.mark.parametrize("kind", PROTECTED)
async def test_a_hold_is_all_or_nothing(make_room: MakeRoom, kind: str) -> None:
    shop = await open_shop(make_room, kind, ManualClock())
    first = await shop.hold("A1", "A2")
    with pytest.raises(Conflict) as refused:
        await shop.hold("A3", "A2", buyer="ben")
    assert refused.value.extra["seats"] == ["A2"]
    assert await owners(shop, "A1", "A2", "A3") == {"A1": first.id, "A2": first.id}


async def test_giving_back_frees_only_what_is_still_ones_own(make_room: MakeRoom) -> None:
    shop = await open_shop(make_room, "redis", ManualClock())
    first = await shop.hold("A1")
    await shop.holds.lose_locks([EVENT], newest_only=False)
    second = await shop.hold("A1", buyer="ben")
    await shop.holds.give_back(first)
    assert await owners(shop, "A1") == {"A1": second.id}


async def test_when_all_locks_are_lost_the_constraint_refuses_and_the_money_goes_back(
    make_room: MakeRoom,
) -> None:
    shop = await open_shop(make_room, "redis", ManualClock())
    first = await shop.hold("A1")
    assert await shop.holds.lose_locks([EVENT], newest_only=False) == 1
    second = await shop.hold("A1", buyer="ben")
    both = await asyncio.gather(*[shop.book(one.id) for one in (first, second)], return_exceptions=True)
    assert [type(one) for one in both] == [Booking, Conflict]
    assert "refunded" in str(both[1])
    found = await report(shop)
    assert (found.sold, found.doubles, found.apart) == (1, (), 0)
    assert {state: lines for state, (lines, _) in found.ledger.items()} == {"settled": 1, "refunded": 1}
    with pytest.raises(Gone):
        await shop.book(second.id)


async def test_seats_known_to_be_sold_are_refused_before_any_money_moves(make_room: MakeRoom) -> None:
    shop = await open_shop(make_room, "redis", ManualClock())
    first = await shop.hold("A1")
    await shop.holds.lose_locks([EVENT], newest_only=False)
    second = await shop.hold("A1", buyer="ben")
    await shop.book(second.id)
    with pytest.raises(Conflict, match="nothing was charged"):
        await shop.book(first.id)
    assert (await report(shop)).ledger == {"settled": (1, 8_900)}


class WhilePaying(ManualClock):
    """A payment that takes its time, in which the buyer gives up."""

    async def sleep(self, seconds: float) -> None:
        await self.shop.holds.release(self.hold_id)

    shop: Shop
    hold_id: str


async def test_what_is_given_back_while_it_is_paid_is_refunded_and_not_sold(make_room: MakeRoom) -> None:
    clock = WhilePaying()
    shop = await open_shop(make_room, "redis", clock, payment_ms=100)
    hold = await shop.hold("A1")
    clock.shop, clock.hold_id = shop, hold.id
    with pytest.raises(Conflict, match="refunded"):
        await shop.book(hold.id)
    assert await verdict(shop) == (0, (), 0)


async def test_a_crash_of_the_lock_store_loses_what_was_not_synced(make_room: MakeRoom) -> None:
    shop = await open_shop(make_room, "redis", SystemClock())
    old, fresh = await shop.hold("A1", seconds=28), await shop.hold("A2", seconds=30)
    assert await shop.holds.lose_locks([EVENT], newest_only=True) == 1
    assert await owners(shop, "A1", "A2") == {"A1": old.id}
    assert fresh.id != old.id


async def test_an_expired_row_is_free_at_once_and_an_expired_status_after_the_sweep(
    make_room: MakeRoom,
) -> None:
    clock = ManualClock()
    row, status = await open_shop(make_room, "row", clock), await open_shop(make_room, "status", clock)
    await row.hold("A1", seconds=5)
    await status.hold("A1", seconds=5)
    await clock.advance(6)
    assert (await row.hold("A1", buyer="ben")).buyer == "ben"
    with pytest.raises(Conflict):
        await status.hold("A1", buyer="ben")
    assert await status.holds.sweep() == Swept(1, 1.0)
    assert (await status.hold("A1", buyer="ben")).buyer == "ben"


async def test_a_crash_after_the_payment_is_put_right(make_room: MakeRoom) -> None:
    clock = ManualClock()
    shop = await open_shop(make_room, "redis", clock)
    hold = await shop.hold("A1", "A2")
    with pytest.raises(Unavailable):
        await shop.book(hold.id, outcome="crash")
    assert await shop.bookings.booking(hold.id) is None
    assert await shop.bookings.reconcile(older_than=1) == []
    await clock.advance(2)
    assert [what for _, what in await shop.bookings.reconcile(older_than=1)] == ["booked"]
    assert (await shop.book(hold.id)).repeated
    assert await verdict(shop) == (2, (), 0)


async def test_a_crash_whose_seat_is_gone_is_refunded(make_room: MakeRoom) -> None:
    clock = ManualClock()
    shop = await open_shop(make_room, "row", clock)
    hold = await shop.hold("A1", seconds=5)
    with pytest.raises(Unavailable):
        await shop.book(hold.id, outcome="crash")
    await clock.advance(6)
    other = await shop.hold("A1", buyer="ben")
    await shop.book(other.id)
    assert [what for _, what in await shop.bookings.reconcile(older_than=1)] == ["refunded"]
    assert await verdict(shop) == (1, (), 0)


async def test_a_repeat_returns_the_same_booking(make_room: MakeRoom) -> None:
    shop = await open_shop(make_room, "redis", ManualClock())
    hold = await shop.hold("A1")
    answers = await asyncio.gather(*[shop.book(hold.id) for _ in range(8)])
    assert {one.id for one in answers} == {hold.id}
    assert await verdict(shop) == (1, (), 0)


async def test_what_is_declined_expired_or_released_sells_nothing(make_room: MakeRoom) -> None:
    clock = ManualClock()
    shop = await open_shop(make_room, "redis", clock)
    hold, released = await shop.hold("A1"), await shop.hold("A2")
    with pytest.raises(Declined) as declined:
        await shop.book(hold.id, outcome="declined")
    assert declined.value.status == 402
    assert await shop.holds.release(released.id)
    with pytest.raises(Gone):
        await shop.book(released.id)
    await clock.advance(31)
    with pytest.raises(Gone):
        await shop.book(hold.id)
    with pytest.raises(LabError):
        await shop.book("nobody")
    assert await verdict(shop) == (0, (), 0)
