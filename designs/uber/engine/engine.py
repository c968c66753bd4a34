"""Uber at work in one room: fares and requests in; drivers found, asked and moved; rides driven to their end."""

from __future__ import annotations

import asyncio
import secrets
from dataclasses import asdict
from typing import Any

from designs.uber.config import Config
from designs.uber.engine.car_owners import CarOwners
from designs.uber.engine.claims import CHECK_EVERY_S, CLAIMS, ClaimChecker
from designs.uber.engine.demo import DemoUser, seat
from designs.uber.engine.driver_app import DriverApp
from designs.uber.engine.driver_locks import DriverLocks
from designs.uber.engine.drivers import Drivers
from designs.uber.engine.fares import Fare, Fares
from designs.uber.engine.fleet import Fleet
from designs.uber.engine.matchers import Matchers
from designs.uber.engine.news import NewsRoom
from designs.uber.engine.nodes import FLOWS, RIDES, SERVICE, plan
from designs.uber.engine.offering import Offering
from designs.uber.engine.offers import Offers
from designs.uber.engine.positions import DriverPositions, Searched
from designs.uber.engine.reader import StoreReader
from designs.uber.engine.request_queue import RequestQueue
from designs.uber.engine.ride_service import RideService
from designs.uber.engine.rides import REQUESTED, Ride, RideTable, ride_of
from designs.uber.engine.streets import OWN_CAR, Place, Trip, network
from designs.uber.engine.surge import SurgeMap
from designs.uber.engine.world import TICK_S, World
from sdlab.lab import Engine, Invalid, LabError, Node, NodeSpec, NotFound, Room, acting, amount
from sdlab.parts.idempotency import IdempotencyKeys

QUEUE_LOOK_S = 0.5
FORGET_EVERY_S = 20.0


