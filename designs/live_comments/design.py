"""Live comments, as the catalogue knows them."""

from __future__ import annotations

from pathlib import Path

from designs.live_comments.api.api import router
from designs.live_comments.api.schemas import EXAMPLES
from designs.live_comments.config import Config
from designs.live_comments.engine.engine import LiveComments
from designs.live_comments.engine.traffic import CommentTraffic
from designs.live_comments.inside.snapshot import build_snapshot, build_tallies
from designs.live_comments.lesson.comparisons import COMPARISONS
from designs.live_comments.lesson.concepts import CONCEPTS
from designs.live_comments.lesson.lesson import LESSON
from designs.live_comments.lesson.missions import MISSIONS
from designs.live_comments.lesson.numbers import ESTIMATE
from designs.live_comments.lesson.quiz import QUIZ
from designs.live_comments.lesson.script import SCRIPT
from designs.live_comments.toggles import KNOBS, TOGGLES
from designs.live_comments.workloads import SAMPLE, WORKLOADS
from sdlab.lab import Design

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
    sample=SAMPLE,
    examples=EXAMPLES,
    estimate=ESTIMATE,
    quiz=QUIZ,
    page="designs.live_comments.product.page:page",
    router=router,
    lesson=LESSON,
    script=SCRIPT,
    level="medium",
    concepts=CONCEPTS,
    missions=MISSIONS,
    comparisons=COMPARISONS,
    traffic=CommentTraffic,
    snapshot=build_snapshot,
    tallies=build_tallies,
)
