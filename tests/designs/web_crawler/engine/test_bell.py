"""Whoever waits for the bell looks when there may be something to do, and is never left asleep."""

from __future__ import annotations

import asyncio

import pytest

from designs.web_crawler.engine.processes import NEVER, Bell
from tests.virtual_time import VirtualClock

pytestmark = pytest.mark.virtual_time


def _bell(*listeners: str) -> tuple[Bell, VirtualClock]:
    clock = VirtualClock(asyncio.get_running_loop())
    bell = Bell(clock)
    for one in listeners:
        bell.tell(one, NEVER)
    return bell, clock


async def _woken(bell: Bell, clock: VirtualClock, who: str) -> float:
    began = clock.monotonic()
    await bell.due(who)
    return round(clock.monotonic() - began, 1)


async def test_it_is_heard_at_its_time_and_the_earliest_counts() -> None:
    bell, clock = _bell("ann", "bob")
    now = int(clock.time() * 1000)
    bell.ring(now + 5_000)
    bell.tell("bob", now + 2_000)
    bell.ring(now + 9_000)
    assert await asyncio.gather(_woken(bell, clock, "ann"), _woken(bell, clock, "bob")) == [5.0, 2.0]


async def test_what_rings_while_somebody_is_at_work_is_heard_afterwards() -> None:
    bell, clock = _bell("ann")
    bell.ring()
    assert await _woken(bell, clock, "ann") == 0.0
    bell.ring()
    await clock.sleep(3)
    assert await _woken(bell, clock, "ann") == 0.0


async def test_who_waits_for_nothing_is_woken_by_news() -> None:
    bell, clock = _bell("ann")

    async def news() -> None:
        await clock.sleep(7)
        bell.ring()

    assert (await asyncio.gather(_woken(bell, clock, "ann"), news()))[0] == 7.0
