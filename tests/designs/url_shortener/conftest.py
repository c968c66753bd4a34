"""A shortener at work over real stores."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable

import pytest

from designs.url_shortener.engine import Config, UrlShortener
from sdlab.lab import Clock, Quota, SystemClock
from tests.conftest import MakeRoom

MakeShortener = Callable[..., Awaitable[UrlShortener]]


@pytest.fixture
async def shortener(make_room: MakeRoom) -> AsyncIterator[MakeShortener]:
    """`await shortener(clock=..., quota=..., room=..., **config)`; naming a room twice re-opens it."""
    opened: list[UrlShortener] = []

    async def make(
        *, clock: Clock | None = None, quota: Quota | None = None, room: str = "", **config: object
    ) -> UrlShortener:
        place = await make_room("url-shortener", clock=clock or SystemClock(), quota=quota, room=room)
        engine = UrlShortener(place, Config(**config))  # type: ignore[arg-type]
        await engine.start()
        opened.append(engine)
        return engine

    yield make
    for engine in opened:
        await engine.close()
