"""A rate limiter at work over real stores."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from designs.rate_limiter.config import Config
from designs.rate_limiter.engine.engine import RateLimiter
from sdlab.lab import ManualClock, as_user
from tests.conftest import AtWork

MakeLimiter = Callable[..., Awaitable[RateLimiter]]
START = 1_800_000_000.0


@pytest.fixture
def clock() -> ManualClock:
    """Stands at the edge of two windows until it is moved."""
    return ManualClock(START)


@pytest.fixture
def limiter(at_work: AtWork, clock: ManualClock) -> MakeLimiter:
    """`await limiter(room=..., clock=..., **config)`; naming a room twice re-opens it."""
    return at_work("rate-limiter", RateLimiter, Config, clock=lambda: clock)


def violations(engine: RateLimiter) -> dict[str, int]:
    """The claims that are broken."""
    return {name: one.violations for name, one in engine.monitors.items() if one.violations}


async def many(engine: RateLimiter, client: str, count: int) -> int:
    """How many of `count` requests, one after the other, pass."""
    return sum([(await as_user(client, engine.check(client), by_hand=False)).allowed for _ in range(count)])


async def run(clock: ManualClock, seconds: float) -> None:
    """Let time pass in ticks, giving real input and output its turn."""
    for _ in range(round(seconds / 0.05)):
        await clock.advance(0.05)
        await asyncio.sleep(0.002)
