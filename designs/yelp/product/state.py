"""What a visitor wants of Yelp: look somewhere for something, open a place, rate it."""

from __future__ import annotations

from designs.yelp.engine.engine import Yelp
from designs.yelp.engine.place import query_of
from sdlab.blocks import city as streets
from sdlab.live.state import VerbState, verbs_of

verb = verbs_of("yelp", Yelp)


class YelpState(VerbState):
    """Nothing of its own: what was found is in the live frames."""

    @verb(unusable="those are no coordinates")
    async def look(self, engine: Yelp, term: str, x: float, y: float, radius: float) -> None:
        """Search around that point of the map, in metres from the corner of the city."""
        lat, lng = streets.to_degrees(float(x), float(y))
        await engine.look(query_of(str(term), lat, lng, float(radius)))

    @verb
    async def open_place(self, engine: Yelp, place: int) -> None:
        """Look at a place."""
        await engine.open_place(int(place))

    @verb
    async def leave(self, engine: Yelp) -> None:
        """Back to the list."""
        engine.leave_place()

    @verb
    async def rate(self, engine: Yelp, place: int, stars: int, text: str) -> None:
        """Say what one thinks of it."""
        await engine.rate(int(place), int(stars), str(text))
        await engine.show_place(int(place))
