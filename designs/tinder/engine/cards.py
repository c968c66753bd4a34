"""Cards: people as a viewer sees them, with the points that rank them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from designs.tinder.engine.people import People, interests_of, job_of, line_of
from designs.tinder.engine.ranking import Viewer, distances


@dataclass(frozen=True, slots=True)
class Card:
    """Somebody to swipe. `points` are in the order of `ranking.SCORE_PARTS`, `km` is the distance."""

    id: str
    name: str
    age: int
    km: float
    interests: tuple[str, ...]
    shared: tuple[str, ...]
    job: str
    about: str
    face: str
    points: tuple[float, ...]

    @property
    def score(self) -> float:
        """0 to 100."""
        return sum(self.points)


def cards_of(
    people: People, numbers: Sequence[int], viewer: Viewer, points: Mapping[int, tuple[float, ...]]
) -> list[Card]:
    """These people as that viewer sees them, in the same order, with the points that ranked them."""
    km = distances(people.columns, np.array(numbers, int), viewer).tolist()
    return [_card(people, viewer, one, away, points[one]) for one, away in zip(numbers, km, strict=True)]


def _card(people: People, viewer: Viewer, number: int, km: float, points: tuple[float, ...]) -> Card:
    row = people.columns.row(number)
    interests = int(row["interests"])
    return Card(
        id=people.id(number),
        name=people.name(number),
        age=int(row["age"]),
        km=km,
        interests=interests_of(interests),
        shared=interests_of(interests & viewer.interests),
        job=job_of(number),
        about=line_of(number),
        face=people.face(number),
        points=points,
    )
