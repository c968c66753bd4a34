"""What a slow store and a starved loop may put between two steps, put there on purpose."""

from __future__ import annotations

import asyncio
from random import Random

import pytest

from designs.tinder.engine.engine import Tinder
from designs.tinder.engine.people import NAMED
from sdlab.lab import Clock
from tests.designs.tinder.conftest import MakeTinder, refill, swipe

pytestmark = pytest.mark.virtual_time


async def swiped_some(engine: Tinder, count: int, *, first: int = 1) -> None:
    for number in range(first, first + count):
        await swipe(engine, "visitor", f"p{number}", like=False, by_hand=False)


async def test_a_swipe_under_way_while_a_filter_is_built_is_in_the_filter(
    tinder: MakeTinder, usual_clock: Clock
) -> None:
    engine = await tinder(clock=usual_clock, bloom_from=10, recent=5)
    await swiped_some(engine, 12)
    engine.filters.forget()
    await engine.set_fault("west", "slow", 200)  # Alex writes there
    slow = asyncio.create_task(swipe(engine, "visitor", "p40", like=False, by_hand=False))
    await asyncio.sleep(0.05)
    built = await engine.filters.ready(0)
    await slow
    assert built is not None
    assert built.may_contain(str(NAMED + 39))


async def test_whoever_asks_while_a_filter_is_built_waits_for_it(
    tinder: MakeTinder, usual_clock: Clock
) -> None:
    engine = await tinder(clock=usual_clock, bloom_from=10)
    await swiped_some(engine, 12)
    engine.filters.forget()
    found = await asyncio.gather(*(engine.filters.ready(0) for _ in range(8)))
    assert all(one is found[0] for one in found)
    assert found[0] is not None
    assert engine.filters.built == 1


async def test_the_cache_knows_every_swipe_that_a_replica_may_not_have_heard_of(
    tinder: MakeTinder, usual_clock: Clock
) -> None:
    engine = await tinder(clock=usual_clock, bloom_from=1000, recent=5, replication_ms=5000)
    sent = await refill(engine, by_hand=False)
    await asyncio.gather(
        *(swipe(engine, "visitor", engine.people.id(one), like=False, by_hand=False) for one in sent.numbers)
    )
    for _ in range(8):
        engine.card_versions.void_all()
        await engine.cache.clear()
        assert not set((await refill(engine, by_hand=False)).numbers) & set(sent.numbers)
    await asyncio.sleep(6)
    assert engine.seen.recent(0) <= set(sent.numbers)
    assert len(engine.seen.recent(0)) == 5


@pytest.mark.parametrize("seed", range(6))
async def test_no_order_of_swipes_refills_and_lost_filters_shows_anybody_again(
    tinder: MakeTinder, usual_clock: Clock, seed: int
) -> None:
    engine = await tinder(clock=usual_clock, bloom_from=10, recent=5, replication_ms=400, people=400)
    chance = Random(seed)
    shown: set[int] = set()

    async def phone() -> None:
        for _ in range(12):
            await asyncio.sleep(chance.random() * 0.05)
            sent = await refill(engine, by_hand=False)
            for one in chance.sample(sent.numbers, min(6, len(sent.numbers))):
                shown.add(one)
                await swipe(
                    engine, "visitor", engine.people.id(one), like=False, mark=sent.mark, by_hand=False
                )
                await asyncio.sleep(chance.random() * 0.02)

    async def weather() -> None:
        for _ in range(12):
            await asyncio.sleep(chance.random() * 0.1)
            await engine.set_fault("bloom", "lose")
            for replica in ("west", "east"):
                await engine.set_fault(replica, "slow", chance.randint(1, 120))

    await asyncio.gather(phone(), weather())
    await engine.filters.ready(0)
    assert all(engine.filters.filters[0].may_contain(str(one)) for one in shown)
    await engine.checker.check_verdicts()
    assert {one: engine.monitors[one].violations for one in ("not_again", "filter")} == {
        "not_again": 0,
        "filter": 0,
    }
