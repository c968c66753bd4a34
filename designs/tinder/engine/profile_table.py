"""The table that the database query reads: everybody, in a SQLite in memory with an index on latitude.

It is made of the people when the lab opens; a general database would have no better index.
"""

from __future__ import annotations

import asyncio
import math
import sqlite3
import threading
from collections.abc import Sequence

from designs.tinder.engine.people import INTERESTS, WEEK_S, People
from designs.tinder.engine.ranking import ACTIVE, ENOUGH_SHARED, LIKES_YOU, MUTUAL, NEAR, SHARED, Viewer
from designs.tinder.engine.regions import EARTH_RADIUS_KM, KM_PER_LAT

FUNCTIONS = {"sqrt": math.sqrt, "sin": math.sin, "cos": math.cos, "asin": math.asin, "radians": math.radians}
QUERIED = ("lat", "lng", "age", "interests", "age_min", "age_max", "km", "active")


class ProfileTable:
    """Answers with whom a feed begins; every question is one statement."""

    def __init__(self, people: People) -> None:
        self._people = people
        self._table = sqlite3.connect(":memory:", check_same_thread=False)
        self._lock = threading.Lock()
        for name, function in FUNCTIONS.items():
            if not _has(self._table, name):
                self._table.create_function(name, 1, function, deterministic=True)

    def close(self) -> None:
        """Forget the table."""
        self._table.close()

    async def fill(self) -> None:
        """Hold everybody as they are now."""
        await asyncio.to_thread(self._fill)

    async def put(self, number: int) -> None:
        """Read one person again."""
        await asyncio.to_thread(self._put, number)

    async def query(
        self, viewer: Viewer, likers: Sequence[int], *, now: float, limit: int, offset: int
    ) -> list[tuple[int, tuple[float, ...]]]:
        """Who fits, best first, each with the points in the order of `SCORE_PARTS`."""
        high = viewer.km / KM_PER_LAT
        farthest = math.radians(min(89.0, abs(viewer.lat) + high))
        wide = high / math.cos(farthest)
        bound = {
            "number": viewer.number,
            "lat": viewer.lat,
            "lng": viewer.lng,
            "km": viewer.km,
            "age": viewer.age,
            "low": viewer.age_min,
            "high": viewer.age_max,
            "south": viewer.lat - high,
            "north": viewer.lat + high,
            "west": viewer.lng - wide,
            "east": viewer.lng + wide,
            "now": now,
            "limit": limit,
            "offset": offset,
        }
        return await asyncio.to_thread(self._query, statement(viewer, likers), bound)

    def _query(self, text: str, bound: dict[str, float]) -> list[tuple[int, tuple[float, ...]]]:
        with self._lock:
            return [(number, tuple(points)) for number, *points in self._table.execute(text, bound)]

    def _fill(self) -> None:
        of = self._people.columns.of
        numbers = of["here"].nonzero()[0]
        rows = zip(numbers.tolist(), *(of[name][numbers].tolist() for name in QUERIED), strict=True)
        with self._lock:
            self._table.execute("DROP TABLE IF EXISTS profile")
            self._table.execute(
                "CREATE TABLE profile (number INTEGER PRIMARY KEY, lat REAL, lng REAL, age INTEGER, "
                "interests INTEGER, age_min INTEGER, age_max INTEGER, reach REAL, active REAL)"
            )
            self._table.executemany("INSERT INTO profile VALUES (?,?,?,?,?,?,?,?,?)", rows)
            self._table.execute("CREATE INDEX by_latitude ON profile (lat)")
            self._table.commit()

    def _put(self, number: int) -> None:
        row = self._people.columns.row(number)
        with self._lock:
            self._table.execute(
                "INSERT OR REPLACE INTO profile VALUES (?,?,?,?,?,?,?,?,?)",
                (number, *(row[name] for name in QUERIED)),
            )
            self._table.commit()


def _has(table: sqlite3.Connection, function: str) -> bool:
    try:
        table.execute(f"SELECT {function}(0.5)").fetchone()
    except sqlite3.OperationalError:
        return False
    return True


def statement(viewer: Viewer, likers: Sequence[int]) -> str:
    """The same parts as `ranking.score_points`; only whole numbers of ours are written into the text."""
    bits = [bit for bit in range(len(INTERESTS)) if viewer.interests >> bit & 1]
    common = " + ".join(f"((interests >> {bit}) & 1)" for bit in bits) or "0"
    liked = f"number IN ({','.join(str(int(one)) for one in likers)})" if likers else "0"
    wanted = f"AND (interests >> {int(viewer.wanted)}) & 1" if viewer.wanted >= 0 else ""
    return f"""
    SELECT number,
           {NEAR} * max(0.0, 1 - away / :km) AS near,
           {SHARED} * min({ENOUGH_SHARED}, {common}) / {ENOUGH_SHARED}.0 AS shared,
           {ACTIVE} * min(1.0, max(0.0, 1 - (:now - active) / {WEEK_S})) AS fresh,
           {MUTUAL} * (age_min <= :age AND age_max >= :age AND reach >= away) AS mutual,
           {LIKES_YOU} * ({liked}) AS likes
    FROM (SELECT *, 2 * {EARTH_RADIUS_KM} * asin(sqrt(min(1.0,
              sin(radians(lat - :lat) / 2) * sin(radians(lat - :lat) / 2)
              + cos(radians(:lat)) * cos(radians(lat))
                * sin(radians(lng - :lng) / 2) * sin(radians(lng - :lng) / 2)))) AS away
          FROM profile
          WHERE lat BETWEEN :south AND :north
            AND (lng BETWEEN :west AND :east OR lng BETWEEN :west + 360 AND :east + 360
                 OR lng BETWEEN :west - 360 AND :east - 360)
            AND age BETWEEN :low AND :high AND number <> :number {wanted})
    WHERE away <= :km
    ORDER BY near + shared + fresh + mutual + likes DESC, number LIMIT :limit OFFSET :offset"""
