"""What the apps of drivers do who are no cars of the fleet: say where a car is, see what it is asked, answer."""

from __future__ import annotations

from dataclasses import asdict

from designs.uber.config import Config
from designs.uber.engine.car_owners import CarOwners
from designs.uber.engine.nodes import SERVICE
from designs.uber.engine.offers import Offer, Offers
from designs.uber.engine.positions import DriverPositions, Report
from designs.uber.engine.ride_service import RideService
from designs.uber.engine.rides import Ride, ride_of
from designs.uber.engine.streets import Place
from sdlab.lab import EngineContext, amount
from sdlab.parts.idempotency import IdempotencyKeys

LOOK_EVERY_S = 0.05


class DriverApp:
    """Each verb is for a car of the acting user: `Forbidden` for somebody else's, `NotFound` for one that nobody knows."""

    def __init__(
        self,
        context: EngineContext[Config],
        owners: CarOwners,
        positions: DriverPositions,
        offers: Offers,
        *,
        service: RideService,
        keys: IdempotencyKeys,
    ) -> None:
        self._context, self._owners, self._positions = context, owners, positions
        self._offers, self._service, self._keys = offers, service, keys

    async def locate(self, driver: str, place: Place) -> None:
        """The car is there. A car belongs to who names it first; `TooMany` for too many cars."""
        async with self._context.request("PUT location") as trace:
            await self._owners.claim(driver)
            report = Report(driver, place, self._context.clock.time())
            await self._context.node(SERVICE).call(
                "location", lambda: self._positions.report([report]), source="visitor"
            )
            trace.sentence = f"{driver} is at {place.name}"

    async def offers_of(self, driver: str, *, wait_s: float = 0.0) -> list[Offer]:
        """What the car is asked now; with `wait_s`, as soon as there is something."""
        async with self._context.request("GET offers") as trace:
            self._owners.check(driver)
            until = self._context.clock.monotonic() + wait_s
            while not (found := [one for one in await self._offers.all() if one.driver == driver]):
                if self._context.clock.monotonic() >= until:
                    break
                await self._context.clock.sleep(LOOK_EVERY_S)
            trace.sentence = f"{driver} is asked for {amount(len(found), 'ride')}"
            return found

    async def accept(self, ride_id: str, driver: str, *, key: str | None = None) -> Ride:
        """The car takes the ride."""

        async def work() -> Ride:
            self._owners.check(driver)
            return await self._service.accept(ride_id, driver)

        return await self._keys.once(
            key,
            operation=f"accept {ride_id}",
            body={"driver": driver},
            work=work,
            dump=asdict,
            load=ride_of,
        )

    async def deny(self, ride_id: str, driver: str, *, key: str | None = None) -> None:
        """The car does not take it."""

        async def work() -> bool:
            self._owners.check(driver)
            await self._service.deny(ride_id, driver)
            return True

        await self._keys.once(key, operation=f"deny {ride_id}", body={"driver": driver}, work=work)
