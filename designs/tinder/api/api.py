"""The endpoints: cards to swipe, swipes, profiles with their filters, matches as a list and as they come."""

from __future__ import annotations

import base64
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Any, Literal

import numpy as np
from fastapi import APIRouter, Depends, Path, Query
from fastapi.requests import Request
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import StreamingResponse

from designs.tinder.config import MOST_CARDS
from designs.tinder.engine.engine import Tinder
from designs.tinder.engine.feed_service import Handed
from designs.tinder.engine.people import (
    FARTHEST_KM,
    NEAREST_KM,
    OLDEST,
    YOUNGEST,
    Profile,
    interests_of,
    job_of,
    line_of,
)
from designs.tinder.engine.ranking import PARTS, distances
from designs.tinder.inside.snapshot import face_of
from sdlab.api.problems import documented
from sdlab.lab import Invalid
from sdlab.live.sse import LastEventId, LastEventIdQuery, encode, event_stream
from sdlab.rooms.http import ActingUser, engine_of, lab_of
from sdlab.rooms.lab import RunningLab

SLUG = "tinder"
MAX_ID = 40
MAX_HELD = 60
PAGE = 20

EngineHere = Annotated[Tinder, Depends(engine_of(SLUG))]
LabHere = Annotated[RunningLab, Depends(lab_of(SLUG))]
Target = Annotated[str, Path(max_length=MAX_ID, examples=["p77"])]


class Card(BaseModel):
    """Somebody to swipe. `card` marks this hand-out: send it with the swipe, so that a repeat can be told."""

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


class Feed(BaseModel):
    """Cards, best first. `complete`: there is nobody else; `next_cursor` is always null: ask again for more."""

    items: list[Card]
    next_cursor: None = None
    complete: bool
    source: str = Field(examples=["index"])


class SwipeBody(BaseModel):
    """What somebody thinks of somebody."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"intent": "Like"}]})

    intent: Literal["Like", "Dislike"]
    card: str = Field(default="", max_length=MAX_ID, description="the mark of the hand-out, if there is one")


class SwipeOut(BaseModel):
    """What stands. `repeated`: the swipe had been made before, and its first intent is kept."""

    target: str
    intent: Literal["Like", "Dislike"]
    match: bool
    match_id: str | None
    repeated: bool


class Where(BaseModel):
    """A place."""

    model_config = ConfigDict(extra="forbid")

    lat: float = Field(ge=-85, le=85)
    lng: float = Field(ge=-180, le=180)


class ProfileBody(BaseModel):
    """What is to change. Somebody new needs name, age, location and interests."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"distance_km": 8, "age_min": 24, "age_max": 40}]}
    )

    name: str | None = Field(default=None, min_length=1, max_length=30)
    age: int | None = Field(default=None, ge=YOUNGEST, le=OLDEST)
    location: Where | None = None
    interests: list[str] | None = Field(default=None, min_length=1, max_length=5)
    age_min: int | None = Field(default=None, ge=YOUNGEST, le=OLDEST)
    age_max: int | None = Field(default=None, ge=YOUNGEST, le=OLDEST)
    distance_km: float | None = Field(default=None, ge=NEAREST_KM, le=FARTHEST_KM)
    interest: str | None = Field(
        default=None, max_length=40, description="one that all must have; empty: any"
    )

    def changes(self) -> dict[str, Any]:
        """The fields that were sent, as the profile calls them."""
        names = {"distance_km": "km", "interest": "wanted"}
        sent = {names.get(name, name): value for name, value in self.model_dump(exclude_none=True).items()}
        if (where := sent.pop("location", None)) is not None:
            sent |= where
        if "interests" in sent:
            sent["interests"] = tuple(sent["interests"])
        return sent


class ProfileOut(BaseModel):
    """A person with the filters that they look with."""

    id: str
    name: str
    age: int
    location: Where
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


class Matches(BaseModel):
    """A page, oldest first."""

    items: list[MatchOut]
    next_cursor: str | None


@dataclass(frozen=True, slots=True)
class Wish:
    """What GET /feed asks for."""

    at: tuple[float, float] | None
    km: float | None
    held: tuple[str, ...]


def wish(
    location: Annotated[
        str | None,
        Query(max_length=60, description="lat,lng; else that of the profile", examples=["48.03,11.05"]),
    ] = None,
    distance: Annotated[
        float | None, Query(ge=NEAREST_KM, le=FARTHEST_KM, description="km; else that of the profile")
    ] = None,
    in_hand: Annotated[
        str, Query(max_length=MAX_HELD * (MAX_ID + 1), description="ids not to be sent again, by commas")
    ] = "",
) -> Wish:
    """The query of GET /feed; 422 for what is no place."""
    held = tuple(one for one in in_hand.split(",") if one)[:MAX_HELD]
    if location is None:
        return Wish(None, distance, held)
    parts = location.split(",")
    try:
        lat, lng = (float(part) for part in parts)
    except ValueError:
        raise Invalid(
            "a location is latitude and longitude with a comma between them", field="location"
        ) from None
    return Wish((lat, lng), distance, held)


