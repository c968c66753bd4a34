"""The feed, as the catalogue knows it."""

from __future__ import annotations

from pathlib import Path

from designs.facebook_feed.api.api import router
from designs.facebook_feed.api.schemas import EXAMPLES
from designs.facebook_feed.config import Config
from designs.facebook_feed.engine.engine import Feed
from designs.facebook_feed.engine.traffic import FeedTraffic
from designs.facebook_feed.inside.snapshot import build_snapshot, build_tallies
from designs.facebook_feed.lesson.comparisons import COMPARISONS
from designs.facebook_feed.lesson.concepts import CONCEPTS
from designs.facebook_feed.lesson.lesson import LESSON
from designs.facebook_feed.lesson.missions import MISSIONS
from designs.facebook_feed.lesson.numbers import ESTIMATE
from designs.facebook_feed.lesson.quiz import QUIZ
from designs.facebook_feed.lesson.script import SCRIPT
from designs.facebook_feed.toggles import KNOBS, TOGGLES
from designs.facebook_feed.workloads import SAMPLE, WORKLOADS
from sdlab.lab import Design

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
    sample=SAMPLE,
    examples=EXAMPLES,
    estimate=ESTIMATE,
    quiz=QUIZ,
    page="designs.facebook_feed.product.page:page",
    router=router,
    lesson=LESSON,
    script=SCRIPT,
    level="medium",
    concepts=CONCEPTS,
    missions=MISSIONS,
    comparisons=COMPARISONS,
    traffic=FeedTraffic,
    snapshot=build_snapshot,
    tallies=build_tallies,
)
