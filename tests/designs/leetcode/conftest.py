"""Judges at work over real stores, with real processes and sandboxes, on virtual time."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace

import pytest

from designs.leetcode.config import Config
from designs.leetcode.engine.engine import LeetCode
from designs.leetcode.engine.models import JUDGED
from designs.leetcode.engine.submission_store import Submission
from sdlab.lab import WorkloadRunner
from sdlab.registry import design as design_of
from tests.conftest import MakeRoom

Make = Callable[..., Awaitable[LeetCode]]
SETTLED = 3.0
PATIENCE_S = 15.0


@pytest.fixture
async def judge(make_room: MakeRoom) -> AsyncIterator[Make]:
    """`await judge(isolation="landlock", ...)`: an engine at work over PostgreSQL, closed after the test."""
    opened: list[LeetCode] = []

    async def make(*, room: str = "", **config: object) -> LeetCode:
        place = await make_room("leetcode", room=room, database="postgres")
        engine = LeetCode(place, replace(Config(), **config))  # type: ignore[arg-type]
        await engine.start()
        opened.append(engine)
        return engine

    yield make
    for engine in opened:
        await engine.close()


async def judged(engine: LeetCode, sent: Submission) -> Submission:
    """The same submission, once it has its verdict."""
    until = engine.clock.monotonic() + PATIENCE_S
    while engine.clock.monotonic() < until:
        found = await engine.store.one(sent.person, sent.id)
        if found.state == JUDGED:
            return found
        await engine.clock.sleep(0.05)
    raise AssertionError(f"{sent.id} was not judged within {PATIENCE_S:g} s")


async def play(engine: LeetCode, workload: str, *, rate: float, seconds: float, seed: int = 3) -> None:
    """That traffic, and the time until all is done."""
    chosen = design_of("leetcode")
    runner = WorkloadRunner(
        clock=engine.clock, perform=chosen.traffic(engine).perform, crashed=engine.crashed
    )
    runner.start(chosen.workload(workload), rate=rate, seed=seed, seconds=seconds)
    await runner.wait()
    await engine.clock.sleep(SETTLED)


def broken(engine: LeetCode) -> dict[str, int]:
    """Claims that were broken, and how often."""
    return {name: one.violations for name, one in engine.monitors.items() if one.violations}
