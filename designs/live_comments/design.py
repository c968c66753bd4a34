"""Live comments, as the catalogue knows them."""

from __future__ import annotations

from pathlib import Path

from designs.live_comments.api import router
from designs.live_comments.config import Config
from designs.live_comments.engine import LiveComments
from designs.live_comments.lesson import LESSON
from designs.live_comments.numbers import ESTIMATE
from designs.live_comments.quiz import QUIZ
from designs.live_comments.toggles import KNOBS, TOGGLES
from designs.live_comments.workloads import WORKLOADS
from sdlab.lab import Design, Example

BASE = "/api/live-comments"

EXAMPLES = (
    Example(
        "Say something",
        "POST",
        f"{BASE}/comment",
        body={"comment": "What a view!", "streamId": "harbour"},
        status=201,
        note="every screen has it; watch with curl -N " + BASE + "/streams/harbour/events",
    ),
    Example(
        "And something else",
        "POST",
        f"{BASE}/comment",
        body={"comment": "Here it comes", "streamId": "harbour"},
        status=201,
    ),
    Example(
        "What was said, newest first",
        "GET",
        f"{BASE}/comment-history/harbour?limit=1",
        saves={"cursor": "next_cursor"},
    ),
    Example("The page behind it", "GET", f"{BASE}/comment-history/harbour?limit=1&cursor={{cursor}}"),
    Example(
        "By offset: shifts when something is said",
        "GET",
        f"{BASE}/comment-history/harbour?limit=1&offset=1",
    ),
    Example(
        "Nothing is no comment",
        "POST",
        f"{BASE}/comment",
        body={"comment": " ", "streamId": "harbour"},
        status=422,
    ),
    Example(
        "No such stream",
        "GET",
        f"{BASE}/comment-history/nowhere",
        status=404,
    ),
)

DESIGN = Design(
    slug="live-comments",
    number=16,
    title="Facebook Live comments",
    problem="Show what is said under a live stream to everybody who watches it, at once, and lose none of it.",
    group="Feeds and people",
    question="How does one comment reach a million screens?",
    structures="Server-sent events, pub/sub, ordered log, rendezvous hashing, cursors, bounded buffers",
    teaser="Write on one screen, see it on all, and end a server while ten thousand watch.",
    folder=Path(__file__).parent,
    engine=LiveComments,
    config=Config,
    toggles=TOGGLES,
    knobs=KNOBS,
    workloads=WORKLOADS,
    examples=EXAMPLES,
    estimate=ESTIMATE,
    quiz=QUIZ,
    page="designs.live_comments.page:page",
    router=router,
    lesson=LESSON,
)
