"""A place, a rating and a search, as everything else speaks of them."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from sdlab.blocks.inverted_index import tokens
from sdlab.lab import Invalid

DECIMALS = 7  # of a degree: a centimetre
MAX_TERM = 80
SMALLEST_RADIUS_M, LARGEST_RADIUS_M = 50.0, 50_000.0


@dataclass(frozen=True, slots=True)
class Place:
    """A place. `text` is what it is found by: name, kind and tags. `revision` counts its edits."""

    id: int
    name: str
    kind: str
    tags: str
    street: str
    by: str
    lat: float
    lng: float
    old_count: int = 0
    old_sum: int = 0
    revision: int = 0

    @property
    def text(self) -> str:
        """What words are looked for in."""
        return f"{self.name} {self.kind} {self.tags}".lower()

    @property
    def words(self) -> list[str]:
        """The words of that text."""
        return tokens(self.text)

    def renamed(self, name: str) -> Place:
        """The next revision, with another name."""
        return replace(self, name=name, revision=self.revision + 1)


@dataclass(frozen=True, slots=True)
class Sums:
    """How many ratings, and the sum of their stars."""

    count: int = 0
    total: int = 0

    @property
    def average(self) -> float:
        """The mean, 0 without any."""
        return self.total / self.count if self.count else 0.0


@dataclass(frozen=True, slots=True)
class Rating:
    """What somebody said. `at` is Unix seconds."""

    place_id: int
    by: str
    stars: int
    text: str
    at: float


@dataclass(frozen=True, slots=True)
class SearchQuery:
    """Words, a point and a radius in metres. No words find every place."""

    term: str
    lat: float
    lng: float
    radius_m: float

    @property
    def words(self) -> tuple[str, ...]:
        """The different words, in their order."""
        return tuple(dict.fromkeys(tokens(self.term)))


def query_of(term: str, lat: float, lng: float, radius_m: float) -> SearchQuery:
    """A search that may be made. `Invalid` for a place that is not on earth, or a circle too small or too large."""
    if len(term) > MAX_TERM:
        raise Invalid(f"a search has at most {MAX_TERM} characters", field="term")
    check_point(lat, lng)
    if not SMALLEST_RADIUS_M <= radius_m <= LARGEST_RADIUS_M:
        raise Invalid(
            f"a radius is from {SMALLEST_RADIUS_M:g} to {LARGEST_RADIUS_M:,.0f} m", field="radius_m"
        )
    return SearchQuery(term.strip(), lat, lng, radius_m)


def check_point(lat: float, lng: float) -> None:
    """`Invalid` for what is no point of the earth."""
    if not (math.isfinite(lat) and -90 <= lat <= 90):
        raise Invalid("latitude is from -90 to 90", field="lat")
    if not (math.isfinite(lng) and -180 <= lng <= 180):
        raise Invalid("longitude is from -180 to 180", field="lang")
