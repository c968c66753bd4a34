"""Drives with two devices, in rooms of their own."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace

import pytest

from designs.dropbox.config import Config
from designs.dropbox.engine.engine import Dropbox
from tests.conftest import MakeRoom

Make = Callable[..., Awaitable[Dropbox]]


@pytest.fixture
async def drive(make_room: MakeRoom) -> AsyncIterator[Make]:
    """`await drive(chunking="fixed", ...)`: an engine at work, closed after the test."""
    opened: list[Dropbox] = []

    async def make(*, room: str = "", **config: object) -> Dropbox:
        engine = Dropbox(await make_room("dropbox", room=room), replace(Config(), **config))  # type: ignore[arg-type]
        await engine.start()
        opened.append(engine)
        return engine

    yield make
    for engine in opened:
        await engine.close()
