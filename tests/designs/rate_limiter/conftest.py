"""A rate limiter at work over real stores."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import pytest

from designs.rate_limiter.config import Config
from designs.rate_limiter.engine.engine import RateLimiter
from sdlab.lab import ManualClock
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
