"""Indexes of the cars' positions, one for each way to find who is near; all are asked for the nearest of a place."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import sqlalchemy as sa

from designs.uber.config import Config
from designs.uber.engine.models import POSITION
from sdlab.blocks import geohash
from sdlab.blocks.city import METRES_PER_DEGREE, METRES_PER_LNG
from sdlab.blocks.geohash import distance_m
from sdlab.blocks.quadtree import Quadtree
from sdlab.blocks.spatial import Found, H3Index, Hit
from sdlab.lab import EngineContext
from sdlab.parts.geo_index import Point, RedisGeoIndex

LETTERS = 6  # of the cells of a search in Redis
RESOLUTION = 9
LEAF = (
    2  # cars in a box of the tree, at most: searches look at few, and moving cars split and merge boxes often
)
FIRST_BOX_M = 250.0
LARGEST_BOX_M = 20_000.0


class CarIndex(Protocol):
    """Cars by where they said that they are. `around` false looks into the own cell alone, where there are cells."""

    async def upsert(self, points: Sequence[Point]) -> None:
        """Cars are here now."""

    async def nearest(self, lat: float, lng: float, k: int, *, around: bool) -> Found:
        """The `k` nearest of a place."""

    async def clear(self) -> None:
        """Forget all: another index has been chosen."""


class GeoIndex:
    """Asks the store of positions itself: a geohash of 52 bits in a sorted set."""

    def __init__(self, context: EngineContext[Config], store: RedisGeoIndex, key: str) -> None:
        self._redis, self._store, self._key = context.room.redis, store, key

    async def upsert(self, points: Sequence[Point]) -> None:
        """The store has them."""

    async def clear(self) -> None:
        """The store keeps them."""

    async def nearest(self, lat: float, lng: float, k: int, *, around: bool) -> Found:
        """The nearest of all, or of one cell of six letters."""
        if not around:
            return await self._own_cell(lat, lng, k)
        found = await self._store.nearest(lat, lng, k)
        reach = found.hits[-1].metres if found.hits else 0.0
        return found._replace(cells=geohash.covering(lat, lng, reach, LETTERS))

    async def _own_cell(self, lat: float, lng: float, k: int) -> Found:
        cell = geohash.encode(lat, lng, LETTERS)
        middle, (tall, wide) = geohash.bounds(cell).centre, geohash.cell_size(LETTERS, lat)
        box = {"longitude": middle[1], "latitude": middle[0], "width": wide, "height": tall}
        found = await self._redis.geosearch(self._key, **box, unit="m", withcoord=True)
        hits = sorted(Hit(distance_m((lat, lng), (at[1], at[0])), id) for id, at in found)
        return Found(tuple(hits[:k]), (cell,), len(hits))


class MemoryIndex:
    """A pure index in this process, beside the store; it is fed with every update."""

    def __init__(self) -> None:
        self._known: set[str] = set()

    async def upsert(self, points: Sequence[Point]) -> None:
        """Cars are here now."""
        for one in points:
            self.index.upsert(*one)
            self._known.add(one.id)

    async def clear(self) -> None:
        """Forget all."""
        for id in self._known:
            self.index.remove(id)
        self._known.clear()

    index: Quadtree | H3Index


class TreeIndex(MemoryIndex):
    """Best box first. It has no cells around: `around` makes no difference."""

    def __init__(self) -> None:
        super().__init__()
        self.index = Quadtree(LEAF)

    async def nearest(self, lat: float, lng: float, k: int, *, around: bool) -> Found:
        """The nearest of all."""
        return self.index.nearest(lat, lng, k)


class RingIndex(MemoryIndex):
    """Rings of hexagons of some 200 m."""

    def __init__(self) -> None:
        super().__init__()
        self.index: H3Index = H3Index(RESOLUTION)

    async def nearest(self, lat: float, lng: float, k: int, *, around: bool) -> Found:
        """The nearest of all, or of one hexagon."""
        return self.index.nearest(lat, lng, k) if around else self.index.own_cell(lat, lng, k)


class BoxIndex:
    """Rows with an index on latitude and longitude; boxes that double until one holds enough."""

    def __init__(self, context: EngineContext[Config]) -> None:
        self._sql, self._room = context.room.sql, context.room.id

    async def upsert(self, points: Sequence[Point]) -> None:
        """One statement for all."""
        rows = [{"room": self._room, "driver": one.id, "lat": one.lat, "lng": one.lng} for one in points]
        if not rows:
            return
        insert = self._sql.insert(POSITION)
        changed = {"lat": insert.excluded.lat, "lng": insert.excluded.lng}
        statement = insert.on_conflict_do_update(index_elements=["room", "driver"], set_=changed)
        await self._sql.write(lambda c: c.execute(statement, rows) and None)

    async def clear(self) -> None:
        """Delete the rows."""
        await self._sql.write(
            lambda c: c.execute(POSITION.delete().where(POSITION.c.room == self._room)) and None
        )

    async def nearest(self, lat: float, lng: float, k: int, *, around: bool) -> Found:
        """The nearest of all; a box has no cells around, so `around` makes no difference.

        The cells that were read are its boxes, each named by half of its side in metres.
        """
        half, examined = FIRST_BOX_M, 0
        boxes: list[str] = []
        while True:
            boxes.append(f"{half:g}")
            up, right = half / METRES_PER_DEGREE, half / METRES_PER_LNG
            query = sa.select(POSITION.c.driver, POSITION.c.lat, POSITION.c.lng).where(
                POSITION.c.room == self._room,
                POSITION.c.lat.between(lat - up, lat + up),
                POSITION.c.lng.between(lng - right, lng + right),
            )
            rows = await self._sql.read(lambda c, query=query: c.execute(query).all())  # type: ignore[misc]
            examined += len(rows)
            hits = sorted(Hit(distance_m((lat, lng), (row.lat, row.lng)), row.driver) for row in rows)
            near = [
                hit for hit in hits if hit.metres <= half
            ]  # a corner of the box is farther than its sides
            if len(near) >= k or half > LARGEST_BOX_M:
                return Found(tuple(near[:k]), tuple(boxes), examined)
            half *= 2
