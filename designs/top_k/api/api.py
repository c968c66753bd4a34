"""The endpoints of top-k: count a view, ask for the most viewed."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Query

from designs.top_k.api.schemas import Accepted, TopVideos, ViewBody, accepted_out, top_out
from designs.top_k.engine.engine import MOST, TopK
from sdlab.api.problems import documented
from sdlab.rooms.http import ActingUser, EngineOf

EngineHere = Annotated[TopK, EngineOf("top-k", TopK)]


def router() -> APIRouter:
    """Everything below `/api/top-k`."""
    routes = APIRouter()

    @routes.post(
        "/v1/views", summary="Count a view", status_code=202, response_model=Accepted, responses=documented()
    )
    async def view(engine: EngineHere, user: ActingUser, body: ViewBody) -> Accepted:
        """202 once the view is in the log; 422 for what cannot be an id; 503 while nobody can count it."""
        return accepted_out(await engine.view(body.video_id))

    @routes.get("/v1/top-videos", summary="The most viewed", response_model=TopVideos, responses=documented())
    async def top(
        engine: EngineHere,
        user: ActingUser,
        window: Annotated[Literal["1m", "5m", "1h"], Query(description="how far back")] = "1m",
        k: Annotated[int, Query(ge=1, le=MOST, description="how many ranks")] = 10,
    ) -> TopVideos:
        """422 for another window or k; 503 while nobody can answer. Hosts that are down are left out."""
        return top_out(await engine.top(window, k))

    return routes
