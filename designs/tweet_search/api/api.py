"""The endpoints of tweet search: search, post, like."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Query

from designs.tweet_search.api.schemas import (
    LikeOut,
    SearchOut,
    TweetBody,
    TweetOut,
    cursor_of,
    like_out,
    search_out,
    tweet_out,
)
from designs.tweet_search.engine.engine import TweetSearch
from designs.tweet_search.engine.found import Sort
from designs.tweet_search.engine.paging import MOST_PAGE
from sdlab.api.kit import IdempotencyKey
from sdlab.api.pages import Cursor
from sdlab.api.problems import documented
from sdlab.rooms.http import ActingUser, EngineOf

EngineHere = Annotated[TweetSearch, EngineOf("tweet-search", TweetSearch)]
LARGEST_ID = 2**31 - 1
PAGE = 20
MOST_TEXT = 400


def router() -> APIRouter:
    """Everything below `/api/tweet-search`."""
    routes = APIRouter()

    @routes.get("/search", summary="Search", response_model=SearchOut, responses=documented(503))
    async def search(
        engine: EngineHere,
        user: ActingUser,
        *,
        query: Annotated[
            str, Query(max_length=MOST_TEXT, description="words, and “phrases” in quotation marks")
        ],
        sort_order: Annotated[Sort, Query(description="most liked or newest first")] = "Likes",
        cursor: Cursor = None,
        page_size: Annotated[int, Query(alias="pageSize", ge=1, le=MOST_PAGE)] = PAGE,
    ) -> SearchOut:
        """422 for a query without words, or a cursor that this did not make; 503 when nobody answers."""
        return search_out(await engine.search(query, sort_order, size=page_size, cursor=cursor_of(cursor)))

    @routes.post(
        "/tweets", summary="Post", status_code=201, response_model=TweetOut, responses=documented(503)
    )
    async def post(
        engine: EngineHere, user: ActingUser, body: TweetBody, idempotency_key: IdempotencyKey = None
    ) -> TweetOut:
        """201 once it is a row; a search finds it after the next commit. 429 in a full room, 503 without the store."""
        return tweet_out(await engine.post(body.text, key=idempotency_key))

    @routes.post("/tweets/{id}/like", summary="Like", response_model=LikeOut, responses=documented(404, 503))
    async def like(
        engine: EngineHere, user: ActingUser, id: Annotated[int, Path(ge=1, le=LARGEST_ID)]
    ) -> LikeOut:
        """Counted once per user. 404 without such a tweet; 503 while the counters do not answer."""
        return like_out(await engine.like(id))

    return routes