class Uber(Engine[Config]):
    """Positions, offers, locks and the queue in Redis; rides in SQL; cars on the streets of a made-up city."""

    claims = CLAIMS
    flows = FLOWS

    def __init__(self, room: Room, config: Config) -> None:
        super().__init__(room, config)
        context = self.context
        self.demo = DemoUser(context)
        self.news = NewsRoom()
        self.positions = DriverPositions(context)
        self.owners = CarOwners(context)
        self.surge = SurgeMap(context, self.positions)
        self.fares = Fares(context, self.surge)
        self.rides = RideTable(context)
        self.offers = Offers(context)
        self.locks = DriverLocks(context)
        self.queue = RequestQueue(context)
        self.checker = ClaimChecker(context)
        self.service = RideService(context, self.rides, self.offers, self.positions, self.news)
        self._keys = IdempotencyKeys(context)
        self.driver_app = DriverApp(
            context, self.owners, self.positions, self.offers, service=self.service, keys=self._keys
        )
        self.reader = StoreReader(context, self.locks, self.offers, self.queue)

    @classmethod
    def plan(cls, config: Config) -> tuple[NodeSpec, ...]:
        return plan(config)

    async def open(self) -> None:
        # The first room of a process computes the streets.
        await asyncio.to_thread(lambda: (network(), network(self.config.hour)))
        context = self.context
        fleet = Fleet(self.config.fleet, self.room.seed, seat=seat())
        fleet.hour = self.config.hour
        self.world = World(context, fleet, self.positions, self.rides, self.service)
        self.drivers = Drivers(context, self.world, self.offers, self.service, self.news)
        offering = Offering(
            context, self.positions, self.locks, self.offers, rides=self.rides, claims=self.checker
        )
        self.matchers = Matchers(
            context, self.queue, self.rides, self.offers, offering=offering, service=self.service
        )
        await self.positions.load()
        await self.owners.load()
        await self.world.place_all()
        await self.world.resume()
        await self.queue.open(await self.rides.waiting())
        self.demo.fare = await self.fares.quote(self.demo.trip)
        self.matchers.sync()
        self.every("city", TICK_S, self.world.step)
        self.every("queue", QUEUE_LOOK_S, self._look_at_queue)
        self.every("claims", CHECK_EVERY_S, self._check_claims, yields=True)
        self.every("old rides", FORGET_EVERY_S, self._forget_old, yields=True)

    async def close(self) -> None:
        await self.drivers.stop()
        await self.matchers.stop()
        self.news.close()
        await super().close()

    async def _look_at_queue(self) -> None:
        await self.queue.look()
        self.world.waiting = max(self.matchers.in_hand, self.queue.depth.total)

    async def _check_claims(self) -> None:
        if self.world.awake or self.checker.unsettled:
            await self.checker.check_rows([(one.matcher, one.at, one.rides) for one in self.matchers.endings])

    async def _forget_old(self) -> None:
        if self.world.awake:
            await self.rides.forget_old()

    async def reconfigure(self, before: Config) -> None:
        now = self.config
        if now.fleet != before.fleet:
            await self.world.resize(now.fleet)
        if now.proximity != before.proximity:
            self.positions.shown = None
            await self.positions.rebuild(before.proximity)
        if now.matchers != before.matchers:
            self.matchers.sync()
        if now.give_up_s != before.give_up_s:
            self.checker.patience_changed()
        if now.hour != before.hour:
            await asyncio.to_thread(network, now.hour)
            self.world.fleet.hour = now.hour

    async def fault_changed(self, node: Node) -> None:
        if node.id not in self.matchers.all:
            return
        if node.down:
            self.matchers.kill(node.id)
        else:
            self.matchers.sync()
            self.queue.more()

    # Verbs of riders

    async def quote(self, trip: Trip, *, key: str | None = None) -> Fare:
        """What a trip costs now; `Invalid` for one outside of the city, or to where it begins."""
        trip.check()
        await self.world.wake()
        async with self.request("POST fare") as trace:
            fare: Fare = await self.node(SERVICE).call(
                "quote", lambda: self._quote(trip, key), source="visitor"
            )
            trace.sentence = (
                f"{trip.start.name} to {trip.end.name}: € {fare.cents / 100:.2f}, {fare.eta_s:.0f} s"
            )
            return fare

    async def _quote(self, trip: Trip, key: str | None) -> Fare:
        async def work() -> Fare:
            return await self.fares.quote(trip)

        return await self._keys.once(
            key, operation="fare", body=asdict(trip), work=work, dump=asdict, load=_fare
        )

    async def order(self, fare_id: str, *, key: str | None = None) -> Ride:
        """Ask for a ride at the price of a fare. Of one fare there is one ride: asking again gives the same.

        `NotFound` for a fare that was not quoted to this user, `Unavailable` where no matcher takes it.
        """
        await self.world.wake()
        async with self.request("POST ride") as trace:
            ride: Ride = await self.node(SERVICE).call(
                "order", lambda: self._order(fare_id, key), source="visitor"
            )
            trace.sentence = f"{ride.rider} wants to go from {ride.trip.start.name} to {ride.trip.end.name}"
            return ride

    async def _order(self, fare_id: str, key: str | None) -> Ride:
        async def work() -> Ride:
            return await self._new_ride(await self.fares.own(fare_id))

        return await self._keys.once(
            key, operation="ride", body={"fare": fare_id}, work=work, dump=asdict, load=ride_of
        )

    async def _new_ride(self, fare: Fare) -> Ride:
        self.matchers.admit()
        now, id = self.clock.time(), secrets.token_urlsafe(9)
        wanted = Ride(
            id, fare.id, fare.rider, REQUESTED, "", 0, fare.trip, fare.cents, fare.surge, now, now, 0.0
        )
        ride: Ride = await self.node(RIDES).call(
            "INSERT ride", lambda: self.rides.create(wanted), source=SERVICE
        )
        if ride.id != id:
            self.decide("this fare has its ride already: the same one again")
            return ride
        self.world.waiting += 1
        self.surge.ask(fare.trip.start)
        self.news.tell(f"ride {id}", kind="status", ride=id, status=REQUESTED, at=now)
        try:
            await self.matchers.submit(ride)
        except LabError:
            await self.service.fail(id, SERVICE)
            raise
        return ride

    async def ride(self, ride_id: str) -> Ride:
        """A ride of the acting user, or one that a car of theirs drives; `NotFound` for any other."""
        async with self.request("GET ride") as trace:
            ride: Ride = await self.node(RIDES).call(
                "SELECT ride", lambda: self.rides.find(ride_id), source=SERVICE
            )
            self.check_sees(ride)
            trace.sentence = f"the ride of {ride.rider} is {ride.status.replace('_', ' ')}"
            return ride

    def check_sees(self, ride: Ride) -> None:
        """`NotFound` for a user who neither rides nor drives it."""
        mine = acting().name == ride.rider or self.owners.owns(ride.driver)
        self.decide(
            "it is this user's ride" if mine else "it is somebody else's: for this user there is none"
        )
        if not mine:
            raise NotFound("there is no such ride")

    async def cancel(self, ride_id: str) -> Ride:
        """The rider does not want it any more; `Conflict` once the car is on its way with them."""
        ride = await self.service.progress(ride_id, "cancelled", acting().name)
        self.world.left(ride)
        return ride

    async def progress(self, ride_id: str, status: str, *, key: str | None = None) -> Ride:
        """The ride comes into another state, through its rider or through the user whose car drives it."""

        async def work() -> Ride:
            if status == "cancelled":
                return await self.cancel(ride_id)
            ride = await self.rides.find(ride_id)
            self.check_sees(ride)
            by = ride.driver if self.owners.owns(ride.driver) else acting().name
            return await self.service.progress(ride_id, status, by)

        return await self._keys.once(
            key,
            operation=f"status {ride_id}",
            body={"status": status},
            work=work,
            dump=asdict,
            load=ride_of,
        )

    async def nearby(self, at: Place) -> Searched:
        """The free cars near a place, the nearest first: what a rider's app draws before anything is asked for."""
        await self.world.wake()
        async with self.request("GET cars near") as trace:
            searched: Searched = await self.node(SERVICE).call(
                "cars near",
                lambda: self.positions.nearest(at, ride="", asked=(), by=SERVICE),
                source="visitor",
            )
            self.positions.show(searched)
            self.checker.check_nearest(searched)
            trace.sentence = f"{amount(len(searched.found), 'free car')} near {at.name}"
            return searched

    # What the page does

    async def plan_trip(self, start: Place, end: Place) -> None:
        """The rider of the page looks at another trip; `Invalid` for one that cannot be."""
        trip = Trip(start, end)
        fare = await self.quote(trip)
        self.demo.trip, self.demo.fare = trip, fare
        self.changed()

    async def ride_now(self) -> None:
        """The rider of the page asks for the ride that is shown, at the price that is shown."""
        if self.demo.fare is None:
            raise Invalid("there is no fare yet")
        try:
            ride = await self.order(self.demo.fare.id)
        except NotFound:  # quoted more than ten minutes ago
            self.demo.fare = await self.quote(self.demo.trip)
            ride = await self.order(self.demo.fare.id)
        self.demo.ride = self.reader.ride = self.positions.shown_ride = ride.id
        self.changed()

    async def new_trip(self) -> None:
        """Back to the map: the ride has ended."""
        self.demo.ride = self.reader.ride = self.positions.shown_ride = ""
        self.demo.fare = await self.quote(self.demo.trip)
        self.changed()

    async def answer(self, ride_id: str, *, yes: bool) -> None:
        """The driver of the page says yes or no to an offer."""
        await (self.service.accept if yes else self.service.deny)(ride_id, OWN_CAR)


def _fare(data: dict[str, Any]) -> Fare:
    trip = Trip(Place(**data["trip"]["start"]), Place(**data["trip"]["end"]))
    return Fare(**{**data, "trip": trip})
