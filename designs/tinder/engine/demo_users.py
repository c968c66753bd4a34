"""The people of the demo whose phones are on the page."""

from __future__ import annotations

from designs.tinder.config import Config
from designs.tinder.engine.matches import Matches
from designs.tinder.engine.people import NAMED, SAM, VISITOR, VISITOR_NUMBER, People
from sdlab.lab import EngineContext, acting


class DemoUsers:
    """`watched` is whom the panels follow: who did something by hand last. What they have is in the stores."""

    def __init__(self, context: EngineContext[Config], people: People, matches: Matches) -> None:
        self._context = context
        self._people = people
        self._matches = matches
        self.watched = VISITOR_NUMBER

    @property
    def phones(self) -> tuple[int, ...]:
        """Whose phones are on the page."""
        return tuple(self._people.ids[one] for one in (VISITOR, SAM))

    def acted(self, number: int) -> None:
        """Somebody did something; the panels follow when it was by hand."""
        if acting().by_hand and number < NAMED:
            self.watched = number

    def matched(self, me: int, them: int) -> None:
        """Two people are a match: both are told."""
        for one in (me, them):
            if one < NAMED:
                self._context.changed()
            self._matches.announce(one)
