"""The endpoints of the feed: post, follow, and read the timeline of whoever the token names."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Header, Path, Query
from fastapi.exceptions import HTTPException
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from pydantic import BaseModel, ConfigDict, Field

from designs.facebook_feed.config import MOST_PER_PAGE, PAGE
from designs.facebook_feed.engine import MAX_ONCE, MAX_TEXT, Feed
from designs.facebook_feed.graph import member
from designs.facebook_feed.places import MAX_CURSOR, encode_cursor
from designs.facebook_feed.postrows import Post
from designs.facebook_feed.tokens import BadToken, Bearer, Scope, issue, key_from, read
from sdlab.api.problems import documented
from sdlab.lab import Engine, Forbidden
from sdlab.rooms.house import house
from sdlab.rooms.http import RoomOf

SLUG = "facebook-feed"
MAX_ID = 60
FOUND_AT_ONCE = 20

_bearer = HTTPBearer(auto_error=False, description="from GET /members/{id}/token")


async def _engine(room: RoomOf) -> Feed:
    engine: Engine[Any] = (await house().lab(room, SLUG)).engine
    assert isinstance(engine, Feed)
    return engine


def _key() -> bytes:
    return key_from(house().ids.secret)


async def _reader(
    room: RoomOf, given: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)]
) -> Bearer:
    """Whose token it is. 401 without one in force, 403 with one for another room."""
    if given is None:
        raise _unknown("a bearer token is needed")
    try:
        bearer = read(given.credentials, _key())
    except BadToken as error:
        raise _unknown(f"that token is not in force: {error}") from None
    if bearer.room != room:
        raise Forbidden("that token is for another room")
    return bearer


async def _writer(bearer: Annotated[Bearer, Depends(_reader)]) -> Bearer:
    """The same, of somebody who may change things; 403 for a token that only reads."""
    if bearer.scope != "write":
        raise Forbidden("that token is for reading only")
    return bearer


def _unknown(detail: str) -> HTTPException:
    return HTTPException(401, detail, headers={"WWW-Authenticate": "Bearer"})


EngineHere = Annotated[Feed, Depends(_engine)]
Reader = Annotated[Bearer, Depends(_reader)]
Writer = Annotated[Bearer, Depends(_writer)]
MemberId = Annotated[str, Path(max_length=MAX_ID, examples=["hugo.banerjee0"])]
PostId = Annotated[int, Path(ge=1, le=10**9)]
Cursor = Annotated[str | None, Query(max_length=MAX_CURSOR, description="`next_cursor` of the page before")]
PageSize = Annotated[int, Query(ge=1, le=MOST_PER_PAGE)]
Once = Annotated[str | None, Header(max_length=MAX_ONCE, description="a repeat gives the same post")]


class NewPost(BaseModel):
    """What somebody posts."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"data": "Hello, everybody"}]})

    data: str = Field(min_length=1, max_length=MAX_TEXT)


class Posted(BaseModel):
    """A post. `at` has whole seconds; the order of ids is the order of time."""

    id: str = Field(examples=["49"])
    author: str = Field(examples=["hugo.banerjee0"])
    name: str = Field(examples=["Hugo Banerjee"])
    data: str = Field(examples=["Hello, everybody"])
    at: str = Field(examples=["2026-01-01T00:00:00Z"])


class Timeline(BaseModel):
    """A page, newest first. `cached_s` is the age of kept pages it came from, in seconds."""

    items: list[Posted]
    next_cursor: str | None
    cached_s: float | None = None


class Posts(BaseModel):
    """A page of one member's posts, newest first."""

    items: list[Posted]
    next_cursor: str | None


class Target(BaseModel):
    """Whom to follow."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"followerId": "hugo.banerjee0"}]}
    )

    followerId: str = Field(min_length=1, max_length=MAX_ID, description="id of the member to be followed")


class Following(BaseModel):
    """Whether one follows another now, and whether this call changed it."""

    followerId: str
    following: bool
    changed: bool


class Member(BaseModel):
    """Somebody of the room's cast."""

    id: str
    name: str
    number: int
    followers: int
    following: int


class Members(BaseModel):
    """Members, the most followed first."""

    items: list[Member]


class Token(BaseModel):
    """A token to send as `Authorization: Bearer …`."""

    token: str
    member: str
    scope: Literal["write", "read"]


def router() -> APIRouter:
    """Everything below `/api/facebook-feed`."""
    routes = APIRouter()
    _posts(routes)
    _follows(routes)
    _members(routes)
    return routes


