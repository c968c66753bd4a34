"""A key and a request give one answer, to the user who used it, also at the same time and after a crash."""

from __future__ import annotations

import asyncio
from dataclasses import asdict, dataclass

import pytest

from sdlab.lab import Conflict, EngineContext, Invalid, Unavailable, acting_as
from sdlab.parts.idempotency import MAX_KEY, IdempotencyKeys
from tests.conftest import MakeRoom


@dataclass(frozen=True)
class Answer:
    number: int


class Work:
    """Counts how often it was done; waits for its gate before it ends."""

    def __init__(self) -> None:
        self.done = 0
        self.started = asyncio.Event()
        self.gate = asyncio.Event()
        self.gate.set()
        self.failing = False

    async def __call__(self) -> Answer:
        self.started.set()
        await self.gate.wait()
        if self.failing:
            self.failing = False
            raise Unavailable("not now")
        self.done += 1
        return Answer(self.done)


@pytest.fixture
async def keys(make_room: MakeRoom) -> IdempotencyKeys:
    return IdempotencyKeys(EngineContext(await make_room("toy"), None), wait_s=10)


async def once(keys: IdempotencyKeys, work: Work, key: str | None = "k", body: object = None) -> Answer:
    return await keys.once(
        key, operation="book", body=body, work=work, dump=asdict, load=lambda kept: Answer(**kept)
    )


async def test_a_repeat_gets_the_first_answer(keys: IdempotencyKeys) -> None:
    work = Work()
    assert await once(keys, work) == await once(keys, work) == Answer(1)
    assert await once(keys, work, "other") == Answer(2)
    assert await once(keys, work, None) == Answer(3)
    assert await once(keys, work, None) == Answer(4)


async def test_the_order_of_a_bodys_fields_does_not_matter(keys: IdempotencyKeys) -> None:
    work = Work()
    assert await once(keys, work, body={"a": 1, "b": [2]}) == await once(keys, work, body={"b": [2], "a": 1})


async def test_another_body_under_the_same_key_is_refused(keys: IdempotencyKeys) -> None:
    work = Work()
    await once(keys, work, body={"seat": "A1"})
    with pytest.raises(Invalid) as refused:
        await once(keys, work, body={"seat": "A2"})
    assert refused.value.extra["field"] == "Idempotency-Key"
    assert work.done == 1


async def test_repeats_at_the_same_time_wait_for_the_first(keys: IdempotencyKeys) -> None:
    work = Work()
    work.gate.clear()
    first = asyncio.create_task(once(keys, work))
    await work.started.wait()
    others = [asyncio.create_task(once(keys, work)) for _ in range(5)]
    with pytest.raises(Invalid):
        await once(keys, work, body="another")
    work.gate.set()
    assert await asyncio.gather(first, *others) == [Answer(1)] * 6
    assert work.done == 1


async def test_waiting_is_bounded(make_room: MakeRoom) -> None:
    keys, work = IdempotencyKeys(EngineContext(await make_room("toy"), None), wait_s=0.05), Work()
    work.gate.clear()
    first = asyncio.create_task(once(keys, work))
    await work.started.wait()
    with pytest.raises(Conflict) as refused:
        await once(keys, work)
    assert refused.value.retry_after == 1
    work.gate.set()
    assert await first == Answer(1)


async def test_a_failure_is_not_remembered_and_who_waits_takes_its_turn(keys: IdempotencyKeys) -> None:
    work = Work()
    work.failing = True
    work.gate.clear()
    first = asyncio.create_task(once(keys, work))
    await work.started.wait()
    second = asyncio.create_task(once(keys, work))
    work.gate.set()
    with pytest.raises(Unavailable):
        await first
    assert await second == Answer(1)


async def test_another_users_key_is_never_met(keys: IdempotencyKeys) -> None:
    work = Work()
    with acting_as("ann"):
        assert await once(keys, work, body={"hold": "h1"}) == Answer(1)
    with acting_as("bob"):
        assert await once(keys, work, body={"hold": "h2"}) == Answer(2)
    with acting_as("ann"):
        other = await keys.once("k", operation="post", body={"hold": "h3"}, work=work, dump=asdict)
    assert other == Answer(3)


async def test_a_key_survives_a_restart_and_a_crash_between_frees_it(make_room: MakeRoom) -> None:
    room, work = await make_room("toy"), Work()
    assert await once(IdempotencyKeys(EngineContext(room, None)), work) == Answer(1)
    reopened = IdempotencyKeys(EngineContext(room, None), under_way_s=1, wait_s=10)
    assert await once(reopened, work) == Answer(1)
    # A process that dies while at work leaves its marker and nobody who extends it.
    await reopened._claim_or_answer(room.key("crashed"), '{"request":"r","by":"dead"}', "r")
    assert 0 < await room.redis.ttl(room.key("crashed")) <= 1
    assert await reopened._claim_or_answer(room.key("crashed"), '{"request":"r","by":"next"}', "r") is None


async def test_long_work_keeps_its_marker(make_room: MakeRoom) -> None:
    room, work = await make_room("toy"), Work()
    keys = IdempotencyKeys(EngineContext(room, None), under_way_s=1, wait_s=2.5)
    work.gate.clear()
    first = asyncio.create_task(once(keys, work))
    await work.started.wait()
    with pytest.raises(Conflict):
        await once(keys, work)
    work.gate.set()
    assert await first == Answer(1)
    assert work.done == 1


async def test_the_length_of_a_key_is_bounded(keys: IdempotencyKeys) -> None:
    for key in ("", "x" * (MAX_KEY + 1)):
        with pytest.raises(Invalid):
            await once(keys, Work(), key)
