"""The endpoints of the feed: post, follow, and read the timeline of whoever the token names."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Query

from designs.facebook_feed.api.bearer import Reader, Writer, signing_key
from designs.facebook_feed.api.schemas import (
    MAX_ID,
    TIMELINE,
    FollowOut,
    MemberOut,
    MembersOut,
    NewPost,
    PostOut,
    Target,
    TimelineOut,
    TokenOut,
    member_out,
    position_in,
    post_out,
    timeline_out,
)
from designs.facebook_feed.api.tokens import Bearer, Scope, issue
from designs.facebook_feed.engine.engine import Feed
from designs.facebook_feed.engine.timeline_page import MOST_PER_PAGE, PAGE
from sdlab.api.kit import IdempotencyKey
from sdlab.api.pages import Cursor, Page, page_of
from sdlab.api.problems import documented
from sdlab.rooms.http import ActingUser, EngineOf, RoomOf

SLUG = "facebook-feed"
FOUND_AT_ONCE = 20

EngineHere = Annotated[Feed, EngineOf(SLUG, Feed)]
MemberId = Annotated[str, Path(max_length=MAX_ID, examples=["hugo.banerjee0"])]
PostId = Annotated[int, Path(ge=1, le=10**9)]
PageSize = Annotated[int, Query(ge=1, le=MOST_PER_PAGE)]


def router() -> APIRouter:
    """Everything below `/api/facebook-feed`."""
    routes = APIRouter()
    _posts(routes)
    _follows(routes)
    _members(routes)
    return routes


def _posts(routes: APIRouter) -> None:
    problems = documented(401, 403)

    @routes.post("/post", summary="Post", status_code=201, response_model=PostOut, responses=problems)
    async def post(
        engine: EngineHere, bearer: Writer, body: NewPost, idempotency_key: IdempotencyKey = None
    ) -> PostOut:
        """It comes into the timeline of everybody who follows the author."""
        return post_out(await engine.post(body.data, key=idempotency_key))

    @routes.get("/post/{id}", summary="One post", response_model=PostOut, responses=documented())
    async def one_post(engine: EngineHere, user: ActingUser, id: PostId) -> PostOut:
        """From a cache node, else from the post store."""
        return post_out(await engine.read_post(id))

    @routes.delete("/post/{id}", summary="Delete a post", status_code=204, responses=problems)
    async def delete(engine: EngineHere, bearer: Writer, id: PostId) -> None:
        """It is gone from every timeline. 403 for somebody else's."""
        await engine.delete(id)

    @routes.get("/timeline", summary="My timeline", response_model=TimelineOut, responses=problems)
    async def timeline(
        engine: EngineHere, bearer: Reader, cursor: Cursor = None, pageSize: PageSize = PAGE
    ) -> TimelineOut:
        """Posts of those whom the token's member follows, newest first. 400 for a cursor from elsewhere."""
        return timeline_out(await engine.timeline(after=position_in(cursor), size=pageSize))


def _follows(routes: APIRouter) -> None:
    problems = documented(401, 403, 409)

    @routes.post("/users/follow", summary="Follow", response_model=FollowOut, responses=problems)
    async def follow(engine: EngineHere, bearer: Writer, body: Target) -> FollowOut:
        """Twice is the same as once. 409 for oneself."""
        return await _set(engine, body.followerId, follows=True)

    @routes.delete("/users/follow", summary="Unfollow", response_model=FollowOut, responses=problems)
    async def unfollow(engine: EngineHere, bearer: Writer, body: Target) -> FollowOut:
        """Twice is the same as once."""
        return await _set(engine, body.followerId, follows=False)

    @routes.delete(
        "/users/follow/{id}",
        summary="Unfollow, without a body",
        response_model=FollowOut,
        responses=problems,
    )
    async def unfollow_by_path(engine: EngineHere, bearer: Writer, id: MemberId) -> FollowOut:
        """The same for clients and proxies that send no body with DELETE."""
        return await _set(engine, id, follows=False)


async def _set(engine: Feed, other: str, *, follows: bool) -> FollowOut:
    followee = engine.members.number_of(other)
    changed = await (engine.follow(followee) if follows else engine.unfollow(followee))
    return FollowOut(followerId=other, following=follows, changed=changed)


def _members(routes: APIRouter) -> None:
    @routes.get("/members", summary="Find members", response_model=MembersOut, responses=documented())
    async def members(
        engine: EngineHere,
        search: Annotated[str, Query(max_length=MAX_ID)] = "",
        followed_by: Annotated[
            str, Query(max_length=MAX_ID, description="only whom this member follows")
        ] = "",
    ) -> MembersOut:
        """By part of the name, the most followed first, at most twenty."""
        follower = engine.members.number_of(followed_by) if followed_by else None
        numbers = engine.members.find(search, followed_by=follower)[:FOUND_AT_ONCE]
        return MembersOut(items=[member_out(engine.graph, one) for one in numbers])

    @routes.get("/members/{id}", summary="One member", response_model=MemberOut, responses=documented())
    async def one_member(engine: EngineHere, id: MemberId) -> MemberOut:
        """404 for nobody."""
        return member_out(engine.graph, engine.members.number_of(id))

    @routes.get(
        "/members/{id}/posts",
        summary="A member's posts",
        response_model=Page[PostOut],
        responses=documented(),
    )
    async def posts(
        engine: EngineHere, id: MemberId, cursor: Cursor = None, pageSize: PageSize = PAGE
    ) -> Page[PostOut]:
        """Newest first."""
        after = position_in(cursor)
        found = await engine.posts_of(
            engine.members.number_of(id), below=after.id if after else None, count=pageSize + 1
        )
        return page_of(
            found,
            limit=pageSize,
            cursor=TIMELINE,
            key=lambda one: tuple(one.entry.position),
            item=post_out,
        )

    @routes.get("/members/{id}/token", summary="A token", response_model=TokenOut, responses=documented())
    async def token(engine: EngineHere, room: RoomOf, id: MemberId, scope: Scope = "write") -> TokenOut:
        """To act as that member of this room's cast. Members are made up: anybody in the room may be any of them."""
        engine.members.number_of(id)
        return TokenOut(token=issue(Bearer(id, room, scope), signing_key()), member=id, scope=scope)
