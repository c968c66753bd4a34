"""Points that move, asked by whoever holds no index of them: one protocol, in memory or in Redis.

The pure indexes are in `sdlab.blocks.spatial`. Redis keeps points sorted by a geohash of 52 bits
and measures a slightly larger earth; what it proposes is measured again, so that answers do not
depend on where the points are kept. Matt Stancliff, "GEO" commands of Redis 3.2, 2015.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple, Protocol

from redis.asyncio import Redis

from sdlab.blocks.geohash import EARTH_RADIUS_M, distance_m
from sdlab.blocks.spatial import Found, Hit, SpatialIndex

FARTHER = 1.0004  # the radius of the earth in Redis is 6,372.8 km
CELL_M = 1.0  # a point may lie so far from the middle of its cell of 52 bits
HALF_AROUND_M = math.pi * EARTH_RADIUS_M
FIRST_RADIUS_M = 250.0
LARGEST_BATCH = 1000

_PUT = """
for n = 1, #ARGV, 3 do
  redis.call('geoadd', KEYS[1], ARGV[n + 2], ARGV[n + 1], ARGV[n])
  redis.call('hset', KEYS[2], ARGV[n], ARGV[n + 1] .. ' ' .. ARGV[n + 2])
end
"""
_WITHIN = """
local near = redis.call('geosearch', KEYS[1], 'FROMLONLAT', ARGV[2], ARGV[1], 'BYRADIUS', ARGV[3], 'm')
local found = {}
for n = 1, #near do
  found[2 * n - 1] = near[n]
  found[2 * n] = redis.call('hget', KEYS[2], near[n])
end
return found
"""


class Point(NamedTuple):
    """Where something is, in degrees; latitude from -85 to 85."""

    id: str
    lat: float
    lng: float


class GeoIndex(Protocol):
    """Answers are those of a full scan over the points at one moment: nearest first, of two equally far the smaller id."""

    async def upsert(self, points: Iterable[Point]) -> None:
        """Put points, or move them."""

    async def remove(self, ids: Iterable[str]) -> int:
        """Take points away; how many there were."""

    async def nearest(self, lat: float, lng: float, k: int) -> Found:
        """The `k` nearest points."""

    async def within(self, lat: float, lng: float, radius_m: float) -> Found:
        """All points at most that far."""

    async def size(self) -> int:
        """How many points there are."""


class MemoryGeoIndex:
    """A pure index of this process; it is lost with it."""

    def __init__(self, index: SpatialIndex) -> None:
        self.index = index

    async def upsert(self, points: Iterable[Point]) -> None:
        """Put points, or move them."""
        for one in points:
            self.index.upsert(*one)

    async def remove(self, ids: Iterable[str]) -> int:
        """Take points away; how many there were."""
        return sum(self.index.remove(id) for id in ids)

    async def nearest(self, lat: float, lng: float, k: int) -> Found:
        """The `k` nearest points."""
        return self.index.nearest(lat, lng, k)

    async def within(self, lat: float, lng: float, radius_m: float) -> Found:
        """All points at most that far."""
        return self.index.within(lat, lng, radius_m)

    async def size(self) -> int:
        """How many points there are."""
        return len(self.index)


class RedisGeoIndex:
    """Points below `key`, shared by all processes; a put is there for everybody once it has returned.

    An answer is one look: no point is seen at two places, and none that is moved meanwhile is missed.
    `cells` of an answer are empty, because Redis does not tell them.
    """

    def __init__(self, redis: Redis, key: str) -> None:
        self._redis = redis
        self._keys = [key, f"{key}:places"]
        self._put = redis.register_script(_PUT)
        self._within = redis.register_script(_WITHIN)

    async def upsert(self, points: Iterable[Point]) -> None:
        """Put points, or move them; each `LARGEST_BATCH` of them in one step."""
        arguments: list[Any] = [part for id, lat, lng in points for part in (id, repr(lat), repr(lng))]
        for start in range(0, len(arguments), 3 * LARGEST_BATCH):
            await self._put(keys=self._keys, args=arguments[start : start + 3 * LARGEST_BATCH])

    async def remove(self, ids: Iterable[str]) -> int:
        """Take points away; how many there were."""
        gone = list(ids)
        if not gone:
            return 0
        async with self._redis.pipeline(transaction=True) as pipe:
            pipe.zrem(self._keys[0], *gone)
            pipe.hdel(self._keys[1], *gone)
            return int((await pipe.execute())[1])

    async def nearest(self, lat: float, lng: float, k: int) -> Found:
        """The `k` nearest points, by circles that double until one holds enough; counts the work of all."""
        wanted, radius, examined = min(k, await self.size()), FIRST_RADIUS_M, 0
        while wanted > 0:
            found = await self.within(lat, lng, radius)
            examined += found.examined
            if len(found.hits) >= wanted or radius > HALF_AROUND_M:
                return Found(found.hits[:k], (), examined)
            radius *= 2
        return Found((), (), 0)

    async def within(self, lat: float, lng: float, radius_m: float) -> Found:
        """All points at most that far."""
        reach = min(radius_m * FARTHER + CELL_M, HALF_AROUND_M * FARTHER)
        found = await self._within(keys=self._keys, args=[repr(lat), repr(lng), f"{reach:.3f}"])
        hits = _measured(lat, lng, found)
        return Found(tuple(sorted(hit for hit in hits if hit.metres <= radius_m)), (), len(hits))

    async def size(self) -> int:
        """How many points there are."""
        return int(await self._redis.zcard(self._keys[0]))


def _measured(lat: float, lng: float, found: Sequence[str]) -> list[Hit]:
    hits = []
    for id, place in zip(found[::2], found[1::2], strict=True):
        there_lat, there_lng = place.split(" ")
        hits.append(Hit(distance_m((lat, lng), (float(there_lat), float(there_lng))), id))
    return hits
