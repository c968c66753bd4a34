"""The waiting room: order, batches, and never more inside than the batch."""

from __future__ import annotations

import asyncio

import pytest

from designs.ticketmaster.engine.waiting_queue import WaitingQueue
from sdlab.lab import ManualClock, NotFound, TooMany
from tests.conftest import MakeRoom

BATCH, VISIT = 5, 10.0


async def waiting_room(make_room: MakeRoom, clock: ManualClock) -> WaitingQueue:
    room = await make_room("ticketmaster", clock=clock, database="sqlite")
    return WaitingQueue(room.redis, room.key("queue", "e1"), clock=clock)


async def test_the_first_come_first(make_room: MakeRoom) -> None:
    queue = await waiting_room(make_room, ManualClock())
    tokens = [await queue.join() for _ in range(12)]
    assert await queue.admit(batch=BATCH, visit_s=VISIT) == tokens[:BATCH]
    position = await queue.position(tokens[10], batch=BATCH, visit_s=VISIT)
    assert (position.admitted, position.position, position.estimate_s, position.bound_s) == (
        False,
        6,
        20.0,
        20.0,
    )
    at_pace = await queue.position(tokens[10], batch=BATCH, visit_s=VISIT, pace=2.0)
    assert (at_pace.estimate_s, at_pace.bound_s) == (3.0, 20.0)
    assert (await queue.position(tokens[0], batch=BATCH, visit_s=VISIT)).admitted


async def test_who_leaves_or_stays_too_long_makes_place(make_room: MakeRoom) -> None:
    clock = ManualClock()
    queue = await waiting_room(make_room, clock)
    tokens = [await queue.join() for _ in range(12)]
    await queue.admit(batch=BATCH, visit_s=VISIT)
    await queue.leave(tokens[2])
    assert await queue.admit(batch=BATCH, visit_s=VISIT) == [tokens[5]]
    await clock.advance(VISIT + 1)
    assert not await queue.admitted(tokens[0])
    assert await queue.admit(batch=BATCH, visit_s=VISIT) == tokens[6:11]
    with pytest.raises(NotFound):
        await queue.position(tokens[0], batch=BATCH, visit_s=VISIT)


async def test_a_line_has_an_end(make_room: MakeRoom, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("designs.ticketmaster.engine.waiting_queue.MOST_WAITING", 3)
    queue = await waiting_room(make_room, ManualClock())
    for _ in range(3):
        await queue.join()
    with pytest.raises(TooMany):
        await queue.join()
    assert await queue.sizes() == (3, 0)


async def test_never_more_than_a_batch_is_inside_however_many_admit(make_room: MakeRoom) -> None:
    queue = await waiting_room(make_room, ManualClock())
    await asyncio.gather(*[queue.join() for _ in range(100)])
    rounds = await asyncio.gather(*[queue.admit(batch=BATCH, visit_s=VISIT) for _ in range(20)])
    assert sum(len(one) for one in rounds) == BATCH
    assert await queue.sizes() == (100 - BATCH, BATCH)
