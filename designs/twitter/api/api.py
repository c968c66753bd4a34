"""The endpoints of Twitter: tweets, likes, people, the timeline and the search."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Query, Response

from designs.twitter.api.schemas import (
    FollowOut,
    LikeOut,
    MadeOut,
    NewText,
    NewTweet,
    Privacy,
    ThreadOut,
    TweetsOut,
    like_out,
    made_out,
    position_in,
    tweet_out,
    tweets_out,
)
from designs.twitter.engine.engine import Twitter
from designs.twitter.engine.pages import MOST_PER_PAGE, PAGE
from designs.twitter.engine.search import TIME
from sdlab.api.kit import IdempotencyKey
from sdlab.api.pages import Cursor
from sdlab.api.problems import documented
from sdlab.lab import Invalid
from sdlab.rooms.http import ActingUser, EngineOf, user_name

EngineHere = Annotated[Twitter, EngineOf("twitter", Twitter)]
TweetId = Annotated[int, Path(ge=1, le=10**12, examples=[200015])]
Handle = Annotated[str, Path(max_length=40, examples=["nora"])]
Limit = Annotated[int, Query(ge=1, le=MOST_PER_PAGE)]
FURTHEST = 10_000


def router() -> APIRouter:
    """Everything below `/api/twitter`."""
    routes = APIRouter()
    _tweets(routes)
    _likes(routes)
    _people(routes)
    _pages(routes)
    return routes


def _tweets(routes: APIRouter) -> None:
    problems = documented(403)

    @routes.post("/tweets", summary="Tweet", status_code=201, response_model=MadeOut, responses=problems)
    async def post(
        engine: EngineHere, user: ActingUser, body: NewTweet, idempotency_key: IdempotencyKey = None
    ) -> MadeOut:
        """At most 280 characters."""
        quoted = int(body.quoteOf) if body.quoteOf else 0
        return made_out(await engine.post(body.text, quote_of=quoted, key=idempotency_key))

    @routes.patch("/tweets/{id}", summary="Change a tweet", response_model=MadeOut, responses=problems)
    async def edit(engine: EngineHere, user: ActingUser, id: TweetId, body: NewText) -> MadeOut:
        """403 for somebody else's."""
        return made_out(await engine.edit(id, body.text))

    @routes.delete("/tweets/{id}", summary="Take a tweet away", status_code=204, responses=problems)
    async def delete(engine: EngineHere, user: ActingUser, id: TweetId) -> None:
        """With its retweets and likes, and out of timelines, index and kept pages. 403 for somebody else's."""
        await engine.delete(id)

    @routes.get("/tweets/{id}", summary="A thread", response_model=ThreadOut, responses=documented())
    async def thread(engine: EngineHere, user: ActingUser, id: TweetId) -> ThreadOut:
        """What it answers, itself, and the answers to it."""
        chain, replies = await engine.thread(id)
        return ThreadOut(chain=[tweet_out(one) for one in chain], replies=[tweet_out(one) for one in replies])

    @routes.post(
        "/tweets/{id}/reply", summary="Reply", status_code=201, response_model=MadeOut, responses=problems
    )
    async def reply(
        engine: EngineHere,
        user: ActingUser,
        id: TweetId,
        body: NewText,
        idempotency_key: IdempotencyKey = None,
    ) -> MadeOut:
        """It stands in the thread."""
        return made_out(await engine.reply(id, body.text, key=idempotency_key))

    @routes.post(
        "/tweets/{id}/retweet",
        summary="Retweet",
        status_code=201,
        response_model=MadeOut,
        responses={**problems, 200: {"model": MadeOut, "description": "it was passed on already"}},
    )
    async def retweet(engine: EngineHere, user: ActingUser, id: TweetId, response: Response) -> MadeOut:
        """201, and 200 when it was passed on already. 403 for a private account's."""
        made, new = await engine.retweet(id)
        response.status_code = 201 if new else 200
        return made_out(made)


