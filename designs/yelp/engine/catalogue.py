"""The places of a room, as the database has them, and the statements that add and rename them."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

import sqlalchemy as sa

from designs.yelp.config import Config
from designs.yelp.engine.city_places import city_places, first_ratings
from designs.yelp.engine.models import NEWS, PLACE, RATING
from designs.yelp.engine.place import Place
from designs.yelp.engine.sphere import cell_number
from sdlab.lab import EngineContext, Forbidden, NotFound
from sdlab.parts.outbox import Outbox
from sdlab.stores.bulk import load

OF_TEN, OF_TWENTY = 7, 1  # shares of what a lab may open with: places, ratings with words
NAMES = tuple(one.name for one in fields(Place))


class Catalogue:
    """Places by id. `changes` counts those that this process made."""

    def __init__(self, context: EngineContext[Config]) -> None:
        self._context, self._room = context, context.room
        self.places: dict[int, Place] = {}
        self.changes = 0
        self.outbox = Outbox(context.room, NEWS, reader="captured")

    async def open(self) -> None:
        """Read the places, or make some."""
        columns = [PLACE.c[name] for name in NAMES]
        query = sa.select(*columns).where(PLACE.c.room == self._room.id).order_by(PLACE.c.id)
        rows = await self._room.sql.read(lambda c: c.execute(query).all())
        if not rows:
            await self._make()
            rows = await self._room.sql.read(lambda c: c.execute(query).all())
        self.places = {row.id: Place(*row) for row in rows}
        await self.outbox.open()

    async def _make(self) -> None:
        room, prepared = self._room, self._room.quota.prepared
        places = city_places(room.rng("places"), prepared * OF_TEN // 10)
        ratings = list(
            first_ratings(room.rng("ratings"), places, prepared * OF_TWENTY // 20, room.clock.time())
        )
        one_each = {(one.place_id, one.by): one for one in ratings}
        sums = {one.id: [one.old_count, one.old_sum] for one in places}
        for one in one_each.values():
            sums[one.place_id][0] += 1
            sums[one.place_id][1] += one.stars
        rows = [{**self.row(one), "count": sums[one.id][0], "total": sums[one.id][1]} for one in places]
        said = [
            {
                "room": room.id,
                "place_id": one.place_id,
                "by": one.by,
                "claim": "",
                "stars": one.stars,
                "text": one.text,
                "at": one.at,
            }
            for one in one_each.values()
        ]

        def write(connection: sa.Connection) -> None:
            load(connection, PLACE, rows)
            load(connection, RATING, said)

        await room.sql.write(write)

    def row(self, place: Place) -> dict[str, Any]:
        """A place as a row whose sums are those from before."""
        known = {name: getattr(place, name) for name in NAMES}
        own = {"room": self._room.id, "text": place.text, "cell": cell_number(place.lat, place.lng)}
        kept = {"count": place.old_count, "total": place.old_sum, "version": 0, "averaged": 0.0}
        return {**known, **own, **kept}

    def place(self, place_id: int) -> Place:
        """The place of that id; `NotFound` when there is none."""
        try:
            return self.places[place_id]
        except KeyError:
            raise NotFound(f"no place {place_id}") from None

    def own(self, place_id: int, by: str) -> Place:
        """A place that this person may change. `Forbidden` for somebody else's."""
        found = self.place(place_id)
        if found.by != by:
            raise Forbidden("only whoever added a place may change it")
        return found

    def next_id(self) -> int:
        """An id that no place has."""
        return max(self.places, default=0) + 1

    def change(self, place: Place) -> sa.Executable:
        """The statement that brings the database to this revision of a place."""
        if place.revision == 0:
            return sa.insert(PLACE).values(self.row(place))
        mine = sa.and_(PLACE.c.room == self._room.id, PLACE.c.id == place.id)
        return sa.update(PLACE).where(mine).values(name=place.name, text=place.text, revision=place.revision)

    def changed(self, place: Place) -> None:
        """The database has this revision."""
        known = self.places.get(place.id)
        if known is None or known.revision < place.revision:
            self.places[place.id] = place
        self.changes += 1

    def edited(self) -> sa.Select[Any]:
        """Ids and revisions of places that were edited or added, as the database has them."""
        added = PLACE.c.by != "owner"
        return sa.select(PLACE.c.id, PLACE.c.revision).where(
            PLACE.c.room == self._room.id, sa.or_(PLACE.c.revision > 0, added)
        )
