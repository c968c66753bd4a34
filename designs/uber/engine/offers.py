"""Open offers in Redis, who is asked what until when, and the answers that matchers wait for."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from designs.uber.config import Config
from sdlab.lab import EngineContext, Signal

SHOWN_OFFERS = 40

# Every open offer is a field "driver ride" of one hash; whoever opens one learns what else its drivers are asked.
_OPEN = """
local now, others, asked = tonumber(ARGV[1]), {}, {}
for n = 4, #ARGV do asked[ARGV[n]] = true end
local all = redis.call('HGETALL', KEYS[1])
for n = 1, #all, 2 do
  local driver, ride = string.match(all[n], '^(%S+) (%S+)$')
  local ends = tonumber(string.match(all[n + 1], '^%d+ (%d+)'))
  if ends <= now then
    redis.call('HDEL', KEYS[1], all[n])
  elseif asked[driver] and ride ~= ARGV[2] then
    others[#others + 1] = all[n]
    others[#others + 1] = all[n + 1]
  end
end
for n = 4, #ARGV do redis.call('HSET', KEYS[1], ARGV[n] .. ' ' .. ARGV[2], ARGV[3]) end
return others
"""


@dataclass(frozen=True, slots=True)
class Offer:
    """A ride that a driver is asked for by a matcher, from `began` to `ends` (Unix seconds)."""

    driver: str
    ride: str
    round: int
    matcher: str
    began: float
    ends: float


@dataclass(slots=True)
class OfferStep:
    """An offer as it went, for the panel: `answer` is yes, no, none (in time), lost (its matcher ended), or open."""

    offer: Offer
    metres: float
    answer: str = "open"
    ended: float = 0.0


@dataclass(slots=True)
class Answers:
    """What drivers say to one round of offers."""

    waiting: asyncio.Queue[tuple[str, bool]] = field(default_factory=asyncio.Queue)


class Offers:
    """`opened` tells that `inbox` has new ones for the drivers; `steps` are the latest of all, oldest first."""

    def __init__(self, context: EngineContext[Config]) -> None:
        self._context, self._redis = context, context.room.redis
        self.key = context.room.key("offers")
        self._open = self._redis.register_script(_OPEN)
        self._answers: dict[tuple[str, int], Answers] = {}
        self.opened = Signal()
        self.inbox: deque[Offer] = deque(maxlen=10_000)
        self.steps: deque[OfferStep] = deque(maxlen=SHOWN_OFFERS)

    async def open(self, offers: Sequence[Offer], metres: Sequence[float]) -> list[Offer]:
        """Ask these drivers of one round; what else they are being asked, as the store has it."""
        first = offers[0]
        self._answers[first.ride, first.round] = Answers()
        now, value = int(self._context.clock.time() * 1000), _written(first)
        drivers = [one.driver for one in offers]
        others = await self._open(keys=[self.key], args=[now, first.ride, value, *drivers])
        self.steps.extend(OfferStep(*one) for one in zip(offers, metres, strict=True))
        self.inbox.extend(offers)
        self.opened()
        return _offers(zip(others[::2], others[1::2], strict=True))

    async def close(self, offers: Sequence[Offer], answer: str) -> None:
        """These are over: no answer counts any more."""
        self._answers.pop((offers[0].ride, offers[0].round), None)
        ended = self._context.clock.time()
        closed = {(one.driver, one.ride, one.round) for one in offers}
        for step in self.steps:
            if (step.offer.driver, step.offer.ride, step.offer.round) in closed and step.answer == "open":
                step.answer, step.ended = answer, ended
        await self._redis.hdel(self.key, *[f"{one.driver} {one.ride}" for one in offers])

    async def withdraw(self, ride: str) -> int:
        """End what a matcher that is gone has offered of a ride; how many offers that were."""
        mine = [one for one in await self.all() if one.ride == ride]
        if mine:
            await self.close(mine, "lost")
        return len(mine)

    async def of(self, driver: str, ride: str) -> Offer | None:
        """The open offer of that ride to that driver."""
        value = await self._redis.hget(self.key, f"{driver} {ride}")
        found = _offers([(f"{driver} {ride}", value)]) if value else []
        return found[0] if found and found[0].ends > self._context.clock.time() else None

    def open_to(self, driver: str) -> OfferStep | None:
        """What that driver is asked now, if it is among the latest offers."""
        now = self._context.clock.time()
        mine = (one for one in self.steps if one.answer == "open" and one.offer.driver == driver)
        return next((one for one in mine if one.offer.ends > now), None)

    async def all(self) -> list[Offer]:
        """Every offer that is open."""
        now = self._context.clock.time()
        return [one for one in _offers((await self._redis.hgetall(self.key)).items()) if one.ends > now]

    def answer(self, offer: Offer, *, yes: bool) -> None:
        """A driver has answered: whoever waits for it is told."""
        for step in self.steps:
            same = (step.offer.driver, step.offer.ride, step.offer.round) == (
                offer.driver,
                offer.ride,
                offer.round,
            )
            if same and step.answer == "open":  # times are rounded where it is stored
                step.answer, step.ended = "yes" if yes else "no", self._context.clock.time()
        if waiting := self._answers.get((offer.ride, offer.round)):
            waiting.waiting.put_nowait((offer.driver, yes))

    async def wait(self, offers: Sequence[Offer]) -> str:
        """Who said yes first; empty when all said no, or the time of the offers was over."""
        answers, missing = self._answers[offers[0].ride, offers[0].round], len(offers)
        try:
            async with asyncio.timeout(max(0.0, offers[0].ends - self._context.clock.time())):
                while missing:
                    driver, yes = await answers.waiting.get()
                    if yes:
                        return driver
                    missing -= 1
        except TimeoutError:
            self._context.changed()
        return ""


def _written(offer: Offer) -> str:
    return f"{offer.round} {int(offer.ends * 1000)} {offer.matcher} {offer.began:.4f}"


def _offers(stored: Iterable[tuple[str, str]]) -> list[Offer]:
    found = []
    for key, value in stored:
        (driver, ride), (round, ends, matcher, began) = key.split(" "), value.split(" ")
        found.append(Offer(driver, ride, int(round), matcher, float(began), int(ends) / 1000))
    return found
