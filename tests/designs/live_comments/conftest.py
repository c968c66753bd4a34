"""Live comments at work over real stores."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace

import pytest

from designs.live_comments.config import Config
from designs.live_comments.engine.engine import LiveComments
from sdlab.lab import Clock
from tests.conftest import MakeRoom

MakeLive = Callable[..., Awaitable[LiveComments]]


@pytest.fixture
async def live(make_room: MakeRoom, usual_clock: Clock) -> AsyncIterator[MakeLive]:
    """`await live(room=..., clock=..., **config)`; naming a room twice re-opens it."""
    opened: list[LiveComments] = []

    async def make(*, room: str = "", clock: Clock | None = None, **config: object) -> LiveComments:
        place = await make_room("live-comments", clock=clock or usual_clock, room=room)
        engine = LiveComments(place, replace(Config(), **config))  # type: ignore[arg-type]
        await engine.start()
        opened.append(engine)
        return engine

    yield make
    for engine in opened:
        await engine.close()
