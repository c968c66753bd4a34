"""A busy machine by seed: stores answer late and in another order, and the loop stands still now and then."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from functools import wraps
from random import Random
from typing import Any

import pytest
from redis.asyncio import Redis
from redis.asyncio.client import Pipeline

from sdlab.lab import Engine, InvariantView, WorkloadRunner
from sdlab.registry import design as design_of
from sdlab.stores.sql import Sql
from tests.virtual_time import WAITING, VirtualLoop

CALLS = ((Redis, "execute_command"), (Pipeline, "execute"), (Sql, "_ask"))
MOST_LATE = 0.12  # seconds that an answer, or a question, is late at most; few are
STANDSTILL_EVERY, STANDSTILL = 0.4, 0.25
SECONDS, RATE = 1.2, 100.0
SETTLE = 2.0

MakeRoom = Callable[..., Awaitable[Any]]
Between = Callable[[Any, int], Awaitable[None]]


def slow_stores(patch: pytest.MonkeyPatch, seed: int) -> None:
    """Every call of a store waits on its way there and back, each for a time of its own. For virtual time."""
    chance = Random(f"slow stores {seed}")

    def late(call: Callable[..., Coroutine[Any, Any, Any]]) -> Callable[..., Any]:
        @wraps(call)
        async def called(self: Any, *arguments: Any, **options: Any) -> Any:
            await asyncio.sleep(MOST_LATE * chance.random() ** 6)
            answer = await call(self, *arguments, **options)
            await asyncio.sleep(MOST_LATE * chance.random() ** 6)
            return answer

        @wraps(call)
        def chosen(self: Any, *arguments: Any, **options: Any) -> Any:
            wait = arguments and arguments[0] in WAITING
            return (call if wait else called)(self, *arguments, **options)

        return chosen

    for owner, name in CALLS:
        patch.setattr(owner, name, late(getattr(owner, name)))


async def starve(seed: int) -> None:
    """The loop stands still again and again: time passes, and nobody has done anything meanwhile."""
    loop, chance = asyncio.get_running_loop(), Random(f"starved {seed}")
    assert isinstance(loop, VirtualLoop)
    while True:
        await asyncio.sleep(STANDSTILL_EVERY * chance.random())
        loop.now += STANDSTILL * chance.random()


async def default_claims(
    make_room: MakeRoom, slug: str, seed: int, patch: pytest.MonkeyPatch, *, between: Between | None = None
) -> dict[str, InvariantView]:
    """The verdicts after all workloads, one after the other in one room, on a busy machine.

    `between(engine, n)` is done in the middle of the n-th, from 0.
    """
    design = design_of(slug)
    room = await make_room(slug, seed=seed)
    engine: Engine[Any] = design.engine(room, design.config())
    await engine.start()
    starving = asyncio.create_task(starve(seed))
    try:
        with patch.context() as slow:
            slow_stores(slow, seed)
            runner = WorkloadRunner(
                clock=engine.clock, perform=design.traffic(engine).perform, crashed=engine.crashed
            )
            for number, workload in enumerate(design.workloads):
                runner.start(workload, rate=RATE, seed=seed, seconds=SECONDS)
                if between is not None:
                    await engine.clock.sleep(SECONDS / 2)
                    await between(engine, number)
                await runner.wait()
                await engine.refresh_looks(now=True)
            await engine.clock.sleep(SETTLE)
        return {name: monitor.view() for name, monitor in engine.monitors.items()}
    finally:
        starving.cancel()
        await engine.close()
