"""The profile database: changed people as rows with their news, and a table to query that holds everybody.

The table is a SQLite in memory, made of the seed and the rows when the lab opens; its only index is
on latitude, as a general database would have it.
"""

from __future__ import annotations

import asyncio
import math
import sqlite3
import threading
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import sqlalchemy as sa

from designs.tinder.models import NewsRow, ProfileRow
from designs.tinder.people import (
    FARTHEST_KM,
    INTERESTS,
    NEAREST_KM,
    OLDEST,
    WEEK_S,
    YOUNGEST,
    People,
    Profile,
    bits_of,
    facts,
    interests_of,
)
from designs.tinder.ranking import ACTIVE, ENOUGH_SHARED, LIKES_YOU, MUTUAL, NEAR, SHARED, Viewer
from designs.tinder.world import KM_PER_LAT, KM_PER_LNG
from sdlab.lab import Invalid, Room
from sdlab.parts.outbox import Outbox

PROFILE: sa.Table = ProfileRow.__table__  # type: ignore[attr-defined]
NEWS: sa.Table = NewsRow.__table__  # type: ignore[attr-defined]
QUERIED = ("lat", "lng", "age", "interests", "age_min", "age_max", "km", "active")
MOST_NAME = 30
MOST_INTERESTS = 5


class Profiles:
    """Reads and changes of profiles. `people` is the truth; rows keep what the seed does not say."""

    def __init__(self, room: Room, people: People) -> None:
        self.people = people
        self.outbox = Outbox(room, NEWS, reader="captured")
        self._room = room
        self._table = sqlite3.connect(":memory:", check_same_thread=False)
        self._lock = threading.Lock()

    async def open(self) -> None:
        """Apply the rows to the people, then make the table."""
        query = sa.select(PROFILE).where(PROFILE.c.room == self._room.id)
        for row in await self._room.sql.read(lambda c: [dict(one._mapping) for one in c.execute(query)]):
            if row["number"] < self.people.total:
                self.people.admit(_profile(row))
        await self.outbox.open()
        await asyncio.to_thread(self._fill)

    def close(self) -> None:
        """Forget the table."""
        self._table.close()

    async def change(self, profile: Profile, *, now: float) -> Profile:
        """Write a person and the news of it in one transaction. `Invalid` for what cannot be."""
        changed = replace(checked(profile), changed=now)
        row = {"room": self._room.id, "id": changed.id, "name": changed.name, "number": changed.number}
        row |= {name: value for name, value in facts(changed).items() if name in PROFILE.c}

        def write(connection: Any) -> None:
            statement = self._room.sql.insert(PROFILE).values(row)
            same = {name: statement.excluded[name] for name in row if name not in ("room", "number")}
            connection.execute(statement.on_conflict_do_update(index_elements=["room", "number"], set_=same))
            self.outbox.put(connection, [("profile", {"number": changed.number, **facts(changed)})], now=now)

        await self._room.sql.write(write)
        self.people.admit(changed)
        await asyncio.to_thread(self._put, changed.number)
        return changed

    async def resize(self, people: People) -> None:
        """Begin with other people; rows are applied again."""
        self.people = people
        await self.open()

    async def query(
        self, viewer: Viewer, likers: Sequence[int], *, now: float, limit: int, offset: int
    ) -> list[tuple[int, float]]:
        """Numbers and scores of who fits, best first: the whole question in one statement."""
        return await asyncio.to_thread(self._query, viewer, likers, now, limit, offset)

    def _query(
        self, viewer: Viewer, likers: Sequence[int], now: float, limit: int, offset: int
    ) -> list[tuple[int, float]]:
        high, wide = viewer.km / KM_PER_LAT, viewer.km / KM_PER_LNG
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
        with self._lock:
            return self._table.execute(_statement(viewer, likers), bound).fetchall()

    def _fill(self) -> None:
        of = self.people.columns.of
        numbers = of["here"].nonzero()[0]
        rows = zip(numbers.tolist(), *(of[name][numbers].tolist() for name in QUERIED), strict=True)
        with self._lock:
            self._table.create_function("sqrt", 1, math.sqrt, deterministic=True) if not _has_sqrt(
                self._table
            ) else None
            self._table.execute("DROP TABLE IF EXISTS profile")
            self._table.execute(
                "CREATE TABLE profile (number INTEGER PRIMARY KEY, lat REAL, lng REAL, age INTEGER, "
                "interests INTEGER, age_min INTEGER, age_max INTEGER, reach REAL, active REAL)"
            )
            self._table.executemany("INSERT INTO profile VALUES (?,?,?,?,?,?,?,?,?)", rows)
            self._table.execute("CREATE INDEX by_latitude ON profile (lat)")
            self._table.commit()

    def _put(self, number: int) -> None:
        row = self.people.columns.row(number)
        with self._lock:
            self._table.execute(
                "INSERT OR REPLACE INTO profile VALUES (?,?,?,?,?,?,?,?,?)",
                (number, *(row[name] for name in QUERIED)),
            )
            self._table.commit()


