"""The endpoints of Yelp: search, a place, its reviews, a rating, a new place."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Path, Query

from designs.yelp.api.schemas import (
    NameBody,
    PlaceBody,
    PlaceOut,
    RatingBody,
    RatingOut,
    ReviewOut,
    SearchPage,
    found_place,
    place_out,
    rating_out,
    review_out,
)
from designs.yelp.engine.engine import Yelp
from designs.yelp.engine.place import LARGEST_RADIUS_M, MAX_TERM, SMALLEST_RADIUS_M, SearchQuery, query_of
from sdlab.api.kit import IdempotencyKey
from sdlab.api.pages import Cursor, CursorKey, Page, page_of
from sdlab.api.problems import documented
from sdlab.rooms.http import EngineOf, acting_user

PAGE, MOST = 20, 100
USUAL_RADIUS_M = 1_000.0
PLACES = CursorKey("places", float, int)
REVIEWS = CursorKey("reviews", float, str, str)

EngineHere = Annotated[Yelp, EngineOf("yelp", Yelp)]
PlaceId = Annotated[str, Path(pattern=r"^[0-9]{1,9}$", description="the id of a place")]
PageSize = Annotated[int, Query(alias="pageSize", ge=1, le=MOST, description="how many at most")]


def router() -> APIRouter:
    """Everything below `/api/yelp`."""
    routes = APIRouter(dependencies=[Depends(acting_user)])
    _add_search(routes)
    _add_places(routes)
    _add_ratings(routes)
    return routes


def _add_search(routes: APIRouter) -> None:
    @routes.get("/search", summary="Search places near a point", responses=documented(503))
    async def search(
        engine: EngineHere,
        query: Annotated[SearchQuery, Depends(_query)],
        sort: Annotated[Literal["relevance", "distance", "rating"] | None, Query()] = None,
        cursor: Cursor = None,
        page_size: PageSize = PAGE,
    ) -> SearchPage:
        """Best first. 422 for a point that is not on earth, or a cursor that this did not make."""
        behind = PLACES.decode(cursor)
        after = (float(behind[0]), int(behind[1])) if behind else None
        answer = await engine.search(query, sort=sort or "", limit=page_size + 1, after=after)
        page = page_of(
            answer.hits,
            limit=page_size,
            cursor=PLACES,
            key=lambda one: (one.score, one.place.id),
            item=found_place,
        )
        return SearchPage(
            items=page.items,
            next_cursor=page.next_cursor,
            total=len(answer.found),
            answered_by=answer.source,
        )


def _query(
    lat: Annotated[float, Query(ge=-90, le=90, allow_inf_nan=False)],
    lang: Annotated[float, Query(ge=-180, le=180, allow_inf_nan=False, description="longitude")],
    term: Annotated[str, Query(max_length=MAX_TERM, description="words, all of which must fit")] = "",
    radius_m: Annotated[float, Query(ge=SMALLEST_RADIUS_M, le=LARGEST_RADIUS_M)] = USUAL_RADIUS_M,
) -> SearchQuery:
    return query_of(term, lat, lang, radius_m)


def _add_places(routes: APIRouter) -> None:
    @routes.get("/place/{id}", summary="One place", responses=documented(404, 503))
    async def place(engine: EngineHere, id: PlaceId) -> PlaceOut:
        """A place with its average. 404 for one that there is not."""
        return place_out(*await engine.place(int(id)))

    @routes.get("/place/{id}/reviews", summary="What people say", responses=documented(404, 503))
    async def reviews(
        engine: EngineHere, id: PlaceId, cursor: Cursor = None, page_size: PageSize = PAGE
    ) -> Page[ReviewOut]:
        """Newest first. 404 for a place that there is not."""
        behind = REVIEWS.decode(cursor)
        after = (float(behind[0]), str(behind[1]), str(behind[2])) if behind else None
        found = await engine.reviews(int(id), after=after, limit=page_size + 1)
        return page_of(
            found,
            limit=page_size,
            cursor=REVIEWS,
            key=lambda one: (one[0].at, one[0].by, one[1]),
            item=lambda one: review_out(one[0]),
        )

    @routes.post("/place", summary="Add a place", status_code=201, responses=documented(409))
    async def add(engine: EngineHere, body: PlaceBody, idempotency_key: IdempotencyKey = None) -> PlaceOut:
        """It is found once the index has heard of it. 422 for a key that was used for another place."""
        added = await engine.add_place(
            body.name, body.kind, body.tags, body.lat, body.lang, key=idempotency_key
        )
        return place_out(added, engine.ratings.column.of(added.id))

    @routes.patch("/place/{id}", summary="Rename a place", responses=documented(403, 404, 503))
    async def rename(engine: EngineHere, id: PlaceId, body: NameBody) -> PlaceOut:
        """403 for a place that somebody else added."""
        changed = await engine.rename(int(id), body.name)
        return place_out(changed, engine.ratings.column.of(changed.id))


def _add_ratings(routes: APIRouter) -> None:
    @routes.post("/place/ratings", summary="Rate a place", responses=documented(404, 429, 503))
    async def rate(engine: EngineHere, body: RatingBody) -> RatingOut:
        """One per person and place: a second one edits the first, so that sending it again changes nothing."""
        rating, first = await engine.rate(int(body.place_id), body.stars, body.text)
        return rating_out(rating, first=first)
