"""The people of the demo whose phones are on the page, and whoever else joined by name."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field

from designs.tinder.config import Config
from designs.tinder.engine.matches import Match, Matches
from designs.tinder.engine.people import NAMED, People
from sdlab.lab import EngineContext, acting

MATCHES_SHOWN = 12
MATCHES_READ = 1000


@dataclass(slots=True)
class DemoUser:
    """What the page shows of one of them: the newest matches, oldest first, and how many there are."""

    matches: deque[Match] = field(default_factory=lambda: deque(maxlen=MATCHES_SHOWN))
    total: int = 0


class DemoUsers:
    """Demo users by number. `watched` is whom the panels follow: who did something by hand last."""

    def __init__(self, context: EngineContext[Config], people: People, matches: Matches) -> None:
        self._context = context
        self._people = people
        self._matches = matches
        self._users: dict[int, DemoUser] = {}
        self.watched = 0

    async def open(self) -> None:
        """Read their matches."""
        for number in self._people.names:
            known = await self._matches.of(number, limit=MATCHES_READ)
            user = self._users[number] = DemoUser(total=len(known))
            user.matches.extend(known)

    def of(self, number: int) -> DemoUser:
        """One of them."""
        return self._users.setdefault(number, DemoUser())

    def acted(self, number: int) -> None:
        """Somebody did something; the panels follow when it was by hand."""
        if acting().by_hand and number < NAMED:
            self.watched = number

    def matched(self, me: int, them: int, number: int, at: float) -> None:
        """Two people are a match: both are told."""
        for one, partner in ((me, them), (them, me)):
            if one < NAMED and all(number != known.number for known in self.of(one).matches):
                user = self.of(one)
                user.matches.append(Match(number, partner, at))
                user.total += 1
                self._context.changed()
            self._matches.announce(one)