def _has_sqrt(table: sqlite3.Connection) -> bool:
    try:
        table.execute("SELECT sqrt(4.0)").fetchone()
    except sqlite3.OperationalError:
        return False
    return True


def _statement(viewer: Viewer, likers: Sequence[int]) -> str:
    """The same sum as `ranking.parts`; only whole numbers of ours are written into the text."""
    bits = [bit for bit in range(len(INTERESTS)) if viewer.interests >> bit & 1]
    common = " + ".join(f"((interests >> {bit}) & 1)" for bit in bits) or "0"
    liked = f"number IN ({','.join(str(int(one)) for one in likers)})" if likers else "0"
    wanted = f"AND (interests >> {int(viewer.wanted)}) & 1" if viewer.wanted >= 0 else ""
    return f"""
    SELECT number,
           {NEAR} * max(0, 1 - away / :km)
           + {SHARED} * min({ENOUGH_SHARED}, {common}) / {ENOUGH_SHARED}.0
           + {ACTIVE} * min(1, max(0, 1 - (:now - active) / {WEEK_S}))
           + {MUTUAL} * (age_min <= :age AND age_max >= :age AND reach >= away)
           + {LIKES_YOU} * ({liked}) AS score
    FROM (SELECT *, sqrt((lng - :lng) * {KM_PER_LNG} * ((lng - :lng) * {KM_PER_LNG})
                         + (lat - :lat) * {KM_PER_LAT} * ((lat - :lat) * {KM_PER_LAT})) AS away
          FROM profile
          WHERE lat BETWEEN :south AND :north AND lng BETWEEN :west AND :east
            AND age BETWEEN :low AND :high AND number <> :number {wanted})
    WHERE away <= :km ORDER BY score DESC, number LIMIT :limit OFFSET :offset"""


def checked(profile: Profile) -> Profile:
    """The profile, if it can be; else `Invalid` names the field."""
    if not profile.name.strip() or len(profile.name) > MOST_NAME or not profile.name.isprintable():
        raise Invalid(f"a name has 1 to {MOST_NAME} printable characters", field="name")
    for field in ("age", "age_min", "age_max"):
        if not YOUNGEST <= getattr(profile, field) <= OLDEST:
            raise Invalid(f"{field} is from {YOUNGEST} to {OLDEST}", field=field)
    if profile.age_min > profile.age_max:
        raise Invalid("age_min is at most age_max", field="age_min")
    check_place(profile.lat, profile.lng)
    check_km(profile.km)
    if not 1 <= len(set(profile.interests)) <= MOST_INTERESTS:
        raise Invalid(f"1 to {MOST_INTERESTS} interests", field="interests")
    bits_of(profile.interests)
    if profile.wanted:
        bits_of((profile.wanted,))
    return replace(profile, name=profile.name.strip())


def check_place(lat: float, lng: float) -> None:
    """`Invalid` for what is no place."""
    if not (math.isfinite(lat) and -85 <= lat <= 85 and math.isfinite(lng) and -180 <= lng <= 180):
        raise Invalid("a location is latitude -85 to 85 and longitude -180 to 180", field="location")


def check_km(km: float) -> None:
    """`Invalid` for a distance out of range."""
    if not (math.isfinite(km) and NEAREST_KM <= km <= FARTHEST_KM):
        raise Invalid(f"distance is from {NEAREST_KM:g} to {FARTHEST_KM:g} km", field="distance")


def _profile(row: dict[str, Any]) -> Profile:
    wanted = row["wanted"]
    return Profile(
        number=row["number"],
        id=row["id"],
        name=row["name"],
        age=row["age"],
        lat=row["lat"],
        lng=row["lng"],
        interests=interests_of(row["interests"]),
        age_min=row["age_min"],
        age_max=row["age_max"],
        km=row["km"],
        wanted=INTERESTS[wanted] if wanted >= 0 else "",
        changed=row["changed"],
    )
