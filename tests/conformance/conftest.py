"""What the suite over all designs needs: labs in rooms of their own."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import pytest

from sdlab.lab import Design
from sdlab.rooms.lab import RunningLab
from sdlab.rooms.manager import RoomManager

MakeLab = Callable[..., Awaitable[RunningLab]]


@pytest.fixture
async def make_lab(manager: RoomManager) -> MakeLab:
    """`await make_lab(design, toggles={}, knobs={})`: a lab in a fresh room of its own."""

    async def make(
        design: Design, *, toggles: dict | None = None, knobs: dict | None = None, room: str = ""
    ) -> RunningLab:
        lab = await manager.lab(room or manager.ids.new(), design.slug)
        if toggles or knobs:
            await lab.configure(toggles=toggles or {}, knobs=knobs or {})
        return lab

    return make
