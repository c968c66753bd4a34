"""What the API takes and gives, and the calls that the page shows."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from designs.tinder.engine.cards import Card
from designs.tinder.engine.engine import SwipeResult
from designs.tinder.engine.matches import Match
from designs.tinder.engine.people import FARTHEST_KM, NEAREST_KM, OLDEST, YOUNGEST, People, Profile
from designs.tinder.engine.profiles import MOST_INTERESTS, NAME
from designs.tinder.engine.ranking import SCORE_PARTS
from sdlab.api.kit import StrictModel, TextOf
from sdlab.lab import Example

BASE = "/api/tinder"
MAX_ID = 40

Intent = Literal["Like", "Dislike"]
Age = Annotated[int, Field(ge=YOUNGEST, le=OLDEST)]


class CardOut(BaseModel):
    """Somebody to swipe. `card` marks this refill: send it with the swipe, so that a repeat can be told."""

    id: str = Field(examples=["p77"])
    card: str = Field(examples=["h123456-1"])
    name: str
    age: int
    distance_km: float
    interests: list[str]
    shared: list[str]
    job: str
    about: str
    face: str = Field(description="the seed of the portrait")
    score: float = Field(description="0 to 100")
    parts: dict[str, float]


class FeedOut(BaseModel):
    """Cards, best first. `complete`: there is nobody else; `next_cursor` is always null: ask again for more."""

    items: list[CardOut]
    next_cursor: None = None
    complete: bool
    source: str = Field(examples=["index"])


class SwipeBody(StrictModel):
    """What somebody thinks of somebody."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"intent": "Like"}]})

    intent: Intent
    card: str = Field(default="", max_length=MAX_ID, description="the mark of the refill, if there is one")


class SwipeOut(BaseModel):
    """What stands. `repeated`: the swipe had been made before, and its first intent is kept."""

    target: str
    intent: Intent
    match: bool
    match_id: str | None
    repeated: bool


class Location(StrictModel):
    """A point on the map."""

    lat: float = Field(ge=-85, le=85)
    lng: float = Field(ge=-180, le=180)


class ProfileBody(StrictModel):
    """What is to change. Somebody new needs name, age, location and interests."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"distance_km": 8, "age_min": 24, "age_max": 40}]}
    )

    name: Annotated[str, TextOf(NAME)] | None = None
    age: Age | None = None
    location: Location | None = None
    interests: list[str] | None = Field(default=None, min_length=1, max_length=MOST_INTERESTS)
    age_min: Age | None = None
    age_max: Age | None = None
    distance_km: float | None = Field(default=None, ge=NEAREST_KM, le=FARTHEST_KM)
    interest: str | None = Field(
        default=None, max_length=40, description="one that all must have; empty: any"
    )

    def changes(self) -> dict[str, Any]:
        """The fields that were sent, as the profile calls them."""
        names = {"distance_km": "km", "interest": "wanted"}
        sent = {names.get(name, name): value for name, value in self.model_dump(exclude_none=True).items()}
        if (location := sent.pop("location", None)) is not None:
            sent |= location
        if "interests" in sent:
            sent["interests"] = tuple(sent["interests"])
        return sent


class ProfileOut(BaseModel):
    """A person with the filters that they look with."""

    id: str
    name: str
    age: int
    location: Location
    interests: list[str]
    age_min: int
    age_max: int
    distance_km: float
    interest: str


class MatchOut(BaseModel):
    """Two people who like each other. `id` grows with every match of the room."""

    id: str
    user: str
    name: str
    face: str
    at: str


def card_out(card: Card, mark: str) -> CardOut:
    """A card of the refill with that mark."""
    return CardOut(
        id=card.id,
        card=mark,
        name=card.name,
        age=card.age,
        distance_km=round(card.km, 1),
        interests=list(card.interests),
        shared=list(card.shared),
        job=card.job,
        about=card.about,
        face=card.face,
        score=round(card.score, 1),
        parts={name: round(got, 1) for (name, _, _), got in zip(SCORE_PARTS, card.points, strict=True)},
    )


def swipe_out(target: str, result: SwipeResult) -> SwipeOut:
    """What the engine answered, as it travels."""
    return SwipeOut(
        target=target,
        intent="Like" if result.like else "Dislike",
        match=result.match,
        match_id=str(result.match_number) if result.match else None,
        repeated=result.repeated,
    )


def profile_out(one: Profile) -> ProfileOut:
    """A profile, as it travels."""
    return ProfileOut(
        id=one.id,
        name=one.name,
        age=one.age,
        location=Location(lat=one.lat, lng=one.lng),
        interests=list(one.interests),
        age_min=one.age_min,
        age_max=one.age_max,
        distance_km=one.km,
        interest=one.wanted,
    )


def match_out(people: People, one: Match) -> MatchOut:
    """A match as one of the two sees it."""
    return MatchOut(
        id=str(one.number),
        user=people.id(one.partner),
        name=people.name(one.partner),
        face=people.face(one.partner),
        at=datetime.fromtimestamp(one.at, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
    )


EXAMPLES = (
    Example("Cards to swipe", "GET", f"{BASE}/feed?location=48.0264,11.0581&distance=10"),
    Example("Like somebody", "POST", f"{BASE}/swipe/sam", body={"intent": "Like"}),
    Example(
        "Say it again: it counts once",
        "POST",
        f"{BASE}/swipe/sam",
        body={"intent": "Dislike"},
        note="the answer is what stands: Like, repeated",
    ),
    Example(
        "Look for people of an age, nearby",
        "PUT",
        f"{BASE}/profile",
        body={"age_min": 24, "age_max": 38, "distance_km": 8},
    ),
    Example(
        "Go to the countryside",
        "PUT",
        f"{BASE}/profile",
        body={"location": {"lat": 47.9311, "lng": 10.8886}},
        note="the prepared feed is dropped, and another one built",
    ),
    Example("Who likes me back?", "GET", f"{BASE}/matches?limit=5"),
    Example("Oneself is refused", "POST", f"{BASE}/swipe/visitor", body={"intent": "Like"}, status=409),
    Example("Nobody is called that", "POST", f"{BASE}/swipe/p9999999", body={"intent": "Like"}, status=404),
)
