"""Location tracking at work over real stores."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import pytest

from designs.location_tracking.config import Config
from designs.location_tracking.engine.engine import Tracking
from designs.location_tracking.engine.traffic import TrackingTraffic
from sdlab.lab import ManualClock, Operation
from tests.conftest import AtWork

MakeTracking = Callable[..., Awaitable[Tracking]]
START = 1_800_000_000.0
HERE = (48.02, 11.05)


@pytest.fixture
def clock() -> ManualClock:
    """Stands still until it is moved."""
    return ManualClock(START)


@pytest.fixture
def tracking(at_work: AtWork, clock: ManualClock) -> MakeTracking:
    """`await tracking(room=..., clock=..., **config)`; naming a room twice re-opens it."""
    return at_work("location-tracking", Tracking, Config, clock=lambda: clock)


async def drive(engine: Tracking, clock: ManualClock, rounds: int = 1) -> None:
    """Every bus drives on and reports, once a second for so many seconds."""
    traffic = TrackingTraffic(engine)
    for _ in range(rounds):
        for number in range(10):
            await traffic.perform(Operation("drive", {"slice": number, "nonce": number}, "fleet"))
        await clock.advance(1.0)
