"""One offer of a ride: who is near and free, whom nobody else asks, and the question itself."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from designs.uber.config import Config
from designs.uber.engine.batches import Batches
from designs.uber.engine.claims import ClaimChecker
from designs.uber.engine.driver_locks import DriverLocks
from designs.uber.engine.nodes import CARS, LOCKS, RIDES
from designs.uber.engine.offers import Offer, Offers
from designs.uber.engine.positions import DriverPositions
from designs.uber.engine.rides import Ride, RideTable
from designs.uber.engine.strategies import MATCHING, OFFERS
from designs.uber.engine.streets import driver_name
from sdlab.blocks.spatial import Hit
from sdlab.lab import EngineContext

LAST_OFFER_S = 0.3  # an offer for less time is none


@dataclass(frozen=True, slots=True)
class Offered:
    """What a matcher has asked: of no drivers, where none was near; `wanted` is false for a ride that needs none."""

    offers: tuple[Offer, ...] = ()
    wanted: bool = True


class Offering:
    """Makes offers and ends them."""

    def __init__(
        self,
        context: EngineContext[Config],
        positions: DriverPositions,
        locks: DriverLocks,
        offers: Offers,
        *,
        rides: RideTable,
        claims: ClaimChecker,
    ) -> None:
        self._context, self._positions, self._locks, self._offers = context, positions, locks, offers
        self._rides, self._claims = rides, claims
        self.batches = Batches(context, positions, claims)

    async def make(self, matcher: str, ride: Ride, asked: Collection[str], until: float) -> Offered:
        """Ask the next driver, or drivers, before `until` (Unix seconds)."""
        way = MATCHING[self._context.config.matching]
        hits: tuple[Hit, ...] | None = None
        if way.batched:
            hits = await self.batches.choose(matcher, ride, asked)
        async with self._context.request("offer", by=matcher, by_hand=False) as trace:
            if hits is None:
                way.explain(self._context.decide, 1, 0.0)
                hits = await self._nearest(matcher, ride, asked)
            locked = await self._lock(matcher, ride, hits)
            OFFERS[self._context.config.offers].explain(self._context.decide, len(locked))
            if not locked:
                trace.outcome = "miss"
                trace.sentence = f"{matcher.replace('-', ' ')} finds nobody free for {ride.rider}"
                return Offered()
            try:
                offered = await self._ask(matcher, ride, locked, until)
            except BaseException:
                await self._free(matcher, ride.id, [hit.id for hit in locked])
                raise
            if not offered.offers:
                await self._free(matcher, ride.id, [hit.id for hit in locked])
            names = ", ".join(f"{driver_name(hit.id)} ({hit.metres:,.0f} m)" for hit in locked[:3])
            trace.sentence = f"{matcher.replace('-', ' ')} offers the ride of {ride.rider} to {names}"
            return offered

    async def _nearest(self, matcher: str, ride: Ride, asked: Collection[str]) -> tuple[Hit, ...]:
        searched = await self._positions.nearest(ride.trip.start, ride=ride.id, asked=asked, by=matcher)
        self._positions.show(searched)
        self._claims.check_nearest(searched)
        return searched.found

    async def _lock(self, matcher: str, ride: Ride, hits: Sequence[Hit]) -> list[Hit]:
        """The nearest of these whom nobody else asks, as many as are asked at once."""
        wanted = OFFERS[self._context.config.offers].at_once
        locked: list[Hit] = []
        for hit in hits:
            if len(locked) == wanted:
                break
            if await self._locks.take(hit.id, f"{matcher}:{ride.id}"):
                locked.append(hit)
        return locked

    async def _ask(self, matcher: str, ride: Ride, hits: Sequence[Hit], until: float) -> Offered:
        round = await self._context.node(RIDES).call(
            "UPDATE round", lambda: self._rides.next_round(ride.id), source=matcher
        )
        if not round:
            return Offered(wanted=False)
        now = self._context.clock.time()
        ends = min(until, now + self._context.config.offer_s)
        offers = tuple(Offer(hit.id, ride.id, round, matcher, now, ends) for hit in hits)
        others = await self._context.node(LOCKS).call(
            "open offer", lambda: self._offers.open(offers, [hit.metres for hit in hits]), source=matcher
        )
        for hit in hits:
            self._context.node(CARS).touch("offer", "ok", source=matcher, detail=driver_name(hit.id))
        self._claims.check_offers(offers, others)
        return Offered(offers)

    async def end(self, offers: Sequence[Offer], answer: str) -> None:
        """These offers are over, and their drivers may be asked by others."""
        await self._offers.close(offers, answer)
        await self._free(offers[0].matcher, offers[0].ride, [one.driver for one in offers])

    async def _free(self, matcher: str, ride: str, drivers: Sequence[str]) -> None:
        for driver in drivers:
            await self._locks.give_back(driver, f"{matcher}:{ride}")

    def forget(self, matcher: str) -> None:
        """A matcher has ended: what it knew is gone. Its locks in Redis and its offers end by themselves."""
        self._locks.forget(matcher)
        self.batches.forget(matcher)
