"""Answers of drivers and steps of rides: who may say what, when it counts, and who is told."""

from __future__ import annotations

from collections import OrderedDict

from designs.uber.config import Config
from designs.uber.engine.news import NewsRoom
from designs.uber.engine.nodes import CARS, LOCKS, RIDES, SERVICE
from designs.uber.engine.offers import Offer, Offers
from designs.uber.engine.positions import DriverPositions
from designs.uber.engine.rides import (
    ACCEPTED,
    CANCELLED,
    DRIVEN,
    IN_RIDE,
    NEXT,
    REQUESTED,
    Ride,
    RideTable,
)
from designs.uber.engine.streets import driver_name, network
from sdlab.lab import Conflict, EngineContext, Forbidden

REMEMBERED = 2000
BY_DRIVERS = frozenset({"arrived", IN_RIDE, "completed"})


class RideService:
    """What becomes of rides once somebody has been asked to drive them."""

    def __init__(
        self,
        context: EngineContext[Config],
        rides: RideTable,
        offers: Offers,
        positions: DriverPositions,
        news: NewsRoom,
    ) -> None:
        self._context, self._rides, self._offers = context, rides, offers
        self._positions, self._news = positions, news
        self._denied: OrderedDict[tuple[str, str], None] = OrderedDict()
        self.taken: dict[str, Ride] = {}  # rides that are driven now, by id

    async def _ride(self, ride: str) -> Ride:
        found: Ride = await self._context.node(RIDES).call(
            "SELECT ride", lambda: self._rides.find(ride), source=SERVICE
        )
        return found

    async def _offer(self, driver: str, ride: str) -> Offer | None:
        found: Offer | None = await self._context.node(LOCKS).call(
            "HGET offer",
            lambda: self._offers.of(driver, ride),
            source=SERVICE,
            outcome=lambda one: "ok" if one else "miss",
        )
        return found

    async def accept(self, ride_id: str, driver: str) -> Ride:
        """The driver takes the ride. Twice is as once. `Conflict` where the offer is over, or the ride is another's."""
        async with self._context.request("accept", by=driver) as trace:
            done: Ride = await self._context.node(SERVICE).call(
                "accept", lambda: self._accept(ride_id, driver), source=CARS
            )
            trace.sentence = f"{driver_name(driver)} takes the ride of {done.rider}"
        self._context.changed()
        return done

    async def _accept(self, ride_id: str, driver: str) -> Ride:
        began = self._context.clock.time()
        ride = await self._ride(ride_id)
        if ride.driver == driver and ride.status in DRIVEN:
            self._context.decide("the ride is this driver's already: the same answer")
            return ride
        offer = await self._offer(driver, ride_id)
        if offer is None or ride.status != REQUESTED or self._positions.busy.get(driver, ride_id) != ride_id:
            return await self._too_late(ride_id, driver, offer)
        self._context.decide("the offer is open, and the ride has nobody")
        pickup_s = self._seconds_away(driver, ride)
        given = await self._context.node(RIDES).call(
            "UPDATE ride",
            lambda: self._rides.give(ride_id, offer.round, driver, began=began, pickup_s=pickup_s),
            source=SERVICE,
        )
        if not given:
            return await self._too_late(ride_id, driver, None)
        self._context.decide(f"written: offer {offer.round} is answered")
        self._positions.busy[driver] = ride_id
        ride = await self._ride(ride_id)
        self.remember(ride)
        self._offers.answer(offer, yes=True)
        self._tell(ride, driver)
        return ride

    def remember(self, ride: Ride) -> None:
        """Somebody drives it now."""
        self.taken[ride.id] = ride

    def _seconds_away(self, driver: str, ride: Ride) -> float:
        known = self._positions.by_driver.get(driver)
        here = known.place.crossing if known else ride.trip.start.crossing
        return float(network(self._context.config.hour).seconds[here, ride.trip.start.crossing])

    async def _too_late(self, ride_id: str, driver: str, offer: Offer | None) -> Ride:
        ride = await self._ride(ride_id)
        if ride.driver == driver and ride.status in DRIVEN:
            self._context.decide("meanwhile it has become this driver's: the same answer")
            return ride
        if ride.status == CANCELLED:
            said = "the rider has cancelled"
        elif ride.status != REQUESTED:
            said = f"the ride is {ride.status.replace('_', ' ')}, and not by this driver"
        elif offer is not None:
            said = "this driver has a ride already"
        else:
            said = "nothing is offered to this driver, or not any more"
        self._context.decide(said)
        raise Conflict(said)

    async def deny(self, ride_id: str, driver: str) -> None:
        """The driver does not want it. Twice is as once. `Conflict` where nothing is offered."""
        async with self._context.request("deny", by=driver) as trace:
            offer = await self._context.node(SERVICE).call(
                "deny", lambda: self._offer(driver, ride_id), source=CARS
            )
            if offer is None and (ride_id, driver) not in self._denied:
                self._context.decide("nothing is offered to this driver, or not any more")
                raise Conflict("nothing is offered to this driver, or not any more")
            self._context.decide("the next one is asked")
            self._denied[ride_id, driver] = None
            while len(self._denied) > REMEMBERED:
                self._denied.popitem(last=False)
            if offer is not None:
                self._offers.answer(offer, yes=False)
            trace.sentence = f"{driver_name(driver)} does not take the ride"
        self._context.changed()

    async def progress(self, ride_id: str, status: str, by: str) -> Ride:
        """The ride comes into another state through its driver or its rider.

        Into the one that it is in: nothing changes. `Conflict` for a step that its state does not allow,
        `Forbidden` for somebody else's ride.
        """
        async with self._context.request("status of a ride", by=by, kind="status") as trace:
            ride: Ride = await self._context.node(SERVICE).call(
                "status", lambda: self._progress(ride_id, status, by), source=CARS
            )
            trace.sentence = f"the ride of {ride.rider} is {status.replace('_', ' ')}"
        self._context.changed()
        return ride

    async def _progress(self, ride_id: str, status: str, by: str) -> Ride:
        ride = await self._ride(ride_id)
        who = ride.driver if status in BY_DRIVERS else ride.rider
        if by != who:
            self._context.decide("that is not for this user to say")
            raise Forbidden("only the driver of a ride drives it, and only its rider cancels it")
        if ride.status == status:
            self._context.decide("it is in this state already: nothing changes")
            return ride
        if status not in NEXT[ride.status]:
            self._context.decide(f"from {ride.status} there is no way to {status}")
            raise Conflict(f"a ride that is {ride.status} does not become {status}", state=ride.status)
        moved = await self._context.node(RIDES).call(
            "UPDATE status", lambda: self._rides.move(ride_id, ride.status, status, by), source=SERVICE
        )
        if not moved:
            self._context.decide("its state has changed since it was read")
            raise Conflict("the ride has changed meanwhile; look again")
        self._context.decide(f"from {ride.status} to {status}: a step that there is")
        return await self.moved(ride_id)

    async def moved(self, ride_id: str) -> Ride:
        """A ride is in another state: both sides are told, and a driver whose ride has ended is free."""
        ride = await self._rides.find(ride_id)
        if not ride.open:
            self.taken.pop(ride_id, None)
            if self._positions.busy.get(ride.driver) == ride_id:
                del self._positions.busy[ride.driver]
        self._tell(ride, ride.driver)
        return ride

    async def fail(self, ride_id: str, by: str) -> bool:
        """Nobody was found in time; whether the ride was still waiting."""
        if not await self._rides.move(ride_id, REQUESTED, "failed", by):
            return False
        await self.moved(ride_id)
        return True

    def _tell(self, ride: Ride, driver: str) -> None:
        data = {"ride": ride.id, "status": ride.status, "driver": driver, "at": ride.changed_at}
        if ride.status == ACCEPTED:
            data["pickup_s"] = round(ride.pickup_s, 1)
        self._news.tell(f"ride {ride.id}", kind="status", **data)
        if driver:
            self._news.tell(f"driver {driver}", kind="status", **data)
