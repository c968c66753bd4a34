"""A rate limiter at work over real stores."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace

import httpx
import pytest

from designs.rate_limiter.engine import Config, RateLimiter
from sdlab.api.server import build_api
from sdlab.lab import Clock, ManualClock
from sdlab.rooms.house import House
from tests.conftest import MakeRoom

MakeLimiter = Callable[..., Awaitable[RateLimiter]]
START = 1_800_000_000.0


@pytest.fixture
def clock() -> ManualClock:
    """Stands at the edge of two windows until it is moved."""
    return ManualClock(START)


@pytest.fixture
async def limiter(make_room: MakeRoom, clock: ManualClock) -> AsyncIterator[MakeLimiter]:
    """`await limiter(room=..., clock=..., **config)`; naming a room twice re-opens it."""
    opened: list[RateLimiter] = []

    async def make(*, room: str = "", clock: Clock = clock, **config: object) -> RateLimiter:
        place = await make_room("rate-limiter", clock=clock, room=room)
        engine = RateLimiter(place, replace(Config(), **config))  # type: ignore[arg-type]
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
