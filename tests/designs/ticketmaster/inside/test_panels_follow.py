"""Panels show what the stores have, also when somebody else changes that."""

from __future__ import annotations

import asyncio

import pytest

from designs.ticketmaster.engine.engine import Ticketmaster
from designs.ticketmaster.engine.models import EVENT, PAYMENT, SEAT, SOLD
from designs.ticketmaster.inside.snapshot import build_snapshot
from designs.ticketmaster.inside.views import Snapshot
from sdlab.lab import Clock, as_user
from tests.designs.ticketmaster.conftest import Make

pytestmark = pytest.mark.virtual_time


async def looked(engine: Ticketmaster) -> Snapshot:
    await asyncio.sleep(1)
    await engine.refresh_looks(now=True)
    return build_snapshot(engine)


async def delete(engine: Ticketmaster, kind: str) -> None:
    """All keys of that kind in one command, so that nothing moves from one to another meanwhile."""
    redis, match = engine.room.redis, engine.room.key(kind, "*")
    await redis.delete(*[key async for key in redis.scan_iter(match=match)])


async def test_locks_that_somebody_deletes_are_gone_from_seats_and_locks(
    office: Make, usual_clock: Clock
) -> None:
    engine = await office(clock=usual_clock)
    await as_user("ann", engine.hold("e2", ["D10", "D11"]))
    before = (await looked(engine)).hall
    assert (before.holding, before.free, [one.by for one in before.held]) == (2, 198, ["ann", "ann"])
    await delete(engine, "lock")
    after = (await looked(engine)).hall
    assert (after.holding, after.free, after.held) == (0, 200, ())


async def test_rows_of_held_seats_are_read_where_they_are_kept(office: Make, usual_clock: Clock) -> None:
    engine = await office(clock=usual_clock, holding="row")
    await as_user("ann", engine.hold("e2", ["D10"]))
    assert (await looked(engine)).hall.holding == 1
    gone = SEAT.delete().where(SEAT.c.room == engine.room.id)
    await engine.room.sql.write(lambda c: c.execute(gone) and None)
    assert (await looked(engine)).hall.holding == 0


async def test_sales_and_payments_follow_their_tables(office: Make, usual_clock: Clock) -> None:
    engine = await office(clock=usual_clock)
    hold = await as_user("ann", engine.hold("e2", ["D10"]))
    await as_user("ann", engine.book(hold.id))
    before = await looked(engine)
    assert (before.office.sold, before.hall.sold, before.ledger[1].lines) == (1, 1, 1)
    for table in (SOLD, PAYMENT):
        gone = table.delete().where(table.c.room == engine.room.id)
        await engine.room.sql.write(lambda c, gone=gone: c.execute(gone) and None)
    after = await looked(engine)
    assert (after.office.sold, after.hall.sold, after.ledger[1].lines) == (0, 0, 0)


async def test_the_waiting_room_follows_its_sets(office: Make, usual_clock: Clock) -> None:
    engine = await office(clock=usual_clock, batch=1)
    for user in ("ann", "ben", "cleo"):
        await as_user(user, engine.join("e1"))
    before = (await looked(engine)).queue
    assert (before.inside, before.waiting) == (1, 2)
    await delete(engine, "queue")
    after = (await looked(engine)).queue
    assert (after.inside, after.waiting) == (0, 0)


async def test_an_event_that_is_renamed_behind_the_index_is_wrong_there(
    office: Make, usual_clock: Clock
) -> None:
    engine = await office(clock=usual_clock)
    assert ((await looked(engine)).finder.wrong, (await looked(engine)).finder.events) == (0, 24)
    mine = (
        EVENT.update()
        .where(EVENT.c.room == engine.room.id, EVENT.c.id == "e5")
        .values(title="Nobody said so")
    )
    await engine.room.sql.write(lambda c: c.execute(mine) and None)
    assert (await looked(engine)).finder.wrong == 1
