"""Viral spikes come and go."""

from __future__ import annotations

import pytest

from sdlab.lab import ManualClock, TooMany
from tests.designs.top_k.conftest import MakeTopK, picture


async def test_a_crowd_comes_through_the_front_door_and_ends(topk: MakeTopK) -> None:
    clock = ManualClock()
    engine = await topk(clock=clock)
    await engine.go_viral("v4")
    assert (await picture(engine)).wall[3].viral
    for _ in range(300):
        await clock.advance(0.04)
        await engine.log.settled()
    assert engine.ledger.count("v4", "1h") == 240
    assert engine.spikes.views_left == {}


async def test_three_crowds_are_enough(topk: MakeTopK) -> None:
    engine = await topk()
    for number in range(3):
        await engine.go_viral(f"v{number}")
    with pytest.raises(TooMany):
        await engine.go_viral("v9")
