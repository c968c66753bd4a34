"""What the API takes and gives, the cursors of its lists, and the calls that the page shows."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from designs.facebook_feed.engine.demo_users import CELEBRITY
from designs.facebook_feed.engine.engine import POST_TEXT
from designs.facebook_feed.engine.entries import MOST, Position
from designs.facebook_feed.engine.graph import FollowGraph
from designs.facebook_feed.engine.members import member
from designs.facebook_feed.engine.post_store import Post
from designs.facebook_feed.engine.timeline_page import TimelinePage
from sdlab.api.kit import StrictModel, TextOf
from sdlab.api.pages import CursorKey, Page
from sdlab.lab import Example, Invalid, LabError

MAX_ID = 60
TIMELINE = CursorKey("timeline", int, int)


class BadCursor(LabError):
    """The request cannot be read: a cursor that nobody gave out."""

    status = 400
    title = "Bad request"


def position_in(cursor: str | None) -> Position | None:
    """The position that a cursor names, None for none; `BadCursor` (400) for what was not given out here."""
    try:
        found = TIMELINE.decode(cursor)
    except Invalid:
        raise BadCursor("that is no cursor of a timeline") from None
    if found is not None and not all(0 <= part <= MOST for part in found):
        raise BadCursor("that is no cursor of a timeline")
    return None if found is None else Position(*found)


class NewPost(StrictModel):
    """What somebody posts."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"data": "Hello, everybody"}]})

    data: Annotated[str, TextOf(POST_TEXT)]


class PostOut(BaseModel):
    """A post. `at` has whole seconds; the order of ids is the order of time."""

    id: str = Field(examples=["49"])
    author: str = Field(examples=["hugo.banerjee0"])
    name: str = Field(examples=["Hugo Banerjee"])
    data: str = Field(examples=["Hello, everybody"])
    at: str = Field(examples=["2026-01-01T00:00:00Z"])


class TimelineOut(Page[PostOut]):
    """A page, newest first. `cached_s` is the age of kept pages it came from, in seconds."""

    cached_s: float | None = None


class Target(StrictModel):
    """Whom to follow."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"followerId": "hugo.banerjee0"}]})

    followerId: str = Field(min_length=1, max_length=MAX_ID, description="id of the member to be followed")


class FollowOut(BaseModel):
    """Whether one follows another now, and whether this call changed it."""

    followerId: str
    following: bool
    changed: bool


class MemberOut(BaseModel):
    """Somebody of the room's cast."""

    id: str
    name: str
    number: int
    followers: int
    following: int


class MembersOut(BaseModel):
    """Members, the most followed first."""

    items: list[MemberOut]


class TokenOut(BaseModel):
    """A token to send as `Authorization: Bearer …`."""

    token: str
    member: str
    scope: Literal["write", "read"]


def post_out(post: Post) -> PostOut:
    """A stored post, as it travels."""
    person = member(post.author)
    at = datetime.fromtimestamp(post.at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return PostOut(id=str(post.id), author=person.handle, name=person.name, data=post.text, at=at)


def timeline_out(page: TimelinePage) -> TimelineOut:
    """A page of a timeline, as it travels."""
    return TimelineOut(
        items=[post_out(one) for one in page.posts],
        next_cursor=TIMELINE.encode(*page.next) if page.next else None,
        cached_s=page.cached_s if page.cached_s >= 0 else None,
    )


def member_out(graph: FollowGraph, number: int) -> MemberOut:
    """A member, with how much they follow and are followed now."""
    person = member(number)
    return MemberOut(
        id=person.handle,
        name=person.name,
        number=number,
        followers=graph.popularity(number),
        following=len(graph.followees(number)),
    )


BASE = "/api/facebook-feed"
STAR, READER = member(CELEBRITY).handle, member(1).handle
AS_STAR = {"Authorization": "Bearer {star}"}
AS_READER = {"Authorization": "Bearer {reader}"}

EXAMPLES = (
    Example(
        "A token to act as the most followed member",
        "GET",
        f"{BASE}/members/{STAR}/token",
        saves={"star": "token"},
        note="members are made up; anybody in this room may act as any of them",
    ),
    Example(
        "And one to act as somebody else", "GET", f"{BASE}/members/{READER}/token", saves={"reader": "token"}
    ),
    Example(
        "Follow",
        "POST",
        f"{BASE}/users/follow",
        body={"followerId": STAR},
        headers=AS_READER,
        note="the field names whom to follow; twice is the same as once",
    ),
    Example(
        "Post",
        "POST",
        f"{BASE}/post",
        body={"data": "Hello, everybody"},
        status=201,
        headers=AS_STAR,
        saves={"post": "id"},
    ),
    Example("Post again", "POST", f"{BASE}/post", body={"data": "And again"}, status=201, headers=AS_STAR),
    Example(
        "The reader's timeline",
        "GET",
        f"{BASE}/timeline?pageSize=1",
        headers=AS_READER,
        saves={"cursor": "next_cursor"},
    ),
    Example("The page behind it", "GET", f"{BASE}/timeline?pageSize=1&cursor={{cursor}}", headers=AS_READER),
    Example(
        "A cursor that nobody gave out",
        "GET",
        f"{BASE}/timeline?cursor=yesterday",
        status=400,
        headers=AS_READER,
    ),
    Example("Without a token", "POST", f"{BASE}/post", body={"data": "Hello"}, status=401),
    Example(
        "Oneself",
        "POST",
        f"{BASE}/users/follow",
        body={"followerId": READER},
        status=409,
        headers=AS_READER,
    ),
    Example("Somebody else's post", "DELETE", f"{BASE}/post/{{post}}", status=403, headers=AS_READER),
    Example("One's own post", "DELETE", f"{BASE}/post/{{post}}", status=204, headers=AS_STAR),
    Example("Unfollow", "DELETE", f"{BASE}/users/follow", body={"followerId": STAR}, headers=AS_READER),
)
