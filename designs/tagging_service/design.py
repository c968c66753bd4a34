"""The tagging service, as the catalogue knows it."""

from __future__ import annotations

from pathlib import Path

from designs.tagging_service.api.api import router
from designs.tagging_service.api.schemas import EXAMPLES
from designs.tagging_service.config import Config
from designs.tagging_service.engine.engine import TaggingService
from designs.tagging_service.engine.traffic import TaggingTraffic
from designs.tagging_service.inside.snapshot import build_snapshot, build_tallies
from designs.tagging_service.lesson.comparisons import COMPARISONS
from designs.tagging_service.lesson.concepts import CONCEPTS
from designs.tagging_service.lesson.lesson import LESSON
from designs.tagging_service.lesson.missions import MISSIONS
from designs.tagging_service.lesson.numbers import ESTIMATE
from designs.tagging_service.lesson.quiz import QUIZ
from designs.tagging_service.lesson.script import SCRIPT
from designs.tagging_service.toggles import KNOBS, TOGGLES
from designs.tagging_service.workloads import SAMPLE, WORKLOADS
from sdlab.lab import Design

DESIGN = Design(
    slug="tagging-service",
    number=8,
    title="Tagging service",
    problem="Put many tags on many things, and find at once all things that bear several of them.",
    group="Web basics",
    question="Which things bear three tags, among millions?",
    structures="Posting lists, roaring bitmaps, B-tree and partial indexes, GIN, query plans, outbox, row locks",
    teaser="A wall of pictures that narrows tag by tag, while the lists behind it intersect.",
    folder=Path(__file__).parent,
    engine=TaggingService,
    config=Config,
    toggles=TOGGLES,
    knobs=KNOBS,
    workloads=WORKLOADS,
    sample=SAMPLE,
    examples=EXAMPLES,
    estimate=ESTIMATE,
    quiz=QUIZ,
    page="designs.tagging_service.product.page:page",
    router=router,
    lesson=LESSON,
    script=SCRIPT,
    level="medium",
    concepts=CONCEPTS,
    missions=MISSIONS,
    comparisons=COMPARISONS,
    traffic=TaggingTraffic,
    snapshot=build_snapshot,
    tallies=build_tallies,
    database="postgres",
)
