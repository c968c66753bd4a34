"""The endpoints of the counter."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter

from designs.web_crawler.api.schemas import AddOut, TotalOut, add_out
from designs.web_crawler.engine.engine import WebCrawler
from sdlab.api.problems import documented
from sdlab.rooms.http import ActingUser, EngineOf

EngineHere = Annotated[WebCrawler, EngineOf("web-crawler", WebCrawler)]


def router() -> APIRouter:
    """Everything below `/api/web-crawler`."""
    routes = APIRouter()

    @routes.post(
        "/adds", summary="Add", status_code=201, response_model=AddOut, responses=documented(429, 503)
    )
    async def add(engine: EngineHere, user: ActingUser) -> AddOut:
        """One step more."""
        return add_out(await engine.add())

    @routes.get("/total", summary="The total", response_model=TotalOut, responses=documented(503))
    async def total(engine: EngineHere, user: ActingUser) -> TotalOut:
        """What the store has."""
        return TotalOut(total=await engine.total())

    return routes
