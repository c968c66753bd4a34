"""Places in rooms of their own."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace

import pytest

from designs.yelp.config import Config
from designs.yelp.engine.engine import Yelp
from sdlab.stores.databases import Database
from tests.conftest import MakeRoom

Make = Callable[..., Awaitable[Yelp]]


@pytest.fixture
async def yelp(make_room: MakeRoom) -> AsyncIterator[Make]:
    """`await yelp(room=..., database=..., search="grid", ...)`: an engine at work, closed after the test.

    Over SQLite, which starts sooner, unless the test is about transactions that meet.
    """
    opened: list[Yelp] = []

    async def make(*, room: str = "", database: Database = "sqlite", **config: object) -> Yelp:
        opened_room = await make_room("yelp", room=room, database=database)
        engine = Yelp(opened_room, replace(Config(), **config))  # type: ignore[arg-type]
        await engine.start()
        opened.append(engine)
        return engine

    yield make
    for engine in opened:
        await engine.close()
