"""Who fits, and who comes first: filters as a mask, a score as a sum of five parts, over whole columns.

The score goes up to 100. The database query of `profile_table.py` computes the same parts in SQL.
"""

from __future__ import annotations

import math
import zlib
from dataclasses import dataclass

import numpy as np

from designs.tinder.engine.people import INTERESTS, WEEK_S, Columns, Profile, bits_of
from designs.tinder.engine.regions import EARTH_RADIUS_KM

NEAR, SHARED, ACTIVE, MUTUAL, LIKES_YOU = 35.0, 25.0, 20.0, 10.0, 10.0
ENOUGH_SHARED = 3
MOST_RANKED = 3072
SCORE_PARTS = (
    ("near", "close by", NEAR),
    ("shared", "shared interests", SHARED),
    ("active", "active lately", ACTIVE),
    ("mutual", "you fit their filters", MUTUAL),
    ("likes", "likes you already", LIKES_YOU),
)


@dataclass(frozen=True, slots=True)
class Viewer:
    """Whoever looks for people, with the filters in force."""

    number: int
    age: int
    lat: float
    lng: float
    interests: int
    age_min: int
    age_max: int
    km: float
    wanted: int
    changed: float = 0.0

    @property
    def key(self) -> str:
        """A short word for these filters; a feed that was built for other ones has another."""
        text = f"{self.lat:.4f} {self.lng:.4f} {self.age_min} {self.age_max} {self.km:g} {self.wanted}"
        return f"{zlib.crc32(text.encode()):08x}"


def viewer_of(profile: Profile, *, at: tuple[float, float] | None = None, km: float | None = None) -> Viewer:
    """The profile's own filters; location and distance may be others for once."""
    lat, lng = at or profile.at
    return Viewer(
        number=profile.number,
        age=profile.age,
        lat=lat,
        lng=lng,
        interests=bits_of(profile.interests),
        age_min=profile.age_min,
        age_max=profile.age_max,
        km=profile.km if km is None else km,
        wanted=INTERESTS.index(profile.wanted) if profile.wanted else -1,
        changed=profile.changed,
    )


def distances(columns: Columns, rows: np.ndarray, viewer: Viewer) -> np.ndarray:
    """Km to each along the sphere, by the haversine formula: anywhere on the globe, across the date line too."""
    lat, lng = np.radians(columns.of["lat"][rows]), np.radians(columns.of["lng"][rows])
    up, across = np.sin((lat - math.radians(viewer.lat)) / 2), np.sin((lng - math.radians(viewer.lng)) / 2)
    half = up * up + math.cos(math.radians(viewer.lat)) * np.cos(lat) * across * across
    return np.asarray(2 * EARTH_RADIUS_KM * np.arcsin(np.sqrt(half.clip(0, 1))))


def fits(columns: Columns, rows: np.ndarray, viewer: Viewer) -> np.ndarray:
    """Whether each passes the viewer's filters."""
    of = columns.of
    age = of["age"][rows]
    fine = of["here"][rows] & (age >= viewer.age_min) & (age <= viewer.age_max) & (rows != viewer.number)
    if viewer.wanted >= 0:
        fine = fine & ((of["interests"][rows] >> viewer.wanted & 1) == 1)
    return np.asarray(fine & (distances(columns, rows, viewer) <= viewer.km))


def score_points(
    columns: Columns, rows: np.ndarray, viewer: Viewer, *, now: float, likers: frozenset[int] = frozenset()
) -> np.ndarray:
    """The points of each person (a row) for each of `SCORE_PARTS` (a column)."""
    of = columns.of
    km = distances(columns, rows, viewer)
    common = of["interests"][rows] & viewer.interests
    shared = np.bitwise_count(common)
    fresh = 1 - (now - of["active"][rows]) / WEEK_S
    mutual = (
        (of["age_min"][rows] <= viewer.age) & (of["age_max"][rows] >= viewer.age) & (of["km"][rows] >= km)
    )
    likes = np.isin(rows, list(likers)) if likers else np.zeros(len(rows), bool)
    return np.stack(
        [
            NEAR * (1 - km / viewer.km).clip(0, 1),
            SHARED * np.minimum(shared, ENOUGH_SHARED) / ENOUGH_SHARED,
            ACTIVE * fresh.clip(0, 1),
            MUTUAL * mutual,
            LIKES_YOU * likes,
        ],
        axis=1,
    )


@dataclass(frozen=True, slots=True)
class Ranked:
    """Numbers best first with their points (a row each), equals in the order of their numbers.

    `fitting` is how many fit.
    """

    numbers: np.ndarray
    points: np.ndarray
    fitting: int

    @property
    def scores(self) -> np.ndarray:
        """The sums of the points."""
        return np.asarray(self.points.sum(axis=1))


def ranked(
    columns: Columns, rows: np.ndarray, viewer: Viewer, *, now: float, likers: frozenset[int] = frozenset()
) -> Ranked:
    """Those of `rows` who fit, best first, at most `MOST_RANKED`."""
    fitting = rows[fits(columns, rows, viewer)]
    count = len(fitting)
    if not count:
        return Ranked(fitting, np.zeros((0, len(SCORE_PARTS))), 0)
    points = score_points(columns, fitting, viewer, now=now, likers=likers)
    score = points.sum(axis=1)
    if count > 2 * MOST_RANKED:  # sorting everybody would cost more than all the rest
        best = np.argpartition(-score, MOST_RANKED)[:MOST_RANKED]
        fitting, points, score = fitting[best], points[best], score[best]
    order = np.lexsort((fitting, -score))
    return Ranked(fitting[order], points[order], count)
