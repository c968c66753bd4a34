"""Top-k at work over real stores."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import replace

import pytest

from designs.top_k.config import Config
from designs.top_k.engine.engine import TopK
from designs.top_k.engine.fleet import Fleet
from designs.top_k.engine.pipeline import Pipeline
from designs.top_k.inside.snapshot import build_snapshot
from designs.top_k.inside.views import Snapshot
from sdlab.lab import ManualClock, acting_as
from tests.conftest import AtWork

MakeTopK = Callable[..., Awaitable[TopK]]


@pytest.fixture
def topk(at_work: AtWork) -> MakeTopK:
    """`await topk(clock=..., quota=..., room=..., **config)`; naming a room twice re-opens it.

    Without a clock of its own an engine stands still in time: nothing runs beside the test.
    """
    return at_work("top-k", TopK, Config, clock=ManualClock)


async def picture(engine: TopK) -> Snapshot:
    """What a viewer sees now: the stores were just looked at."""
    await engine.refresh_looks(now=True)
    return build_snapshot(engine)


async def watch(engine: TopK, videos: Iterable[str], *, by: str = "load") -> None:
    """One view of each, all at once, by no hand."""
    with acting_as(by, by_hand=False):
        await asyncio.gather(*(engine.view(video) for video in videos))


def fleet_of(engine: TopK) -> Fleet:
    """The hosts that count."""
    assert engine.approach.fleet is not None
    return engine.approach.fleet


def pipeline_of(engine: TopK) -> Pipeline:
    """The batch pipeline that counts."""
    assert engine.approach.pipeline is not None
    return engine.approach.pipeline


def ranking(items: Iterable[object]) -> list[tuple[str, int]]:
    """Ids and counts of an answer."""
    return [(one.video_id, one.views) for one in items]  # type: ignore[attr-defined]


def violations(engine: TopK) -> dict[str, int]:
    """Broken claims."""
    return {one.claim.id: one.violations for one in engine.monitors.values() if one.violations}


async def settle(engine: TopK) -> None:
    """All moves and repairs of the hosts done."""
    for _ in range(100):
        if await fleet_of(engine).rebalancer.step():
            return
    raise AssertionError("moves do not end")


async def configure(engine: TopK, **change: object) -> None:
    """Change the configuration while time goes on."""
    clock = engine.clock
    assert isinstance(clock, ManualClock)
    changing = asyncio.create_task(engine.configure(replace(engine.config, **change)))
    for _ in range(1000):
        await clock.advance(0.01)
        if changing.done():
            break
    await changing


async def total(engine: TopK) -> int:
    """Views in the answer for the hour."""
    return sum(one.views for one in (await engine.top("1h", 100)).items)


def broken_claims(engine: TopK, videos: Iterable[str]) -> dict[str, int]:
    """Broken claims after a check of these videos."""
    engine.ingestion.unchecked |= set(videos)
    engine.checker.check_counts()
    return violations(engine)
