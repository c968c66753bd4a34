"""What panels read: ratings and sums of a place, who rated twice, and what is on its way to the index."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from designs.yelp.config import Config
from designs.yelp.engine.catalogue import Catalogue
from designs.yelp.engine.explorer import Explorer
from designs.yelp.engine.index_feed import IndexFeed
from designs.yelp.engine.models import NEWS, PLACE, RATING
from designs.yelp.engine.ratings import Ratings
from designs.yelp.engine.search import PlaceSearch
from sdlab.lab import EngineContext

MOST_DOUBLED = 8
NAMED_WRONG = 6


@dataclass(frozen=True, slots=True)
class DoubleRating:
    """Somebody with more than one rating of a place."""

    place_id: int
    by: str
    ratings: int


@dataclass(frozen=True, slots=True)
class Looked:
    """One look at the stores. -1 is what nobody has read yet.

    `place_id` is the place whose sums these are; `off` how many ratings all stored sums of the room
    are away from the rows together. `wrong` are ids whose newest revision the index does not have.
    """

    places: int = -1
    ratings: int = -1
    place_id: int = 0
    rows: int = -1
    count: int = -1
    total: int = -1
    true_count: int = -1
    true_total: int = -1
    version: int = -1
    off: int = -1
    doubled: tuple[DoubleRating, ...] = ()
    doubles: int = -1
    news: int = -1
    waiting: int = -1
    oldest_s: float = 0.0
    applied: int = -1
    queued: int = -1
    wrong: tuple[int, ...] = ()


class StoreReader:
    """Asks the database in one go, Valkey and the index beside it."""

    def __init__(  # noqa: PLR0917 - it looks at what each of its siblings keeps
        self,
        context: EngineContext[Config],
        catalogue: Catalogue,
        ratings: Ratings,
        search: PlaceSearch,
        feed: IndexFeed,
        explorer: Explorer,
    ) -> None:
        self._context, self._catalogue, self._ratings = context, catalogue, ratings
        self._search, self._feed, self._explorer = search, feed, explorer
        self.look = context.look(self._read, Looked())

    async def _read(self) -> Looked:
        room = self._context.room
        rows, (queued, applied) = await asyncio.gather(room.sql.read(self._rows), self._on_the_way())
        of_place, edited = rows.pop("of_place"), rows.pop("edited")
        if of_place is not None:
            names = ("rows", "true_count", "true_total", "version")
            rows |= {name: getattr(of_place, name) for name in names}
            rows |= {"count": of_place.stored_count, "total": of_place.stored_total}
        structure = self._search.structure
        wrong = [id for id, revision in edited if structure and structure.revision(id) < revision]
        return Looked(**rows, queued=queued, applied=applied, wrong=tuple(wrong))

    async def _on_the_way(self) -> tuple[int, int]:
        redis = self._context.room.redis
        queued = await redis.llen(self._feed.queue_key)
        return int(queued), int(await redis.get(self._context.room.key("captured")) or 0)

    def _rows(self, c: sa.Connection) -> dict[str, Any]:
        """Everything that the database is asked, on one connection."""
        room, place_id = self._context.room.id, self._explorer.followed
        table = self._ratings.table
        now = self._context.clock.time()
        doubled = c.execute(table.doubled()).all()
        behind = sa.and_(NEWS.c.room == room, NEWS.c.id > self._catalogue.outbox.applied)
        waiting, oldest = c.execute(sa.select(sa.func.count(), sa.func.min(NEWS.c.at)).where(behind)).one()
        stored = c.execute(
            sa.select(sa.func.count(), sa.func.sum(PLACE.c.count - PLACE.c.old_count)).where(
                PLACE.c.room == room
            )
        ).one()
        rated = sa.select(RATING.c.place_id, sa.func.count().label("rows")).where(RATING.c.room == room)
        by_place = rated.group_by(RATING.c.place_id).subquery()
        away = sa.func.abs(PLACE.c.count - PLACE.c.old_count - sa.func.coalesce(by_place.c.rows, 0))
        off = (
            sa.select(sa.func.coalesce(sa.func.sum(away), 0))
            .select_from(PLACE.outerjoin(by_place, by_place.c.place_id == PLACE.c.id))
            .where(PLACE.c.room == room, sa.or_(by_place.c.rows > 0, PLACE.c.version > 0))
        )
        return {
            "places": int(stored[0]),
            "ratings": int(c.execute(sa.select(sa.func.count()).where(RATING.c.room == room)).scalar_one()),
            "place_id": place_id,
            "of_place": c.execute(table.both([place_id])).one_or_none(),
            "off": int(c.execute(off).scalar_one()),
            "doubled": tuple(DoubleRating(*row) for row in doubled[:MOST_DOUBLED]),
            "doubles": len(doubled),
            "news": int(c.execute(sa.select(sa.func.count()).where(NEWS.c.room == room)).scalar_one()),
            "waiting": int(waiting),
            "oldest_s": max(0.0, now - oldest) if waiting else 0.0,
            "edited": [tuple(row) for row in c.execute(self._catalogue.edited())],
        }
