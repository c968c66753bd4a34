"""A look at a store: seldom, together, and of now when it is of now that somebody asks."""

from __future__ import annotations

import asyncio
import gc
import weakref

import pytest

from sdlab.lab import EngineContext, Look, ManualClock
from tests.conftest import MakeRoom


class Store:
    """Counts how often it was asked."""

    def __init__(self, clock: ManualClock) -> None:
        self.asked = 0
        self.broken = False
        self.gate = asyncio.Event()
        self.gate.set()
        self.look = Look(self.ask, -1, clock=clock)

    async def ask(self) -> int:
        self.asked += 1
        answer = self.asked
        await self.gate.wait()
        if self.broken:
            raise ConnectionError("gone")
        return answer


async def test_a_store_is_asked_five_times_a_second_at_most() -> None:
    clock = ManualClock()
    store = Store(clock)
    assert store.look.age is None
    assert store.look.last == -1
    for _ in range(10):
        assert await store.look.refresh() == 1
    assert await store.look.refresh(now=True) == 2
    await clock.advance(0.19)
    assert await store.look.refresh() == 2
    assert store.look.age == pytest.approx(0.19)
    await clock.advance(0.02)
    assert await store.look.refresh() == 3
    assert store.asked == 3


async def test_who_comes_during_a_look_waits_for_it() -> None:
    store = Store(ManualClock())
    store.gate.clear()
    waiting = [asyncio.ensure_future(store.look.refresh()) for _ in range(5)]
    later = asyncio.ensure_future(store.look.refresh(now=True))
    await asyncio.sleep(0)
    assert store.asked == 1
    store.gate.set()
    assert await asyncio.gather(*waiting) == [1] * 5
    assert await later == 2, "a look of now begins after it was asked for"


async def test_a_store_without_an_answer_leaves_the_last_look() -> None:
    clock = ManualClock()
    store = Store(clock)
    await store.look.refresh()
    store.broken = True
    await clock.advance(1)
    assert await store.look.refresh() == 1
    assert "gone" in store.look.failed
    assert store.look.age == 1
    store.broken = False
    assert await store.look.refresh() == 3
    assert store.look.failed == ""


async def test_a_part_may_keep_its_own_look() -> None:
    store = Store(ManualClock())
    gone = weakref.ref(store)
    gc.disable()
    try:
        del store
        assert gone() is None
    finally:
        gc.enable()


async def test_an_engine_looks_at_everything_before_a_picture(make_room: MakeRoom) -> None:
    context = EngineContext(await make_room("toy", clock=ManualClock()), None)
    asked: list[str] = []

    async def left() -> str:
        asked.append("left")
        return "l"

    async def right() -> str:
        asked.append("right")
        return "r"

    looks = context.look(left, ""), context.look(right, "")
    await context.refresh_looks()
    await context.refresh_looks()
    assert asked == ["left", "right"]
    assert [one.last for one in looks] == ["l", "r"]


async def test_whoever_wants_a_look_of_now_shares_one_that_began_after_they_came() -> None:
    begun: list[int] = []

    async def ask() -> int:
        begun.append(len(begun) + 1)
        mine = begun[-1]
        for _ in range(3):
            await asyncio.sleep(0)
        return mine

    look = Look(ask, 0, clock=ManualClock())

    async def wants() -> tuple[int, int]:
        before = len(begun)
        return before, await look.refresh(now=True)

    async with asyncio.timeout(5):
        waves = [asyncio.create_task(wants()) for _ in range(20)]
        for _ in range(4):
            await asyncio.sleep(0)
            waves += [asyncio.create_task(wants()) for _ in range(5)]
        seen = await asyncio.gather(*waves)
    assert all(shown > before for before, shown in seen)
    assert len(begun) <= 4
