"""How candidates are found, and where they are looked for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np
import sqlalchemy as sa

from designs.yelp.config import Config
from designs.yelp.engine.models import PLACE
from designs.yelp.engine.nodes import DATABASE, INDEX, SERVICE
from designs.yelp.engine.place import SearchQuery
from designs.yelp.engine.sphere import Reach, boxes_around, covering, ranges
from designs.yelp.engine.structures import GridPlaces, PlaceStructure, Retrieved, TantivyPlaces
from sdlab.blocks import geohash
from sdlab.blocks.inverted_index import tokens
from sdlab.lab import EngineContext

COLUMNS = (PLACE.c.id, PLACE.c.lat, PLACE.c.lng, PLACE.c.text)


class Searching(Protocol):
    """Finds candidates: places that have the words and may be near. `structure` is what it needs beside the rows."""

    label: str
    tradeoff: str
    structure: type[PlaceStructure] | None

    @staticmethod
    def statement(room: str, query: SearchQuery, reach: Reach) -> sa.Select[Any]:
        """What the database is asked, where it is."""
        ...

    @staticmethod
    async def find(
        context: EngineContext[Config], structure: PlaceStructure | None, query: SearchQuery, reach: Reach
    ) -> Retrieved:
        """The candidates. `Unavailable` when the part that is asked does not answer."""
        ...


async def _rows(context: EngineContext[Config], statement: sa.Select[Any]) -> Sequence[sa.Row[Any]]:
    sql = context.room.sql
    return await context.node(DATABASE).call(
        "select", lambda: sql.read(lambda c: c.execute(statement).all()), source=SERVICE
    )


def _retrieved(rows: Sequence[sa.Row[Any]], touched: int) -> Retrieved:
    """Rows know no relevance: the words of each fit equally well."""
    return Retrieved(
        tuple(row.id for row in rows),
        np.array([row.lat for row in rows]),
        np.array([row.lng for row in rows]),
        np.ones(len(rows)),
        touched,
    )


class LikeAndBox:
    """No index for words, none for places."""

    label = "SQL LIKE and a box"
    tradeoff = "Nothing beside the table, and never late. Every row of the table is compared with every word."
    structure: type[PlaceStructure] | None = None

    @staticmethod
    def statement(room: str, query: SearchQuery, reach: Reach) -> sa.Select[Any]:
        inside = sa.or_(
            *(
                sa.and_(PLACE.c.lat.between(box.south, box.north), PLACE.c.lng.between(box.west, box.east))
                for box in reach.boxes
            )
        )
        words = [PLACE.c.text.contains(word, autoescape=True) for word in query.words]
        return sa.select(*COLUMNS).where(PLACE.c.room == room, inside, *words)

    @staticmethod
    async def find(
        context: EngineContext[Config], structure: PlaceStructure | None, query: SearchQuery, reach: Reach
    ) -> Retrieved:
        rows = await _rows(context, LikeAndBox.statement(context.room.id, query, reach))
        of_room = sa.select(sa.func.count()).where(PLACE.c.room == context.room.id)
        all_rows = await context.room.sql.read(lambda c: int(c.execute(of_room).scalar_one()))
        context.decide(
            f"LIKE compared all {all_rows:,} rows: {len(rows):,} are in the box and have the words"
        )
        return _retrieved(rows, all_rows)


class PrefixAndFilter:
    """The geohash as a number in an ordinary index of the table."""

    label = "geohash prefix, then filter"
    tradeoff = "An ordinary B-tree finds the cells. The words of everything in them are compared one by one."
    structure: type[PlaceStructure] | None = None

    @staticmethod
    def statement(room: str, query: SearchQuery, reach: Reach) -> sa.Select[Any]:
        near = (PLACE.c.cell.between(first, last) for first, last in ranges(reach.cells))
        return sa.select(*COLUMNS).where(PLACE.c.room == room, sa.or_(*near))

    @staticmethod
    async def find(
        context: EngineContext[Config], structure: PlaceStructure | None, query: SearchQuery, reach: Reach
    ) -> Retrieved:
        rows = await _rows(context, PrefixAndFilter.statement(context.room.id, query, reach))
        wanted = set(query.words)
        kept = [row for row in rows if wanted <= set(tokens(row.text))]
        context.decide(f"{len(rows):,} rows have the prefix of a cell, {len(kept):,} of them the words")
        return _retrieved(kept, len(rows))


class Engine:
    """Words and cells are terms of one index."""

    label = "search engine"
    tradeoff = (
        "Only places with the words and the cells are looked at, with a score. It hears of edits later."
    )
    structure: type[PlaceStructure] | None = TantivyPlaces

    @staticmethod
    def statement(room: str, query: SearchQuery, reach: Reach) -> sa.Select[Any]:
        return LikeAndBox.statement(room, query, reach)

    @staticmethod
    async def find(
        context: EngineContext[Config], structure: PlaceStructure | None, query: SearchQuery, reach: Reach
    ) -> Retrieved:
        assert structure is not None
        context.node(INDEX).touch("search", "ok", source=SERVICE)
        found = structure.find(query.words, reach.cells)
        context.decide(
            f"the engine met words and {len(reach.cells)} cells: {len(found.ids):,} places have both"
        )
        return found


class GridAndLists:
    """Our own lists, walked in the open."""

    label = "grid and inverted lists"
    tradeoff = "The same idea with every step to be seen; in Python, in memory, and without a disk."
    structure: type[PlaceStructure] | None = GridPlaces

    @staticmethod
    def statement(room: str, query: SearchQuery, reach: Reach) -> sa.Select[Any]:
        return LikeAndBox.statement(room, query, reach)

    @staticmethod
    async def find(
        context: EngineContext[Config], structure: PlaceStructure | None, query: SearchQuery, reach: Reach
    ) -> Retrieved:
        assert structure is not None
        context.node(INDEX).touch("walk", "ok", source=SERVICE)
        found = structure.find(query.words, reach.cells)
        context.decide(
            f"{found.touched:,} entries of the lists were looked at, {len(found.ids):,} are in all"
        )
        return found


class Candidates(Protocol):
    """Where candidates are looked for, and whether only some of them are measured."""

    label: str
    tradeoff: str
    cuts: bool

    @staticmethod
    def reach(query: SearchQuery, level: int) -> Reach:
        """The cells and boxes to look into."""
        ...

    @staticmethod
    def explain(context: EngineContext[Config], reach: Reach, candidates: int) -> None:
        """Say where was looked."""
        ...


def around(query: SearchQuery, level: int) -> Reach:
    """Everything that the circle touches."""
    cells = covering(query.lat, query.lng, query.radius_m, level)
    return Reach(len(cells[0]), cells, boxes_around(query.lat, query.lng, query.radius_m))


class Circle:
    """Every cell that the circle touches."""

    label = "every cell of the circle"
    tradeoff = "A few corners too many, measured and thrown away; nothing is missed."
    cuts = False

    @staticmethod
    def reach(query: SearchQuery, level: int) -> Reach:
        return around(query, level)

    @staticmethod
    def explain(context: EngineContext[Config], reach: Reach, candidates: int) -> None:
        context.decide(f"{len(reach.cells)} cells of {reach.level} letters cover the circle")


class OwnCell:
    """The prefix of the own place, and no other."""

    label = "the own cell only"
    tradeoff = "One prefix, one look-up. Whoever is across the edge of the cell is not seen."
    cuts = False

    @staticmethod
    def reach(query: SearchQuery, level: int) -> Reach:
        cell = geohash.encode(query.lat, query.lng, level)
        return Reach(level, (cell,), (geohash.bounds(cell),))

    @staticmethod
    def explain(context: EngineContext[Config], reach: Reach, candidates: int) -> None:
        context.decide(f"only cell {reach.cells[0]} was looked into: neighbours were not seen")


class BestByText:
    """Cut before the distance is known."""

    label = "a few, best by text"
    tradeoff = "Few distances to measure. What is near and fits less well falls off before it is measured."
    cuts = True

    @staticmethod
    def reach(query: SearchQuery, level: int) -> Reach:
        return around(query, level)

    @staticmethod
    def explain(context: EngineContext[Config], reach: Reach, candidates: int) -> None:
        context.decide(f"of {candidates:,} candidates the {context.config.cut} best by text are measured")


SEARCHES: dict[str, type[Searching]] = {
    "like": LikeAndBox,
    "prefix": PrefixAndFilter,
    "engine": Engine,
    "grid": GridAndLists,
}
CANDIDATES: dict[str, type[Candidates]] = {"circle": Circle, "own": OwnCell, "cut": BestByText}
