"""Uber at work over real stores, on virtual time, with few cars."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import pytest

from designs.uber.config import Config
from designs.uber.engine.engine import Uber
from designs.uber.engine.rides import Ride
from designs.uber.engine.streets import CITY, Place, Trip, place_at
from sdlab.lab import WorkloadRunner, as_user
from sdlab.registry import design as design_of
from tests.conftest import AtWork
from tests.virtual_time import VirtualClock

Opener = Callable[..., Awaitable[Uber]]
CARS = 60
MIDDLE = place_at(CITY.xs[8] + 40, CITY.ys[8] + 40)
FAR = place_at(*CITY.corner(15, 12))


@pytest.fixture
def opener(at_work: AtWork, usual_clock: VirtualClock) -> Opener:
    """`await opener(room=..., **config)`; naming a room twice re-opens it."""
    make = at_work("uber", Uber, Config, clock=lambda: usual_clock)

    async def opened(*, fleet: int = CARS, **choices: object) -> Uber:
        engine: Uber = await make(fleet=fleet, **choices)
        return engine

    return opened


async def ask(engine: Uber, start: Place = MIDDLE, end: Place = FAR, *, rider: str = "ann") -> Ride:
    """A rider asks for a ride."""
    fare = await as_user(rider, engine.quote(Trip(start, end)))
    return await as_user(rider, engine.order(fare.id))


async def until(engine: Uber, ride: Ride, *statuses: str, seconds: float = 30.0) -> Ride:
    """The ride, once it is in one of these states."""
    ends = engine.clock.monotonic() + seconds
    while (now := await engine.rides.find(ride.id)).status not in statuses:
        assert engine.clock.monotonic() < ends, now.status
        await engine.clock.sleep(0.1 if seconds < 60 else 1.0)
    return now


async def play(engine: Uber, workload: str, *, rate: float, seconds: float, seed: int = 3) -> None:
    """That traffic, and a while in which it is judged."""
    chosen = design_of("uber")
    perform = chosen.traffic(engine).perform
    runner = WorkloadRunner(clock=engine.clock, perform=perform, crashed=engine.crashed)
    runner.start(chosen.workload(workload), rate=rate, seed=seed, seconds=seconds)
    await runner.wait()
    await engine.clock.sleep(3)


def broken(engine: Uber) -> set[str]:
    """Claims that were broken."""
    return {name for name, one in engine.monitors.items() if one.violations}
