"""The real application without its pages, over real stores."""

from __future__ import annotations

from collections.abc import AsyncIterator

import httpx
import pytest

from sdlab.api.server import build_api
from sdlab.rooms.house import House


@pytest.fixture
async def client(house: House) -> AsyncIterator[httpx.AsyncClient]:
    """Calls the API in a private room of its own."""
    transport = httpx.ASGITransport(app=build_api(), raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost:3000") as one:
        room = (await one.post("/api/rooms")).json()["room"]
        one.headers["X-SDLab-Room"] = room
        yield one
