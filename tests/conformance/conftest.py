"""What the suite over all designs needs: labs in rooms of their own, on a clock that runs fast."""

from __future__ import annotations

import asyncio
import itertools
import time
from collections.abc import Awaitable, Callable

import pytest

from sdlab.lab import Design
from sdlab.rooms.house import House
from sdlab.rooms.lab import RunningLab

SPEED = 4.0
START = 1_800_000_000.0

MakeLab = Callable[..., Awaitable[RunningLab]]


class FastClock:
    """The machine's clock, `SPEED` times faster: three seconds of a lab pass in less than one."""

    def __init__(self) -> None:
        self._began = time.perf_counter()

    def time(self) -> float:
        return START + self.monotonic()

    def monotonic(self) -> float:
        return (time.perf_counter() - self._began) * SPEED

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds / SPEED)


@pytest.fixture
async def make_lab(house: House) -> MakeLab:
    """`await make_lab(design, toggles={}, knobs={})`: a lab in a fresh room of its own."""
    house.clock = FastClock()
    numbers = itertools.count()

    async def make(
        design: Design, *, toggles: dict | None = None, knobs: dict | None = None, room: str = ""
    ) -> RunningLab:
        next(numbers)
        lab = await house.lab(room or house.ids.new(), design.slug)
        if toggles or knobs:
            await lab.configure(toggles=toggles or {}, knobs=knobs or {})
        return lab

    return make
