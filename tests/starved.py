"""A machine that has no time for a lab: stores that answer late and in another order, a loop that stands still."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
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

STORES: dict[type, tuple[str, ...]] = {
    Redis: ("execute_command",),
    Pipeline: ("execute",),
    Sql: ("_ask",),
}
LATE = 0.06  # seconds that a call waits on its way, and its answer on the way back, at most
STANDS_STILL = 0.4  # seconds that the loop turns to nobody, at most
EVERY = 0.25


@contextmanager
def starved(monkeypatch: pytest.MonkeyPatch, seed: int) -> Iterator[None]:
    """With virtual time: within the block the stores are slow and the loop stands still, by that seed."""
    rng, loop = Random(seed), asyncio.get_running_loop()
    assert isinstance(loop, VirtualLoop)

    async def stand_still() -> None:
        while True:
            await asyncio.sleep(rng.random() * EVERY)
            loop.now += rng.random() * STANDS_STILL

    with monkeypatch.context() as patch:
        for owner, names in STORES.items():
            for name in names:
                patch.setattr(owner, name, _late(getattr(owner, name), rng))
        standing = asyncio.create_task(stand_still())
        try:
            yield
        finally:
            standing.cancel()


def _late(call: Callable[..., Awaitable[Any]], rng: Random) -> Callable[..., Any]:
    @wraps(call)
    async def late(self: Any, *arguments: Any, **options: Any) -> Any:
        if arguments and arguments[0] in WAITING:
            return await call(self, *arguments, **options)
        await asyncio.sleep(rng.random() * LATE)
        answer = await call(self, *arguments, **options)
        await asyncio.sleep(rng.random() * LATE)
        return answer

    return late


async def verdicts_when_starved(
    make_room: Callable[..., Awaitable[Any]],
    slug: str,
    monkeypatch: pytest.MonkeyPatch,
    *,
    seed: int,
    seconds: float = 1.2,
    rate: float = 100,
) -> dict[str, InvariantView]:
    """What a lab claims after all its workloads, one after another in one room, on a starved machine."""
    chosen = design_of(slug)
    engine: Engine[Any] = chosen.engine(await make_room(slug, seed=seed), chosen.config())
    await engine.start()
    traffic = chosen.traffic(engine)
    runner = WorkloadRunner(clock=engine.clock, perform=traffic.perform, crashed=engine.crashed)
    try:
        with starved(monkeypatch, seed):
            for workload in chosen.workloads:
                runner.start(workload, rate=min(rate, workload.maximum), seed=seed, seconds=seconds)
                await runner.wait()
            await engine.clock.sleep(2)
    finally:
        await engine.close()
    crashes = [event.text for event in engine.feed.newest(200) if event.kind == "crash"]
    assert crashes == []
    return {one.id: one for one in (monitor.view() for monitor in engine.monitors.values())}
