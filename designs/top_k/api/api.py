"""The endpoints of top-k: count a view, ask for the most viewed."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel, ConfigDict, Field

from designs.top_k.engine import MOST, TopK
from sdlab.api.problems import documented
from sdlab.rooms.http import acting_user, engine_of

SLUG = "top-k"

EngineHere = Annotated[TopK, Depends(engine_of(SLUG))]
User = Annotated[str, Depends(acting_user)]


class ViewBody(BaseModel):
    """Which video was viewed."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"video_id": "v1"}]})

    video_id: str = Field(min_length=1, max_length=40, pattern=r"^[A-Za-z0-9_-]+$")


class Accepted(BaseModel):
    """The view is in the log. `views` are those of the video within the hour, this one included."""

    view_id: str = Field(examples=["2-1795493423799-0"])
    video_id: str
    at: datetime
    views: int


class TopVideo(BaseModel):
    """A place of the ranking."""

    rank: int
    video_id: str
    title: str
    views: int


class TopVideos(BaseModel):
    """The most viewed of a window, most first.

    `method` says whether counts are exact or estimated; an estimated one is never too small, and
    at most `error_bound` too large but for a chance of `error_chance`. `as_of` is the moment the
    answer speaks of. `missing_slots` is how many of `slots` could not be asked.
    """

    window: str
    k: int
    method: Literal["exact", "estimated"]
    error_bound: float
    error_chance: float
    as_of: datetime
    missing_slots: int
    slots: int
    items: list[TopVideo]


def router() -> APIRouter:
    """Everything below `/api/top-k`."""
    routes = APIRouter()

    @routes.post(
        "/v1/views", summary="Count a view", status_code=202, response_model=Accepted, responses=documented()
    )
    async def view(engine: EngineHere, user: User, body: ViewBody) -> Accepted:
        """202 once the view is in the log; 422 for what cannot be an id; 503 while nobody can count it."""
        seen = await engine.view(body.video_id, by=user)
        return Accepted(
            view_id=seen.view_id,
            video_id=seen.video_id,
            at=datetime.fromtimestamp(seen.at, UTC),
            views=seen.views,
        )

    @routes.get("/v1/top-videos", summary="The most viewed", response_model=TopVideos, responses=documented())
    async def top(
        engine: EngineHere,
        user: User,
        window: Annotated[Literal["1m", "5m", "1h"], Query(description="how far back")] = "1m",
        k: Annotated[int, Query(ge=1, le=MOST, description="how many places")] = 10,
    ) -> TopVideos:
        """422 for another window or k; 503 while nobody can answer. Hosts that are down are left out."""
        found = await engine.top(window, k, by=user)
        return TopVideos(
            window=found.window,
            k=found.k,
            method="exact" if found.exact else "estimated",
            error_bound=round(found.error_bound, 3),
            error_chance=round(found.error_chance, 6),
            as_of=datetime.fromtimestamp(found.as_of, UTC),
            missing_slots=found.missing,
            slots=found.slots,
            items=[
                TopVideo(rank=one.place, video_id=one.video_id, title=one.title, views=one.views)
                for one in found.items
            ],
        )

    return routes
