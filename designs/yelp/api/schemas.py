"""What the API takes and gives, as pydantic models; and calls that show it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

from pydantic import BaseModel, Field

from designs.yelp.engine.engine import KIND, NAME, REVIEW, TAGS
from designs.yelp.engine.place import Place, Rating, Sums
from designs.yelp.engine.search import Scored
from sdlab.api.kit import StrictModel, TextOf
from sdlab.lab import Example

BASE = "/api/yelp"


class FoundPlace(BaseModel):
    """A place as a search shows it. `score` is from 0 to 100."""

    id: str = Field(examples=["1"])
    name: str
    kind: str
    lat: float
    lang: float = Field(description="the longitude, by the name that the search takes")
    distance_m: float
    rating: float = Field(description="the mean of the stars, 0 without any")
    ratings: int
    score: float


class SearchPage(BaseModel):
    """A page of a search. `answered_by` is index, database or cache."""

    items: list[FoundPlace]
    next_cursor: str | None
    total: int
    answered_by: str


class PlaceOut(BaseModel):
    """A place, whole."""

    id: str = Field(examples=["1"])
    name: str
    kind: str
    tags: str
    street: str
    lat: float
    lang: float
    rating: float
    ratings: int


class ReviewOut(BaseModel):
    """What somebody said of a place."""

    by: str
    stars: int
    text: str
    at: datetime


class RatingBody(StrictModel):
    """Stars for a place, and a text if you like."""

    place_id: str = Field(pattern=r"^[0-9]{1,9}$", examples=["1"])
    stars: int = Field(ge=1, le=5, examples=[5])
    text: Annotated[str, TextOf(REVIEW)] = ""


class RatingOut(BaseModel):
    """A rating as it is stored. `edited` when it took the place of an earlier one."""

    place_id: str
    by: str
    stars: int
    text: str
    at: datetime
    edited: bool


class PlaceBody(StrictModel):
    """A new place."""

    name: Annotated[str, TextOf(NAME)] = Field(examples=["Quince Corner"])
    kind: Annotated[str, TextOf(KIND)] = Field(examples=["coffee"])
    tags: Annotated[str, TextOf(TAGS)] = ""
    lat: float = Field(ge=-90, le=90)
    lang: float = Field(ge=-180, le=180)


class NameBody(StrictModel):
    """Another name for a place."""

    name: Annotated[str, TextOf(NAME)] = Field(examples=["Quince & Co"])


def found_place(one: Scored) -> FoundPlace:
    """A hit, as it travels."""
    return FoundPlace(
        id=str(one.place.id),
        name=one.place.name,
        kind=one.place.kind,
        lat=one.place.lat,
        lang=one.place.lng,
        distance_m=round(one.metres, 1),
        rating=round(one.sums.average, 2),
        ratings=one.sums.count,
        score=round(100 * one.score, 2),
    )


def place_out(place: Place, sums: Sums) -> PlaceOut:
    """A place, as it travels."""
    return PlaceOut(
        id=str(place.id),
        name=place.name,
        kind=place.kind,
        tags=place.tags,
        street=place.street,
        lat=place.lat,
        lang=place.lng,
        rating=round(sums.average, 2),
        ratings=sums.count,
    )


def review_out(one: Rating) -> ReviewOut:
    """A review, as it travels."""
    return ReviewOut(by=one.by, stars=one.stars, text=one.text, at=datetime.fromtimestamp(one.at, UTC))


def rating_out(one: Rating, *, first: bool) -> RatingOut:
    """A rating, as it travels."""
    return RatingOut(
        place_id=str(one.place_id),
        by=one.by,
        stars=one.stars,
        text=one.text,
        at=datetime.fromtimestamp(one.at, UTC),
        edited=not first,
    )


EXAMPLES = (
    Example(
        "Coffee within a kilometre",
        "GET",
        f"{BASE}/search?term=coffee&lat=48.027&lang=11.054&radius_m=3000&pageSize=3",
        saves={"cursor": "next_cursor"},
    ),
    Example(
        "The page behind it",
        "GET",
        f"{BASE}/search?term=coffee&lat=48.027&lang=11.054&radius_m=3000&pageSize=3&cursor={{cursor}}",
    ),
    Example(
        "No such latitude",
        "GET",
        f"{BASE}/search?term=coffee&lat=95&lang=11.054",
        status=422,
    ),
    Example("One place", "GET", f"{BASE}/place/1"),
    Example(
        "Rate it",
        "POST",
        f"{BASE}/place/ratings",
        body={"place_id": "1", "stars": 4, "text": "Good flat white."},
    ),
    Example(
        "Rate it again",
        "POST",
        f"{BASE}/place/ratings",
        body={"place_id": "1", "stars": 5, "text": "Even better today."},
        note="the first rating is edited: there is one per person and place",
    ),
    Example("What people say", "GET", f"{BASE}/place/1/reviews?pageSize=2", saves={"reviews": "next_cursor"}),
    Example("The reviews behind", "GET", f"{BASE}/place/1/reviews?pageSize=2&cursor={{reviews}}"),
    Example(
        "Add a place",
        "POST",
        f"{BASE}/place",
        body={"name": "Quince Corner", "kind": "coffee", "tags": "quiet", "lat": 48.0271, "lang": 11.0541},
        status=201,
        saves={"place": "id"},
        note="with an Idempotency-Key, sending it again gives the same place",
    ),
    Example("Rename it", "PATCH", f"{BASE}/place/{{place}}", body={"name": "Quince & Co"}),
)
