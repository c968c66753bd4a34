"""Box offices in rooms of their own, whose payments take no time."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace

import pytest

from designs.ticketmaster.config import Config
from designs.ticketmaster.engine.engine import Ticketmaster
from sdlab.lab import Clock, ManualClock
from sdlab.stores.databases import Database
from tests.conftest import MakeRoom

Make = Callable[..., Awaitable[Ticketmaster]]


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
async def office(make_room: MakeRoom, clock: ManualClock) -> AsyncIterator[Make]:
    """`await office(room=..., clock=..., database=..., holding=...)`: an engine at work, closed after the test.

    Over SQLite, which starts sooner, unless the test is about transactions that meet.
    """
    opened: list[Ticketmaster] = []

    async def make(
        *, room: str = "", clock: Clock = clock, database: Database = "sqlite", **config: object
    ) -> Ticketmaster:
        opened_room = await make_room("ticketmaster", clock=clock, room=room, database=database)
        engine = Ticketmaster(opened_room, replace(Config(payment_ms=0), **config))  # type: ignore[arg-type]
        await engine.start()
        opened.append(engine)
        return engine

    yield make
    for engine in opened:
        await engine.close()
