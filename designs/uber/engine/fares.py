"""Fares that were quoted: kept for a while, so that the price of a ride is the one that its rider saw."""

from __future__ import annotations

import secrets
from dataclasses import dataclass

import orjson

from designs.uber.config import Config
from designs.uber.engine.streets import Place, Trip, price_cents
from designs.uber.engine.surge import SurgeMap
from sdlab.lab import EngineContext, NotFound, acting

HELD_S = 600


@dataclass(frozen=True, slots=True)
class Fare:
    """What a trip costs, for whom it was asked. `eta_s` is how long the trip takes."""

    id: str
    rider: str
    trip: Trip
    metres: float
    eta_s: float
    cents: int
    surge: float


class Fares:
    """Quotes in Redis, each with a time to live."""

    def __init__(self, context: EngineContext[Config], surge: SurgeMap) -> None:
        self._context, self._surge = context, surge

    def _key(self, fare: str) -> str:
        return self._context.room.key("fare", fare)

    async def quote(self, trip: Trip) -> Fare:
        """The price of a trip now, for the acting user."""
        factor, hour = self._surge.factor(trip.start), self._context.config.hour
        metres, seconds = trip.metres(hour), trip.seconds(hour)
        fare = Fare(
            secrets.token_urlsafe(9),
            acting().name,
            trip,
            round(metres, 1),
            round(seconds, 1),
            price_cents(metres, seconds, factor),
            factor,
        )
        await self._context.room.redis.set(self._key(fare.id), orjson.dumps(fare), ex=HELD_S)
        return fare

    async def own(self, fare: str) -> Fare:
        """The acting user's fare of that id; `NotFound` for another's, an old one, or none."""
        stored = await self._context.room.redis.get(self._key(fare))
        if stored is not None:
            data = orjson.loads(stored)
            start, end = (Place(**data["trip"][name]) for name in ("start", "end"))
            if data["rider"] == acting().name:
                self._context.decide("the fare was quoted to this rider: its price holds")
                return Fare(**{**data, "trip": Trip(start, end)})
        self._context.decide("this rider was quoted no such fare within the last ten minutes")
        raise NotFound("there is no such fare; a quote holds for ten minutes")
