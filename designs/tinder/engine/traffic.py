"""What workloads and lessons do: the operations of `workloads.py`, performed on a running engine."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING, Any

from designs.tinder.engine.crowd import Crowd
from designs.tinder.engine.people import NAMED
from designs.tinder.engine.regions import PLACES, degrees
from designs.tinder.engine.swipe_store import home
from sdlab.lab import Operation

if TYPE_CHECKING:
    from designs.tinder.engine.engine import Tinder


class Traffic:
    """One method per verb. Answers say what was acknowledged: `swiped` and `matches`, by number."""

    def __init__(self, engine: Tinder) -> None:
        self._engine = engine
        self.crowd = Crowd(engine.people, self._feed, self._send)
        self._verbs: dict[str, Callable[..., Awaitable[dict[str, Any]]]] = {
            "session": self.session,
            "anybody": self.anybody,
            "both": self.both,
            "move": self.move,
            "swipe": self.swipe,
            "profile": self.profile,
            "feed": self.feed,
        }

    async def perform(self, operation: Operation) -> dict[str, Any]:
        """Do one operation."""
        return await self._verbs[operation.verb](**operation.args)

    async def session(self, where: str, pick: int, moods: Sequence[float]) -> dict[str, Any]:
        """Somebody who lives there swipes some cards."""
        return await self._some(self.crowd.resident(where, pick), moods)

    async def anybody(self, who: int, moods: Sequence[float]) -> dict[str, Any]:
        """Somebody anywhere swipes some cards."""
        return await self._some(NAMED + who % self._engine.people.size, moods)

    async def move(
        self, where: str, pick: int, km: float, shift: Sequence[float], moods: Sequence[float]
    ) -> dict[str, Any]:
        """Somebody goes elsewhere, looks farther or less far, and swipes on at once."""
        number = self.crowd.resident(where, pick)
        lat, lng = degrees(PLACES[where].x + shift[0], PLACES[where].y + shift[1])
        changes = {"lat": lat, "lng": lng, "km": km}
        await self._engine.put_profile(self._engine.people.id(number), changes, by_hand=False)
        return await self._some(number, moods)

    async def both(self, nonce: int) -> dict[str, Any]:
        """Two strangers like each other at the same instant."""
        engine = self._engine
        first, second = self.strangers(nonce)
        a, b = engine.people.id(first), engine.people.id(second)
        ends = await asyncio.gather(
            engine.swipe(a, b, like=True, by_hand=False),
            engine.swipe(b, a, like=True, by_hand=False),
            return_exceptions=True,
        )
        said = []
        for one in ends:
            if isinstance(one, BaseException):
                raise one
            said.append(one)
        swiped = [[first, second, said[0].like], [second, first, said[1].like]]
        return {"swiped": swiped, "matches": [[first, second]] if any(one.match for one in said) else []}

    def strangers(self, nonce: int) -> tuple[int, int]:
        """Two people who have not swiped each other lately; their replicas are different ones."""
        size, known = self._engine.people.size, self._engine.auditor.acked
        first = nonce % size
        for step in range(size):
            second = (first + 1 + 2 * ((nonce // size + step) % (size // 2))) % size
            pair = (NAMED + first, NAMED + second)
            apart = first != second and home(pair[0]) != home(pair[1])
            if apart and pair not in known and pair[::-1] not in known:
                return pair
        return NAMED, NAMED + 1

    async def swipe(self, user: str, target: str, like: bool) -> dict[str, Any]:
        """One swipe by somebody named."""
        said = await self._engine.swipe(user, target, like=like)
        me, them = self._engine.people.number(user), self._engine.people.number(target)
        return {"swiped": [[me, them, said.like]], "matches": [[me, them]] if said.match else []}

    async def profile(self, user: str, **changes: Any) -> dict[str, Any]:
        """Somebody named changes their profile."""
        await self._engine.put_profile(user, changes)
        return {}

    async def feed(self, user: str) -> dict[str, Any]:
        """Somebody named asks for cards."""
        handed = await self._engine.feed_for(user)
        return {"cards": list(handed.numbers)}

    async def _some(self, number: int, moods: Sequence[float]) -> dict[str, Any]:
        now = self._engine.config
        return await self.crowd.session(
            number, moods, refill_at=now.refill_at, again=now.again, recent=now.recent
        )

    async def _feed(self, number: int, held: Sequence[int]) -> tuple[list[int], str]:
        people = self._engine.people
        handed = await self._engine.feed_for(
            people.id(number), in_hand=[people.id(one) for one in held], by_hand=False
        )
        return list(handed.numbers), handed.card

    async def _send(self, me: int, them: int, like: bool, card: str) -> tuple[bool, bool]:
        people = self._engine.people
        said = await self._engine.swipe(people.id(me), people.id(them), like=like, card=card, by_hand=False)
        return said.like, said.match
