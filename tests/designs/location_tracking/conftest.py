"""Location tracking at work over real stores."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import pytest

from designs.location_tracking.engine.engine import Config, Tracking
from sdlab.lab import ManualClock
from tests.conftest import AtWork

MakeTracking = Callable[..., Awaitable[Tracking]]
START = 1_800_000_000.0


@pytest.fixture
def clock() -> ManualClock:
    """Stands still until it is moved."""
    return ManualClock(START)


@pytest.fixture
def tracking(at_work: AtWork, clock: ManualClock) -> MakeTracking:
    """`await tracking(room=..., clock=..., **config)`; naming a room twice re-opens it."""
    return at_work("location-tracking", Tracking, Config, clock=lambda: clock)
