"""The city while somebody uses it: time passes for the cars, they say where they are, and rides go on with them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from designs.uber.config import Config
from designs.uber.engine.fleet import Fleet
from designs.uber.engine.nodes import CARS
from designs.uber.engine.positions import DriverPositions, Report
from designs.uber.engine.ride_service import RideService
from designs.uber.engine.rides import ARRIVED, COMPLETED, IN_RIDE, Ride, RideTable
from designs.uber.engine.strategies import UPDATES
from designs.uber.engine.streets import driver_id, network, number_of, place_at
from sdlab.lab import EngineContext, LabError, acting_as

TICK_S = 0.5
LONGEST_STEP_S = 2.0
AWAKE_S = 6.0  # so long the cars drive on after the last one who wanted something
BOARDING_S = 2.0
PERCENT = 100


@dataclass(slots=True)
class Journey:
    """What a car drives for a ride: first to the rider, who boards until `boards_until` (monotonic), then on."""

    ride: Ride
    boards_until: float = 0.0
    aboard: bool = False


@dataclass(slots=True)
class Errors:
    """How far cars were from where they said they are, metres; sums since opened, `mean` and `p95` of the last step."""

    samples: int = 0
    metres: float = 0.0
    car_seconds: float = 0.0
    mean: float = -1.0
    p95: float = -1.0
    worst_p95: float = 0.0


class World:
    """The cars of the fleet. The city stands still while nobody uses it."""

    def __init__(
        self,
        context: EngineContext[Config],
        fleet: Fleet,
        positions: DriverPositions,
        rides: RideTable,
        service: RideService,
    ) -> None:
        self._context, self.fleet, self._positions = context, fleet, positions
        self._rides, self._service = rides, service
        self.journeys: dict[int, Journey] = {}
        self.errors = Errors()
        self.waiting = 0  # rides that look for a driver now
        self._awake_until = self._stepped = -1.0
        self._said = np.zeros((0, 3))  # x, y and time of what each car said last

    @property
    def awake(self) -> bool:
        """Whether time passes."""
        now = self._context.clock.monotonic()
        return now < self._awake_until or bool(self._positions.busy) or self.waiting > 0

    def fault(self, kind: str) -> float:
        """The percentage of cars that suffer it."""
        faults = self._context.node(CARS).faults()
        return next((one.value for one in faults if one.kind == kind), 0.0)

    def is_offline(self, number: int) -> bool:
        """Whether its app has no network."""
        return number > 0 and number * 37 % PERCENT < self.fault("offline")

    async def wake(self) -> None:
        """Somebody wants something: the cars drive on. Those that slept say first where they are."""
        slept = not self.awake
        self._awake_until = self._context.clock.monotonic() + AWAKE_S
        if slept:
            self._stepped = self._context.clock.monotonic()
            await self._positions.put(self._reports(np.arange(self.fleet.size)))

    async def place_all(self) -> None:
        """All cars of the fleet are known from now on."""
        await self._positions.put(self._reports(np.arange(self.fleet.size)))

    def _reports(self, numbers: np.ndarray) -> list[Report]:
        """What these cars say now; those without a network say nothing."""
        percent, now = self.fault("offline"), self._context.clock.time()
        heard = numbers[(numbers * 37 % PERCENT >= percent) | (numbers == 0)]
        new = np.stack((self.fleet.x, self.fleet.y, np.zeros(self.fleet.size)), axis=1)[len(self._said) :]
        self._said = np.concatenate((self._said, new))
        self._said[heard] = np.stack(
            (self.fleet.x[heard], self.fleet.y[heard], np.full(len(heard), now)), axis=1
        )
        rows = zip(heard.tolist(), self.fleet.x[heard].tolist(), self.fleet.y[heard].tolist(), strict=True)
        return [Report(driver_id(number), place_at(x, y), now) for number, x, y in rows]

    async def step(self) -> None:
        """Let the time since the last step pass, if the city is awake."""
        now = self._context.clock.monotonic()
        if not self.awake:
            self._stepped = now
            return
        seconds = min(LONGEST_STEP_S, now - self._stepped)
        self._stepped = now
        self._start_journeys()
        before = self._away()
        there = self.fleet.advance(seconds)
        self._measure(seconds, before)
        await self._report_due()
        for number in there:
            await self._arrived(number, now)
        for number in [n for n, one in self.journeys.items() if one.boards_until and one.boards_until <= now]:
            await self._depart(number)
        self._context.changed()

    def _away(self) -> np.ndarray:
        """How far each car is from where it said that it is, metres."""
        away: np.ndarray = np.hypot(self.fleet.x - self._said[:, 0], self.fleet.y - self._said[:, 1])
        return away

    def _measure(self, seconds: float, before: np.ndarray) -> None:
        away = (before + self._away()) / 2  # on the way through this step, not at its end alone
        errors = self.errors
        errors.samples += len(away)
        errors.metres += float(away.sum())
        errors.car_seconds += seconds * len(away)
        errors.mean, errors.p95 = float(away.mean()), float(np.quantile(away, 0.95))

    async def _report_due(self) -> None:
        config, way = self._context.config, UPDATES[self._context.config.updates]
        said, now = self._said, self._context.clock.time()
        moved = np.abs(self.fleet.x - said[:, 0]) + np.abs(self.fleet.y - said[:, 1])
        due = way.due(moved, now - said[:, 2] + TICK_S / 10, config.interval_s, config.move_m)
        reports = self._reports(np.flatnonzero(due))
        if not reports:
            return
        try:
            with acting_as("cars", by_hand=False):
                async with self._context.request("positions") as trace:
                    way.explain(self._context.decide, len(reports), config.interval_s, config.move_m)
                    await self._positions.report(reports)
                    trace.sentence = f"{len(reports)} cars say where they are"
        except LabError:
            return  # refused: they say it again when they are due again

    # Rides

    def _start_journeys(self) -> None:
        for driver in self._positions.busy:
            number = number_of(driver)
            if number is None or number in self.journeys or number >= self.fleet.size:
                continue
            ride = self._service.taken.get(self._positions.busy[driver])
            if ride is not None:
                self.journeys[number] = Journey(ride)
                self._drive(number, ride.trip.start.crossing)

    def _drive(self, number: int, crossing: int) -> None:
        ahead = self.fleet.crossing_ahead(number)
        self.fleet.drive(number, network(self.fleet.hour).way(ahead, crossing))

    async def _arrived(self, number: int, now: float) -> None:
        journey = self.journeys.get(number)
        if journey is None or journey.boards_until or self.is_offline(number):
            return
        if journey.aboard:
            await self._say(number, COMPLETED)
            self._end(number)
        elif await self._say(number, ARRIVED):
            journey.boards_until = now + BOARDING_S
        else:
            self._end(number)

    async def _depart(self, number: int) -> None:
        journey = self.journeys[number]
        journey.boards_until, journey.aboard = 0.0, True
        if await self._say(number, IN_RIDE):
            self._drive(number, journey.ride.trip.end.crossing)
        else:
            self._end(number)

    async def _say(self, number: int, status: str) -> bool:
        """The driver's app says how far the ride is; whether that counts."""
        driver = driver_id(number)
        try:
            with acting_as(driver, by_hand=False):
                await self._service.progress(self.journeys[number].ride.id, status, driver)
        except LabError:
            return False
        return True

    def _end(self, number: int) -> None:
        journey = self.journeys.pop(number)
        self.fleet.free(number)
        if self._positions.busy.get(driver_id(number)) == journey.ride.id:
            del self._positions.busy[driver_id(number)]

    def left(self, ride: Ride) -> None:
        """The rider has cancelled: the car is free where it is."""
        number = number_of(ride.driver)
        if number is not None and number in self.journeys and self.journeys[number].ride.id == ride.id:
            self._end(number)

    async def resume(self) -> None:
        """After a restart: who drives whom, as the rows have it. Those aboard are driven on."""
        for ride in await self._rides.driven():
            number = number_of(ride.driver)
            self._positions.busy[ride.driver] = ride.id
            self._service.remember(ride)
            if number is None or number >= self.fleet.size:
                continue
            self.journeys[number] = Journey(ride, aboard=ride.status == IN_RIDE)
            if ride.status == ARRIVED:
                self.journeys[number].boards_until = self._context.clock.monotonic() + BOARDING_S
            else:
                self._drive(number, (ride.trip.end if ride.status == IN_RIDE else ride.trip.start).crossing)

    async def resize(self, size: int) -> None:
        """More cars, or fewer: those that leave first end their rides where they are."""
        for number in [one for one in self.journeys if one >= size]:
            for status in (ARRIVED, IN_RIDE, COMPLETED):
                await self._say(number, status)
            self._end(number)
        gone = [driver_id(number) for number in range(size, self.fleet.size)]
        self.fleet.resize(size)
        self._said = self._said[:size]
        if gone:
            await self._positions.remove(gone)
        await self.place_all()
