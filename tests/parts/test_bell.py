"""A bell: nobody who waits misses a ring, and nobody waits longer than it says."""

from __future__ import annotations

import asyncio

import pytest

from sdlab.parts.bell import Bell

pytestmark = pytest.mark.virtual_time


async def test_who_has_not_heard_the_last_ring_does_not_wait() -> None:
    bell = Bell()
    bell.ring()
    bell.ring()
    assert await bell.beyond(0) == 2
    assert await bell.beyond(1) == 2


async def test_all_who_wait_go_on_at_the_next_ring() -> None:
    bell = Bell()
    waiting = [asyncio.create_task(bell.beyond(0)) for _ in range(3)]
    await asyncio.sleep(1)
    assert not any(one.done() for one in waiting)
    bell.ring()
    assert await asyncio.gather(*waiting) == [1, 1, 1]


async def test_it_is_waited_for_no_longer_than_asked() -> None:
    bell, loop = Bell(), asyncio.get_running_loop()
    began = loop.time()
    assert await bell.beyond(0, within=2.0) == 0
    assert loop.time() - began == pytest.approx(2.0)
