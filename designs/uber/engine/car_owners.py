"""Whose cars those are that come over the API: a car belongs to whoever named it first."""

from __future__ import annotations

from designs.uber.config import Config
from designs.uber.engine.streets import OWN_CAR, number_of
from sdlab.lab import EngineContext, Forbidden, NotFound, TooMany, acting
from sdlab.lab.actor import VISITOR

MOST_CARS = 100


class CarOwners:
    """Kept in Redis, so that nobody takes a car over after a restart. The fleet's cars belong to nobody outside."""

    def __init__(self, context: EngineContext[Config]) -> None:
        self._context = context
        self._key = context.room.key("owners")
        self._owners: dict[str, str] = {OWN_CAR: VISITOR.name}

    async def load(self) -> None:
        """Know again whose cars they are."""
        self._owners |= await self._context.room.redis.hgetall(self._key)

    def owns(self, driver: str) -> bool:
        """Whether the acting user drives that car."""
        return self._owners.get(driver) == acting().name

    def check(self, driver: str) -> None:
        """`Forbidden` for a car of somebody else, `NotFound` for one that nobody knows."""
        if driver not in self._owners and number_of(driver) is None:
            self._context.decide("no such car has said where it is")
            raise NotFound("no such car has said where it is")
        if not self.owns(driver):
            self._context.decide("the car is somebody else's")
            raise Forbidden("that car is somebody else's")
        self._context.decide("the car is this user's own")

    async def claim(self, driver: str) -> None:
        """The car is the acting user's, if it was nobody's before."""
        if driver not in self._owners and number_of(driver) is None:
            if len(self._owners) > MOST_CARS:
                self._context.decide(f"a room has at most {MOST_CARS} cars of its visitors")
                raise TooMany(f"a room has at most {MOST_CARS} cars of its visitors")
            await self._context.room.redis.hsetnx(self._key, driver, acting().name)
            self._owners[driver] = str(await self._context.room.redis.hget(self._key, driver))
        self.check(driver)
