"""The drivers of the city: each thinks for a moment about an offer, and says yes or no, or nothing at all."""

from __future__ import annotations

import asyncio
from collections import Counter
from contextlib import suppress
from hashlib import blake2b

from designs.uber.config import Config
from designs.uber.engine.news import NewsRoom
from designs.uber.engine.offers import Offer, Offers
from designs.uber.engine.ride_service import RideService
from designs.uber.engine.streets import OWN_CAR, number_of
from designs.uber.engine.world import PERCENT, World
from sdlab.lab import EngineContext, LabError, acting_as

SAY_YES = 65  # percent
QUICKEST, SPREAD = 0.5, 1.0  # of the mean time to answer


class Drivers:
    """Answers for every car of the fleet but the visitor's; what each says follows from the seed."""

    def __init__(
        self,
        context: EngineContext[Config],
        world: World,
        offers: Offers,
        service: RideService,
        news: NewsRoom,
    ) -> None:
        self._context, self._world, self._offers = context, world, offers
        self._service, self._news = service, news
        self._thinking: set[asyncio.Task[None]] = set()
        self._asked: Counter[str] = Counter()  # how often each driver was
        offers.opened.connect(self._look)

    def _look(self) -> None:
        while self._offers.inbox:
            offer = self._offers.inbox.popleft()
            self._news.tell(f"driver {offer.driver}", kind="offer", ride=offer.ride, ends=offer.ends)
            number = number_of(offer.driver)
            if number is None or offer.driver == OWN_CAR or self._is_silent(number):
                continue
            task = asyncio.create_task(self._answer(offer), name=f"uber driver {offer.driver}")
            self._thinking.add(task)
            task.add_done_callback(self._thinking.discard)

    def _is_silent(self, number: int) -> bool:
        return self._world.is_offline(number) or number * 53 % PERCENT < self._world.fault("mute")

    async def _answer(self, offer: Offer) -> None:
        self._asked[offer.driver] += 1
        said = f"{self._context.room.seed} {offer.driver} {self._asked[offer.driver]}"
        chance = int.from_bytes(blake2b(said.encode(), digest_size=4).digest())
        thinks = QUICKEST + SPREAD * (chance // PERCENT % 1000) / 1000
        await self._context.clock.sleep(self._context.config.answer_ms / 1000 * thinks)
        with acting_as(offer.driver, by_hand=False), suppress(LabError):
            if chance % PERCENT < SAY_YES:
                await self._service.accept(offer.ride, offer.driver)
            else:
                await self._service.deny(offer.ride, offer.driver)

    async def stop(self) -> None:
        """Nobody answers any more."""
        tasks = list(self._thinking)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
