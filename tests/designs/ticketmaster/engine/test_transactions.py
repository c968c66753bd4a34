"""Transactions that meet in PostgreSQL: rows that are waited for, levels that differ, what is given up is begun again."""

from __future__ import annotations

import asyncio

import pytest
import sqlalchemy as sa

from designs.ticketmaster.config import Config
from designs.ticketmaster.engine.models import SEAT
from designs.ticketmaster.engine.nodes import plan
from designs.ticketmaster.engine.strategies import ISOLATIONS
from designs.ticketmaster.engine.transactions import MOST_TRIES, Transactions
from designs.ticketmaster.inside.snapshot import build_snapshot
from sdlab.lab import Conflict, EngineContext, SystemClock, Unavailable, as_user
from sdlab.stores.sessions import SERIALIZATION_FAILURE, SerializationFailure, Session
from tests.conftest import MakeRoom
from tests.designs.ticketmaster.conftest import Make
from tests.designs.ticketmaster.engine.test_bookings import EVENT, many, open_shop, verdict


def of_seat(room: str) -> sa.Select[str]:
    return sa.select(SEAT.c.hold_id).where(SEAT.c.room == room, SEAT.c.event_id == EVENT, SEAT.c.seat == "A1")


@pytest.mark.parametrize("isolation", list(ISOLATIONS))
async def test_a_hold_waits_for_the_row_and_finds_it_taken(make_room: MakeRoom, isolation: str) -> None:
    """The level decides how: the waiting statement reads the row anew, or the whole transaction begins again."""
    shop = await open_shop(make_room, "row", SystemClock(), database="postgres", isolation=isolation)
    room = shop.context.room
    await shop.holds.locks.give_back(await shop.hold("A1"))
    async with room.sql.session() as other:
        await other.execute(of_seat(room.id).with_for_update())
        waiting = asyncio.create_task(shop.hold("A1", "A2", buyer="ben"))
        await until_somebody_waits(other)
        assert not waiting.done()
        taken = SEAT.update().where(SEAT.c.room == room.id, SEAT.c.seat == "A1")
        await other.execute(taken.values(hold_id="another's", expires=room.clock.time() + 30))
    with pytest.raises(Conflict) as refused:
        await waiting
    assert refused.value.extra["seats"] == ["A1"]
    assert shop.transactions.counters.retried == (0 if isolation == "committed" else 1)
    assert (await shop.hold("A2", buyer="ben")).seats == ("A2",), "nothing was held"


async def until_somebody_waits(session: Session) -> None:
    """Until the server itself says that a transaction waits for a lock."""
    waits = sa.text("SELECT count(*) FROM pg_locks WHERE NOT granted")
    async with asyncio.timeout(10):
        while not await session.scalar(waits):
            pass


@pytest.mark.parametrize(
    ("kind", "isolation"),
    [*[("row", level) for level in ISOLATIONS], ("status", "repeatable"), ("redis", "serializable")],
)
async def test_many_at_once_sell_each_seat_once_at_every_level(
    make_room: MakeRoom, kind: str, isolation: str
) -> None:
    shop = await open_shop(make_room, kind, SystemClock(), database="postgres", isolation=isolation)
    bookings = [one.seats for one in await many(shop, 192)]
    bought = [seat for seats in bookings for seat in seats]
    assert len(bought) == len(set(bought)) > 0
    sold, doubles, apart = await verdict(shop)
    assert (doubles, apart) == ((), 0)
    assert sold == len(bought)


async def test_without_a_lock_no_level_keeps_a_seat_from_being_sold_twice(make_room: MakeRoom) -> None:
    """The look and the sale are two transactions, and a level protects within one."""
    shop = await open_shop(
        make_room, "none", SystemClock(), database="postgres", isolation="serializable", payment_ms=20
    )
    holds = [await shop.hold("A1", buyer=name) for name in ("ann", "ben")]
    await asyncio.gather(*[shop.book(one.id) for one in holds])
    assert (await verdict(shop))[1] == ("e1 A1",)


async def test_what_is_given_up_again_and_again_is_refused_and_counted(make_room: MakeRoom) -> None:
    room = await make_room("ticketmaster", database="sqlite")
    context = EngineContext(room, Config())
    context.lay_out(plan(Config()))
    transactions, tries = Transactions(context), []

    async def collide(_: Session) -> None:
        tries.append(1)
        raise SerializationFailure("could not serialize access", sqlstate=SERIALIZATION_FAILURE)

    with pytest.raises(Unavailable) as refused:
        await transactions.run(collide)
    assert refused.value.retry_after == 1
    assert len(tries) == MOST_TRIES
    counters = transactions.counters
    assert (counters.retried, counters.gave_up, counters.committed, counters.under_way) == (
        MOST_TRIES,
        1,
        0,
        0,
    )


async def test_the_plan_and_the_level_are_shown(office: Make) -> None:
    engine = await office(clock=SystemClock(), database="postgres", holding="row", isolation="repeatable")
    await as_user("ann", engine.hold("e2", ["D10"]))
    await engine.query_plan.refresh(holds=1)
    shown = build_snapshot(engine).transactions
    assert (shown.database, shown.row_locks, shown.level) == ("PostgreSQL", True, "repeatable read")
    assert shown.sql.endswith("FOR UPDATE")
    assert shown.plan[0].text == "LockRows"
    assert any("ticketmaster_seat" in line.text for line in shown.plan)
    assert shown.plan[0].ms
    assert (shown.committed, shown.locked) == (1, 1)


async def test_sqlite_says_that_it_has_no_row_locks(office: Make) -> None:
    engine = await office(holding="row")
    await engine.query_plan.refresh(holds=0)
    shown = build_snapshot(engine).transactions
    assert (shown.database, shown.row_locks) == ("SQLite", False)
    assert "FOR UPDATE" not in shown.sql
    assert any("ticketmaster_seat" in line.text for line in shown.plan)
