"""Centres and shelves in rooms of their own."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace

import pytest

from designs.local_delivery.config import Config
from designs.local_delivery.engine.engine import LocalDelivery
from tests.conftest import MakeRoom

Make = Callable[..., Awaitable[LocalDelivery]]


@pytest.fixture
async def delivery(make_room: MakeRoom) -> AsyncIterator[Make]:
    """`await delivery(ordering="none", ...)`: an engine at work over PostgreSQL, closed after the test."""
    opened: list[LocalDelivery] = []

    async def make(*, room: str = "", **config: object) -> LocalDelivery:
        opened_room = await make_room("local-delivery", room=room, database="postgres")
        engine = LocalDelivery(opened_room, replace(Config(), **config))  # type: ignore[arg-type]
        await engine.start()
        opened.append(engine)
        return engine

    yield make
    for engine in opened:
        await engine.close()
