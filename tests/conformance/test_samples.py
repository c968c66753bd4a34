"""What plays is about what is on the product's screen: the sample traffic of a fresh room, and every workload."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest

from sdlab.lab import Design
from sdlab.registry import designs
from sdlab.rooms.lab import RunningLab

pytestmark = pytest.mark.virtual_time
ALL = pytest.mark.parametrize("design", designs(), ids=lambda design: design.slug)
SECONDS = 5.0


async def on_screen(lab: RunningLab) -> object:
    await lab.engine.refresh_looks(now=True)
    return lab.design.sample.on_screen(lab.snapshot())


@ALL
async def test_the_sample_is_about_what_is_on_the_screen_and_breaks_nothing(
    make_lab: Callable, design: Design
) -> None:
    lab: RunningLab = await make_lab(design)
    lab.fresh = True
    before = await on_screen(lab)
    lab.begin_sample()
    await asyncio.sleep(SECONDS)
    assert await on_screen(lab) != before
    assert lab.snapshot().sample.running
    assert all(one.holds for one in lab.invariants())
    await asyncio.sleep(60)
    assert not lab.snapshot().sample.running
    assert all(one.holds for one in lab.invariants())
    assert [one.text for one in lab.engine.feed.newest(200) if one.kind == "crash"] == []