def _likes(routes: APIRouter) -> None:
    @routes.post("/tweets/{id}/like", summary="Like", response_model=LikeOut, responses=documented())
    async def like(engine: EngineHere, user: ActingUser, id: TweetId) -> LikeOut:
        """A user likes a tweet once."""
        return like_out(await engine.like(id))

    @routes.delete(
        "/tweets/{id}/like", summary="Like no more", response_model=LikeOut, responses=documented()
    )
    async def unlike(engine: EngineHere, user: ActingUser, id: TweetId) -> LikeOut:
        """Twice is the same as once."""
        return like_out(await engine.unlike(id))


def _people(routes: APIRouter) -> None:
    problems = documented(403, 409)

    @routes.post("/users/{id}/follow", summary="Follow", response_model=FollowOut, responses=problems)
    async def follow(engine: EngineHere, user: ActingUser, id: Handle) -> FollowOut:
        """Twice is the same as once. A private account has to accept."""
        handle = user_name(id, field="id")
        return FollowOut(handle=handle, state=await engine.follow(handle))

    @routes.delete("/users/{id}/follow", summary="Unfollow", status_code=204, responses=problems)
    async def unfollow(engine: EngineHere, user: ActingUser, id: Handle) -> None:
        """Twice is the same as once."""
        await engine.unfollow(user_name(id, field="id"))

    @routes.post("/followers/{id}", summary="Accept a follower", status_code=204, responses=documented())
    async def accept(engine: EngineHere, user: ActingUser, id: Handle) -> None:
        """404 for who has not asked."""
        await engine.accept(user_name(id, field="id"))

    @routes.post("/users/{id}/block", summary="Block", status_code=204, responses=problems)
    async def block(engine: EngineHere, user: ActingUser, id: Handle) -> None:
        """Neither sees the other: in timelines, threads and searches."""
        await engine.block(user_name(id, field="id"))

    @routes.delete("/users/{id}/block", summary="Unblock", status_code=204, responses=problems)
    async def unblock(engine: EngineHere, user: ActingUser, id: Handle) -> None:
        """What was unfollowed stays so."""
        await engine.block(user_name(id, field="id"), blocked=False)

    @routes.patch("/profile", summary="Private or public", status_code=204, responses=documented())
    async def profile(engine: EngineHere, user: ActingUser, body: Privacy) -> None:
        """Whether followers alone see what one writes."""
        await engine.set_private(private=body.private)

    @routes.get(
        "/users/{id}/tweets", summary="Somebody's tweets", response_model=TweetsOut, responses=problems
    )
    async def tweets(
        engine: EngineHere, user: ActingUser, id: Handle, cursor: Cursor = None, limit: Limit = PAGE
    ) -> TweetsOut:
        """403 where they are not for the acting user."""
        handle = user_name(id, field="id")
        listing = f"tweets of {handle}"
        return tweets_out(
            await engine.tweets_of(handle, at=position_in(cursor, listing), size=limit), listing
        )


def _pages(routes: APIRouter) -> None:
    @routes.get("/timeline", summary="My timeline", response_model=TweetsOut, responses=documented())
    async def timeline(
        engine: EngineHere, user: ActingUser, cursor: Cursor = None, limit: Limit = PAGE
    ) -> TweetsOut:
        """What those whom the acting user follows wrote, newest first. 422 for a cursor from elsewhere."""
        at = position_in(cursor, "timeline")
        return tweets_out(await engine.timeline(at=at, size=limit), "timeline")

    @routes.get("/search", summary="Search", response_model=TweetsOut, responses=documented())
    async def search(
        engine: EngineHere,
        user: ActingUser,
        *,
        term: Annotated[str, Query(max_length=400, examples=["launch"])],
        sort_by: Annotated[str, Query(pattern="^(LIKE|timestamp)$")] = TIME,
        page: Annotated[int, Query(ge=0, le=FURTHEST, description="0, or where pages are numbers any")] = 0,
        cursor: Cursor = None,
        limit: Limit = PAGE,
    ) -> TweetsOut:
        """Every word has to be in the tweet; the most liked or the newest first."""
        if page and engine.config.paging == "cursor":
            raise Invalid("pages have no numbers here: go on with next_cursor", field="page")
        listing = f"search {sort_by} {term}"
        at = position_in(cursor, listing, page)
        return tweets_out(await engine.search(term, sort=sort_by, at=at, size=limit), listing)
