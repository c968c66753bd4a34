"""Performs the operations of workloads and lessons: phones that hold cards, and people with names."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from designs.tinder.engine.engine import SwipeResult, Tinder
from designs.tinder.engine.people import NAMED
from designs.tinder.engine.recent import Recent
from designs.tinder.engine.regions import REGIONS, degrees
from designs.tinder.engine.strategies.seen import SEEN
from designs.tinder.engine.swipe_store import LIKE, home
from sdlab.lab import Operation, Traffic, acting, acting_as, performs

MOST_PHONES = 2000
LIKES = 0.45

Answer = dict[str, Any]


@dataclass(slots=True)
class Phone:
    """What one phone remembers: cards with the mark of their refill, their version, and its last swipes."""

    number: int
    version: int = -1
    cards: deque[tuple[int, str]] = field(default_factory=deque)
    last: deque[int] = field(default_factory=deque)


class TinderTraffic(Traffic[Tinder]):
    """Answers say what was acknowledged: `swiped` and `matches`, by number."""

    def __init__(self, engine: Tinder) -> None:
        super().__init__(engine)
        self._phones: Recent[int, Phone] = Recent(MOST_PHONES)

    @performs("session")
    async def session(self, operation: Operation) -> Answer:
        """Somebody who lives there swipes as many cards as there are moods."""
        number = self._resident(operation.args["where"], operation.args["pick"])
        return await self._swipe_some(number, operation.args["moods"])

    @performs("phone")
    async def phone(self, operation: Operation) -> Answer:
        """Somebody named swipes as many cards as there are moods."""
        number = self.engine.people.number(operation.args["user"])
        return await self._swipe_some(number, operation.args["moods"])

    @performs("anybody")
    async def anybody(self, operation: Operation) -> Answer:
        """Somebody anywhere swipes some cards."""
        number = NAMED + operation.args["who"] % self.engine.people.size
        return await self._swipe_some(number, operation.args["moods"])

    @performs("move")
    async def move(self, operation: Operation) -> Answer:
        """Somebody goes elsewhere, looks farther or less far, and swipes on at once."""
        args = operation.args
        number = self._resident(args["where"], args["pick"])
        region, (east, north) = REGIONS[args["where"]], args["shift"]
        lat, lng = degrees(region.x + east, region.y + north)
        with acting_as(self.engine.people.id(number), by_hand=False):
            await self.engine.put_profile({"lat": lat, "lng": lng, "km": args["km"]})
        return await self._swipe_some(number, args["moods"])

    @performs("both")
    async def both(self, operation: Operation) -> Answer:
        """Two strangers like each other at the same instant."""
        (first, second), (one, other) = await self.engine.like_each_other(operation.args["nonce"])
        swiped = [[first, second, one.like], [second, first, other.like]]
        return {"swiped": swiped, "matches": [[first, second]] if one.match or other.match else []}

    @performs("swipe")
    async def swipe(self, operation: Operation) -> Answer:
        """One swipe by somebody named."""
        result = await self.engine.swipe(operation.args["target"], like=operation.args["like"])
        people = self.engine.people
        me, them = people.number(acting().name), people.number(operation.args["target"])
        return {"swiped": [[me, them, result.like]], "matches": [[me, them]] if result.match else []}

    @performs("profile")
    async def profile(self, operation: Operation) -> Answer:
        """Somebody named changes their profile."""
        await self.engine.put_profile(operation.args)
        return {}

    @performs("feed")
    async def feed(self, operation: Operation) -> Answer:
        """Somebody named asks for cards."""
        return {"cards": list((await self.engine.refill()).numbers)}

    async def honours(self, answer: Any) -> bool:
        """Every acknowledged swipe is on its own replica, and every match is there."""
        for me, them, like in answer.get("swiped", ()):
            entry = await self.engine.swipes.entry(home(me), me, them)
            if not entry or (entry[0] == LIKE) != like:
                return False
        for me, them in answer.get("matches", ()):
            if not await self.engine.matches.number_of(me, them):
                return False
        return True

    def _resident(self, region: str, pick: int) -> int:
        residents = self.engine.people.residents[region]
        return residents[pick % len(residents)]

    async def _swipe_some(self, number: int, moods: Sequence[float]) -> Answer:
        """Swipe as the app does, which asks for more cards before it runs out."""
        phone = self._phones[number] = self._phones.get(number) or Phone(number)
        people, swiped, matches = self.engine.people, [], []
        with acting_as(people.id(number), by_hand=False):
            for mood in moods:
                await self._fill(phone)
                if not phone.cards:
                    break
                them, mark = phone.cards.popleft()
                result = await self._swipe(phone, them, mark, like=mood < LIKES)
                swiped.append([number, them, result.like])
                if result.match:
                    matches.append([number, them])
        return {"swiped": swiped, "matches": matches}

    async def _swipe(self, phone: Phone, them: int, mark: str, *, like: bool) -> SwipeResult:
        phone.last.append(them)
        while len(phone.last) > self.engine.config.recent:
            phone.last.popleft()
        return await self.engine.swipe(self.engine.people.id(them), like=like, mark=mark)

    async def _fill(self, phone: Phone) -> None:
        engine = self.engine
        version = engine.card_versions.of(phone.number)
        if version != phone.version:
            phone.cards.clear()
            phone.version = version
        if len(phone.cards) > engine.config.refill_at:
            return
        refill = await engine.refill(held=[engine.people.id(one) for one, _ in phone.cards])
        client = SEEN[engine.config.again].client
        known = set(phone.last) if client else set()
        engine.counters.by_phone += sum(one in known for one in refill.numbers)
        dropped = {*(one for one, _ in phone.cards), *known}
        phone.cards.extend((one, refill.mark) for one in refill.numbers if one not in dropped)
