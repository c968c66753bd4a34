"""Location tracking at work over real stores."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace

import httpx
import pytest

from designs.location_tracking.engine import Config, Tracking
from sdlab.api.server import build_api
from sdlab.lab import ManualClock
from sdlab.rooms.house import House
from tests.conftest import MakeRoom

MakeTracking = Callable[..., Awaitable[Tracking]]
START = 1_800_000_000.0


@pytest.fixture
def clock() -> ManualClock:
    """Stands still until it is moved."""
    return ManualClock(START)


@pytest.fixture
async def tracking(make_room: MakeRoom, clock: ManualClock) -> AsyncIterator[MakeTracking]:
    """`await tracking(room=..., **config)`; naming a room twice re-opens it."""
    opened: list[Tracking] = []

    async def make(*, room: str = "", **config: object) -> Tracking:
        place = await make_room("location-tracking", clock=clock, room=room)
        engine = Tracking(place, replace(Config(), **config))  # type: ignore[arg-type]
        await engine.start()
        opened.append(engine)
        return engine

    yield make
    for engine in opened:
        await engine.close()


@pytest.fixture
async def client(house: House) -> AsyncIterator[httpx.AsyncClient]:
    """Calls the API in a private room of its own."""
    transport = httpx.ASGITransport(app=build_api(), raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost:3000") as one:
        one.headers["X-SDLab-Room"] = (await one.post("/api/rooms")).json()["room"]
        yield one