def router() -> APIRouter:
    """Everything below `/api/tinder`."""
    routes = APIRouter()

    @routes.get("/feed", summary="Cards to swipe", response_model=Feed, responses=documented())
    async def feed(engine: EngineHere, user: ActingUser, asked: Annotated[Wish, Depends(wish)]) -> Feed:
        """At most fifty, nobody who was swiped. 404 for somebody without a profile."""
        handed = await engine.feed_for(user, at=asked.at, km=asked.km, in_hand=asked.held)
        return Feed(items=await _cards(engine, handed), complete=handed.complete, source=handed.source)

    @routes.post("/swipe/{target_user}", summary="Swipe", response_model=SwipeOut, responses=documented())
    async def swipe(engine: EngineHere, user: ActingUser, target_user: Target, body: SwipeBody) -> SwipeOut:
        """Counts once: a repeat returns what stands. 404 for nobody, 409 for oneself."""
        done = await engine.swipe(user, target_user, like=body.intent == "Like", card=body.card)
        return SwipeOut(
            target=target_user,
            intent="Like" if done.like else "Dislike",
            match=done.match,
            match_id=str(done.match_number) if done.match else None,
            repeated=done.repeated,
        )

    @routes.put(
        "/profile",
        summary="Change a profile or its filters",
        response_model=ProfileOut,
        responses=documented(),
    )
    async def profile(engine: EngineHere, user: ActingUser, body: ProfileBody) -> ProfileOut:
        """Only what is sent changes. 422 for what cannot be, 429 when too many have joined."""
        return _profile(await engine.put_profile(user, body.changes()))

    @routes.get("/matches", summary="Who likes me back", response_model=Matches, responses=documented())
    async def matches(
        engine: EngineHere,
        user: ActingUser,
        cursor: Annotated[str | None, Query(max_length=64, description="go on behind this page")] = None,
        limit: Annotated[int, Query(ge=1, le=MOST_CARDS)] = PAGE,
    ) -> Matches:
        """In the order in which they were made."""
        number = engine.people.number(user)
        found = await engine.swipes.matches(number, after=_place(cursor), limit=limit)
        more = _cursor(found[-1][0]) if len(found) == limit else None
        return Matches(items=[_match(engine, one) for one in found], next_cursor=more)

    @routes.get(
        "/matches/events",
        summary="Matches as they come (server-sent events)",
        response_class=StreamingResponse,
        responses={
            **documented(),
            200: {"content": {"text/event-stream": {}}, "description": "events with ids"},
        },
    )
    async def events(
        request: Request,
        lab: LabHere,
        user: ActingUser,
        last_event_id: LastEventId = None,
        last_event_id_query: LastEventIdQuery = None,
    ) -> StreamingResponse:
        """From now on, or all from behind `Last-Event-ID`."""
        engine = lab.engine
        assert isinstance(engine, Tinder)
        number = engine.people.number(user)
        told = last_event_id or last_event_id_query
        return event_stream(as_they_come(engine, number, _seen(told)), connection=request, lab=lab)

    return routes


async def as_they_come(engine: Tinder, number: int, after: int | None) -> AsyncIterator[bytes]:
    """A person's matches behind `after` as events, then each new one; None begins now."""
    waiter = engine.listen(number)
    try:
        if after is None:
            after = await engine.swipes.newest_match(number)
        while True:
            waiter.clear()
            for one in await engine.swipes.matches(number, after=after):
                after = one[0]
                yield encode(_match(engine, one).model_dump(), event="match", id=str(after))
                waiter.set()  # there may be another page
            await waiter.wait()
    finally:
        engine.unlisten(number, waiter)


async def _cards(engine: Tinder, handed: Handed) -> list[Card]:
    if not handed.numbers:
        return []
    points = (await engine.points(handed)).tolist()
    km = distances(engine.people.columns, np.array(handed.numbers, int), handed.viewer).tolist()
    return [
        _card(engine, handed, number, away, some)
        for number, away, some in zip(handed.numbers, km, points, strict=True)
    ]


def _card(engine: Tinder, handed: Handed, number: int, away: float, points: list[float]) -> Card:
    row = engine.people.columns.row(number)
    interests = int(row["interests"])
    return Card(
        id=engine.people.id(number),
        card=handed.card,
        name=engine.people.name(number),
        age=int(row["age"]),
        distance_km=round(away, 1),
        interests=list(interests_of(interests)),
        shared=list(interests_of(interests & handed.viewer.interests)),
        job=job_of(number),
        about=line_of(number),
        face=face_of(engine, number),
        score=round(sum(points), 1),
        parts={name: round(got, 1) for (name, _, _), got in zip(PARTS, points, strict=True)},
    )


def _profile(one: Profile) -> ProfileOut:
    return ProfileOut(
        id=one.id,
        name=one.name,
        age=one.age,
        location=Where(lat=one.lat, lng=one.lng),
        interests=list(one.interests),
        age_min=one.age_min,
        age_max=one.age_max,
        distance_km=one.km,
        interest=one.wanted,
    )


def _match(engine: Tinder, one: tuple[int, int, float]) -> MatchOut:
    number, other, at = one
    return MatchOut(
        id=str(number),
        user=engine.people.id(other),
        name=engine.people.name(other),
        face=face_of(engine, other),
        at=datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
    )


def _cursor(number: int) -> str:
    return base64.urlsafe_b64encode(str(number).encode()).decode()


def _place(cursor: str | None) -> int:
    try:
        place = int(base64.urlsafe_b64decode(cursor)) if cursor else 0
    except ValueError:
        raise Invalid("this cursor leads nowhere", field="cursor") from None
    if place < 0:
        raise Invalid("this cursor leads nowhere", field="cursor")
    return place


def _seen(told: str | None) -> int | None:
    if not told:
        return None
    if not (told.isascii() and told.isdigit() and len(told) < 16):
        raise Invalid("Last-Event-ID is the id of a match", field="Last-Event-ID")
    return int(told)