def _posts(routes: APIRouter) -> None:
    problems = documented(401, 403)

    @routes.post("/post", summary="Post", status_code=201, response_model=Posted, responses=problems)
    async def post(engine: EngineHere, who: Writer, body: NewPost, idempotency_key: Once = None) -> Posted:
        """It comes into the timeline of everybody who follows the author."""
        author = engine.number_of(who.member)
        return _posted(await engine.post(body.data, by=author, once=idempotency_key or None))

    @routes.get("/post/{id}", summary="One post", response_model=Posted, responses=documented())
    async def one_post(engine: EngineHere, id: PostId) -> Posted:
        """From a cache node, else from the post store."""
        return _posted(await engine.read_post(id))

    @routes.delete("/post/{id}", summary="Delete a post", status_code=204, responses=problems)
    async def delete(engine: EngineHere, who: Writer, id: PostId) -> None:
        """It is gone from every timeline. 403 for somebody else's."""
        await engine.delete(id, by=engine.number_of(who.member))

    @routes.get("/timeline", summary="My timeline", response_model=Timeline, responses=problems)
    async def timeline(
        engine: EngineHere, who: Reader, cursor: Cursor = None, pageSize: PageSize = PAGE
    ) -> Timeline:
        """Posts of those whom the token's member follows, newest first. 400 for a cursor from elsewhere."""
        page = await engine.timeline(engine.number_of(who.member), cursor=cursor or None, size=pageSize)
        return Timeline(
            items=[_posted(one) for one in page.posts],
            next_cursor=encode_cursor(page.next) if page.next else None,
            cached_s=page.cached_s if page.cached_s >= 0 else None,
        )


def _follows(routes: APIRouter) -> None:
    problems = documented(401, 403, 409)

    @routes.post("/users/follow", summary="Follow", response_model=Following, responses=problems)
    async def follow(engine: EngineHere, who: Writer, body: Target) -> Following:
        """Twice is the same as once. 409 for oneself."""
        return await _set(engine, who, body.followerId, follows=True)

    @routes.delete("/users/follow", summary="Unfollow", response_model=Following, responses=problems)
    async def unfollow(engine: EngineHere, who: Writer, body: Target) -> Following:
        """Twice is the same as once."""
        return await _set(engine, who, body.followerId, follows=False)

    @routes.delete(
        "/users/follow/{id}",
        summary="Unfollow, without a body",
        response_model=Following,
        responses=problems,
    )
    async def unfollow_by_path(engine: EngineHere, who: Writer, id: MemberId) -> Following:
        """The same for clients and proxies that send no body with DELETE."""
        return await _set(engine, who, id, follows=False)


async def _set(engine: Feed, who: Bearer, other: str, *, follows: bool) -> Following:
    pair = engine.number_of(who.member), engine.number_of(other)
    changed = await (engine.follow(*pair) if follows else engine.unfollow(*pair))
    return Following(followerId=other, following=follows, changed=changed)


def _members(routes: APIRouter) -> None:
    @routes.get("/members", summary="Find members", response_model=Members, responses=documented())
    async def members(
        engine: EngineHere,
        search: Annotated[str, Query(max_length=MAX_ID)] = "",
        followed_by: Annotated[
            str, Query(max_length=MAX_ID, description="only whom this member follows")
        ] = "",
    ) -> Members:
        """By part of the name, the most followed first, at most twenty."""
        numbers = engine.find(search, followed_by=engine.number_of(followed_by) if followed_by else None)
        return Members(items=[_member(engine, one) for one in numbers[:FOUND_AT_ONCE]])

    @routes.get("/members/{id}", summary="One member", response_model=Member, responses=documented())
    async def one_member(engine: EngineHere, id: MemberId) -> Member:
        """404 for nobody."""
        return _member(engine, engine.number_of(id))

    @routes.get(
        "/members/{id}/posts", summary="A member's posts", response_model=Posts, responses=documented()
    )
    async def posts(
        engine: EngineHere, id: MemberId, cursor: Cursor = None, pageSize: PageSize = PAGE
    ) -> Posts:
        """Newest first."""
        found, behind = await engine.own_posts(engine.number_of(id), cursor=cursor or None, size=pageSize)
        return Posts(items=[_posted(one) for one in found], next_cursor=behind)

    @routes.get("/members/{id}/token", summary="A token", response_model=Token, responses=documented())
    async def token(engine: EngineHere, room: RoomOf, id: MemberId, scope: Scope = "write") -> Token:
        """To act as that member of this room's cast. Members are made up: anybody in the room may be any of them."""
        engine.number_of(id)
        return Token(token=issue(Bearer(id, room, scope), _key()), member=id, scope=scope)


def _posted(post: Post) -> Posted:
    person = member(post.author)
    at = datetime.fromtimestamp(post.at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return Posted(id=str(post.id), author=person.handle, name=person.name, data=post.text, at=at)


def _member(engine: Feed, number: int) -> Member:
    person = member(number)
    return Member(
        id=person.handle,
        name=person.name,
        number=number,
        followers=engine.graph.popularity(number),
        following=len(engine.graph.followees(number)),
    )
