"""The feed, as the catalogue knows it."""

from __future__ import annotations

from pathlib import Path

from designs.facebook_feed.api import router
from designs.facebook_feed.cast import CELEBRITY
from designs.facebook_feed.config import Config
from designs.facebook_feed.engine import Feed
from designs.facebook_feed.graph import member
from designs.facebook_feed.lesson import LESSON
from designs.facebook_feed.numbers import ESTIMATE
from designs.facebook_feed.quiz import QUIZ
from designs.facebook_feed.toggles import KNOBS, TOGGLES
from designs.facebook_feed.workloads import WORKLOADS
from sdlab.lab import Design, Example

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

DESIGN = Design(
    slug="facebook-feed",
    number=15,
    title="Facebook feed",
    problem="Show everybody what the people they follow have posted, newest first, whoever has a million followers.",
    group="Feeds and people",
    question="Who pays: the author or the reader?",
    structures="Fan-out on write and read, streams with consumer groups, k-way merge, keyset cursors, LRU, hash ring",
    teaser="Post as a celebrity, watch it spread edge by edge, and end a worker in the middle.",
    folder=Path(__file__).parent,
    engine=Feed,
    config=Config,
    toggles=TOGGLES,
    knobs=KNOBS,
    workloads=WORKLOADS,
    examples=EXAMPLES,
    estimate=ESTIMATE,
    quiz=QUIZ,
    page="designs.facebook_feed.page:page",
    router=router,
    lesson=LESSON,
)
