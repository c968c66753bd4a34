"""The endpoints of the ad click aggregator: ads, clicks with their 302, the advertisers' pages, metrics."""

from __future__ import annotations

import html
from base64 import b64decode
from typing import Annotated, Literal

from fastapi import APIRouter, Path, Query, Request, Response
from pydantic import AwareDatetime

from designs.ad_click_aggregator.api.schemas import (
    ImpressionOut,
    LandingOut,
    MetricsOut,
    impression_out,
    landing_out,
    landing_path,
    metrics_out,
)
from designs.ad_click_aggregator.engine.engine import GRANULARITIES, AdClickAggregator
from sdlab.api.problems import documented
from sdlab.lab import Forbidden
from sdlab.rooms.http import ActingUser, EngineOf, may_act

SLUG = "ad-click-aggregator"
MOST_ADS = 12
LAST = 60  # buckets, where no range is given
PIXEL = b64decode("R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7")
UNKEPT = {"cache-control": "no-store"}

EngineHere = Annotated[AdClickAggregator, EngineOf(SLUG, AdClickAggregator)]
ImpressionId = Annotated[str, Path(min_length=1, max_length=80, pattern=r"^[\w.\-]+$")]
ImpressionQuery = Annotated[str, Query(min_length=1, max_length=80, pattern=r"^[\w.\-]+$")]
AdId = Annotated[int, Query(ge=1, le=2**31)]


def router() -> APIRouter:
    """Everything below `/api/ad-click-aggregator`."""
    routes = APIRouter()
    _readers(routes)
    _advertisers(routes)
    return routes


def _readers(routes: APIRouter) -> None:
    @routes.get("/impressions", summary="An ad", response_model=ImpressionOut, responses=documented())
    async def impressions(
        engine: EngineHere,
        user: ActingUser,
        request: Request,
        slot: Annotated[Literal["top", "story", "side"], Query()],
    ) -> ImpressionOut:
        """With an impression of its own: who clicks it twice counts once."""
        return impression_out(await engine.serve(slot), request.query_params.get("room"))

    @routes.get(
        "/click/{impression}",
        summary="Click an ad",
        status_code=302,
        response_class=Response,
        responses={302: {"description": "To the advertiser's page"}, **documented(403)},
    )
    async def click(
        engine: EngineHere, user: ActingUser, request: Request, impression: ImpressionId
    ) -> Response:
        """403 for an id that we did not sign, or whose time is over. A repeat is redirected, and not counted."""
        await _guard(request, engine)
        found = await engine.click(impression)
        location = landing_path(found.ad.id, impression, request.query_params.get("room"))
        return Response(status_code=302, headers={"location": location, **UNKEPT})

    @routes.get(
        "/pixel/{impression}.gif",
        summary="Tell us of a click",
        response_class=Response,
        responses={200: {"content": {"image/gif": {}}, "description": "a pixel"}, **documented(403)},
    )
    async def pixel(
        engine: EngineHere, user: ActingUser, request: Request, impression: ImpressionId
    ) -> Response:
        """For pages whose links lead to the advertiser."""
        await _guard(request, engine)
        await engine.click(impression, pixel=True)
        return Response(PIXEL, media_type="image/gif", headers=UNKEPT)

    @routes.get(
        "/landing/{ad_id}",
        summary="The advertiser's page",
        response_model=LandingOut,
        responses=documented(404),
    )
    async def landing(
        engine: EngineHere,
        user: ActingUser,
        request: Request,
        ad_id: Annotated[int, Path(ge=1, le=2**31)],
        impression: ImpressionQuery,
    ) -> LandingOut | Response:
        """HTML for a browser, JSON for a program. It notes who came; that is the advertiser's log, not ours."""
        await _guard(request, engine)
        ad = await engine.visit(ad_id, impression)
        if "text/html" in request.headers.get("accept", ""):
            name, title = html.escape(ad.advertiser), html.escape(ad.title)
            body = (
                f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{name}</title>'
                f"<main><h1>{name}</h1><p>{title}</p></main></html>"
            )
            return Response(body, media_type="text/html", headers=UNKEPT)
        return landing_out(ad)


def _advertisers(routes: APIRouter) -> None:
    @routes.get("/metrics", summary="Clicks of ads", response_model=MetricsOut, responses=documented(404))
    async def metrics(  # noqa: PLR0917 - each is a part of the query
        engine: EngineHere,
        user: ActingUser,
        ad_id: Annotated[list[AdId], Query(min_length=1, max_length=MOST_ADS)],
        since: Annotated[
            AwareDatetime | None, Query(alias="from", description="60 buckets before the end, if left out")
        ] = None,
        until: Annotated[AwareDatetime | None, Query(alias="to", description="now, if left out")] = None,
        granularity: Literal["2s", "1m", "1h", "1d"] = "1m",
    ) -> MetricsOut:
        """Per ad and bucket. 422 for a range that ends before it begins, or has too many buckets."""
        now = engine.clock.time()
        ends = until.timestamp() if until else now + 1
        begins = since.timestamp() if since else ends - LAST * GRANULARITIES[granularity]
        found = await engine.metrics(ad_id, since=begins, until=ends, granularity=granularity)
        return metrics_out(found, granularity)

    @routes.get(
        "/totals.parquet",
        summary="All totals as Parquet",
        response_class=Response,
        responses={
            200: {"content": {"application/vnd.apache.parquet": {}}, "description": "a file"},
            **documented(),
        },
    )
    async def totals(engine: EngineHere, user: ActingUser) -> Response:
        """For whoever may not open the store: only one process may."""
        return Response(await engine.export(), media_type="application/vnd.apache.parquet")


async def _guard(request: Request, engine: AdClickAggregator) -> None:
    if not await may_act(request, engine.room.id):
        raise Forbidden("only who leads the class may click here")
