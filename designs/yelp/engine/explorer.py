"""The map on the page: where it is, what is looked for, what was found there, and the place that is open."""

from __future__ import annotations

from dataclasses import dataclass

from designs.yelp.config import Config
from designs.yelp.engine.catalogue import Catalogue
from designs.yelp.engine.city_places import CENTRE
from designs.yelp.engine.place import Place, Rating, SearchQuery, Sums
from designs.yelp.engine.ratings import Ratings
from designs.yelp.engine.search import Answer, PlaceSearch, Scored
from designs.yelp.engine.strategies import SORTS
from sdlab.lab import EngineContext

FIRST = SearchQuery("coffee", round(CENTRE[0], 6), round(CENTRE[1], 6), 600.0)
SHOWN, REVIEWS = 20, 8


@dataclass(frozen=True, slots=True)
class OpenPlace:
    """A place that is looked at, with what it is told of its ratings."""

    place: Place
    sums: Sums
    reviews: tuple[Rating, ...]


class Explorer:
    """What is on the screen; it follows changes by itself. `taken_apart` is the place whose score is shown."""

    def __init__(
        self, context: EngineContext[Config], catalogue: Catalogue, search: PlaceSearch, ratings: Ratings
    ) -> None:
        self._context, self._catalogue = context, catalogue
        self._search, self._ratings = search, ratings
        self.query = FIRST
        self.answer: Answer | None = None
        self.opened: OpenPlace | None = None
        self._chosen = 0
        self._stale = False
        ratings.rated.connect(self.look_again)

    def look_again(self) -> None:
        """Something has changed that may be on the screen."""
        self._stale = True

    @property
    def hits(self) -> tuple[Scored, ...]:
        """The places in the list."""
        return self.answer.hits if self.answer else ()

    @property
    def taken_apart(self) -> Scored | None:
        """The place whose score is shown: the chosen one while it is in the list, else the first."""
        chosen = next((one for one in self.hits if one.place.id == self._chosen), None)
        return chosen or next(iter(self.hits), None)

    @property
    def followed(self) -> int:
        """The place whose average is shown: the open one, else the one that was rated last, else the first."""
        if self.opened is not None:
            return self.opened.place.id
        first = self.hits[0].place.id if self.hits else 1
        return self._ratings.hottest or first

    def nth(self, number: int) -> int:
        """The id of a place on the screen, the open one first."""
        if self.opened is not None and number == 0:
            return self.opened.place.id
        return self.hits[number % len(self.hits)].place.id if self.hits else 1

    def show(self, answer: Answer) -> None:
        """This is what was looked for by hand."""
        self.query, self.answer = answer.query, answer

    def choose(self, place_id: int) -> None:
        """Take the score of that place apart."""
        self._chosen = place_id

    async def open(self, place_id: int) -> OpenPlace:
        """Look at a place."""
        place = self._catalogue.place(place_id)
        sums = await self._ratings.sums_of(place_id)
        reviews = await self._ratings.reviews(place_id, after=None, limit=REVIEWS)
        self.opened = OpenPlace(place, sums, tuple(one for one, _ in reviews))
        self._chosen = place_id
        return self.opened

    def leave(self) -> None:
        """Back to the list."""
        self.opened = None

    async def refresh(self) -> None:
        """What is on the screen, as it would be found now."""
        if not self._stale and self.answer is not None:
            return
        self._stale = False
        await self._ratings.renew()
        weights = SORTS[self._context.config.sort].weights(self._context.config)
        self.answer = await self._search.work_out(self.query, weights, limit=SHOWN, quiet=True)
        if self.opened is not None:
            await self.open(self.opened.place.id)
        self._context.changed()
