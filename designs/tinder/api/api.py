"""The endpoints: cards to swipe, swipes, profiles with their filters, matches as a list and as they come."""

from __future__ import annotations

import re
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query
from fastapi.requests import Request
from starlette.responses import StreamingResponse

from designs.tinder.api.schemas import (
    MAX_ID,
    FeedOut,
    MatchOut,
    ProfileBody,
    ProfileOut,
    SwipeBody,
    SwipeOut,
    card_out,
    match_out,
    profile_out,
    swipe_out,
)
from designs.tinder.engine.engine import Tinder
from designs.tinder.engine.feed_cache import MOST_CARDS
from designs.tinder.engine.people import FARTHEST_KM, NEAREST_KM
from sdlab.api.pages import Cursor, CursorKey, Page, page_of
from sdlab.api.problems import documented
from sdlab.lab import Invalid
from sdlab.live.sse import LastEventId, LastEventIdQuery, encode, event_stream
from sdlab.rooms.http import ActingUser, EngineOf, LabOf, engine_in
from sdlab.rooms.lab import RunningLab

SLUG = "tinder"
MAX_HELD = 60
PAGE = 20
# Plain decimal numbers: `float` would take other scripts' digits, underscores and "nan" as well.
LOCATION = re.compile(r"(-?\d{1,3}(?:\.\d{1,15})?),(-?\d{1,3}(?:\.\d{1,15})?)", re.ASCII)
MATCHES = CursorKey("matches", int)

EngineHere = Annotated[Tinder, EngineOf(SLUG, Tinder)]
LabHere = Annotated[RunningLab, LabOf(SLUG)]
Target = Annotated[str, Path(max_length=MAX_ID, examples=["p77"])]
MatchLimit = Annotated[int, Query(ge=1, le=MOST_CARDS, description="how many at most")]


@dataclass(frozen=True, slots=True)
class FeedRequest:
    """What GET /feed asks for."""

    at: tuple[float, float] | None
    km: float | None
    held: tuple[str, ...]


def feed_request(
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
) -> FeedRequest:
    """The query of GET /feed; 422 for what is no location."""
    held = tuple(one for one in in_hand.split(",") if one)[:MAX_HELD]
    if location is None:
        return FeedRequest(None, distance, held)
    found = LOCATION.fullmatch(location)
    if found is None:
        raise Invalid("a location is latitude and longitude with a comma between them", field="location")
    return FeedRequest((float(found[1]), float(found[2])), distance, held)


def router() -> APIRouter:
    """Everything below `/api/tinder`."""
    routes = APIRouter()

    @routes.get("/feed", summary="Cards to swipe", response_model=FeedOut, responses=documented())
    async def feed(
        engine: EngineHere, user: ActingUser, asked: Annotated[FeedRequest, Depends(feed_request)]
    ) -> FeedOut:
        """At most fifty, nobody who was swiped. 404 for somebody without a profile."""
        refill = await engine.refill(at=asked.at, km=asked.km, held=asked.held)
        items = [card_out(card, refill.mark) for card in engine.cards(refill)]
        return FeedOut(items=items, complete=refill.complete, source=refill.source)

    @routes.post("/swipe/{target_user}", summary="Swipe", response_model=SwipeOut, responses=documented(409))
    async def swipe(engine: EngineHere, user: ActingUser, target_user: Target, body: SwipeBody) -> SwipeOut:
        """Counts once: a repeat returns what stands. 404 for nobody, 409 for oneself."""
        result = await engine.swipe(target_user, like=body.intent == "Like", mark=body.card)
        return swipe_out(target_user, result)

    @routes.put(
        "/profile",
        summary="Change a profile or its filters",
        response_model=ProfileOut,
        responses=documented(),
    )
    async def profile(engine: EngineHere, user: ActingUser, body: ProfileBody) -> ProfileOut:
        """Only what is sent changes. 422 for what cannot be, 429 when too many have joined."""
        return profile_out(await engine.put_profile(body.changes()))

    @routes.get(
        "/matches", summary="Who likes me back", response_model=Page[MatchOut], responses=documented()
    )
    async def matches(
        engine: EngineHere, user: ActingUser, cursor: Cursor = None, limit: MatchLimit = PAGE
    ) -> Page[MatchOut]:
        """In the order in which they were made."""
        (after,) = MATCHES.decode(cursor) or (0,)
        return page_of(
            await engine.list_matches(after=after, limit=limit + 1),
            limit=limit,
            cursor=MATCHES,
            key=lambda one: (one.number,),
            item=lambda one: match_out(engine.people, one),
        )

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
        engine = engine_in(lab, Tinder)
        number = engine.people.number(user)
        after = _last_event(last_event_id or last_event_id_query)
        return event_stream(match_events(engine, number, after), connection=request, lab=lab)

    return routes


async def match_events(engine: Tinder, number: int, after: int | None) -> AsyncGenerator[bytes, None]:
    """A person's matches behind `after` as events, then each new one; None begins now."""
    async with aclosing(engine.matches.follow(number, after)) as matches:
        async for one in matches:
            yield encode(match_out(engine.people, one).model_dump(), event="match", id=str(one.number))


def _last_event(given: str | None) -> int | None:
    if not given:
        return None
    if not (given.isascii() and given.isdigit() and len(given) < 16):
        raise Invalid("Last-Event-ID is the id of a match", field="Last-Event-ID")
    return int(given)
