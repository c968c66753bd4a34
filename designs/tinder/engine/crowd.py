"""Other people's phones: each holds some cards in hand and asks for more before they run out."""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from designs.tinder.engine.people import NAMED, People
from designs.tinder.engine.regions import KM_PER_LAT, KM_PER_LNG, PLACES
from designs.tinder.engine.seen_history import AGAIN

MOST_PHONES = 2000
NEIGHBOURS = 24
LIKES = 0.45


@dataclass(slots=True)
class Phone:
    """What one phone remembers: cards in hand with the mark of their hand-out, and its last swipes."""

    number: int
    hand: deque[tuple[int, str]] = field(default_factory=deque)
    last: deque[int] = field(default_factory=deque)


Feed = Callable[[int, Sequence[int]], Awaitable[tuple[list[int], str]]]
Send = Callable[[int, int, bool, str], Awaitable[tuple[bool, bool]]]


class Crowd:
    """The phones of those who are not on the page; at most `MOST_PHONES` at a time."""

    def __init__(self, people: People, feed: Feed, send: Send) -> None:
        self._feed = feed
        self._send = send
        self._phones: OrderedDict[int, Phone] = OrderedDict()
        self.residents: dict[str, list[int]] = {}
        self.settle(people)

    def settle(self, people: People) -> None:
        """Know who lives near each place, nearest first."""
        self._phones.clear()
        self.people = people
        of = people.columns.of
        for place in PLACES.values():
            lat, lng = place.at
            x, y = (of["lng"][NAMED:] - lng) * KM_PER_LNG, (of["lat"][NAMED:] - lat) * KM_PER_LAT
            nearest = np.argsort(x * x + y * y, kind="stable")[:NEIGHBOURS]
            self.residents[place.id] = (nearest + NAMED).tolist()

    def resident(self, place: str, pick: int) -> int:
        """One of those who live there."""
        some = self.residents[place]
        return some[pick % len(some)]

    async def session(
        self, number: int, moods: Sequence[float], *, refill_at: int, again: str, recent: int
    ) -> dict[str, Any]:
        """Swipe as many cards as there are moods, refilling as the app does; what was acknowledged."""
        phone = self._phone(number)
        swiped, matches = [], []
        for mood in moods:
            if len(phone.hand) <= refill_at:
                await self._refill(phone, again=again)
            if not phone.hand:
                break
            them, card = phone.hand.popleft()
            phone.last.append(them)
            while len(phone.last) > recent:
                phone.last.popleft()
            stands, match = await self._send(number, them, mood < LIKES, card)
            swiped.append([number, them, stands])
            if match:
                matches.append([number, them])
        return {"swiped": swiped, "matches": matches}

    def forget(self, number: int) -> None:
        """The app throws its cards away: its filters are others now."""
        if number in self._phones:
            self._phones[number].hand.clear()

    async def _refill(self, phone: Phone, *, again: str) -> None:
        known = [them for them, _ in phone.hand]
        numbers, card = await self._feed(phone.number, known)
        last = frozenset(phone.last) if AGAIN[again].client else frozenset()
        held = {them for them, _ in phone.hand}
        phone.hand.extend((one, card) for one in numbers if one not in last and one not in held)

    def _phone(self, number: int) -> Phone:
        phone = self._phones.setdefault(number, Phone(number))
        self._phones.move_to_end(number)
        while len(self._phones) > MOST_PHONES:
            self._phones.popitem(last=False)
        return phone
